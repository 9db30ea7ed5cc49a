"""A reader's folder, furnished once and copied for every page."""

from __future__ import annotations

import shutil
import urllib.error
import urllib.request
from threading import Thread
from typing import TYPE_CHECKING, Any

import matplotlib
import pytest

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder as a page finds it, and the identity of a run in its store; both are made once."""
    from tests.docs.place import furnish  # what it needs, the other tests of this folder do without

    folder = tmp_path_factory.mktemp("docs") / "place"
    folder.mkdir()
    return folder, furnish(folder)


@pytest.fixture
def place(furnished: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A copy of the folder, entered; gives the identity of the run."""
    folder, identity = furnished
    shutil.copytree(folder, tmp_path / "place")
    monkeypatch.chdir(tmp_path / "place")
    monkeypatch.delenv("CLASSLAB_STORE")
    monkeypatch.delenv("CLASSLAB_DATA", raising=False)  # the complete data sets are not everywhere
    monkeypatch.setenv("CLASSLAB_CACHE", str(tmp_path / "cache"))
    monkeypatch.syspath_prepend(str(tmp_path / "place"))
    monkeypatch.setattr("uvicorn.Server", _asked_once())
    # It closes every handler that there is, and Keras's, of absl, the stream that pytest reads the standard error from.
    monkeypatch.setattr("uvicorn.Config.configure_logging", lambda _config: None)
    matplotlib.use("Agg")
    return identity


def _asked_once() -> type:
    """A server that ends once somebody has asked it for a page."""
    import uvicorn

    class AskedOnce(uvicorn.Server):
        def run(self, sockets: Any = None) -> None:
            host, port = sockets[0].getsockname()
            asking = Thread(target=self.ask, args=(f"http://{host}:{port}/",))
            asking.start()
            super().run(sockets)
            asking.join()
            assert self.answer == 403  # nobody has been let in

        def ask(self, address: str) -> None:
            try:
                urllib.request.urlopen(address, timeout=60)  # noqa: S310  (http, to ourselves)
            except urllib.error.HTTPError as answer:
                self.answer = answer.code
            finally:
                self.should_exit = True

    return AskedOnce

"""The page without a server: a client that was let in, and one that is a stranger."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from starlette.testclient import TestClient

from classlab.studies.study import Study
from classlab.web.application import create_application
from classlab.web.gate import Gate
from classlab.web.site import Site

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def gate() -> Gate:
    return Gate(host="127.0.0.1", port=8123)


@pytest.fixture
def open_page(gate: Gate) -> Iterator[Callable[..., TestClient]]:
    """A client that was let in to the page of a store; changes carry its Origin, as a browser's would."""
    clients = []

    def client(folder: Path) -> TestClient:
        application = create_application(Site(folder=folder), gate=gate)
        clients.append(TestClient(application, base_url=gate.origin, cookies={gate.cookie: gate.secret}))
        clients[-1].headers["origin"] = gate.origin
        return clients[-1]

    yield client
    for each in clients:
        each.close()


@pytest.fixture(scope="session")
def trained_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with a study of two models on the digits, two seeds each."""
    folder = tmp_path_factory.mktemp("page") / "store"
    Study("models", data="digits", model=["linear", "cnn-small"], epochs=2, seeds=2).run(store=folder)
    return folder

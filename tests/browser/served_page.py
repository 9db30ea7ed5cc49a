"""The page of `classlab serve`, served in a thread of the test's process."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from classlab.web.gate import Gate
    from classlab.web.site import Site


class Served:
    """A page that answers.

    Args:
        gate: its address and its secret.
        site: what it shows.
    """

    def __init__(self, gate: Gate, site: Site) -> None:
        self.gate, self.site = gate, site

    @property
    def let_in(self) -> dict[str, Any]:
        """What a browser context has that has opened the link before, as Playwright wants it."""
        cookie = {"name": self.gate.cookie, "value": self.gate.secret, "domain": self.gate.host, "path": "/"}
        rest = {"expires": -1, "httpOnly": True, "secure": False, "sameSite": "Strict"}
        return {"storage_state": {"cookies": [{**cookie, **rest}], "origins": []}}

    def at(self, path: str) -> str:
        """The whole address."""
        return f"{self.gate.origin}{path}"


@contextmanager
def serve(store: Path) -> Iterator[Served]:
    """Serves a store; studies that were started from its page end with it."""
    import uvicorn

    from classlab.web.application import create_application
    from classlab.web.gate import Gate
    from classlab.web.site import Site

    with socket.create_server(("127.0.0.1", 0)) as listener:
        gate, site = Gate(host="127.0.0.1", port=listener.getsockname()[1]), Site(folder=store)
        settings = uvicorn.Config(
            create_application(site, gate=gate), log_level="error", lifespan="off", timeout_graceful_shutdown=1
        )
        server = uvicorn.Server(settings)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            while not server.started and thread.is_alive():
                time.sleep(0.01)
            yield Served(gate, site)
        finally:
            for started in site.started.values():
                if started.alive:
                    started.end()
            server.should_exit = True
            thread.join()

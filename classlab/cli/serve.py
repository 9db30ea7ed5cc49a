"""`classlab serve`: the local page."""

from __future__ import annotations

import ipaddress
import socket
import sys
import webbrowser
from threading import Timer
from typing import TYPE_CHECKING

from classlab.cli.text import narrate, print_json
from classlab.errors import OptionError, StorageError, system_reason
from classlab.extras import need
from classlab.studies.store import store_folder

if TYPE_CHECKING:
    import argparse

# Seconds until the thread that answers drawings lets the one that serves go on. Python's own 5 ms come after each of
# its system calls: of 100 people who draw, one in 20 waited half as long again.
_TURN = 0.001
_UNTIL_OPEN = 0.5  # seconds until the browser is called; the server answers by then, and a browser waits anyway


def run(options: argparse.Namespace) -> int:
    """Serves until it is stopped."""
    need("web", "`classlab serve`")
    import uvicorn

    from classlab.web.application import create_application
    from classlab.web.gate import Gate
    from classlab.web.site import Site

    _check_host(options.host, open_to_network=options.open_to_network)
    with _listening(options.host, options.port) as listener:
        gate = Gate(host=options.host, port=listener.getsockname()[1])
        site = Site(folder=store_folder(options.store))
        settings = uvicorn.Config(
            create_application(site, gate=gate),
            log_level="error",
            access_log=False,
            server_header=False,
            lifespan="off",
            timeout_graceful_shutdown=1,  # a page that watches a study would hold it for ever
        )
        if options.json:
            print_json({"link": gate.link, "store": str(site.folder)})
        else:
            print(gate.link, flush=True)
        narrate("The link opens once, in one browser. Stop with Ctrl-C.", quiet=options.quiet)
        if not options.no_browser:
            opening = Timer(_UNTIL_OPEN, webbrowser.open, (gate.link,))
            opening.daemon = True
            opening.start()
        sys.setswitchinterval(_TURN)
        uvicorn.Server(settings).run(sockets=[listener])
    return 0


def _check_host(host: str, *, open_to_network: bool) -> None:
    """Refuses an address that is none, and one that others reach unless that is asked for."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        raise OptionError(
            f"`host` must be an address such as 127.0.0.1, but got host={host!r}. Leave it out."
        ) from None
    if address.is_unspecified:
        raise OptionError(
            f"`host` must be the address by which others reach this machine, but got host={host!r}. Give that one."
        )
    if not address.is_loopback and not open_to_network:
        raise OptionError(
            f"`host` must be of this machine alone unless `open_to_network` is given, but got host={host!r}. With it, "
            "whoever reads the link on its way can see every run here and start trainings, because nothing is "
            "encrypted; give it in a network that you trust."
        )


def _listening(host: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen()  # before the link is printed: whoever follows it at once waits instead of being refused
    except OSError as refusal:
        listener.close()
        raise StorageError(
            f"{host}:{port} must be free, but the system says: {system_reason(refusal)}. Give another --port, or none."
        ) from None
    return listener

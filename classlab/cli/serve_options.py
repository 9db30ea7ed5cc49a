"""`classlab serve` and its options."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from classlab.cli.shared_options import add_output_options

if TYPE_CHECKING:
    from classlab.cli.parser import Subparsers

_DESCRIPTION = """\
Opens a page on this machine: watch studies train, stop and start them, look inside runs, draw digits.

The page is for the one browser that opens the printed link. Studies that were started from it go on when it ends.
"""


def add_serve(subparsers: Subparsers) -> None:
    """Adds the command and its options."""
    parser = subparsers.add_parser(
        "serve",
        help="open a local page: studies live, runs from within, a canvas for drawing",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "store",
        nargs="?",
        type=Path,
        metavar="STORE",
        help="folder (environment variable CLASSLAB_STORE, else classlab-store)",
    )
    parser.add_argument("--port", type=_port, default=0, metavar="N", help="port (one that is free)")
    parser.add_argument("--host", default="127.0.0.1", metavar="ADDRESS", help="address to serve at (127.0.0.1)")
    parser.add_argument(
        "--open-to-network", action="store_true", help="allow a --host that other machines reach; nothing is encrypted"
    )
    parser.add_argument("--no-browser", action="store_true", help="print the link and open no browser")
    add_output_options(parser, json="the address as one JSON document")
    parser.set_defaults(run="serve", command_parser=parser)


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"must be a whole number from 0 to 65535, but got {text!r}")
    return int(text)

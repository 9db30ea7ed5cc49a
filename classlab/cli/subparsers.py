"""The type of what `add_parser` receives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import argparse

    Subparsers = argparse._SubParsersAction[Any]
else:
    Subparsers = object

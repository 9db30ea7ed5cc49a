"""Texts that travel with the package."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from classlab.files.read_file import read_file

_PACKAGE = Path(__file__).parents[1]
_LIMIT = 2**20  # bytes; none has a tenth of it


@cache
def package_text(*way: str) -> str:
    """A script, style or template as it stands.

    Args:
        *way: folders and name, from the package on.
    """
    return read_file(_PACKAGE.joinpath(*way), limit=_LIMIT).decode()

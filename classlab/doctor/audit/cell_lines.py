"""Which line of a notebook's file holds which line of a cell: where an editor that opens the file as text should go."""

from __future__ import annotations

import re
from bisect import bisect_right
from json.decoder import scanstring  # type: ignore[attr-defined]

_SOURCE = re.compile(r'(?<!\\)"(?:source|input)"\s*:\s*(\[)?\s*')
_NEXT = re.compile(r"\s*,?\s*")


def cell_lines(text: str, cells: int) -> tuple[tuple[int, ...], ...]:
    r"""The line of the file, from 1, for every line of every cell.

    Jupyter writes each line of a cell on a line of its own; in a file that is one long line all of them are on line 1.

    Args:
        text: the notebook's file.
        cells: how many cells it has, text included.

    Returns:
        Lines by cell; empty where the file does not hold one source for each cell, so that none can be told.

    Example:
        >>> cell_lines('{"cells": [\n{"source": [\n"a\\n",\n"b"]}]}', 1)
        ((3, 4),)
    """
    breaks = [each.start() for each in re.finditer("\n", text)]
    found = [tuple(_lines(text, match, breaks)) for match in _SOURCE.finditer(text)]
    return tuple(found) if len(found) == cells else ()


def _lines(text: str, match: re.Match[str], breaks: list[int]) -> list[int]:
    lines: list[int] = []
    place = match.end()
    begun = False  # whether the line of the cell goes on in the next string
    while text[place : place + 1] == '"':
        line = bisect_right(breaks, place) + 1
        content, place = scanstring(text, place + 1)
        parts = content.split("\n")
        lines += [line] * (len(parts) - begun - (not parts[-1]))
        begun = bool(parts[-1])
        if match.group(1) is None:
            break
        after = _NEXT.match(text, place)
        place = after.end() if after else place
    return lines

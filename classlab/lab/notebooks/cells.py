"""Cells, and the notebook file that they make: nbformat 4.5, which is plain JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One cell.

    Args:
        kind: text in Markdown, or code.
        source: its lines.
    """

    kind: Literal["markdown", "code"]
    source: str


def text(source: str) -> Cell:
    """A cell of Markdown."""
    return Cell(kind="markdown", source=source.strip("\n"))


def code(source: str) -> Cell:
    """A cell of Python."""
    return Cell(kind="code", source=source.strip("\n"))


def notebook_json(cells: Sequence[Cell]) -> str:
    """Writes a notebook without outputs.

    Args:
        cells: first to last.

    References:
        https://nbformat.readthedocs.io/en/latest/format_description.html
    """
    document = {
        "cells": [_plain(cell, position) for position, cell in enumerate(cells)],
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _plain(cell: Cell, position: int) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "cell_type": cell.kind,
        "id": f"cell-{position}",
        "metadata": {},
        "source": cell.source.splitlines(keepends=True),
    }
    if cell.kind == "code":
        plain |= {"execution_count": None, "outputs": []}
    return plain

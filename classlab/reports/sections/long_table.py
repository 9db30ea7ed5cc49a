"""Tables that are longer than most readers wish to scroll past."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.reports.document import Folded

if TYPE_CHECKING:
    from classlab.reports.document import Block, Table

LONG = 20  # rows; about a screen


def folded_where_long(table: Table, what: str) -> Block:
    """The table itself, or folded away under a line that says what it holds.

    Args:
        table: what is shown.
        what: the line, as in `Figures of every run (180 rows)`; the number of rows is added.
    """
    if len(table.rows) <= LONG:
        return table
    return Folded(summary=f"{what} ({len(table.rows):,} rows)", blocks=(table,))

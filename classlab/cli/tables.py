"""Tables on standard output: drawn by rich on a terminal, plain text with stable columns where they are piped."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, TextIO

from classlab.analysis.table import aligned
from classlab.cli.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.table import Table

Rows = list[tuple[str, ...]]
_BETWEEN = 3  # characters between two columns of a drawn table


def print_table(rows: Sequence[tuple[str, ...]], *, stream: TextIO | None = None) -> None:
    """Prints a table; no figure is ever cut or wrapped.

    On a terminal that is too narrow for all columns, the table comes in pieces, each with the first column, and a first
    column of long names is folded.

    Args:
        rows: a header and at least one row; the first cell names the row.
        stream: where to; standard output where it is None.
    """
    stream = stream or sys.stdout
    clean = [tuple(printable(cell) for cell in row) for row in rows]
    if not stream.isatty():
        stream.write(aligned(clean) + "\n")
        return
    from rich.console import Console

    console = Console(file=stream, highlight=False)
    for place, piece in enumerate(_pieces(clean, console.width)):
        console.print(*[""] * (place > 0), _drawn(piece, console.width), sep="\n")


def _pieces(rows: Rows, room: int) -> Iterator[Rows]:
    """The table cut between columns, so that each piece fits beside the first column."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    # Names longer than half a screen are folded, or no figure would stand beside them.
    names = min(widths[0], room // 2)
    taken, used = [0], names
    for column, width in enumerate(widths[1:], start=1):
        if used + _BETWEEN + width > room and len(taken) > 1:
            yield [tuple(row[each] for each in taken) for row in rows]
            taken, used = [0], names
        taken.append(column)
        used += _BETWEEN + width
    yield [tuple(row[each] for each in taken) for row in rows]


def _drawn(rows: Rows, room: int) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for column, heading in enumerate(rows[0]):
        words = not any(letter.isdigit() for row in rows[1:] for letter in row[column])
        if column == 0:
            table.add_column(Text(heading), overflow="fold", max_width=room // 2)
        else:
            table.add_column(Text(heading), justify="left" if words else "right", no_wrap=True)
    for row in rows[1:]:
        # Names are the user's own text: rich must not read brackets in them as its mark-up.
        table.add_row(*map(Text, row))
    return table

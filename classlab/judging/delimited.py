"""CSV and its relatives: commas, semicolons, tabs or bars between the cells, quoted or not."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from classlab.errors import DataError
from classlab.judging.raw_table import RawTable, unique_columns
from classlab.judging.text_file import read_text

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_DELIMITERS = (",", ";", "\t", "|")


def read_delimited(path: Path) -> RawTable:
    """Reads a table with a header line.

    The delimiter is the one that the header line holds most of outside quotes; the first of comma, semicolon, tab and
    bar where there is none, and the table has a single column. Empty lines are passed over.

    Raises:
        DataError: it is no such table, or too large.
        StorageError: it cannot be read.
    """
    where, text = str(path), read_text(path)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter_of(text))
    try:
        return _table(where, reader)
    except csv.Error as problem:
        raise DataError(
            f"{where} must be a table with quoted cells closed, but line {reader.line_num} is not ({problem}). "
            "Export it again."
        ) from None


def delimiter_of(text: str) -> str:
    """What stands between the cells of the first line.

    Example:
        >>> delimiter_of('"a,b";seed;acc'), delimiter_of("arm")
        (';', ',')
    """
    first = text.lstrip("\r\n").partition("\n")[0]
    outside = "".join(first.split('"')[::2])
    return max(_DELIMITERS, key=outside.count)


def _table(where: str, lines: Iterable[list[str]]) -> RawTable:
    columns: tuple[str, ...] = ()
    rows, places = [], []
    for cells in lines:
        line = getattr(lines, "line_num", 0)
        if not any(cell.strip() for cell in cells):
            continue
        if not columns:
            columns = tuple(cell.strip() for cell in cells)
            unique_columns(where, columns)
            continue
        if len(cells) != len(columns):
            raise DataError(
                f"every line of {where} must have {len(columns)} cells, as its header has, but line {line} has "
                f"{len(cells)}. Put cells that hold a delimiter in quotes."
            )
        rows.append(tuple(cells))
        places.append(f"line {line}")
    if not rows:
        raise DataError(f"{where} must hold results below its header, but it has none. Export it again.")
    return RawTable(where=where, columns=columns, rows=tuple(rows), lines=tuple(places))

"""Tables in files: CSV and its relatives, JSON and JSON Lines, Parquet."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

from classlab.errors import ClasslabError, DataError
from classlab.extras import need
from classlab.files.read_file import open_file
from classlab.judging.raw_table import RawTable, table_of_rows, unique_columns
from classlab.judging.text_file import MAX_TABLE, SMALLER, read_text

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
    # Every second piece between quotation marks stands outside of them.
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


def read_json(path: Path) -> RawTable:
    """Reads objects as rows; objects within them become columns named as in `params.optimizer`.

    Raises:
        DataError: it is no JSON, or holds no list of objects.
        StorageError: it cannot be read.
    """
    text = read_text(path)
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as problem:
        return _lines(path, text, problem)
    if isinstance(found, dict):
        lists = [each for each in found.values() if isinstance(each, list) and each and isinstance(each[0], dict)]
        if len(lists) != 1:
            return table_of_rows([found], where=str(path), unit="row")
        found = lists[0]
    return _objects(path, found, unit="row")


def _lines(path: Path, text: str, problem: Exception) -> RawTable:
    """Reads one object per line; `problem` is why the whole is no JSON document."""
    objects = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            objects.append(json.loads(line))
        except (ValueError, RecursionError):
            what = str(problem) if not objects else f"line {number} is no JSON"
            raise DataError(f"{path} must be JSON or JSON Lines, but {what}. Export it again.") from None
    return _objects(path, objects, unit="line")


def _objects(path: Path, found: Any, *, unit: str) -> RawTable:
    if not isinstance(found, list) or not found or not all(isinstance(each, dict) for each in found):
        raise DataError(
            f"{path} must hold a list of objects, one per run, as in "
            '[{"arm": "adam", "seed": 0, "accuracy": 0.92}], but it holds something else. Write it so.'
        )
    return table_of_rows(found, where=str(path), unit=unit)


_MAX_CELLS = 20_000_000  # a Parquet file shrinks repeated cells to nothing: its size bounds nothing


def read_parquet(path: Path) -> RawTable:
    """Reads a table, its header before its rows.

    Raises:
        DataError: it is no Parquet file, or has more cells than a table of runs.
        MissingExtraError: pyarrow is not installed.
        StorageError: it cannot be read.
    """
    need("parquet", str(path), instead="export the table as CSV")
    import pyarrow
    import pyarrow.parquet

    try:
        with open_file(path, limit=MAX_TABLE, error=DataError, step=SMALLER) as raw:
            columns, cells = _columns(path, pyarrow.parquet.ParquetFile(raw))
    except (pyarrow.ArrowException, OSError, ValueError) as problem:
        if isinstance(problem, ClasslabError):
            raise
        raise DataError(f"{path} is no Parquet file, or it is damaged. Export it again.") from None
    unique_columns(str(path), columns)
    rows = tuple(zip(*cells, strict=True))
    if not rows:
        raise DataError(f"{path} must hold results below its header, but it has none. Export it again.")
    return RawTable(
        where=str(path), columns=columns, rows=rows, lines=tuple(f"row {n}" for n in range(1, len(rows) + 1))
    )


def _columns(path: Path, file: Any) -> tuple[tuple[str, ...], list[list[Any]]]:
    columns = tuple(file.schema_arrow.names)
    if file.metadata.num_rows * len(columns) > _MAX_CELLS:
        raise DataError(
            f"a table of results must not have more than {_MAX_CELLS:,} cells, but {path} has "
            f"{file.metadata.num_rows:,} rows and {len(columns):,} columns. Keep one row per run."
        )
    return columns, [column.to_pylist() for column in file.read().columns]

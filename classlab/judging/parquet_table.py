"""Parquet files, through pyarrow where it is installed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from classlab.errors import ClasslabError, DataError
from classlab.files.read_file import open_file
from classlab.judging.raw_table import RawTable, unique_columns
from classlab.judging.text_file import MAX_TABLE, SMALLER

if TYPE_CHECKING:
    from pathlib import Path

_MAX_CELLS = 20_000_000  # a Parquet file shrinks repeated cells to nothing: its size bounds nothing


def read_parquet(path: Path) -> RawTable:
    """Reads a table, its header before its rows.

    Raises:
        DataError: it is no Parquet file, has more cells than a table of runs, or pyarrow is not installed.
        StorageError: it cannot be read.
    """
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise DataError(
            f"{path} needs the package pyarrow to be read, but it is not installed. "
            'Install it with `pip install "classlab[parquet]"`, or export the table as CSV.'
        ) from None
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

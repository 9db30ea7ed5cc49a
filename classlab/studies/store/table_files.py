"""Runs as CSV, JSON and Parquet."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

from classlab.errors import ExportError
from classlab.records import to_plain
from classlab.studies.store.flat_table import COLUMNS, flat_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classlab.records import RunRecord
    from classlab.studies.store.flat_table import FlatCell

# Spreadsheets take a cell that begins so for a formula (https://owasp.org/www-community/attacks/CSV_Injection),
# their full-width forms included.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def to_csv(records: Sequence[RunRecord]) -> str:
    """One line per run; text that a spreadsheet would take for a formula begins with an apostrophe.

    Example:
        >>> to_csv([]).split(",")[:3]
        ['identity', 'created', 'data']
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in flat_rows(records):
        writer.writerow([_inert(row[name]) for name in COLUMNS])
    return text.getvalue()


def to_json_text(records: Sequence[RunRecord]) -> str:
    """The whole records, curves included, as one JSON document; figures that are not finite are strings."""
    return json.dumps({"runs": [to_plain(record) for record in records]}, indent=1, sort_keys=True) + "\n"


def to_parquet(records: Sequence[RunRecord]) -> bytes:
    """The columns of the CSV with their types, as a Parquet file.

    Raises:
        ExportError: the package pyarrow is not installed.
    """
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise lacking("Parquet", "pyarrow", "parquet") from None
    kinds = {str: pyarrow.string(), int: pyarrow.int64(), float: pyarrow.float64()}
    schema = pyarrow.schema([(name, kinds[kind]) for name, kind in COLUMNS.items()])
    content = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(flat_rows(records), schema=schema), content)
    return content.getvalue()


def lacking(what: str, package: str, extra: str) -> ExportError:
    """The error for an export whose library is not installed."""
    return ExportError(
        f"an export to {what} must have the package {package} to write it, but it is not installed. "
        f'Install it with `pip install "classlab[{extra}]"`.'
    )


def _inert(cell: FlatCell) -> FlatCell:
    if isinstance(cell, str) and cell.lstrip(" ").startswith(_FORMULA_STARTS):
        return f"'{cell}"
    return cell

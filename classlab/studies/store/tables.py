"""Runs as a flat table: one row per run, one column per fact; as CSV and Parquet."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, TypeAlias

from classlab.errors import ExportError
from classlab.extras import command
from classlab.files.spreadsheet_text import inert
from classlab.studies.asked.spec_settings import SETTING_KINDS, SettingKind, typed_settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from classlab.extras import Extra
    from classlab.records import Figures, RunRecord
    from classlab.studies.store.study_rows import Membership


FlatCell: TypeAlias = str | int | float | bool | None
FlatRow: TypeAlias = dict[str, FlatCell]
Memberships: TypeAlias = "Mapping[str, Membership]"

_SPLITS = ("training", "fitted", "validation", "test")
_FIGURES: dict[str, SettingKind] = {
    "images": int, "loss": float, "accuracy": float, "top_k_accuracy": float, "balanced_accuracy": float,
    "macro_f1": float,
}  # fmt: skip
COLUMNS: dict[str, SettingKind] = {
    "identity": str,
    "study": str,
    "arm": str,
    "created": str,
    "data": str,
    "data_digest": str,
    **SETTING_KINDS,
    "parameters": int,
    "precision_used": str,
    "state": str,
    "reason": str,
    "epochs_done": int,
    **{f"{split}_{figure}": kind for split in _SPLITS for figure, kind in _FIGURES.items()},
    "seconds": float,
    "device": str,
    "processor": str,
    "classlab": str,
    "notes": str,
    "command": str,
}


def flat_row(record: RunRecord, membership: Membership | None) -> FlatRow:
    """The facts of one run, with every column of `COLUMNS`; None where it lacks the fact.

    Args:
        record: the run.
        membership: its study and arm, where it has one.
    """
    spec, environment = record.spec, record.environment
    row: FlatRow = {
        "identity": record.identity,
        "study": None if membership is None else membership.study,
        "arm": None if membership is None else membership.arm,
        "created": record.created,
        "data": spec.data.name,
        "data_digest": spec.data.digest,
        **typed_settings(spec),
        "parameters": record.parameters,
        "precision_used": environment.precision,
        "state": record.state,
        "reason": record.reason,
        "epochs_done": record.epochs_done,
    }
    for split in _SPLITS:
        row |= _figures(split, getattr(record, split))
    row |= {
        "seconds": float(record.seconds),
        "device": environment.device,
        "processor": environment.processor,
        "classlab": environment.classlab,
        "notes": " ".join(record.notes),
        "command": record.command,
    }
    return row


def _figures(split: str, figures: Figures | None) -> FlatRow:
    names = tuple(_FIGURES)
    return {f"{split}_{name}": None if figures is None else getattr(figures, name) for name in names}


def to_csv(records: Iterable[RunRecord], memberships: Memberships) -> str:
    """One line per run; text that a spreadsheet would take for a formula begins with an apostrophe.

    Args:
        records: the runs.
        memberships: study and arm by a run's identity.

    Example:
        >>> to_csv([], {}).split(",")[:3]
        ['identity', 'study', 'arm']
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for record in records:
        row = flat_row(record, memberships.get(record.identity))
        cells = (row[name] for name in COLUMNS)
        writer.writerow([inert(cell) if isinstance(cell, str) else cell for cell in cells])
    return text.getvalue()


def to_parquet(records: Iterable[RunRecord], memberships: Memberships) -> bytes:
    """The columns of the CSV with their types, as a Parquet file.

    Raises:
        ExportError: the package pyarrow is not installed.
    """
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise lacking("Parquet", "pyarrow", "parquet") from None
    kinds = {str: pyarrow.string(), int: pyarrow.int64(), float: pyarrow.float64(), bool: pyarrow.bool_()}
    schema = pyarrow.schema([(name, kinds[kind]) for name, kind in COLUMNS.items()])
    content = io.BytesIO()
    rows = [flat_row(record, memberships.get(record.identity)) for record in records]
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows, schema=schema), content)
    return content.getvalue()


def lacking(what: str, package: str, extra: Extra) -> ExportError:
    """The error for an export whose library is not installed."""
    return ExportError(
        f"an export to {what} must have the package {package} to write it, but it is not installed. "
        f"Install it with `{command(extra)}`."
    )

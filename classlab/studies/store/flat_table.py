"""Runs as a flat table: one row per run, one column per fact, for spreadsheets and data frames."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, TypeAlias

from classlab.records import to_plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classlab.records import Figures, RunRecord

FlatCell: TypeAlias = str | int | float | None
FlatRow: TypeAlias = dict[str, FlatCell]
ColumnKind: TypeAlias = type[str] | type[int] | type[float]

_SPLITS = ("training", "fitted", "validation", "test")
COLUMNS: dict[str, ColumnKind] = {
    "identity": str,
    "created": str,
    "data": str,
    "data_digest": str,
    "validation": str,
    "limit": int,
    "preprocessing": str,
    "model": str,
    "parameters": int,
    "loss": str,
    "optimizer": str,
    "learning_rate": float,
    "optimizer_settings": str,
    "schedule": str,
    "epochs": int,
    "batch_size": int,
    "seed": int,
    "precision": str,
    "state": str,
    "reason": str,
    "epochs_done": int,
    **{
        f"{split}_{figure}": kind
        for split in _SPLITS
        for figure, kind in (("images", int), ("loss", float), ("accuracy", float), ("top_k_accuracy", float))
    },
    "seconds": float,
    "device": str,
    "processor": str,
    "classlab": str,
    "notes": str,
    "command": str,
}


def flat_rows(records: Sequence[RunRecord]) -> list[FlatRow]:
    """One row per run with every column of `COLUMNS`; None where a run lacks the fact."""
    return [flat_row(record) for record in records]


def flat_row(record: RunRecord) -> FlatRow:
    """The facts of one run; what has a structure of its own (optimizer settings, schedule) as JSON."""
    spec, environment = record.spec, record.environment
    settings = {key: value for key, value in to_plain(spec.optimizer).items() if value is not None}
    row: FlatRow = {
        "identity": record.identity,
        "created": record.created,
        "data": spec.data.name,
        "data_digest": spec.data.digest,
        "validation": str(spec.data.validation),
        "limit": spec.data.limit,
        "preprocessing": spec.data.preprocessing,
        "model": spec.architecture.name,
        "parameters": record.parameters,
        "loss": spec.loss.name,
        "optimizer": str(settings.pop("kind")),
        "learning_rate": float(settings.pop("learning_rate")),
        "optimizer_settings": json.dumps(settings, sort_keys=True),
        "schedule": json.dumps(to_plain(spec.schedule), sort_keys=True),
        "epochs": spec.epochs,
        "batch_size": spec.batch_size,
        "seed": spec.seed,
        "precision": environment.precision,
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
    names = ("images", "loss", "accuracy", "top_k_accuracy")
    return {f"{split}_{name}": None if figures is None else getattr(figures, name) for name in names}

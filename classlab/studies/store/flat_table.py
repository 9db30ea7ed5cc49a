"""Runs as a flat table: one row per run, one column per fact, for spreadsheets and data frames."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from classlab.studies.asked.spec_settings import SETTING_KINDS, SettingKind, typed_settings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from classlab.records import Figures, RunRecord
    from classlab.studies.store.membership import Membership

FlatCell: TypeAlias = str | int | float | bool | None
FlatRow: TypeAlias = dict[str, FlatCell]
Memberships: TypeAlias = "Mapping[str, Membership]"

_SPLITS = ("training", "fitted", "validation", "test")
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


def flat_rows(records: Sequence[RunRecord], memberships: Memberships) -> list[FlatRow]:
    """One row per run with every column of `COLUMNS`; None where a run lacks the fact.

    Args:
        records: the runs.
        memberships: study and arm by a run's identity, for those that have one.
    """
    return [flat_row(record, memberships.get(record.identity)) for record in records]


def flat_row(record: RunRecord, membership: Membership | None) -> FlatRow:
    """The facts of one run."""
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
    names = ("images", "loss", "accuracy", "top_k_accuracy")
    return {f"{split}_{name}": None if figures is None else getattr(figures, name) for name in names}

"""Trained cases on disk: a measurement can be stopped and go on, and the doctor be asked again without training."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

from classlab.records import RunRecord, StudyRecord, from_json, to_json

if TYPE_CHECKING:
    from pathlib import Path

    from tests.planted_faults.case import Case

_KINDS: dict[str, type[RunRecord] | type[StudyRecord]] = {"run": RunRecord, "study": StudyRecord}


def kept(case: Case, folder: Path, *, words: str) -> Case:
    """The case, trained only where its record is not in the folder yet.

    A record is found by the case's name and ground alone: after a change to a recipe or to the training, take an empty
    folder.

    Args:
        case: a fault or control; what is refused is never kept.
        folder: where records are.
        words: what else tells it from other cases, as the set it belongs to.
    """
    if case.kind == "refused":
        return case
    key = hashlib.sha256(f"{words} {case.name} {case.ground}".encode()).hexdigest()[:16]

    def make() -> RunRecord | StudyRecord:
        for kind, record in _KINDS.items():
            file = folder / f"{key}.{kind}.json"
            if file.is_file():
                return from_json(record, file.read_bytes(), where=str(file))
        made = case.make()
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / f"{key}.{'run' if isinstance(made, RunRecord) else 'study'}.json"
        part = file.with_suffix(".part")  # a run that is stopped here leaves no half of a record behind
        part.write_text(to_json(made), encoding="utf-8")
        part.replace(file)
        return made

    return replace(case, make=make)

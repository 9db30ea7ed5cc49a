"""One configuration that was trained outside of a study, with one seed or several, read as a study of one arm."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.analysis.notices import notices
from classlab.records import Arm, StudyRecord, StudySpec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classlab.records import RunRecord


def as_study(records: Sequence[RunRecord]) -> StudyRecord:
    """Makes a study of one arm.

    Args:
        records: runs that differ in their seed alone, at least one.
    """
    first = records[0].spec
    name = first.architecture.name
    spec = StudySpec(
        name=f"{name} on {first.data.name}",
        arms=(Arm(name=name, settings={}, spec=first),),
        seeds=tuple(record.spec.seed for record in records),
    )
    return StudyRecord(
        spec=spec,
        runs=tuple(records),
        created=max(record.created for record in records),
        command=records[0].command,
        seconds=max(record.seconds for record in records),
        notices=notices(spec),
    )

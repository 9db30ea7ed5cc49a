"""`classlab.diagnose`: a run or a study, live or on record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from classlab.doctor.diagnose import diagnose_run, diagnose_study
from classlab.errors import SpecError
from classlab.records.run import RunRecord
from classlab.records.study import StudyRecord

if TYPE_CHECKING:
    from collections.abc import Collection

    from classlab.records.finding import Diagnosis


def diagnose(subject: Any, *, without: Collection[str] = ()) -> Diagnosis:
    """Says what is wrong with a run or a study, why, and what would mend it.

    Args:
        subject: a `classlab.Run`, a `classlab.StudyResult`, or the record of either.
        without: checks that are left out, as in `("A1",)`.

    Returns:
        Findings with their evidence and causes, the gravest first; the checks that were made, and those that could
        not be, with the reason.

    Raises:
        SpecError: the subject is none of these.
    """
    record = getattr(subject, "record", subject)
    if isinstance(record, RunRecord):
        return diagnose_run(record, without=without)
    if isinstance(record, StudyRecord):
        return diagnose_study(record, without=without)
    raise SpecError(
        f"`subject` must be a run, a study's result, or the record of either, but got {type(subject).__name__}. "
        "Give what classlab.fit or Study.run returned."
    )

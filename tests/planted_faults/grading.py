"""Whether the doctor was right about a case."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from classlab.doctor.diagnose import diagnose_run, diagnose_study
from classlab.errors import ClasslabError
from classlab.records import RunRecord

if TYPE_CHECKING:
    from classlab.records import Diagnosis, Finding, StudyRecord
    from tests.planted_faults.case import Case


@dataclass(frozen=True, kw_only=True)
class Grade:
    """One case and what was said.

    Args:
        name: the case's.
        ground: the case's.
        kind: the case's.
        expected: rules of which one is right.
        right: whether the doctor was.
        said: every finding, as in "FAIL I1 <- A1": severity, rule, first cause.
        accuracy: on the validation images; None for studies and runs without figures.
        seconds: of training, as its record has it.
    """

    name: str
    ground: str
    kind: str
    expected: tuple[str, ...]
    right: bool
    said: tuple[str, ...]
    accuracy: float | None
    seconds: float


def grade(case: Case) -> Grade:
    """Trains a case, asks the doctor, and compares.

    Of a fact the rule must be among the findings above INFO. Of a symptom the first finding must name the right cause
    first; where a mild finding is enough, the rule must be among all findings. Of a healthy run nothing above INFO may
    be said. What is refused must be refused with the expected words.

    Args:
        case: the fault or control.
    """
    found: RunRecord | StudyRecord | None = None
    said: tuple[str, ...] = ()
    try:
        found = case.make()
    except ClasslabError as refusal:
        said = (str(refusal),)
    if found is None:
        right = case.kind == "refused" and case.ground in said[0]
    else:
        diagnosis = _diagnosed(found, case)
        said = tuple(_spoken(finding) for finding in diagnosis.findings)
        right = is_right(diagnosis, case)
    return Grade(
        name=case.name,
        ground=case.ground,
        kind=case.kind,
        expected=case.expected,
        right=right,
        said=said,
        accuracy=found.validation.accuracy if isinstance(found, RunRecord) and found.validation is not None else None,
        seconds=0.0 if found is None else round(found.seconds, 2),
    )


def is_right(diagnosis: Diagnosis, case: Case) -> bool:
    """Whether a diagnosis is what a case asks for; see `grade`."""
    grave = [finding for finding in diagnosis.findings if finding.severity != "INFO"]
    match case.kind:
        case "healthy":
            return not grave
        case "refused":
            return False
        case _ if case.mild:
            return any(finding.rule in case.expected for finding in diagnosis.findings)
        case "fact":
            return any(finding.rule in case.expected for finding in grave)
        case _:
            return bool(grave) and first_cause(grave[0]) in case.expected


def first_cause(finding: Finding) -> str:
    """The rule of a finding's likeliest cause; its own where it names none."""
    return finding.causes[0].rule if finding.causes and finding.causes[0].rule else finding.rule


def summary(grades: list[Grade]) -> dict[str, dict[str, Any]]:
    """How many of each kind were right."""
    kinds = dict.fromkeys(each.kind for each in grades)
    return {
        kind: {
            "cases": sum(each.kind == kind for each in grades),
            "right": sum(each.kind == kind and each.right for each in grades),
        }
        for kind in kinds
    }


def _diagnosed(found: RunRecord | StudyRecord, case: Case) -> Diagnosis:
    if isinstance(found, RunRecord):
        return diagnose_run(found, without=case.without)
    return diagnose_study(found, without=case.without)


def _spoken(finding: Finding) -> str:
    cause = first_cause(finding)
    return f"{finding.severity} {finding.rule}" + (f" <- {cause}" if cause != finding.rule else "")

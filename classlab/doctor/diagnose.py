"""What the doctor says of a case, a run or a study."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from classlab.doctor.causes import with_causes
from classlab.doctor.comparisons import COMPARISONS
from classlab.doctor.run_case import case_of
from classlab.doctor.symptoms import SYMPTOMS
from classlab.records.finding import Diagnosis, Finding, Unchecked

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from classlab.doctor.case import Case
    from classlab.records import RunRecord, StudyRecord

_GRAVITY = {"INVALID": 0, "FAIL": 1, "WARN": 2, "INFO": 3}
_OFF = "switched off"
_FACTS_OF_IMAGES = ("A1", "A2")  # measured where they are checked, and inferred where they are not


def diagnose_case(case: Case, *, subject: str, without: Collection[str] = ()) -> Diagnosis:
    """Looks at one training.

    Args:
        case: what is known of it.
        subject: what to call it.
        without: rules that are not to be checked, as in `("A1",)`.

    Returns:
        Findings, the gravest first; rules that were checked; rules that could not be, with the reason.
    """
    found: list[Finding] = []
    checked: list[str] = []
    unchecked: list[Unchecked] = []
    for symptom in SYMPTOMS:
        if symptom.RULE in without:
            unchecked.append(Unchecked(rule=symptom.RULE, reason=_OFF))
            continue
        result = symptom.check(case)
        if isinstance(result, Unchecked):
            unchecked.append(result)
            continue
        checked.append(symptom.RULE)
        if result is not None:
            found.append(result)
    cleared = {rule for rule in _FACTS_OF_IMAGES if rule in checked and all(each.rule != rule for each in found)}
    return Diagnosis(
        subject=subject,
        findings=tuple(gravest_first(with_causes(found, case, cleared=cleared))),
        checked=tuple(checked),
        unchecked=tuple(unchecked),
    )


def diagnose_run(record: RunRecord, *, without: Collection[str] = (), arm: str = "") -> Diagnosis:
    """Looks at a finished run.

    Args:
        record: the run.
        without: rules that are not to be checked.
        arm: its arm's name in a study; "" where there is none.
    """
    spec = record.spec
    subject = f"run {record.identity} ({arm or spec.architecture.name}, {spec.data.name}, seed {spec.seed})"
    return diagnose_case(case_of(record, arm=arm), subject=subject, without=without)


def diagnose_study(study: StudyRecord, *, without: Collection[str] = ()) -> Diagnosis:
    """Looks at a study: at the comparison as a whole, and at every run; equal findings of an arm's runs become one.

    Args:
        study: the study.
        without: rules that are not to be checked.
    """
    found: list[Finding] = []
    checked: dict[str, None] = {}
    reasons: dict[str, Unchecked] = {}
    for place, arm in enumerate(study.spec.arms):
        runs = [diagnose_run(run, without=without, arm=arm.name) for run in study.runs_of(place)]
        found.extend(_together([finding for run in runs for finding in run.findings]))
        for run in runs:
            checked |= dict.fromkeys(run.checked)
            reasons |= {each.rule: each for each in run.unchecked}
    for comparison in COMPARISONS:
        if comparison.RULE in without:
            reasons[comparison.RULE] = Unchecked(rule=comparison.RULE, reason=_OFF)
            continue
        result = comparison.check(study)
        if isinstance(result, Unchecked):
            reasons.setdefault(comparison.RULE, result)
            continue
        checked[comparison.RULE] = None
        found = [finding for finding in found if finding.rule != comparison.RULE] if result else found
        found.extend(result)
    return Diagnosis(
        subject=f"study {study.spec.name}",
        findings=tuple(gravest_first(found)),
        checked=tuple(sorted(checked, key=_number)),
        unchecked=tuple(reasons[rule] for rule in sorted(reasons, key=_number) if rule not in checked),
    )


def gravest_first(findings: Iterable[Finding]) -> list[Finding]:
    """Orders findings by severity, facts before symptoms, and otherwise as they came."""
    return sorted(findings, key=lambda finding: (_GRAVITY[finding.severity], finding.kind != "fact"))


def _together(findings: Sequence[Finding]) -> list[Finding]:
    """One finding per rule for the runs of an arm: the gravest, with the other seeds as further places."""
    by_rule: dict[str, list[Finding]] = {}
    for finding in findings:
        by_rule.setdefault(finding.rule, []).append(finding)
    joined = []
    for same in by_rule.values():
        first, *others = gravest_first(same)
        joined.append(replace(first, also=(*first.also, *(each.place for each in others))))
    return joined


def _number(rule: str) -> tuple[str, int]:
    return rule[0], int(rule[1:])

"""C6: differences that seeds alone can explain."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.analysis import judge_study
from classlab.doctor import thresholds as at
from classlab.doctor.wording import measured
from classlab.records.finding import Cause, Finding, Unchecked

if TYPE_CHECKING:
    from classlab.records.study import StudyRecord

RULE = "C6"
NAME = "difference-below-noise"
CAUSE = Cause(
    rule=RULE,
    text="The figures of one configuration differ from seed to seed.",
    remedy="Train more seeds, the same for every arm, and compare seed by seed.",
)


def check(study: StudyRecord) -> tuple[Finding, ...] | Unchecked:
    """Counts the seeds; with several, asks whether the first arm can be told from the second."""
    spec = study.spec
    if len(spec.arms) < 2:
        return Unchecked(rule=RULE, reason="there is only one arm")
    if len(spec.seeds) < at.SEEDS_FOR_A_CLAIM:
        return (
            Finding(
                rule=RULE,
                name=NAME,
                severity="WARN",
                kind="fact",
                text=f"The {len(spec.arms)} arms were trained from one seed each, so no arm can be called better.",
                evidence=(measured("seeds per arm", 1, "5 and more"),),
                causes=(CAUSE,),
                limits="Differences far beyond what seeds usually do are a hint.",
            ),
        )
    return _unresolved(study)


def _unresolved(study: StudyRecord) -> tuple[Finding, ...] | Unchecked:
    spec = study.spec
    judgement = judge_study(study)
    if any(found.excluded for found in judgement.ranking.estimates):
        return Unchecked(rule=RULE, reason="a run has no validation figures")
    first, second = judgement.ranking.order[:2]
    comparison = judgement.ranking.comparison(first, second)
    if comparison is None or comparison.verdict != "cannot tell":
        return ()
    return (
        Finding(
            rule=RULE,
            name=NAME,
            severity="INFO",
            kind="fact",
            text=f"{len(spec.seeds)} seeds do not tell {spec.arms[first].name!r} from {spec.arms[second].name!r}.",
            evidence=(measured("seeds per arm", len(spec.seeds)),),
            causes=(CAUSE,),
        ),
    )

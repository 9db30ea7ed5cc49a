"""C6: differences that seeds and images alone can explain."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from classlab.analysis import judge_study
from classlab.analysis.sentences.verdict import advice_sentences, pair_sentence
from classlab.doctor import thresholds as at
from classlab.doctor.catalogue import NAMES
from classlab.doctor.wording import measured
from classlab.records.finding import Cause, Finding, Unchecked

if TYPE_CHECKING:
    from classlab.records.study import StudyRecord

RULE = "C6"
NAME = NAMES[RULE]
CAUSE = Cause(
    rule=RULE,
    text="The figures of one configuration differ from seed to seed and from image to image.",
    remedy="Train more seeds, the same for every arm, and compare seed by seed.",
)


def check(study: StudyRecord) -> tuple[Finding, ...] | Unchecked:
    """Counts the seeds; with several, asks whether the first arm can be told from its rival."""
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
    rival = judgement.rival
    if rival is None or judgement.against(rival).verdict != "cannot tell":
        return ()
    advice = " ".join(advice_sentences(judgement))
    return (
        Finding(
            rule=RULE,
            name=NAME,
            severity="INFO",
            kind="fact",
            text=pair_sentence(judgement, rival),
            evidence=(measured("seeds per arm", len(spec.seeds)),),
            causes=(replace(CAUSE, remedy=advice) if advice else CAUSE,),
        ),
    )

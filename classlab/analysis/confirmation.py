"""The first arms on fresh seeds, and on images that chose nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from classlab.analysis.samples import accuracy_sample, ranking_margin, ranking_sample
from classlab.records.base import Record
from classlab.statistics import Comparison, Estimate, compare, estimate

if TYPE_CHECKING:
    from classlab.records import RunRecord, StudyRecord


@dataclass(frozen=True, kw_only=True)
class Confirmation(Record):
    """The first-ranked arm, and the next one where there is one, trained again on fresh seeds.

    Args:
        arms: their positions in the study.
        seeds: the fresh ones.
        scores: the ranking figure on the fresh seeds, by arm.
        test: test accuracy on the fresh seeds, by arm.
        comparison: first against second on the fresh seeds and the images that chose; None where there is no second.
        on_test: first against second in accuracy on the test images; None where there is no second, no test figure, or
            the test images chose.
    """

    arms: tuple[int, ...]
    seeds: tuple[int, ...]
    scores: tuple[Estimate, ...]
    test: tuple[Estimate, ...]
    comparison: Comparison | None
    on_test: Comparison | None


def analyse_confirmation(study: StudyRecord) -> Confirmation | None:
    """Computes what the fresh seeds say; None where there are none."""
    spec = study.spec
    if not study.confirmation:
        return None
    by_arm: dict[int, list[RunRecord]] = {}
    for run in study.confirmation:
        by_arm.setdefault(arm_of(study, run), []).append(run)
    runs = list(by_arm.values())
    scores = [ranking_sample(each, spec.select) for each in runs]
    tests = [accuracy_sample(each, "test") for each in runs]
    chosen_on_test = any(arm.spec.data.validation == "test" for arm in spec.arms)
    two = len(runs) > 1
    return Confirmation(
        arms=tuple(by_arm),
        seeds=tuple(run.spec.seed for run in runs[0]),
        scores=tuple(estimate(each, confidence=spec.confidence) for each in scores),
        test=tuple(estimate(each, confidence=spec.confidence) for each in tests),
        comparison=compare(*scores[:2], confidence=spec.confidence, margin=ranking_margin(spec)) if two else None,
        on_test=compare(*tests[:2], confidence=spec.confidence, margin=spec.margin)
        if two and not chosen_on_test and all(each.there.any() for each in tests[:2])
        else None,
    )


def arm_of(study: StudyRecord, run: RunRecord) -> int:
    """The arm that a confirming run belongs to: the first that asks for this very run."""
    for place, arm in enumerate(study.spec.arms):
        if arm.run_spec(run.spec.seed) == run.spec:
            return place
    return 0

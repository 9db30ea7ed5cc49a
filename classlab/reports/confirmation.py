"""The winner on fresh seeds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from classlab.records.base import Record
from classlab.reports.arm_analysis import accuracy_estimate, selected
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
        comparison: first against second on the fresh seeds alone; None where there is no second.
    """

    arms: tuple[int, ...]
    seeds: tuple[int, ...]
    scores: tuple[Estimate, ...]
    test: tuple[Estimate, ...]
    comparison: Comparison | None


def analyse_confirmation(study: StudyRecord) -> Confirmation | None:
    """Computes what the fresh seeds say; None where there are none."""
    spec = study.spec
    if not study.confirmation:
        return None
    places = [_arm_of(study, run) for run in study.confirmation]
    arms = tuple(dict.fromkeys(places))
    runs = {arm: [run for run, place in zip(study.confirmation, places, strict=True) if place == arm] for arm in arms}
    scores = {arm: [selected(run, spec.select) for run in runs[arm]] for arm in arms}
    by_accuracy = spec.select == "val_accuracy"
    comparison = None
    if len(arms) > 1:
        comparison = compare(
            scores[arms[0]],
            scores[arms[1]],
            confidence=spec.confidence,
            margin=spec.margin if by_accuracy else 0.0,
            higher_is_better=by_accuracy,
        )
    return Confirmation(
        arms=arms,
        seeds=tuple(run.spec.seed for run in runs[arms[0]]),
        scores=tuple(estimate(scores[arm], confidence=spec.confidence) for arm in arms),
        test=tuple(accuracy_estimate(runs[arm], "test", confidence=spec.confidence) for arm in arms),
        comparison=comparison,
    )


def _arm_of(study: StudyRecord, run: RunRecord) -> int:
    """The arm that a confirming run belongs to: the first that asks for this very run."""
    for place, arm in enumerate(study.spec.arms):
        if arm.run_spec(run.spec.seed) == run.spec:
            return place
    return 0

"""B6: a reported accuracy that is not the share of images whose most probable class is right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.doctor import thresholds as at
from classlab.doctor.catalogue import NAMES
from classlab.doctor.wording import measured
from classlab.records.finding import Cause, Evidence, Finding, Unchecked

if TYPE_CHECKING:
    from classlab.doctor.case import Case

RULE = "B6"
NAME = NAMES[RULE]
# What is no share of images: the class of this name counts equal numbers, where the word "accuracy" lets Keras choose.
EQUAL_NUMBERS = "keras.metrics.Accuracy"
MISLEADING = ("binary_accuracy", EQUAL_NUMBERS)
CAUSE = Cause(
    rule=RULE,
    text="The metric counts something else than images whose most probable class is right.",
    remedy="Report the metric 'accuracy', which Keras fits to loss and labels.",
)


def check(case: Case) -> Finding | Unchecked | None:
    """Compares the reported accuracy with one that was recomputed from predictions on the same images."""
    if case.metric_counts_images:
        return None
    by_name = case.metric in MISLEADING and case.classes > 2
    if case.reported_accuracy is None or case.recomputed_accuracy is None:
        if not by_name:
            return Unchecked(rule=RULE, reason="the reported accuracy was not recomputed from predictions")
        return _finding(case, (measured("metric", case.metric, "accuracy"),))
    if abs(case.reported_accuracy - case.recomputed_accuracy) <= at.METRIC_DIFFERENCE:
        return None
    return _finding(
        case,
        (
            measured(f"reported {case.metric}", case.reported_accuracy),
            measured("share of images whose most probable class is right", case.recomputed_accuracy),
        ),
    )


def _finding(case: Case, evidence: tuple[Evidence, ...]) -> Finding:
    return Finding(
        rule=RULE,
        name=NAME,
        severity="WARN",
        kind="fact",
        text=f"What is reported as {case.metric} is not the share of images whose most probable class is right.",
        evidence=evidence,
        causes=(CAUSE,),
        place=case.place,
    )

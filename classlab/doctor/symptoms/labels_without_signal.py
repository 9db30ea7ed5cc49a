"""A6: labels that have nothing to do with their images, as after shuffling one without the other."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING

from classlab.doctor import thresholds as at
from classlab.doctor.wording import measured
from classlab.records.finding import Cause, Finding, Unchecked

if TYPE_CHECKING:
    from classlab.doctor.case import Case

RULE = "A6"
NAME = "labels-without-signal"
CAUSE = Cause(
    rule=RULE,
    text="The labels do not belong to the images beside them.",
    remedy="Shuffle and select images and labels together, by one and the same order.",
)


def check(case: Case) -> Finding | Unchecked | None:
    """Compares a nearest-centroid rule and the network with chance on the validation images: both must fail.

    A rule without training that does no better than chance proves little by itself; classes can be told apart without
    lying around a centre. A network that does no better either, on images it has not seen, makes the case.
    """
    validation = case.splits.get("validation") or case.splits.get("test")
    if case.baseline_accuracy is None or validation is None:
        reason = case.why_missing("baseline_accuracy", "no nearest-centroid rule was computed")
        return Unchecked(rule=RULE, reason=reason)
    reached = case.history.get("val_accuracy", ())
    if not reached:
        return Unchecked(rule=RULE, reason="no epoch with validation images was finished")
    if case.unequal:
        return Unchecked(rule=RULE, reason="the classes are too unequal for accuracy to show it")
    share = max(validation.class_counts) / max(1, sum(validation.class_counts))
    bound = share + at.BASELINE_ERRORS * sqrt(share * (1 - share) / max(1, validation.images))
    if case.baseline_accuracy > bound or max(reached) > bound:
        return None
    return Finding(
        rule=RULE,
        name=NAME,
        severity="FAIL",
        kind="symptom",
        text="Neither the network nor a rule that compares with the mean image of each class does better than chance "
        "on images that were not trained on.",
        evidence=(
            measured("accuracy of the nearest mean image", case.baseline_accuracy, f"above {bound:.3g}"),
            measured("best validation accuracy", max(reached), f"above {bound:.3g}"),
        ),
        causes=(CAUSE,),
        limits="Labels that are right on images from which the class cannot be seen look the same.",
        place=case.place,
    )

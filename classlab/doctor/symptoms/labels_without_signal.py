"""A6: labels that have nothing to do with their images, as after shuffling one without the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.doctor import thresholds as at
from classlab.doctor.catalogue import NAMES, cause
from classlab.doctor.learning import share_error, towards_certainty
from classlab.doctor.symptoms.split_preprocessing import differing_splits, is_of_another_kind
from classlab.doctor.wording import measured
from classlab.records.finding import Finding, Unchecked

if TYPE_CHECKING:
    from classlab.doctor.case import Case

RULE = "A6"
NAME = NAMES[RULE]


def check(case: Case) -> Finding | Unchecked | None:
    """Compares a nearest-centroid rule and the network with chance on the validation images: both must fail.

    A rule without training that does no better than chance proves little by itself; classes can be told apart without
    lying around a centre. A network that does no better either, on images it has not seen, makes the case.
    """
    split = "validation" if "validation" in case.splits else "test"
    facts = case.splits.get(split)
    if case.baseline_accuracy is None or facts is None:
        reason = case.why_missing("baseline_accuracy", "no nearest-centroid rule was computed")
        return Unchecked(rule=RULE, reason=reason)
    reached = case.history.get("val_accuracy", ())
    if not reached:
        return Unchecked(rule=RULE, reason="no epoch with validation images was finished")
    share = max(facts.class_counts) / max(1, sum(facts.class_counts))
    bound = _bound(share, facts.images, case.classes)
    obstacle = _obstacle(case, split, bound)
    if obstacle:
        return Unchecked(rule=RULE, reason=obstacle)
    if bound is None or max(case.baseline_accuracy, *reached) > bound:
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
        causes=(cause("A6"),),
        limits="Labels that are right on images from which the class cannot be seen look the same.",
        place=case.place,
    )


def _obstacle(case: Case, split: str, bound: float | None) -> str:
    """Why accuracy on these images cannot show it; "" where it can."""
    if case.unequal:
        return "the classes are too unequal for accuracy to show it"
    if sum(count > 0 for count in case.splits[split].class_counts) < 2:
        return f"the {split} images are not of two classes"
    if split in differing_splits(case) or is_of_another_kind(case):
        return f"the {split} images reach the network in another way than the training images"
    return "too few images to tell no signal from a little" if bound is None else ""


def _bound(share: float, images: int, classes: int) -> float | None:
    """Chance level and three standard errors, in [0, 1]; None where that is too wide to mean anything.

    Where only the training labels are wrong, the images of a class are named alike, rightly or wrongly together: then
    accuracy varies like that of as many draws as pairs of classes, not as images.
    """
    room = towards_certainty(share, at.SIGNAL_ROOM)
    by_images, by_classes = (
        share + at.BASELINE_ERRORS * share_error(share, draws) for draws in (images, min(images, classes**2))
    )
    if by_images > room:
        return None
    return by_classes if by_classes <= room else by_images

"""What a run's classes of different sizes make of accuracy, and what they weigh in its loss."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING

from classlab.analysis.numbers import percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classlab.records import RunRecord

_RATIO = 2  # largest class over smallest, from which on accuracy and balanced accuracy are shown side by side
_ERRORS = 3  # standard errors of a difference of two counts: in small sets classes drawn alike differ by that


def are_uneven(counts: Sequence[int]) -> bool:
    """Whether the largest class has at least twice the images of the smallest, and by more than chance would have it.

    Args:
        counts: images by class; a class without images does not count.

    Example:
        >>> are_uneven([950, 50]), are_uneven([60, 55, 0]), are_uneven([6, 3])
        (True, False, False)
    """
    there = [count for count in counts if count]
    if len(there) < 2:
        return False
    most, least = max(there), min(there)
    return most >= _RATIO * least and most - least > _ERRORS * sqrt(most + least)


def has_uneven_classes(record: RunRecord) -> bool:
    """Whether the classes of a run's training images are uneven, or where these were not noted, of its validation."""
    noted = record.diagnostics
    if noted is None:
        return False
    train = noted.splits.get("train")
    return are_uneven(train.class_counts if train is not None else noted.unseen_present)


def majority_note(counts: Sequence[int], class_names: Sequence[str], *, weighted: bool) -> str:
    """What accuracy hides where one class has at least half of the training images; "" where none has so many.

    Args:
        counts: training images by class.
        class_names: in label order.
        weighted: whether the run has class weights.
    """
    most, whole = max(counts, default=0), sum(counts)
    if 2 * most < whole or not are_uneven(counts):
        return ""
    share = percent(most / whole, digits=1)
    said = (
        f"{share} of the training images are of class {class_names[list(counts).index(most)]}: on such images a "
        f"network that always answers it has an accuracy of {share}. Balanced accuracy and macro F1 count every class "
        "alike"
    )
    if weighted:
        return f"{said}."
    return f"{said}, and class_weights=balanced (on the command line --class-weights balanced) does so in training."


_LISTED = 10  # classes whose weights are written out


def weights_note(weights: Sequence[float], class_names: Sequence[str], *, balanced: bool) -> str:
    """What the images of each class count in the training loss.

    Args:
        weights: by class.
        class_names: in label order.
        balanced: whether they follow from the classes' sizes.

    Example:
        >>> weights_note([0.625, 2.5], ["cat", "dog"], balanced=False)
        "In training each image's loss is multiplied by its class's weight (0.625 for cat, 2.5 for dog); validation \
and test losses are not weighted."
    """
    if len(weights) <= _LISTED:
        shown = ", ".join(f"{weight:.3g} for {name}" for weight, name in zip(weights, class_names, strict=True))
    else:
        shown = f"from {min(weights):.3g} to {max(weights):.3g}"
    word = "balanced, " if balanced else ""
    return (
        f"In training each image's loss is multiplied by its class's weight ({word}{shown}); validation and test "
        "losses are not weighted."
    )

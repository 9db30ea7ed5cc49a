"""Two trained networks on the same images: where they agree, where they do not, and what that shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from classlab.errors import DataError
from classlab.records.base import Record
from classlab.statistics.comparison import Comparison  # noqa: TC001  (pydantic reads the annotations when a record is written)
from classlab.statistics.mcnemar import compare_predictions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from classlab.judging.predictions import NetworkPredictions


@dataclass(frozen=True, kw_only=True)
class ClassDifference(Record):
    """One class.

    Args:
        name: of the class.
        images: of it.
        first_right: how many of them the first network gets right.
        second_right: how many the second.
        first_only: how many the first alone.
        second_only: how many the second alone.
        comparison: of the two shares; its interval holds for all classes at once.
    """

    name: str
    images: int
    first_right: int
    second_right: int
    first_only: int
    second_only: int
    comparison: Comparison


@dataclass(frozen=True, kw_only=True)
class NetworkPair(Record):
    """Two networks.

    Args:
        first: name of one.
        second: name of the other.
        images: how many both have predicted.
        both_right: images that both get right.
        first_only: images that the first alone gets right.
        second_only: images that the second alone gets right.
        both_wrong: images that neither gets right.
        same_mistake: those of `both_wrong` for which both give the same class.
        comparison: of the two accuracies; it is about these networks and not about their arms.
        classes: those with images, the largest difference first.
    """

    first: str
    second: str
    images: int
    both_right: int
    first_only: int
    second_only: int
    both_wrong: int
    same_mistake: int
    comparison: Comparison
    classes: tuple[ClassDifference, ...]

    @property
    def accuracies(self) -> tuple[float, float]:
        """Of the first and of the second."""
        return (self.both_right + self.first_only) / self.images, (self.both_right + self.second_only) / self.images


def same_labels(first: NetworkPredictions, second: NetworkPredictions) -> NDArray[np.int64]:
    """The labels of the images that both have predicted, `(images,)`.

    That the images are the same cannot be seen from predictions; equal labels in equal order are what can be.

    Raises:
        DataError: there are no labels, or those of the two differ.
    """
    labels = second.labels if first.labels is None else first.labels
    if labels is None:
        raise DataError(
            f"one of the two must hold the true classes, but neither {first.name!r} nor {second.name!r} does. "
            "Save them beside the predictions, as `y_true`, or name the images with --data."
        )
    for each in (first, second):
        if len(each.predicted) != len(labels):
            raise DataError(
                f"both networks must have predicted the same images, but {first.name!r} has predicted "
                f"{len(first.predicted):,} and {second.name!r} {len(second.predicted):,} for {len(labels):,} labels. "
                "Predict the same images with both."
            )
        if each.labels is not None and (each.labels != labels).any():
            differ = int((each.labels != labels).sum())
            raise DataError(
                f"both networks must have predicted the same images in the same order, but {differ:,} of "
                f"{len(labels):,} labels differ. Predict the same images with both."
            )
    if first.class_names and second.class_names and first.class_names != second.class_names:
        raise DataError(
            f"both networks must know the same classes, but {first.name!r} and {second.name!r} name them differently. "
            "Predict the same images with both."
        )
    return labels


def compare_networks(
    first: NetworkPredictions,
    second: NetworkPredictions,
    *,
    class_names: Sequence[str] = (),
    confidence: float = 0.95,
    margin: float = 0.0,
) -> NetworkPair:
    """Counts where two networks differ, and what that shows about images not yet seen.

    Args:
        first: one network's predictions.
        second: the other's, on the same images.
        class_names: in label order; numbers where empty.
        confidence: of the interval; and that those of all classes hold at once.
        margin: differences of this size or less do not matter.

    Raises:
        DataError: they have not predicted the same images.
        SpecError: `confidence` or `margin` makes no sense.
    """
    labels = same_labels(first, second)
    one, two = first.predicted == labels, second.predicted == labels
    wrong = ~one & ~two
    present = [label for label, many in enumerate(np.bincount(labels)) if many > 1]  # one image shows no spread
    names = tuple(class_names) or first.class_names or second.class_names
    classes = [
        _class(
            names[label] if label < len(names) else str(label),
            one[labels == label],
            two[labels == label],
            confidence=confidence,
            classes=len(present),
        )
        for label in present
    ]
    return NetworkPair(
        first=first.name,
        second=second.name,
        images=len(labels),
        both_right=int((one & two).sum()),
        first_only=int((one & ~two).sum()),
        second_only=int((two & ~one).sum()),
        both_wrong=int(wrong.sum()),
        same_mistake=int((wrong & (first.predicted == second.predicted)).sum()),
        comparison=compare_predictions(one, two, confidence=confidence, margin=margin),
        classes=tuple(sorted(classes, key=lambda found: -abs(found.comparison.difference or 0.0))),
    )


def only_one_right(
    wrong: NetworkPredictions, right: NetworkPredictions, labels: NDArray[np.int64], *, most: int
) -> list[int]:
    """Images that only `right` gets right, those first of which `wrong` was surest."""
    places = np.flatnonzero((right.predicted == labels) & (wrong.predicted != labels))
    if wrong.probabilities is not None:
        places = places[np.argsort(-wrong.probabilities[places].max(axis=1), kind="stable")]
    return [int(place) for place in places[:most]]


def _class(
    name: str, one: NDArray[np.bool_], two: NDArray[np.bool_], *, confidence: float, classes: int
) -> ClassDifference:
    return ClassDifference(
        name=name,
        images=len(one),
        first_right=int(one.sum()),
        second_right=int(two.sum()),
        first_only=int((one & ~two).sum()),
        second_only=int((two & ~one).sum()),
        comparison=compare_predictions(one, two, confidence=confidence, comparisons=classes),
    )

"""Which classes are taken for which."""

from __future__ import annotations

from dataclasses import dataclass
from math import fsum
from typing import TYPE_CHECKING

import numpy as np

from classlab.errors import SpecError
from classlab.records.base import Record
from classlab.statistics.inputs import check_count
from classlab.statistics.predictions import check_labels

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True, kw_only=True)
class Confusion(Record):
    """Counts of images by true and predicted class.

    Args:
        counts: images, `(true classes, predicted classes)`: rows are true, columns predicted.
        recall: by class, share of its images that were recognised; None for a class without images.
        precision: by class, share of right ones among the images taken for it; None where none was.
        accuracy: share of images recognised.
    """

    counts: tuple[tuple[int, ...], ...]
    recall: tuple[float | None, ...]
    precision: tuple[float | None, ...]
    accuracy: float

    def matrix(self) -> NDArray[np.int64]:
        """The counts as an array, `(true classes, predicted classes)`."""
        return np.array(self.counts, dtype=np.int64)

    @property
    def balanced_accuracy(self) -> float:
        """Mean recall over the classes that have images.

        References:
            `sklearn.metrics.balanced_accuracy_score`; Brodersen, Ong, Stephan and Buhmann (2010), "The balanced
            accuracy and its posterior distribution", International Conference on Pattern Recognition.
        """
        known = [share for share in self.recall if share is not None]
        return fsum(known) / len(known)

    @property
    def macro_f1(self) -> float:
        """Mean over classes of 2 right / (images of the class + images taken for it), those with neither left out.

        References:
            `sklearn.metrics.f1_score(average="macro")`; Opitz and Burst (2019), "Macro F1 and macro F1", arXiv
            1911.03347 (the mean of the F1s, not the F1 of the means).
        """
        counts = self.matrix()
        whole = counts.sum(axis=0) + counts.sum(axis=1)
        there = whole > 0
        return float((2 * counts.diagonal()[there] / whole[there]).mean())

    def row_shares(self) -> NDArray[np.float64]:
        """Each row divided by its sum, `(true classes, predicted classes)`; zeros for a class without images."""
        counts = self.matrix().astype(np.float64)
        shares: NDArray[np.float64] = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
        return shares


@dataclass(frozen=True, kw_only=True)
class MixUp(Record):
    """Images of one class that were taken for another.

    Args:
        true: what they are.
        predicted: what they were taken for.
        count: how many.
        share: of all images of the true class.
    """

    true: int
    predicted: int
    count: int
    share: float


def confusion(labels: ArrayLike, predicted: ArrayLike, *, classes: int) -> Confusion:
    """Counts images by true and predicted class.

    Args:
        labels: true class numbers, `(images,)`.
        predicted: predicted class numbers of the same images, `(images,)`.
        classes: how many classes there are.

    Raises:
        SpecError: class numbers that do not exist, or different numbers of images.

    Example:
        >>> found = confusion([0, 0, 1, 1, 1], [0, 1, 1, 1, 0], classes=2)
        >>> found.counts, found.recall[0], found.accuracy
        (((1, 1), (1, 2)), 0.5, 0.6)

    References:
        Sokolova and Lapalme (2009), "A systematic analysis of performance measures for classification tasks",
        Information Processing and Management 45(4), table 3.
    """
    check_count(classes, name="classes", least=2)
    true = check_labels(labels, classes=classes)
    taken = check_labels(predicted, classes=classes, name="predicted")
    if len(true) != len(taken):
        raise SpecError(
            f"`labels` and `predicted` must speak of the same images, but got {len(true)} and {len(taken)}. "
            "Give one of each per image."
        )
    counts = np.bincount(true * classes + taken, minlength=classes**2).reshape(classes, classes)
    right = counts.diagonal()
    return Confusion(
        counts=tuple(tuple(int(count) for count in row) for row in counts),
        recall=_shares(right, counts.sum(axis=1)),
        precision=_shares(right, counts.sum(axis=0)),
        accuracy=float(right.sum() / counts.sum()),
    )


def most_mixed_up(confusion: Confusion, *, count: int = 10) -> tuple[MixUp, ...]:
    """The pairs of classes most often mixed up, each in one direction, most images first; ties in class order.

    Args:
        confusion: of the predictions.
        count: how many pairs at most; pairs never mixed up are left out.

    Example:
        >>> [(one.true, one.predicted, one.count) for one in most_mixed_up(confusion([0, 1, 1], [1, 0, 0], classes=2))]
        [(1, 0, 2), (0, 1, 1)]
    """
    shares = confusion.row_shares()
    wrong = confusion.matrix()
    np.fill_diagonal(wrong, 0)
    places = np.argsort(-wrong, axis=None, kind="stable")[:count]
    pairs = ((int(place) // len(wrong), int(place) % len(wrong)) for place in places)
    return tuple(
        MixUp(true=true, predicted=taken, count=int(wrong[true, taken]), share=float(shares[true, taken]))
        for true, taken in pairs
        if wrong[true, taken]
    )


def _shares(part: NDArray[np.int64], whole: NDArray[np.int64]) -> tuple[float | None, ...]:
    return tuple(float(one / all_) if all_ else None for one, all_ in zip(part, whole, strict=True))

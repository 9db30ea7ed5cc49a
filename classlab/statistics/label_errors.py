"""Which labels are probably wrong, by what networks say of images that they were not trained on: confident learning."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from classlab.records.base import Record
from classlab.statistics.predictions import check_probabilities

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True, kw_only=True)
class DoubtfulLabel(Record):
    """An image whose label is probably wrong.

    Args:
        index: its position.
        given: its label.
        suggested: the class that it confidently belongs to.
        probability: of the suggested class.
        margin: probability of the label minus that of the suggested class; the lower, the surer is the mistake.
    """

    index: int
    given: int
    suggested: int
    probability: float
    margin: float


@dataclass(frozen=True, kw_only=True)
class LabelErrors(Record):
    """What out-of-fold probabilities say about labels.

    Args:
        images: how many were looked at.
        accuracy: share of them whose most probable class is the label.
        thresholds: by class, the mean probability of that class over the images that are labelled so; None for a class
            without images.
        joint: images by given and by confident class, `(classes, classes)`; images that are confident of no class are
            not in it.
        estimated: how many labels are wrong in all by the calibrated joint, those that are not doubtful included.
        doubtful: images off the diagonal of `joint`, surest mistakes first.
    """

    images: int
    accuracy: float
    thresholds: tuple[float | None, ...]
    joint: tuple[tuple[int, ...], ...]
    estimated: float
    doubtful: tuple[DoubtfulLabel, ...]


def find_label_errors(probabilities: ArrayLike, labels: ArrayLike) -> LabelErrors:
    """Finds labels that are probably wrong.

    An image counts as confident of class j where its probability of j reaches the threshold t_j, the mean probability
    of j over all images that are labelled j; where several classes are reached, of the most probable one. So a class
    that the networks are unsure of asks for less. The confident joint C counts images by given and confident class;
    those off its diagonal are doubtful. Their order is that of the margin, p(given) - p(suggested). Calibrated, each
    row of C is brought to the number of images that are labelled so, and the sum off the diagonal estimates how many
    labels are wrong.

    Args:
        probabilities: of every image by networks that were not trained on it, `(images, classes)`.
        labels: as they are given, `(images,)`.

    Raises:
        SpecError: rows that are no distributions, or labels that do not fit.

    Example:
        >>> sure, wrong = [[0.9, 0.1], [0.8, 0.2], [0.2, 0.8], [0.1, 0.9]], [[0.95, 0.05]]
        >>> found = find_label_errors(sure + wrong, [0, 0, 1, 1, 1])
        >>> [(each.index, each.given, each.suggested) for each in found.doubtful], found.joint
        ([(4, 1, 0)], ((1, 0), (1, 2)))

    References:
        Northcutt, Jiang and Chuang (2021), "Confident learning: estimating uncertainty in dataset labels", Journal of
        Artificial Intelligence Research 70, equations 1 to 3 and the ranking by normalized margin.
    """
    rows, given = check_probabilities(probabilities, labels)
    classes = rows.shape[1]
    sizes = np.bincount(given, minlength=classes)
    own = rows[np.arange(len(rows)), given]
    sums = np.bincount(given, weights=own, minlength=classes)
    thresholds = np.divide(sums, sizes, out=np.full(classes, np.inf), where=sizes > 0)
    confident, suggested = _confident(rows, thresholds)
    joint = np.bincount(given[confident] * classes + suggested[confident], minlength=classes**2)
    joint = joint.reshape(classes, classes)
    margins = own - rows[np.arange(len(rows)), suggested]
    doubtful = np.flatnonzero(confident & (suggested != given))
    doubtful = doubtful[np.lexsort((doubtful, margins[doubtful]))]
    return LabelErrors(
        images=len(rows),
        accuracy=float((rows.argmax(axis=1) == given).mean()),
        thresholds=tuple(None if size == 0 else float(each) for each, size in zip(thresholds, sizes, strict=True)),
        joint=tuple(tuple(int(count) for count in row) for row in joint),
        estimated=_estimated(joint, sizes),
        doubtful=tuple(
            DoubtfulLabel(
                index=int(place),
                given=int(given[place]),
                suggested=int(suggested[place]),
                probability=float(rows[place, suggested[place]]),
                margin=float(margins[place]),
            )
            for place in doubtful
        ),
    )


_ROUNDING = 1e-6  # a mean of float32 probabilities that are all alike may come out above them by this much


def _confident(
    rows: NDArray[np.float64], thresholds: NDArray[np.float64]
) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Whether an image reaches any class's threshold, and the most probable class of those that it reaches."""
    reached = rows >= thresholds - _ROUNDING
    some: NDArray[np.bool_] = reached.max(axis=1)
    best: NDArray[np.int64] = np.where(reached, rows, -1.0).argmax(axis=1).astype(np.int64)
    return some, best


def _estimated(joint: NDArray[np.int64], sizes: NDArray[np.int64]) -> float:
    """Images off the diagonal once every row has as many as are labelled so; rows without confident images none."""
    whole = joint.sum(axis=1)
    off = np.where(whole > 0, whole - np.diag(joint), 0)
    return float((off / np.maximum(whole, 1) * sizes).sum())

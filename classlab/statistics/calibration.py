"""Whether a network's probabilities mean what they say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from classlab.records.base import Record
from classlab.statistics.inputs import check_count
from classlab.statistics.predictions import check_probabilities

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True, kw_only=True)
class CalibrationBin(Record):
    """The images whose confidence lies in (low, high].

    Args:
        low: lower end, excluded (the first bin includes it).
        high: upper end, included.
        count: images in the bin.
        confidence: their mean confidence; None where the bin is empty.
        accuracy: the share of them that is right; None where the bin is empty.
    """

    low: float
    high: float
    count: int
    confidence: float | None
    accuracy: float | None


@dataclass(frozen=True, kw_only=True)
class Calibration(Record):
    """How far a network's confidence is from its accuracy.

    Args:
        images: how many predictions are behind it.
        expected_error: expected calibration error: mean over images of |accuracy - confidence| of their bin.
        brier: Brier score: mean over images of the summed squared differences between the probabilities and the
            label as a unit vector; 0 is perfect, 2 the worst.
        confidence: mean probability of the predicted class.
        accuracy: share of images whose predicted class is the label; below `confidence` the network is overconfident.
        bins: from low to high confidence.
    """

    images: int
    expected_error: float
    brier: float
    confidence: float
    accuracy: float
    bins: tuple[CalibrationBin, ...]


def calibration(probabilities: ArrayLike, labels: ArrayLike, *, bins: int = 15) -> Calibration:
    """Measures calibration in bins of equal width.

    Confidence is the probability of the predicted class. The expected calibration error is
    sum over bins of (count / images) * |accuracy - confidence|. With few images it is above zero even for perfect
    calibration, because each bin's accuracy is an estimate; compare it between networks on the same images and bins.

    Args:
        probabilities: each row a distribution, `(images, classes)`.
        labels: class numbers, `(images,)`.
        bins: how many.

    Raises:
        SpecError: rows that are no distributions, labels that do not fit, or no bins.

    Example:
        >>> found = calibration([[0.9, 0.1], [0.8, 0.2], [0.3, 0.7]], [0, 1, 1], bins=2)
        >>> round(found.expected_error, 4), round(found.brier, 4)
        (0.1333, 0.4933)

    References:
        Naeini, Cooper and Hauskrecht (2015), "Obtaining well calibrated probabilities using Bayesian binning", AAAI;
        Guo, Pleiss, Sun and Weinberger (2017), "On calibration of modern neural networks", ICML, equations 3 and 5;
        Brier (1950), "Verification of forecasts expressed in terms of probability", Monthly Weather Review 78.
    """
    check_count(bins, name="bins")
    rows, classes = check_probabilities(probabilities, labels)
    confidences = rows.max(axis=1)
    right = rows.argmax(axis=1) == classes
    filled = _bins(confidences, right, count=bins)
    errors = [
        one.count / len(rows) * abs(one.accuracy - one.confidence)
        for one in filled
        if one.accuracy is not None and one.confidence is not None
    ]
    return Calibration(
        images=len(rows),
        expected_error=float(sum(errors)),
        brier=float(((rows - np.eye(rows.shape[1])[classes]) ** 2).sum(axis=1).mean()),
        confidence=float(confidences.mean()),
        accuracy=float(right.mean()),
        bins=filled,
    )


def _bins(confidences: NDArray[np.float64], right: NDArray[np.bool_], *, count: int) -> tuple[CalibrationBin, ...]:
    edges = np.linspace(0.0, 1.0, count + 1)
    place = np.clip(np.searchsorted(edges, confidences, side="left") - 1, 0, count - 1)
    sizes = np.bincount(place, minlength=count)
    sums = np.bincount(place, weights=confidences, minlength=count)
    hits = np.bincount(place, weights=right, minlength=count)
    return tuple(
        CalibrationBin(
            low=float(edges[at]),
            high=float(edges[at + 1]),
            count=int(sizes[at]),
            confidence=float(sums[at] / sizes[at]) if sizes[at] else None,
            accuracy=float(hits[at] / sizes[at]) if sizes[at] else None,
        )
        for at in range(count)
    )

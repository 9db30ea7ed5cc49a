"""How much better an arm does on the images it was trained on than on images it has not seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from classlab.errors import SpecError
from classlab.records.base import Record
from classlab.statistics.estimate import Interval, estimate
from classlab.statistics.inputs import Values, check_confidence, figures
from classlab.statistics.proportion import wilson

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True)
class Gap(Record):
    """The generalisation gap of an arm.

    Args:
        gap: fitted accuracy minus unseen accuracy, mean over seeds, as a share of images; above zero where the
            training images are fitted better. None where no seed has both.
        sd: sample standard deviation over seeds; None below two.
        n: seeds with both figures.
        excluded: seeds without.
        interval: for the gap; None where neither seeds nor images give one.
        confidence: of the interval.
        method: `seeds`: t-interval over seeds. `images`: one seed, from the number of images behind its two
            accuracies; holds for this trained model. `none`: no interval.
    """

    gap: float | None
    sd: float | None
    n: int
    excluded: int
    interval: Interval | None
    confidence: float
    method: Literal["seeds", "images", "none"]


def generalisation_gap(
    fitted: Values,
    unseen: Values,
    *,
    confidence: float = 0.95,
    fitted_images: int | None = None,
    unseen_images: int | None = None,
) -> Gap:
    """Measures fitted minus unseen accuracy over the seeds of an arm.

    From two seeds on, a t-interval over the seeds' gaps (see `estimate`). With one seed, Newcombe's interval for the
    difference of two independent shares: with Wilson intervals (l, u) around each share p, its lower end is
    d - sqrt((p1 - l1)^2 + (u2 - p2)^2) and its upper end d + sqrt((u1 - p1)^2 + (p2 - l2)^2).

    Args:
        fitted: accuracy of the final weights on training images, one per seed, `(seeds,)`, as shares.
        unseen: accuracy on images not trained on, in the same order of seeds.
        confidence: of the interval.
        fitted_images: how many images are behind each fitted accuracy; needed with one seed only.
        unseen_images: the same for the unseen accuracy.

    Raises:
        SpecError: different numbers of seeds, an accuracy that is no share, or a `confidence` that is no probability.

    Example:
        >>> found = generalisation_gap([0.99, 0.98, 0.99], [0.95, 0.95, 0.94])
        >>> round(found.gap, 4), [round(end, 4) for end in found.interval], found.method
        (0.04, [0.0152, 0.0648], 'seeds')

    References:
        Newcombe (1998), "Interval estimation for the difference between independent proportions: comparison of eleven
        methods", Statistics in Medicine 17, method 10.
    """
    check_confidence(confidence)
    pairs = _pairs(fitted, unseen)
    over_seeds = estimate(pairs[0] - pairs[1], confidence=confidence)
    interval = over_seeds.interval
    method: Literal["seeds", "images", "none"] = "none" if interval is None else "seeds"
    if over_seeds.n == 1 and fitted_images is not None and unseen_images is not None:
        one, two = (float(share) for share in pairs[:, ~np.isnan(pairs).any(axis=0)][:, 0])
        interval = newcombe(one, fitted_images, two, unseen_images, confidence=confidence)
        method = "images"
    return Gap(
        gap=over_seeds.mean,
        sd=over_seeds.sd,
        n=over_seeds.n,
        excluded=over_seeds.excluded,
        interval=interval,
        confidence=confidence,
        method=method,
    )


def newcombe(first: float, first_images: int, second: float, second_images: int, *, confidence: float) -> Interval:
    """Newcombe's interval for the difference of two shares of independent images (see `generalisation_gap`).

    Args:
        first: share of the first images that count.
        first_images: how many there are.
        second: share of the second images that count.
        second_images: how many there are.
        confidence: of the interval.

    Raises:
        SpecError: a share of no images, or outside 0 to 1.

    Example:
        >>> [round(end, 4) for end in newcombe(56 / 70, 70, 48 / 80, 80, confidence=0.95)]
        [0.0524, 0.3339]
    """
    one = wilson(round(first * first_images), first_images, confidence=confidence)
    two = wilson(round(second * second_images), second_images, confidence=confidence)
    difference = one.share - two.share
    low = np.hypot(one.share - one.interval[0], two.interval[1] - two.share)
    high = np.hypot(one.interval[1] - one.share, two.share - two.interval[0])
    return float(difference - low), float(difference + high)


def _pairs(fitted: Values, unseen: Values) -> NDArray[np.float64]:
    """Both accuracies by seed, `(2, seeds)`."""
    one = figures(fitted, name="fitted", axes=("seeds",))
    two = figures(unseen, name="unseen", axes=("seeds",))
    if len(one) != len(two):
        raise SpecError(
            f"`fitted` and `unseen` must have one accuracy per seed each, but got {len(one)} and {len(two)}. "
            "Pair them by seed and give None where a run has no figure."
        )
    pairs = np.stack([one, two])
    wrong = pairs[(pairs < 0) | (pairs > 1)]
    if len(wrong):
        raise SpecError(f"accuracies must be shares from 0 to 1, but got {wrong[0]:g}. Divide percentages by 100.")
    return pairs

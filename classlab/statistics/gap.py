"""How much better an arm does on the images it was trained on than on images it has not seen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import hypot, sqrt
from typing import TYPE_CHECKING

import numpy as np

from classlab.errors import SpecError
from classlab.records.base import Record
from classlab.statistics.estimate import Basis, basis_of
from classlab.statistics.inputs import Values, check_confidence, check_shares, figures
from classlab.statistics.scale import Interval, share_interval
from classlab.statistics.spread import Spread, spread, spread_of_images, spread_of_seeds

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classlab.statistics.sample import Sample


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
        holds_for: what is drawn anew in the interval: other seeds, other unseen images, or both; always with this
            training set.
        confidence: of the interval.
    """

    gap: float | None
    sd: float | None
    n: int
    excluded: int
    interval: Interval | None
    holds_for: Basis
    confidence: float


def generalisation_gap(
    fitted: Values,
    unseen: Sample,
    *,
    confidence: float = 0.95,
    fitted_images: int | None = None,
    training_images: int | None = None,
) -> Gap:
    """Measures fitted minus unseen accuracy over the seeds of an arm.

    The training set is given; the unseen images are a sample. So the interval is the one of the unseen accuracy
    (`share_interval`), with the variance of the gap in the place of its own, counted down from the fitted accuracy.
    Where the fitted accuracy comes from some of the training images only, what these leave open is added:
    p (1 - p) / m * (1 - m / M) for m of M.

    Args:
        fitted: accuracy of the final weights on training images, one per seed, `(seeds,)`, as shares.
        unseen: accuracy on images not trained on, in the same order of seeds.
        confidence: of the interval.
        fitted_images: how many training images are behind each fitted accuracy; all of them where it is None.
        training_images: how many there are to be fitted.

    Raises:
        SpecError: different numbers of seeds, an accuracy that is no share, or a `confidence` that is no probability.

    Example:
        >>> from classlab.statistics.sample import sample
        >>> found = generalisation_gap([0.99, 0.98, 0.99], sample([0.95, 0.95, 0.94]))
        >>> round(found.gap, 4), [round(end, 4) for end in found.interval], found.holds_for
        (0.04, [0.0182, 0.0755], 'seeds')
    """
    check_confidence(confidence)
    seen = figures(fitted, name="fitted", axes=("seeds",))
    _check(seen, unseen.by_seed)
    there = ~np.isnan(seen) & unseen.there
    gaps, level = (seen - unseen.by_seed)[there], float(unseen.by_seed[there].mean()) if there.any() else 0.0
    found = _spread(gaps, unseen, there)
    interval: Interval | None = None
    if found is not None:
        share = float(seen[there].mean())
        open_part = 0.0
        if fitted_images is not None and training_images is not None:
            # Drawn without replacement: measured on all training images, nothing is left open.
            open_part = share * (1 - share) / fitted_images * max(0.0, 1 - fitted_images / training_images)
        whole = replace(found, variance=found.variance + open_part)
        interval = _interval(share, level, spread=whole, confidence=confidence)
    return Gap(
        gap=float(gaps.mean()) if len(gaps) else None,
        sd=float(gaps.std(ddof=1)) if len(gaps) > 1 else None,
        n=len(gaps),
        excluded=len(seen) - len(gaps),
        interval=interval,
        holds_for="nothing" if interval is None or found is None else basis_of(found),
        confidence=confidence,
    )


def _interval(fitted: float, unseen: float, *, spread: Spread, confidence: float) -> Interval | None:
    """The unseen accuracy's interval, counted down from the fitted accuracy.

    An unseen accuracy of 0 or 1 has an interval that its variance does not enter, and what is left of the gap's
    variance is the fitted accuracy's: the two half widths are added as squares (Zou and Donner 2008, "Construction of
    confidence limits about effect measures", Statistics in Medicine 27).
    """
    ends = share_interval(unseen, spread=spread, confidence=confidence)
    if ends is None:
        return None
    half = 0.0
    if unseen in (0.0, 1.0):
        half = spread.reference.limit(confidence) * sqrt(spread.variance)
    gap = fitted - unseen
    return max(-1.0, gap - hypot(ends[1] - unseen, half)), min(1.0, gap + hypot(unseen - ends[0], half))


def _spread(gaps: NDArray[np.float64], unseen: Sample, there: NDArray[np.bool_]) -> Spread | None:
    """Where the error of the gap comes from; the fitted accuracy of a seed is the same for every unseen image."""
    if unseen.by_image is not None and len(gaps):
        right = unseen.by_image[there]
        # Row means are the gaps; image by image, a gap moves as the unseen accuracy does.
        return spread(gaps[:, None] + right.mean(axis=1, keepdims=True) - right)
    if len(gaps) > 1:
        return spread_of_seeds(gaps, images=unseen.images)
    if len(gaps) == 1 and unseen.images is not None and unseen.images > 1:
        return spread_of_images(float(unseen.by_seed[there][0]), images=unseen.images)
    return None


def _check(seen: NDArray[np.float64], unseen: NDArray[np.float64]) -> None:
    if len(seen) != len(unseen):
        raise SpecError(
            f"`fitted` and `unseen` must have one accuracy per seed each, but got {len(seen)} and {len(unseen)}. "
            "Pair them by seed and give None where a run has no figure."
        )
    check_shares(seen)

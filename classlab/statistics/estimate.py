"""An arm's mean figure, its spread over seeds, and the interval that holds for other seeds and other images."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from classlab.records.base import Record
from classlab.statistics.by_class import adjusted_figure, with_least_variance
from classlab.statistics.inputs import check_confidence
from classlab.statistics.scale import Interval, loss_interval, plain_interval, share_interval
from classlab.statistics.spread import Spread, spread, spread_of_images, spread_of_seeds

if TYPE_CHECKING:
    from classlab.statistics.sample import Sample

Basis = Literal["seeds and images", "seeds", "images", "nothing"]


@dataclass(frozen=True, kw_only=True)
class Estimate(Record):
    """What an arm's runs say about its mean.

    Args:
        mean: of the figures there are; None where there is none.
        sd: sample standard deviation over seeds (divisor n - 1); None below two figures.
        n: how many seeds have a figure.
        excluded: how many runs had no finite figure (failed, diverged).
        images: how many images are behind each figure; None where that is not known.
        interval: for the mean; None where nothing says how far chance moves it.
        holds_for: what is drawn anew in the interval: other seeds and other images; other seeds on these images, where
            single images are not known; other images with this one trained network, where there is one seed.
        confidence: of the interval.
    """

    mean: float | None
    sd: float | None
    n: int
    excluded: int
    images: int | None
    interval: Interval | None
    holds_for: Basis
    confidence: float


def estimate(sample: Sample, *, confidence: float = 0.95) -> Estimate:
    """Estimates an arm's mean from its runs.

    Over seeds and images where single images are known (see `spread`). An accuracy's interval is Wilson's with the
    effective number of images (`share_interval`), so that it stays between 0 and 1; a figure that counts every class
    alike has Price and Bonett's (see `by_class`), cut at 0 and 1; a loss has mean +- t * error. With
    one seed the interval is for this trained network; where only figures are known it is for these images.

    Args:
        sample: the arm.
        confidence: of the interval.

    Raises:
        SpecError: `confidence` is no probability.

    Example:
        >>> from classlab.statistics.sample import sample
        >>> found = estimate(sample([0.91, 0.93, 0.92, None]))
        >>> found.n, found.excluded, round(found.mean, 3), [round(end, 3) for end in found.interval], found.holds_for
        (3, 1, 0.92, [0.887, 0.944], 'seeds')
    """
    check_confidence(confidence)
    there = sample.by_seed[sample.there]
    n = len(there)
    interval: Interval | None = None
    holds_for: Basis = "nothing"
    measured = measured_spread(sample)
    if measured is not None:
        mean = float(there.mean())
        if sample.kind == "accuracy":
            interval = share_interval(mean, spread=measured, confidence=confidence)
        elif sample.kind == "share" and measured.variance > 0:
            low, high = plain_interval(mean + _shift(sample), spread=measured, confidence=confidence)
            interval = max(0.0, min(low, mean)), min(1.0, max(high, mean))
        elif measured.variance > 0:  # equal losses say nothing about how far chance moves them
            written = loss_interval if sample.kind == "loss" else plain_interval
            interval = written(mean, spread=measured, confidence=confidence)
        holds_for = "nothing" if interval is None else basis_of(measured)
    return Estimate(
        mean=float(there.mean()) if n else None,
        sd=float(there.std(ddof=1)) if n > 1 else None,
        n=n,
        excluded=len(sample.by_seed) - n - sample.absent,
        images=sample.images,
        interval=interval,
        holds_for=holds_for,
        confidence=confidence,
    )


def measured_spread(sample: Sample) -> Spread | None:
    """Where an arm's error comes from; None where nothing tells."""
    there = sample.there
    if sample.by_image is not None and there.any():
        found = spread(sample.by_image[there])
        by_class = sample.by_class
        return found if by_class is None else with_least_variance(found, adjusted_figure(by_class.only(there)))
    if there.sum() > 1:
        return spread_of_seeds(sample.by_seed[there], images=sample.images)
    if there.sum() == 1 and sample.images is not None and sample.images > 1 and sample.kind == "accuracy":
        share = float(sample.by_seed[there][0])
        return spread_of_images(share, images=sample.images)
    return None


def _shift(sample: Sample) -> float:
    """What the adjustment of small classes adds to the middle of an interval."""
    return 0.0 if sample.by_class is None else adjusted_figure(sample.by_class.only(sample.there)).shift


def basis_of(found: Spread) -> Basis:
    """What varies in a spread."""
    if found.between_images is None:
        return "seeds"
    return "images" if found.between_seeds is None else "seeds and images"

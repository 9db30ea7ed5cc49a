"""Mean, spread and interval of one figure over the seeds of an arm."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from classlab.records.base import Record
from classlab.statistics.distributions import student_quantile
from classlab.statistics.inputs import Values, check_confidence, figures

Interval = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Estimate(Record):
    """What an arm's seeds say about its mean.

    Args:
        mean: of the figures there are; None where there is none.
        sd: sample standard deviation (divisor n - 1); None below two figures.
        n: how many figures are behind it.
        excluded: how many runs had no finite figure (failed, diverged).
        interval: for the mean over all seeds one could draw; None below two figures, because a single figure
            says nothing about spread.
        confidence: of the interval.
    """

    mean: float | None
    sd: float | None
    n: int
    excluded: int
    interval: Interval | None
    confidence: float

    @property
    def standard_error(self) -> float | None:
        """How far the mean is expected to be off: sd / sqrt(n)."""
        return None if self.sd is None else float(self.sd / np.sqrt(self.n))


def t_quantile(n: int, *, confidence: float) -> float:
    """Half-width of a two-sided t-interval in standard errors: t with n - 1 degrees of freedom at (1 + confidence) / 2.

    Example:
        >>> round(t_quantile(5, confidence=0.95), 3)
        2.776
    """
    return student_quantile(n - 1, (1 + confidence) / 2)


def estimate(values: Values, *, confidence: float = 0.95) -> Estimate:
    """Estimates an arm's mean from the figures of its seeds.

    The interval is mean +- t * sd / sqrt(n), t with n - 1 degrees of freedom. It treats the seeds as a random
    sample of all seeds and the images as given: another set of images moves all seeds together, and that is not in
    it. Figures that all agree give an interval of no width, which says only that these seeds agree.

    Args:
        values: one figure per seed, `(seeds,)`; None or NaN where a run failed or diverged.
        confidence: of the interval.

    Raises:
        SpecError: `values` are not figures along one axis, or `confidence` is no probability.

    Example:
        >>> found = estimate([0.91, 0.93, 0.92, None])
        >>> found.n, found.excluded, round(found.mean, 3), [round(end, 3) for end in found.interval]
        (3, 1, 0.92, [0.895, 0.945])

    References:
        Student (1908), "The probable error of a mean", Biometrika 6(1).
    """
    check_confidence(confidence)
    given = figures(values, name="values", axes=("seeds",))
    there = given[~np.isnan(given)]
    n = len(there)
    mean = float(there.mean()) if n else None
    sd = float(there.std(ddof=1)) if n > 1 else None
    interval = None
    if mean is not None and sd is not None:
        half = t_quantile(n, confidence=confidence) * sd / float(np.sqrt(n))
        interval = (mean - half, mean + half)
    return Estimate(mean=mean, sd=sd, n=n, excluded=len(given) - n, interval=interval, confidence=confidence)

"""Intervals on the scale of their figures: accuracies stay within 0 and 1, differences within -1 and 1.

A mean over seeds and images carries less, or more, information than the same share of independent images would. Its
variance says how many independent images it is worth, the effective number; with that number, and Student's t in place
of the normal quantile, the score intervals for shares apply. They keep to their confidence near the ends of the scale
and with few discordant images, and they never have no width.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import copysign, inf, sqrt

from classlab.statistics.roots import root
from classlab.statistics.spread import Spread  # noqa: TC001  (a dataclass field)

Interval = tuple[float, float]


def share_interval(share: float, *, spread: Spread, confidence: float) -> Interval | None:
    """Wilson's interval with the effective number of images.

    n' = p (1 - p) / variance, and t with the degrees of freedom of the variance:
    (p + t^2 / 2n' +- t sqrt(p (1 - p) / n' + t^2 / 4n'^2)) / (1 + t^2 / n'). Where every network is right on every
    image, n' is the number of images.

    Args:
        share: mean accuracy, 0 to 1.
        spread: of the accuracies.
        confidence: of the interval.

    Returns:
        The interval, or None where neither a spread nor a number of images is there to make one from.

    References:
        Wilson (1927), "Probable inference, the law of succession, and statistical inference", Journal of the American
        Statistical Association 22; Korn and Graubard (1998), "Confidence intervals for proportions with small expected
        number of positive counts estimated from survey data", Survey Methodology 24 (effective numbers, t quantiles).
    """
    effective = _effective(share * (1 - share), spread.variance, spread.images)
    if effective is None:
        return None
    limit = spread.reference.limit(confidence)
    square = limit**2 / effective
    centre = (share + square / 2) / (1 + square)
    half = limit * sqrt(share * (1 - share) / effective + square / (4 * effective)) / (1 + square)
    return max(0.0, centre - half), min(1.0, centre + half)


@dataclass(frozen=True, kw_only=True)
class PairedShares:
    """A difference of two accuracies on the same images and seeds.

    Args:
        first_only: share of seeds and images on which the first alone is right, b.
        second_only: share on which the second alone is right, c; the difference is b - c.
        spread: of the difference.
    """

    first_only: float
    second_only: float
    spread: Spread

    def interval(self, *, confidence: float) -> Interval:
        """Tango's score interval with the effective number of images.

        It holds every D whose statistic (b - c - D) / sqrt(L + (2 q + D (1 - D)) / m) lies within the quantiles of t.
        q is the most likely share of "second alone is right" given D; L is the part of the variance that lies between
        the seeds whatever the images, and m the effective number of images behind the rest.

        References:
            Tango (1998), "Equivalence test and confidence interval for the difference in proportions for the
            paired-sample design", Statistics in Medicine 17.
        """
        limit = self.spread.reference.limit(confidence)
        middle = self.first_only - self.second_only

        def beyond(side: float) -> float:
            def excess(difference: float) -> float:
                return side * self._statistic(difference) - limit

            end = -side  # where the lower limit is sought (side 1) the far end is -1
            return end if excess(end) <= 0 else root(excess, end, middle, within=1e-12)

        return beyond(1.0), beyond(-1.0)

    def p_value(self) -> float:
        """Two-sided, of no difference; at most 1 - confidence just where the interval excludes zero."""
        return self.spread.reference.p_value(self._statistic(0.0))

    def _statistic(self, difference: float) -> float:
        b, c, d = self.first_only, self.second_only, difference
        # Given D the likelihood is largest where 2 q^2 + linear q - c d (1 - d) = 0; its other root is negative.
        linear = (2 - b + c) * d - b - c
        root = linear**2 + 8 * c * d * (1 - d)
        share = max(0.0, (sqrt(max(root, 0.0)) - linear) / 4)
        lasting = self.spread.lasting
        effective = _effective(b + c - (b - c) ** 2, self.spread.variance - lasting, self.spread.images)
        variance = lasting + (0.0 if effective is None else max(2 * share + d * (1 - d), 0.0) / effective)
        distance = b - c - d
        if variance <= 0:
            return 0.0 if abs(distance) < 1e-12 else copysign(inf, distance)  # the ends of the scale, up to rounding
        return distance / sqrt(variance)


def _effective(share_variance: float, variance: float, images: int | None) -> float | None:
    """How many independent images the variance is worth; all of them where nothing varied."""
    if share_variance > 0 and variance > 0:
        return share_variance / variance
    return None if images is None else float(images)


def loss_interval(mean: float, *, spread: Spread, confidence: float) -> Interval:
    """`plain_interval` of a figure that cannot lie below zero."""
    low, high = plain_interval(mean, spread=spread, confidence=confidence)
    return max(low, min(mean, 0.0)), high


def plain_interval(mean: float, *, spread: Spread, confidence: float) -> Interval:
    """Mean +- t * sqrt(variance), for figures without ends to their scale, and where only seeds' means are known."""
    half = spread.reference.limit(confidence) * sqrt(spread.variance)
    return mean - half, mean + half

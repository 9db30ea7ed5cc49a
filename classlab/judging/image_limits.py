"""What a number of images allows by itself, whatever the seeds say."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING

from classlab.statistics.distributions import normal_quantile
from classlab.statistics.proportion import wilson

if TYPE_CHECKING:
    from classlab.statistics import Interval


def accuracy_limit(share: float, images: int, *, confidence: float = 0.95) -> Interval:
    """Wilson's interval of one network's accuracy among all images one could draw.

    A mean over several networks on the same images is known no better than this where they err on the same ones.

    Args:
        share: the accuracy measured.
        images: how many it was measured on.
        confidence: of the interval.

    Example:
        >>> [round(end, 4) for end in accuracy_limit(0.9228, 9984)]
        [0.9174, 0.9279]
    """
    return wilson(round(share * images), images, confidence=confidence).interval


def difference_limit(first: float, second: float, images: int, *, confidence: float = 0.95) -> float:
    r"""How far off the difference of two networks' accuracies on the same images can be at most, as a half width.

    The difference of two networks that are right on p and q of n images has the variance (D - (p - q)^2) / n, D being
    the share of images that exactly one gets right. Figures do not show D. It is at most
    min(p, 1 - q) + min(q, 1 - p), when they never err on the same image, and networks that err on the same images
    have far less: the half width is at most z \* sqrt((D - (p - q)^2) / n).

    Args:
        first: one network's accuracy.
        second: the other's.
        images: how many both were measured on.
        confidence: of the interval.

    Example:
        >>> round(difference_limit(0.9234, 0.9228, 9984), 4)
        0.0077

    References:
        McNemar (1947), "Note on the sampling error of the difference between correlated proportions or percentages",
        Psychometrika 12 (the variance).
    """
    discordant = min(first, 1 - second) + min(second, 1 - first)
    variance = max(discordant - (first - second) ** 2, 0.0) / images
    return normal_quantile((1 + confidence) / 2) * sqrt(variance)

"""The normal distribution."""

from __future__ import annotations

from math import erfc, inf, sqrt
from statistics import NormalDist

_ROOT = sqrt(2)
_STANDARD = NormalDist()


def normal(value: float) -> float:
    """Probability that a standard normal variable is at most `value`, to twelve digits in either tail.

    Example:
        >>> round(normal(1.96), 3)
        0.975
    """
    return erfc(-value / _ROOT) / 2


def normal_quantile(probability: float) -> float:
    """The value that a standard normal variable stays below with a probability, to fifteen digits.

    Args:
        probability: 0 to 1.

    Example:
        >>> round(normal_quantile(0.975), 3)
        1.96

    References:
        Wichura (1988), "Algorithm AS 241: the percentage points of the normal distribution", Applied Statistics 37:
        what Python's `statistics.NormalDist` computes.
    """
    if probability in (0, 1):
        return inf if probability else -inf
    return _STANDARD.inv_cdf(probability)

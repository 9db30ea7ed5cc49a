"""The noncentral t distribution, by the trapezoidal rule.

T = (Z + shift) / S with a standard normal Z, and S^2 chi-squared over its degrees of freedom. Given either of the two
the probability is known, and what is left to integrate is smooth and vanishes at both ends, where the trapezoidal rule
is exact to all digits with some hundred values.

References:
    Trefethen and Weideman (2014), "The exponentially convergent trapezoidal rule", SIAM Review 56.
"""

from __future__ import annotations

from functools import lru_cache
from math import ceil, erfc, exp, floor, isinf, log, log2, pi, sqrt
from typing import TYPE_CHECKING

import numpy as np

from classlab.statistics.distributions.chi_square import gamma_below
from classlab.statistics.distributions.normal import normal

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FAR = 8.3  # deviations of the normal that 1e-16 lies beyond
_NOTHING = 37.0  # e^-37 = 1e-16
_STEEP = 32.0  # from this shift on the normal's step may be so steep in S that Z is integrated over instead
_BEND = 2.0  # where the exponential of `_grid` sets in: left of nearly all of S
_PEAK = 0.1202  # v at which v = e^(-2 - v)
_FIRST, _LAST = -5.7, 2.7  # v that one degree of freedom needs; more of them need less


def noncentral_student(freedom: float, shift: float, value: float) -> float:
    """Probability that the noncentral t is at most `value`, within 1e-13.

    Args:
        freedom: degrees of freedom, one or more; a fraction, or infinity for the normal distribution, too.
        shift: noncentrality.
        value: where.

    Example:
        >>> round(noncentral_student(9, 3.1623, 2.2622), 4)
        0.1969
    """
    if shift < 0:
        return 1 - noncentral_student(freedom, -shift, -value)
    if isinf(freedom):
        return normal(value - shift)
    lowest, highest = _ends(freedom)
    ends = sorted((value * exp(lowest), value * exp(highest)))
    if ends[1] - shift < -_FAR:
        return 0.0
    if ends[0] - shift > _FAR:
        return 1.0
    if shift > max(_STEEP, 4 * sqrt(freedom)):  # S is wide enough for steps of Z
        return _over_normal(freedom, shift, value)
    steep = max(shift, 2.0)
    if abs(value) > steep:
        steep *= 1 + log(abs(value) / steep)  # the normal's step lies further left, where v moves u the quicker
    scales, weights = scales_of(freedom, 2.0 ** floor(log2(0.6 / sqrt(2 * (freedom + 16) + steep**2))))
    halves = (shift - value * scales) / sqrt(2)
    return float(weights @ np.fromiter(map(erfc, halves.tolist()), np.float64, len(halves))) / 2


def _over_normal(freedom: float, shift: float, value: float) -> float:
    """Given Z = z the probability is that of S being at least (z + shift) / value."""
    step, below = 0.25, 0.0
    for k in range(-ceil(_FAR / step), ceil(_FAR / step) + 1):
        z = k * step
        x = freedom / 2 * ((z + shift) / value) ** 2
        below += exp(-z * z / 2) * gamma_below(freedom / 2, x).value
    return max(0.0, 1 - below * step / sqrt(2 * pi))


def _ends(freedom: float) -> tuple[float, float]:
    """Logarithms that those of S lie between, but for 1e-16."""
    far = _NOTHING / freedom
    return -(far + min(0.5, sqrt(far))), min(sqrt(far), log(2 * far + 1) / 2 + 0.25)


@lru_cache(maxsize=64)  # both limits of an interval are asked for with the same, all arms with one freedom
def scales_of(freedom: float, step: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Values of S and their weights, `(values,)` each, by which expectations of S are sums.

    The density of u = log S is a multiple of exp(f (u - (e^2u - 1) / 2)).

    Args:
        freedom: f.
        step: distance of the values in v (see `_grid`). 0.6 / sqrt(2 f + shift^2) is a quarter below the one at which
            the sum over a normal curve as narrow as the density times the normal's step is exact to sixteen digits; 16
            is added to f because with few degrees of freedom the density is no normal curve.
    """
    scales, exponents, slopes = _grid(step)
    lowest, highest = _ends(freedom)
    start = max(_PEAK + lowest, -_BEND - log(max(-lowest, exp(-_BEND))))
    origin = floor(_FIRST / step)
    there = slice(max(floor(start / step) - origin, 0), ceil((_PEAK + highest) / step) + 1 - origin)
    weights = np.exp(freedom * exponents[there]) * slopes[there]
    return scales[there], weights / weights.sum()


@lru_cache(maxsize=16)
def _grid(step: float) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """S, u - (e^2u - 1) / 2 and du/dv at equal distances in v, where u = log S = v - e^(-2 - v).

    With few degrees of freedom the density of u falls off slowly on the left; in v it is short there, too.
    """
    v = step * np.arange(floor(_FIRST / step), ceil(_LAST / step) + 1)
    bend = np.exp(-_BEND - v)
    u = v - bend
    return np.exp(u), u - np.expm1(2 * u) / 2, 1 + bend

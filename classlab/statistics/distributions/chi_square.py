"""The chi-squared distribution, by the incomplete gamma function P(a, x)."""

from __future__ import annotations

from math import exp, gamma, inf, log, log1p, pi, sqrt

from classlab.statistics.distributions.inverse import LogProbability

_EXACT = 2.0**-53
_LARGE = 50.0  # from here on Stirling's series is exact, and below Gamma does not overflow


def gamma_below(shape: float, x: float) -> LogProbability:
    """P(a, x), the probability that a gamma variable of shape a is at most x.

    References:
        NIST Digital Library of Mathematical Functions, 8.11.4 (the series, for x below a + 1) and 8.9.2 (the continued
        fraction, evaluated by Lentz's method).
    """
    peak = _density_times_x(shape, x)
    below = peak * _series(shape, x) if x < shape + 1 else 1 - peak * _fraction(shape, x)
    slope = peak / below if below > 0 else shape
    return LogProbability(below, slope, slope * (shape - x - slope))


def _series(a: float, x: float) -> float:
    """Sum of x^n / (a (a + 1) ... (a + n))."""
    found = term = 1 / a
    while term > _EXACT * found:
        a += 1
        term *= x / a
        found += term
    return found


def _fraction(a: float, x: float) -> float:
    """1 - P(a, x) without the factor that `_density_times_x` is."""
    b = x + 1 - a
    d = found = 1 / b
    c, n, change = 1 / _EXACT**2, 1.0, inf
    while abs(change - 1) > 4 * _EXACT:
        step = n * (a - n)
        b += 2
        d, c = 1 / (b + step * d), b + step / c
        change = d * c
        found *= change
        n += 1
    return found


def _density_times_x(a: float, x: float) -> float:
    """x^a e^-x / Gamma(a).

    References:
        NIST Digital Library of Mathematical Functions, 5.11.1 (Stirling's series).
    """
    if a < _LARGE:
        return exp(a * log(x) - x) / gamma(a)
    off, square = (x - a) / a, 1 / (a * a)
    stirling = (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square / 1680))) / a
    return sqrt(a / (2 * pi)) * exp(a * (log1p(off) - off) - stirling)

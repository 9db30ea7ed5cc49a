"""Student's t distribution, by the incomplete beta function I_x(a, b) with b = 1/2."""

from __future__ import annotations

from functools import lru_cache
from math import exp, expm1, gamma, inf, isinf, log1p, pi, sqrt

from classlab.statistics.distributions.inverse import LogProbability, solve
from classlab.statistics.distributions.normal import normal, normal_quantile

_EXACT = 2.0**-53
_KEPT = 4096  # quantiles that are remembered: a search for more seeds or images asks for each of them several times
_LARGEST_POWER = 600.0  # of e, so that a first guess can be squared


def student(freedom: float, value: float) -> float:
    """Probability that Student's t is at most `value`: to twelve digits for every freedom from 1 to a million.

    Args:
        freedom: degrees of freedom, above zero; a fraction, or infinity for the normal distribution, too.
        value: where.

    Example:
        >>> round(student(4, 2.776445), 6)
        0.975
    """
    if isinf(freedom):
        return normal(value)
    above = _upper(freedom, abs(value)).value
    return above if value < 0 else 1 - above


@lru_cache(maxsize=_KEPT)
def student_quantile(freedom: float, probability: float) -> float:
    """The value that Student's t stays below with a probability: to twelve digits, from 1 to a million of freedom.

    Args:
        freedom: as in `student`.
        probability: in (0, 1).

    Example:
        >>> round(student_quantile(4, 0.975), 6)
        2.776445

    References:
        Wallace (1959), "Bounds on normal approximations to Student's and the chi-square distributions", Annals of
        Mathematical Statistics 30 (the first guess).
    """
    if isinf(freedom):
        return normal_quantile(probability)
    above = min(probability, 1 - probability)
    if above == 0.5:
        return 0.0
    if above == 0:
        return inf if probability else -inf
    like_normal = normal_quantile(above) * (8 * freedom + 3) / (8 * freedom + 1)
    guess = sqrt(freedom * expm1(min(like_normal**2 / freedom, _LARGEST_POWER)))
    found = solve(lambda value: _upper(freedom, value), wanted=above, start=guess)
    return found if probability > 0.5 else -found


def _upper(freedom: float, value: float) -> LogProbability:
    """P(T > value) for a value of zero or more.

    With density p it is p(t) t h / f, h the continued fraction of I_x(f / 2, 1 / 2), x = f / (f + t^2);
    near the middle, where that is slow, 1/2 - p(t) t s with the power series s of I_y(1 / 2, f / 2), y = 1 - x.

    References:
        NIST Digital Library of Mathematical Functions, 8.17.8 (the series).
    """
    square = value * value
    if isinf(square):
        return LogProbability(0.0, -freedom, 0.0)
    share = square / (freedom + square)
    density = _half_step(freedom / 2) / sqrt(freedom * pi) * exp(-(freedom + 1) / 2 * log1p(square / freedom))
    if square * (freedom + 2) > 3 * freedom:
        above = density * value / freedom * _fraction(freedom / 2, freedom / (freedom + square), share)
    else:
        above = 0.5 - density * value * _series(freedom / 2, share)
    slope = -value * density / above if above > 0 else -freedom
    return LogProbability(above, slope, slope * (1 - (freedom + 1) * share - slope))


def _fraction(a: float, x: float, y: float) -> float:
    """The continued fraction of I_x(a, 1 / 2), times a, where x is not above a / (a + 1 / 2) and y = 1 - x.

    References:
        DiDonato and Morris (1992), "Algorithm 708: significant digit computation of the incomplete beta function
        ratios", ACM Transactions on Mathematical Software 18, procedure BFRAC: a form in which nothing cancels.
    """
    first = a * y - x / 2 + 1
    found = c = a / (a + 1) * first
    d, n, change = 0.0, 1.0, inf
    while abs(change - 1) > 4 * _EXACT:
        odd = a + 2 * n - 1
        above = (a + n - 1) * (a + n - 0.5) * n * (0.5 - n) * (x / odd) ** 2
        below = n + n * (0.5 - n) * x / odd + (a + n) / (odd + 2) * (first + n * (1 + y))
        d, c = 1 / (below + above * d), below + above / c
        change = c * d
        found *= change
        n += 1
    return a / found


def _series(b: float, y: float) -> float:
    """Sum of (b + 1/2)_n / (3/2)_n y^n, of which I_y(1 / 2, b) is a multiple."""
    found, term, n = 1.0, 1.0, 0.0
    while term > _EXACT * found:
        term *= (b + 0.5 + n) / (1.5 + n) * y
        found += term
        n += 1
    return found


@lru_cache(maxsize=_KEPT)
def _half_step(a: float) -> float:
    """Gamma(a + 1/2) / Gamma(a).

    References:
        NIST Digital Library of Mathematical Functions, 5.11.8: the logarithms' asymptotic series, whose first term left
        out is below 1e-16 from 50 on.
    """
    if a < 50:
        return gamma(a + 0.5) / gamma(a)
    square = 1 / (a * a)
    return sqrt(a) * exp(-(1 / 8 - square * (1 / 192 - square * (1 / 640 - square * 17 / 14336))) / a)

"""Quantiles: where a probability that is known as a function has a wanted value."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_MOST_STEPS = 100  # usually two
_NEAR = 1e-5  # a step is exact to its third power or better, so that one this short is the last
_ROUNDING = 1e-15


@dataclass(frozen=True, slots=True)
class LogProbability:
    """A probability at x > 0 whose logarithm is concave in log x, as that of every distribution here is.

    Args:
        value: the probability itself.
        slope: first derivative of its logarithm by log x.
        bend: second derivative.
    """

    value: float
    slope: float
    bend: float


def solve(probability: Callable[[float], LogProbability], *, wanted: float, start: float) -> float:
    """The x above zero at which a probability has the wanted value.

    Halley's method in log x on the logarithm of the probability. That is concave, so Newton's steps, which these
    become where they would be more than twice as long, arrive from every start.

    Args:
        probability: as a function of x.
        wanted: its value.
        start: a first x.

    References:
        Gander (1985), "On Halley's iteration method", American Mathematical Monthly 92.
    """
    x = start
    for _ in range(_MOST_STEPS):
        there = probability(x)
        newton = log(there.value / wanted) / there.slope
        step = newton / max(0.5, 1 - newton * there.bend / (2 * there.slope))
        x *= exp(-step)
        if abs(step) < _NEAR or abs(step) * x < _ROUNDING:
            break
    return x

"""Where a function crosses zero."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def root(function: Callable[[float], float], low: float, high: float, *, within: float) -> float:
    """Where a continuous function crosses zero, no further off than `within`.

    Inverse quadratic interpolation where three values lie so that it stays in between, and halving elsewhere.

    Args:
        function: of opposite signs at the two ends, where it may be infinite, or zero at one of them.
        low: one end.
        high: the other.
        within: how far off the answer may be.

    Example:
        >>> round(root(lambda x: x * x - 2, 0, 2, within=1e-12), 9)
        1.414213562

    References:
        Chandrupatla (1997), "A new hybrid quadratic/bisection algorithm for finding the zero of a nonlinear function
        without using derivatives", Advances in Engineering Software 28.
    """
    a, b, part = low, high, 0.5
    at_a, at_b = function(a), function(b)
    if at_a == 0:
        return a
    while True:
        x = a + part * (b - a)
        at_x = function(x)
        if (at_x > 0) == (at_a > 0):
            c, at_c = a, at_a
        else:
            c, at_c, b, at_b = b, at_b, a, at_a
        a, at_a = x, at_x
        best, at_best = (a, at_a) if abs(at_a) < abs(at_b) else (b, at_b)
        if at_best == 0 or abs(b - a) <= within:
            return best
        part = _part(a, b, c, at_a, at_b, at_c)
        least = within / 2 / abs(b - a)
        part = min(max(part, least), 1 - least)


def _part(a: float, b: float, c: float, at_a: float, at_b: float, at_c: float) -> float:
    """The part of the way from a to b at which to look next."""
    along, up = (a - b) / (c - b), (at_a - at_b) / (at_c - at_b)
    if not (up * up < along and (1 - up) * (1 - up) < 1 - along):
        return 0.5
    straight = at_a / (at_b - at_a) * at_c / (at_b - at_c)
    return straight + (c - a) / (b - a) * at_a / (at_c - at_a) * at_b / (at_c - at_b)

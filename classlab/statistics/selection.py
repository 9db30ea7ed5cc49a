"""The expected maximum of normal numbers: how far the luckiest of several lies from their mean."""

from __future__ import annotations

import numpy as np

from classlab.statistics.distributions import normal_at
from classlab.statistics.inputs import check_count

REACH = 12.0  # standard deviations: beyond them a normal distribution holds less than a double can show
STEPS = 4801


def expected_maximum(count: int) -> float:
    """Expected maximum of independent standard normal numbers.

    E = integral from 0 of 1 - F(x)^m - F(-x)^m, with F the normal distribution function.

    Args:
        count: m, how many numbers.

    Raises:
        SpecError: no numbers.

    Example:
        >>> [round(expected_maximum(count), 4) for count in (1, 2, 3, 10)]
        [0.0, 0.5642, 0.8463, 1.5388]

    References:
        David and Nagaraja (2003), "Order Statistics", 3rd ed., section 3.2; Harter (1961), "Expected values of normal
        order statistics", Biometrika 48, table 1.
    """
    check_count(count, name="count")
    places = np.linspace(0.0, REACH, STEPS)
    area = float(np.trapezoid(1 - normal_at(places) ** count - normal_at(-places) ** count, places))
    return max(0.0, area)  # of a single number it is zero, and rounds to either side

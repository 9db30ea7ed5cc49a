"""How much the best of several noisy means flatters itself."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from classlab.records.base import Record
from classlab.statistics.distributions import normal_at
from classlab.statistics.inputs import Table, check_count, figures

REACH = 12.0  # standard deviations: beyond them a normal distribution holds less than a double can show
STEPS = 4801


@dataclass(frozen=True, kw_only=True)
class Flattery(Record):
    """By how much the best mean is expected to exceed what fresh seeds will show, at most.

    Args:
        arms: that took part.
        seeds: complete ones that the noise was measured on.
        standard_error: of one arm's mean, without what all arms share by seed, in the figures' unit; None where it
            cannot be measured.
        amount: expected excess if all arms were in truth the same, in the figures' unit; where some are clearly
            worse it is less. None where the noise cannot be measured.
    """

    arms: int
    seeds: int
    standard_error: float | None
    amount: float | None


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


def flattery(scores: Table) -> Flattery:
    """Estimates how much the first-ranked arm's mean owes to having been picked for it.

    Subtracting arm means and seed means leaves what chance does to each arm on its own; with a arms and s seeds its
    variance is the residual sum of squares over (a - 1)(s - 1), and the standard error of a mean its root over s. The
    best of a means of arms that are in truth the same lies above the truth by expected_maximum(a) such errors, to be
    read as "at most about".

    Args:
        scores: one figure per arm and seed, `(arms, seeds)`; None or NaN where a run failed or diverged. Arms without
            any figure, and then seeds that lack an arm, are left out.

    Raises:
        SpecError: `scores` are not figures by arm and seed.

    Example:
        >>> found = flattery([[0.90, 0.92, 0.91], [0.91, 0.92, 0.93], [0.92, 0.91, 0.91]])
        >>> found.arms, round(found.standard_error, 5), round(found.amount, 5)
        (3, 0.00561, 0.00475)

    References:
        Cawley and Talbot (2010), "On over-fitting in model selection and subsequent selection bias in performance
        evaluation", Journal of Machine Learning Research 11; David and Nagaraja (2003), section 3.2.
    """
    table = figures(scores, name="scores", axes=("arms", "seeds"))
    table = table[~np.isnan(table).all(axis=1)]
    table = table[:, ~np.isnan(table).any(axis=0)]
    arms, seeds = table.shape
    if arms < 2 or seeds < 2:
        return Flattery(arms=arms, seeds=seeds, standard_error=None, amount=None)
    residual = table - table.mean(axis=1, keepdims=True) - table.mean(axis=0, keepdims=True) + table.mean()
    variance = float((residual**2).sum()) / ((arms - 1) * (seeds - 1))
    error = float(np.sqrt(variance / seeds))
    return Flattery(arms=arms, seeds=seeds, standard_error=error, amount=expected_maximum(arms) * error)

"""Two arms compared where nothing says which runs belong together."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np

from classlab.records.base import Record
from classlab.statistics.correction import simultaneous_confidence
from classlab.statistics.distributions import student, student_quantile
from classlab.statistics.estimate import Interval  # noqa: TC001  (pydantic reads the annotations when a record is written)
from classlab.statistics.inputs import Values, check_confidence, check_count, figures

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True)
class UnpairedDifference(Record):
    """First minus second, each with its own runs.

    Args:
        difference: of the means; None where an arm has no figure.
        sd: the spread that one run of each arm gives their difference, sqrt(s1^2 + s2^2); None where an arm has fewer
            than two figures.
        freedom: degrees of freedom of the interval; None where there is none.
        interval: for the difference; None where an arm has fewer than two figures, or no arm has any spread.
        p_value: two-sided, of no difference; None where there is no interval.
        first: figures of the first arm.
        second: figures of the second arm.
    """

    difference: float | None
    sd: float | None
    freedom: float | None
    interval: Interval | None
    p_value: float | None
    first: int
    second: int


def difference_of_means(
    first: Values, second: Values, *, confidence: float = 0.95, comparisons: int = 1
) -> UnpairedDifference:
    """Welch's interval for the difference of two arms' means.

    With e_i = s_i^2 / n_i it is the difference +- t * sqrt(e_1 + e_2), t with
    (e_1 + e_2)^2 / (e_1^2 / (n_1 - 1) + e_2^2 / (n_2 - 1)) degrees of freedom. The arms may have different spreads and
    numbers of runs. Where runs of equal seed do share luck, pairs would give a narrower interval; this one holds all
    the same.

    Args:
        first: one figure per run, `(runs,)`, None or NaN where a run has none.
        second: the other arm's, `(runs,)`.
        confidence: that all intervals of the family hold at once.
        comparisons: size of the family.

    Raises:
        SpecError: arguments that make no sense.

    Example:
        >>> found = difference_of_means([0.91, 0.93, 0.92, 0.94], [0.90, 0.91, 0.91])
        >>> round(found.difference, 4), [round(end, 4) for end in found.interval], round(found.freedom, 2)
        (0.0183, [-0.0012, 0.0379], 4.35)

    References:
        Welch (1947), "The generalization of 'Student's' problem when several different population variances are
        involved", Biometrika 34; Satterthwaite (1946), "An approximate distribution of estimates of variance
        components", Biometrics Bulletin 2.
    """
    check_confidence(confidence)
    check_count(comparisons, name="comparisons")
    one, two = _there(first, name="first"), _there(second, name="second")
    if not len(one) or not len(two):
        return UnpairedDifference(
            difference=None, sd=None, freedom=None, interval=None, p_value=None, first=len(one), second=len(two)
        )
    difference = float(one.mean() - two.mean())
    if len(one) < 2 or len(two) < 2:
        return UnpairedDifference(
            difference=difference, sd=None, freedom=None, interval=None, p_value=None, first=len(one), second=len(two)
        )
    variances = float(one.var(ddof=1)), float(two.var(ddof=1))
    errors = variances[0] / len(one), variances[1] / len(two)
    error, sd = sqrt(sum(errors)), sqrt(sum(variances))
    if error <= 1e-12 * max(abs(float(one.mean())), abs(float(two.mean())), 1e-300):  # a double keeps 16 digits
        return UnpairedDifference(
            difference=difference, sd=0.0, freedom=None, interval=None, p_value=None, first=len(one), second=len(two)
        )
    freedom = sum(errors) ** 2 / (errors[0] ** 2 / (len(one) - 1) + errors[1] ** 2 / (len(two) - 1))
    each = simultaneous_confidence(confidence, comparisons=comparisons)
    half = student_quantile(freedom, (1 + each) / 2) * error
    return UnpairedDifference(
        difference=difference,
        sd=sd,
        freedom=freedom,
        interval=(difference - half, difference + half),
        p_value=min(1.0, 2 * student(freedom, -abs(difference) / error)),
        first=len(one),
        second=len(two),
    )


def _there(values: Values, *, name: str) -> NDArray[np.float64]:
    given = figures(values, name=name, axes=("runs",))
    return given[~np.isnan(given)]

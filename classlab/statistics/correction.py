"""Many comparisons at once: what keeps the probability of any false claim at its stated rate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classlab.errors import SpecError
from classlab.statistics.inputs import check_confidence, check_count

if TYPE_CHECKING:
    from collections.abc import Sequence


def simultaneous_confidence(confidence: float, *, comparisons: int) -> float:
    """The confidence of each interval at which all of a family hold at once with the stated confidence.

    1 - (1 - confidence) / comparisons, by Bonferroni's inequality: however the comparisons depend on each other, the
    probability that any interval misses is at most the sum of the probabilities that each does. The verdicts are
    read off these intervals, so that no verdict contradicts the interval beside it, and so that the claims of a study,
    "better", "worse" and "practically equal" alike, are all true at once with the stated confidence.

    Args:
        confidence: that all intervals hold.
        comparisons: size of the family.

    Raises:
        SpecError: `confidence` is no probability, or the family is empty.

    Example:
        >>> round(simultaneous_confidence(0.95, comparisons=10), 6)
        0.995

    References:
        Dunn (1961), "Multiple comparisons among means", Journal of the American Statistical Association 56.
    """
    check_confidence(confidence)
    check_count(comparisons, name="comparisons")
    return 1 - (1 - confidence) / comparisons


def bonferroni(p_values: Sequence[float], *, comparisons: int | None = None) -> tuple[float, ...]:
    """Bonferroni's adjusted p values, min(1, m * p): those that match the simultaneous intervals.

    Args:
        p_values: of the family, or of some of it.
        comparisons: size m of the family; all of `p_values` where it is left out.

    Raises:
        SpecError: a p value that is no probability, or a family smaller than `p_values`.

    Example:
        >>> bonferroni([0.01, 0.04, 0.5])
        (0.03, 0.12, 1.0)

    References:
        Dunn (1961), "Multiple comparisons among means", Journal of the American Statistical Association 56.
    """
    _check_p_values(p_values)
    family = len(p_values) if comparisons is None else comparisons
    check_count(family, name="comparisons", least=len(p_values))
    return tuple(min(1.0, family * p_value) for p_value in p_values)


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """Holm's adjusted p values: never above Bonferroni's, with the same guarantee.

    With p(1) <= ... <= p(m), the k-th is the largest of min(1, (m - j + 1) * p(j)) over j <= k. Holm's test finds
    more differences than Bonferroni's; what it gives up is the size: intervals that agree with every one of its
    rejections say little but the sign (Strassburger and Bretz, 2008). Verdicts here state sizes, so they go by
    Bonferroni's intervals, and Holm's p values stand beside them for those who ask only whether there is a difference.

    Args:
        p_values: of the family, in any order.

    Returns:
        Adjusted p values in the order of `p_values`.

    Raises:
        SpecError: a p value that is no probability.

    Example:
        >>> [round(p, 3) for p in holm([0.01, 0.04, 0.03])]
        [0.03, 0.06, 0.06]

    References:
        Holm (1979), "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6;
        Strassburger and Bretz (2008), "Compatible simultaneous lower confidence bounds for the Holm procedure",
        Statistics in Medicine 27.
    """
    _check_p_values(p_values)
    order = np.argsort(np.array(p_values, dtype=np.float64), kind="stable")
    steps = np.arange(len(p_values), 0, -1) * np.array(p_values, dtype=np.float64)[order]
    adjusted = np.empty(len(p_values))
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(steps)) if len(p_values) else steps
    return tuple(float(p_value) for p_value in adjusted)


def _check_p_values(p_values: Sequence[float]) -> None:
    wrong = [p_value for p_value in p_values if not 0 <= p_value <= 1]
    if wrong:
        raise SpecError(f"p values must lie between 0 and 1, but got {wrong[0]}. Leave out comparisons without one.")

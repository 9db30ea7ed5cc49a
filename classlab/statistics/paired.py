"""Two arms compared seed by seed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from classlab.errors import SpecError
from classlab.statistics.comparison import Comparison, Method, decide
from classlab.statistics.correction import bonferroni, simultaneous_confidence
from classlab.statistics.distributions import student
from classlab.statistics.estimate import Interval, t_quantile
from classlab.statistics.inputs import Values, check_confidence, check_count, check_margin, figures
from classlab.statistics.power import MAX_SEEDS, seeds_needed

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROUNDING = 1e-12  # differences this close, relative to the figures, are equal: a double keeps 16 digits


def compare(
    first: Values,
    second: Values,
    *,
    confidence: float = 0.95,
    margin: float = 0.0,
    higher_is_better: bool = True,
    comparisons: int = 1,
) -> Comparison:
    """Compares two arms by their differences on the same seeds.

    Runs of equal seed share initial weights and the order of batches, so part of their luck is common and leaves
    with the difference: d = first - second, interval mean(d) +- t * sd(d) / sqrt(n) with n - 1 degrees of freedom,
    and the p value of t = mean(d) * sqrt(n) / sd(d).

    Where all n differences are the same the t statistic has no meaning. Figures move in steps of one image, so a few
    equal differences are no rarity and no proof. The signs still say something: without a true difference, n equal
    signs have probability 2 ** (1 - n) (the sign test). That is then the p value, and the interval is the common
    difference alone once 2 ** (1 - n) is at most 1 - confidence (6 seeds at 0.95), and none before. Where all
    differences are zero the p value is one and the interval follows the same rule: two arms that compute the same look
    like that, but so do two seeds of coarse figures.

    Args:
        first: one figure per seed, `(seeds,)`, None or NaN where a run failed or diverged.
        second: the other arm's, in the same order of seeds.
        confidence: of the interval; with several comparisons, that all intervals hold at once.
        margin: differences of this size or less do not matter; in the figures' unit.
        higher_is_better: True for accuracies, False for losses.
        comparisons: size of the family that this comparison belongs to.

    Raises:
        SpecError: arguments that make no sense, or arms with different numbers of seeds.

    Example:
        >>> found = compare([0.91, 0.93, 0.92, 0.94], [0.90, 0.91, 0.91, 0.92], margin=0.002)
        >>> found.verdict, found.n, round(found.difference, 4), [round(end, 4) for end in found.interval]
        ('better', 4, 0.015, [0.0058, 0.0242])

    References:
        Student (1908), "The probable error of a mean", Biometrika 6(1); Dietterich (1998), "Approximate statistical
        tests for comparing supervised classification learning algorithms", Neural Computation 10(7) (why pairs);
        Conover (1999), "Practical Nonparametric Statistics", 3rd ed., section 3.4 (the sign test).
    """
    check_confidence(confidence)
    check_margin(margin)
    check_count(comparisons, name="comparisons")
    pairs = _pairs(first, second)
    there = pairs[:, ~np.isnan(pairs).any(axis=0)]
    each = simultaneous_confidence(confidence, comparisons=comparisons)
    evidence = _evidence(there, confidence=each)
    verdict = decide(evidence.interval, margin=margin, higher_is_better=higher_is_better)
    p_adjusted = None if evidence.p_value is None else bonferroni([evidence.p_value], comparisons=comparisons)[0]
    return Comparison(
        verdict=verdict,
        about="arms",
        method=evidence.method,
        difference=evidence.difference,
        sd=evidence.sd,
        n=there.shape[1],
        excluded=pairs.shape[1] - there.shape[1],
        interval=evidence.interval,
        confidence=confidence,
        comparisons=comparisons,
        margin=margin,
        p_value=evidence.p_value,
        p_adjusted=p_adjusted,
        p_holm=p_adjusted,
        seeds_needed=_needed(evidence, n=there.shape[1], margin=margin, confidence=each)
        if verdict == "cannot tell"
        else None,
    )


@dataclass(frozen=True, kw_only=True)
class _Evidence:
    """What the complete pairs give."""

    method: Method
    difference: float | None = None
    sd: float | None = None
    interval: Interval | None = None
    p_value: float | None = None


def _pairs(first: Values, second: Values) -> NDArray[np.float64]:
    """Both arms' figures, `(2, seeds)`."""
    one = figures(first, name="first", axes=("seeds",))
    two = figures(second, name="second", axes=("seeds",))
    if len(one) != len(two):
        raise SpecError(
            f"`first` and `second` must have one figure per seed each, but got {len(one)} and {len(two)} figures. "
            "Pair them by seed and give None where a run has no figure."
        )
    return np.stack([one, two])


def _evidence(pairs: NDArray[np.float64], *, confidence: float) -> _Evidence:
    """Reads complete pairs, `(2, seeds)`."""
    differences = pairs[0] - pairs[1]
    n = len(differences)
    if n < 2:
        return _Evidence(method="too few pairs", difference=float(differences[0]) if n else None)
    mean, sd = float(differences.mean()), float(differences.std(ddof=1))
    rounding = ROUNDING * float(np.abs(pairs).max())
    if sd <= rounding:
        return _constant(0.0 if abs(mean) <= rounding else mean, n=n, confidence=confidence)
    error = sd / float(np.sqrt(n))
    half = t_quantile(n, confidence=confidence) * error
    return _Evidence(
        method="paired t",
        difference=mean,
        sd=sd,
        interval=(mean - half, mean + half),
        p_value=2 * student(n - 1, -abs(mean) / error),
    )


def _constant(difference: float, *, n: int, confidence: float) -> _Evidence:
    interval = (difference, difference) if _sign_test(n) <= 1 - confidence else None
    p_value = 1.0 if difference == 0 else _sign_test(n)
    return _Evidence(method="equal differences", difference=difference, sd=0.0, interval=interval, p_value=p_value)


def _sign_test(n: int) -> float:
    """Two-sided p value of n equal signs."""
    return float(2.0 ** (1 - n))


def _needed(evidence: _Evidence, *, n: int, margin: float, confidence: float) -> int | None:
    if evidence.method == "paired t" and evidence.difference is not None and evidence.sd is not None:
        return seeds_needed(difference=evidence.difference, sd=evidence.sd, n=n, margin=margin, confidence=confidence)
    if evidence.method == "equal differences":
        return next(seeds for seeds in range(n + 1, MAX_SEEDS) if _sign_test(seeds) <= 1 - confidence)
    return None

"""How much the first arm's figure owes to having been picked for it."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from classlab.statistics.dependence import root_of
from classlab.statistics.paired import difference

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from classlab.statistics.sample import Sample

_MOST = 30  # candidates that are looked at, the first ones: those further down are the less likely to come first
_DRAWS = 10_000  # of the luck: its mean is then known to a hundredth of its spread


def luck(samples: Sequence[Sample], candidates: Sequence[int], *, paired: bool = True) -> float | None:
    """By how much the first arm's figure is expected to flatter it, for having been picked from the candidates.

    Luck moves every arm's mean against the first one's by a normal error, whose variances and covariances follow from
    the spreads of all differences: cov(i, j) = (V_1i + V_1j - V_ij) / 2. Taking the measured means for the truth, each
    draw of luck puts one arm first, and the mean over draws of that arm's own error is what being picked is worth. Arms
    that luck cannot bring to the top add nothing, and two arms that err on the same images have no luck against each
    other.

    Args:
        samples: by arm.
        candidates: positions of the arms that may be the best, best first.
        paired: as in `rank`.

    Returns:
        The amount in the figures' unit, about; 0 for a single candidate; None where no spread is known.

    Example:
        >>> from classlab.statistics.sample import sample
        >>> near = [sample([0.90, 0.92, 0.91]), sample([0.91, 0.90, 0.92]), sample([0.70, 0.72, 0.71])]
        >>> round(luck(near, (0, 1)), 3), luck(near, (0,))
        (0.004, 0.0)

    References:
        Efron and Tibshirani (1993), "An Introduction to the Bootstrap", chapter 10 (a bias by resampling, here from the
        normal errors); Cawley and Talbot (2010), "On over-fitting in model selection and subsequent selection bias in
        performance evaluation", Journal of Machine Learning Research 11.
    """
    chosen = list(candidates)[:_MOST]
    if len(chosen) < 2:
        return 0.0
    places = range(len(chosen))
    variances, behind = np.zeros((len(chosen), len(chosen))), np.zeros(len(chosen))
    for one, two in combinations(places, 2):
        found = difference(samples[chosen[one]], samples[chosen[two]], paired=paired)
        if found.spread is None or found.mean is None:
            return None
        variances[one, two] = variances[two, one] = found.spread.variance
        if one == 0:
            behind[two] = found.mean
    sign = -1.0 if samples[chosen[0]].kind == "loss" else 1.0
    errors = sign * _draws((variances[:1] + variances[:1].T - variances) / 2)
    first = (errors - np.abs(behind)).argmax(axis=1)
    return float(errors[np.arange(_DRAWS), first].mean())


def _draws(covariance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Normal errors with this covariance, always the same ones, `(draws, arms)`."""
    root = root_of(covariance)
    drawn: NDArray[np.float64] = np.random.default_rng(0).standard_normal((_DRAWS, len(root))) @ root.T
    return drawn

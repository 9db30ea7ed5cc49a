"""Arms compared with the first, or every two of them: which could be the best, and what being picked owes to luck."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import TYPE_CHECKING, Literal

import numpy as np

from classlab.errors import SpecError
from classlab.records.base import Record
from classlab.statistics.comparison import Comparison  # noqa: TC001  (pydantic reads the annotations when a record is written)
from classlab.statistics.dependence import MOST_ARMS, error_root, joint_level, root_of
from classlab.statistics.estimate import Estimate, estimate
from classlab.statistics.inputs import check_confidence, check_margin
from classlab.statistics.paired import difference

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from classlab.statistics.sample import Sample


Family = Literal["best", "all pairs"]


@dataclass(frozen=True, kw_only=True)
class RankedPair(Record):
    """Two arms by their positions, the higher-ranked first, and what may be said of the first."""

    first: int
    second: int
    comparison: Comparison


@dataclass(frozen=True, kw_only=True)
class Ranking(Record):
    """Arms in order, and which of them the evidence separates.

    Args:
        order: positions of all arms: those whose every run has a figure by their mean, then those that lack one, then
            those without any.
        unranked: positions of the arms without any figure.
        estimates: by arm position.
        pairs: the first arm with every other, or every two, as `family` says.
        family: which comparisons were asked for; their intervals hold at once.
        candidates: the arms that may be the best, in order: the first and all that it is not better than. With
            `confidence`, the best of all is among them.
        confidence: that all intervals of the family hold at once.
        margin: differences of this size or less do not matter.
        higher_is_better: True for accuracies, False for losses.
    """

    order: tuple[int, ...]
    unranked: tuple[int, ...]
    estimates: tuple[Estimate, ...]
    pairs: tuple[RankedPair, ...]
    family: Family
    candidates: tuple[int, ...]
    confidence: float
    margin: float
    higher_is_better: bool

    def comparison(self, first: int, second: int) -> Comparison | None:
        """What may be said of one arm against another, by position; None where that pair is not of the family."""
        if (first, second) in self._by_places:
            return self._by_places[first, second]
        found = self._by_places.get((second, first))
        return None if found is None else found.reversed()

    @cached_property
    def _by_places(self) -> dict[tuple[int, int], Comparison]:
        """The comparisons by their arms' positions; large studies ask for hundreds of them again and again."""
        return {(pair.first, pair.second): pair.comparison for pair in self.pairs}


def rank(
    samples: Sequence[Sample],
    *,
    confidence: float = 0.95,
    margin: float = 0.0,
    family: Family = "best",
    paired: bool = True,
) -> Ranking:
    """Ranks arms and compares the first with every other, or every two with each other.

    **With the best.** Which arm comes first is known only after looking, so a claim about it must hold for whichever
    arms could have come first. Arms are told apart from the first step by step (Holm 1979; Romano and Wolf 2005): of
    the arms that are still in the running every two might be the pair that luck put first and last, so a difference is
    told where its p value is at most the level at which all of these pairs, and the comparisons that are shown, hold
    at once; the arms it tells leave the running, and the rest is tested again with fewer pairs. The level takes into
    account that arms err on the same images and with the same seeds (`joint_level`); where that is not known, of
    two seeds, and beyond 100 arms, it is Bonferroni's. Tied arms are called different with a probability of at most
    1 - confidence, however many of them there are: while none of the arms as good as the first is told apart, all of
    them are in the running. The last level corrects all intervals, so that they agree with what was told.

    **All pairs.** Bonferroni's intervals for every two arms (Dunn 1961).

    Args:
        samples: one per arm, with the same seeds in the same order where they are paired.
        confidence: that all intervals of the family hold at once.
        margin: differences of this size or less do not matter; in the figures' unit.
        family: which comparisons are asked for.
        paired: whether figures at the same position were made with the same seed.

    Raises:
        SpecError: no arms, or arguments that make no sense.

    Example:
        >>> from classlab.statistics.sample import sample
        >>> arms = [[0.80, 0.81, 0.82], [0.90, 0.93, 0.91], [0.91, 0.92, 0.92]]
        >>> found = rank([sample(figures) for figures in arms])
        >>> found.order, found.candidates
        ((2, 1, 0), (2, 1))

    References:
        Dunn (1961), "Multiple comparisons among means", Journal of the American Statistical Association 56; Holm
        (1979), "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6; Romano
        and Wolf (2005), "Exact and approximate stepdown methods for multiple hypothesis testing", Journal of the
        American Statistical Association 100; Hsu (1996), "Multiple Comparisons", chapter 4 (comparisons with the
        best).
    """
    check_confidence(confidence)
    check_margin(margin)
    if not samples:
        raise SpecError("`samples` must have at least one arm, but got none. Give one per arm.")
    estimates = tuple(estimate(each, confidence=confidence) for each in samples)
    higher = samples[0].kind != "loss"
    order = best_first(estimates, higher_is_better=higher)
    ranked = [arm for arm in order if estimates[arm].n]
    pairs = list(combinations(ranked, 2)) if family == "all pairs" else [(ranked[0], arm) for arm in ranked[1:]]
    found = {pair: difference(samples[pair[0]], samples[pair[1]], paired=paired) for pair in pairs}
    p_values = {pair: p for pair, each in found.items() if (p := each.p_value()) is not None}
    size, level = (
        (max(1, len(p_values)), (1 - confidence) / max(1, len(p_values)))
        if family == "all pairs"
        else _stepwise(
            {second: p_value for (_, second), p_value in p_values.items()},
            root=_dependence(samples, ranked) if paired else None,
            confidence=confidence,
        )
    )
    made = tuple(
        RankedPair(
            first=first,
            second=second,
            comparison=each.comparison(
                confidence=confidence, comparisons=size, alone=1 - level, margin=margin, higher_is_better=higher
            ),
        )
        for (first, second), each in found.items()
    )
    beaten = {pair.second for pair in made if pair.first == order[0] and pair.comparison.verdict == "better"}
    return Ranking(
        order=order,
        unranked=tuple(arm for arm in order if not estimates[arm].n),
        estimates=estimates,
        pairs=made,
        family=family,
        candidates=tuple(arm for arm in ranked if arm not in beaten),
        confidence=confidence,
        margin=margin,
        higher_is_better=higher,
    )


def best_first(estimates: Sequence[Estimate], *, higher_is_better: bool) -> tuple[int, ...]:
    """Positions of arms, best first; ties keep their order.

    Arms whose every run has a figure come before those with a run that went wrong: a mean without the seeds that went
    wrong flatters, and an arm must not win by them.

    Args:
        estimates: by arm.
        higher_is_better: True for accuracies, False for losses.
    """
    sign = -1.0 if higher_is_better else 1.0

    def place(arm: int) -> tuple[bool, bool, float]:
        found = estimates[arm]
        return found.mean is None, found.excluded > 0, sign * (found.mean or 0.0)

    return tuple(sorted(range(len(estimates)), key=place))


def _dependence(samples: Sequence[Sample], ranked: Sequence[int]) -> NDArray[np.float64] | None:
    """How the errors of the ranked arms hang together, the first in the first row; None where that is not known."""
    # Of two seeds each pair's own variance comes out small by chance, and that of another pair in another study.
    if not 2 < len(ranked) <= MOST_ARMS or max(len(samples[arm].by_seed) for arm in ranked) == 2:
        return None
    return error_root([samples[arm] for arm in ranked])


def _stepwise(
    p_values: Mapping[int, float], *, root: NDArray[np.float64] | None, confidence: float
) -> tuple[int, float]:
    """How many comparisons the differences from the first arm are corrected for, and the level of each (see `rank`).

    Args:
        p_values: of the first arm against every other, by any name, in the ranking's order.
        root: how the arms' errors hang together, the first arm in the first row and the others in the order of
            `p_values`; None takes Bonferroni's bound.
        confidence: that all claims hold at once.

    Returns:
        The number of comparisons, and the p value up to which each of them tells.

    Example:
        >>> _stepwise({7: 0.001, 8: 0.004, 9: 0.9}, root=None, confidence=0.95)  # two leave; three intervals are shown
        (3, 0.01666666666666668)
    """
    rows = {arm: row for row, arm in enumerate(p_values, start=1)}
    if root is not None and len(root) != len(rows) + 1:
        root = None  # an arm cannot be compared with the first
    running = list(p_values)
    while True:
        pairs = {0: list(rows.values())}
        pairs |= {rows[arm]: [rows[later] for later in running[at + 1 :]] for at, arm in enumerate(running)}
        shown = sum(len(seconds) for seconds in pairs.values())
        # Every two of the first arm and those still running; and what is shown, the first with each, at the least.
        bound = max(len(running) * (len(running) + 1) // 2, len(p_values), 1)
        level = (1 - confidence) / bound
        if root is not None:
            level = max(level, joint_level(root, pairs, confidence=confidence))
        left = [arm for arm in running if p_values[arm] > level]
        if len(left) == len(running):
            return (bound if root is None else max(shown, 1)), level
        running = left


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
    # One that is ahead on the common seeds comes later for another reason, and counts as just as far behind.
    first = (errors - np.abs(behind)).argmax(axis=1)
    return float(errors[np.arange(_DRAWS), first].mean())


def _draws(covariance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Normal errors with this covariance, always the same ones, `(draws, arms)`."""
    root = root_of(covariance)
    drawn: NDArray[np.float64] = np.random.default_rng(0).standard_normal((_DRAWS, len(root))) @ root.T
    return drawn

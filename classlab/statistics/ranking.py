"""Arms in order, with groups of those that cannot be told apart."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from classlab.errors import SpecError
from classlab.records.base import Record
from classlab.statistics.comparison import Comparison  # noqa: TC001  (pydantic reads the annotations when a record is written)
from classlab.statistics.correction import holm
from classlab.statistics.estimate import Estimate, estimate
from classlab.statistics.inputs import Table, check_margin, figures
from classlab.statistics.paired import compare

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

ALL_PAIRS = 60  # arms up to which every pair is kept: 1,770 comparisons, under a second


@dataclass(frozen=True, kw_only=True)
class RankedPair(Record):
    """Two arms by their positions, the higher-ranked first, and what may be said of the first."""

    first: int
    second: int
    comparison: Comparison


@dataclass(frozen=True, kw_only=True)
class Ranking(Record):
    """Arms by their mean over seeds, and which of them the evidence separates.

    Args:
        order: positions of all arms, best mean first; those without any figure last.
        unranked: positions of the arms without any figure.
        estimates: by arm position.
        pairs: comparisons of all pairs of ranked arms; beyond 60 arms only those with the first arm of a group.
        family: number of comparisons that each interval is corrected for: all pairs of ranked arms with two complete
            seeds or more, kept or not.
        groups: ranked arms from the best down. A group is its first arm and all arms that follow directly and cannot
            be told apart from that first one. Arms further down a group may well differ from each other, and
            "cannot be told apart" is not "equal".
        tied_with_best: every arm that cannot be told apart from the best, itself included; an arm with few or widely
            spread seeds may be among them from far down the order.
        confidence: that all intervals of the family hold at once.
        margin: differences of this size or less do not matter.
        higher_is_better: True for accuracies, False for losses.
    """

    order: tuple[int, ...]
    unranked: tuple[int, ...]
    estimates: tuple[Estimate, ...]
    pairs: tuple[RankedPair, ...]
    family: int
    groups: tuple[tuple[int, ...], ...]
    tied_with_best: tuple[int, ...]
    confidence: float
    margin: float
    higher_is_better: bool

    def comparison(self, first: int, second: int) -> Comparison | None:
        """What may be said of one arm against another, by position; None where that pair was not kept."""
        for pair in self.pairs:
            if (pair.first, pair.second) == (first, second):
                return pair.comparison
            if (pair.first, pair.second) == (second, first):
                return pair.comparison.reversed()
        return None


def rank(scores: Table, *, confidence: float = 0.95, margin: float = 0.0, higher_is_better: bool = True) -> Ranking:
    """Ranks arms by their mean over seeds and compares every two of them, pair by seed.

    The family is all pairs of ranked arms, because which pairs matter (those with the best) is known only after
    looking. All verdicts hold at once with the stated confidence.

    Args:
        scores: one figure per arm and seed, `(arms, seeds)`; None or NaN where a run failed or diverged.
        confidence: that all intervals of the family hold at once.
        margin: differences of this size or less do not matter; in the figures' unit.
        higher_is_better: True for accuracies, False for losses.

    Raises:
        SpecError: no arms, or arguments that make no sense.

    Example:
        >>> found = rank([[0.80, 0.81, 0.82], [0.90, 0.93, 0.91], [0.91, 0.92, 0.92]])
        >>> found.order, found.groups, found.tied_with_best
        ((2, 1, 0), ((2, 1), (0,)), (2, 1))

    References:
        See `compare`, `simultaneous_confidence` and `holm`.
    """
    check_margin(margin)
    table = figures(scores, name="scores", axes=("arms", "seeds"))
    if not len(table):
        raise SpecError("`scores` must have at least one arm, but got none. Give one row per arm.")
    estimates = tuple(estimate(row, confidence=confidence) for row in table)
    means = np.array([np.nan if one.mean is None else one.mean for one in estimates])
    order = [int(arm) for arm in np.argsort(-means if higher_is_better else means, kind="stable")]  # NaN comes last
    ranked = [arm for arm in order if estimates[arm].n]
    family = _family(table[ranked])
    duels = _Duels(table, family=family, confidence=confidence, margin=margin, higher_is_better=higher_is_better)
    groups = _groups(ranked, duels)
    tied = tuple(arm for arm in ranked if arm == ranked[0] or not duels.of(ranked[0], arm).told_apart)
    if len(ranked) <= ALL_PAIRS:
        duels.run(combinations(ranked, 2))
    return Ranking(
        order=tuple(order),
        unranked=tuple(order[len(ranked) :]),
        estimates=estimates,
        pairs=duels.kept(),
        family=family,
        groups=groups,
        tied_with_best=tied,
        confidence=confidence,
        margin=margin,
        higher_is_better=higher_is_better,
    )


class _Duels:
    """Comparisons made once and kept."""

    def __init__(
        self, table: NDArray[np.float64], *, family: int, confidence: float, margin: float, higher_is_better: bool
    ) -> None:
        self._table = table
        self._family = family
        self._confidence = confidence
        self._margin = margin
        self._higher_is_better = higher_is_better
        self._made: dict[tuple[int, int], Comparison] = {}

    def of(self, first: int, second: int) -> Comparison:
        if (first, second) not in self._made:
            self._made[first, second] = compare(
                self._table[first],
                self._table[second],
                confidence=self._confidence,
                margin=self._margin,
                higher_is_better=self._higher_is_better,
                comparisons=max(self._family, 1),
            )
        return self._made[first, second]

    def run(self, pairs: Iterable[tuple[int, int]]) -> None:
        for first, second in pairs:
            self.of(first, second)

    def kept(self) -> tuple[RankedPair, ...]:
        """All comparisons made, with Holm's p values where the whole family is among them."""
        tested = {pair: made.p_value for pair, made in self._made.items() if made.p_value is not None}
        whole = len(tested) == self._family
        adjusted = dict(zip(tested, holm(list(tested.values())), strict=True)) if whole else {}
        return tuple(
            RankedPair(first=first, second=second, comparison=replace(made, p_holm=adjusted.get((first, second))))
            for (first, second), made in self._made.items()
        )


def _family(table: NDArray[np.float64]) -> int:
    """How many pairs of arms share two complete seeds or more."""
    there = (~np.isnan(table)).astype(np.int64)
    common = there @ there.T
    return int(np.count_nonzero(np.triu(common >= 2, k=1)))


def _groups(ranked: list[int], duels: _Duels) -> tuple[tuple[int, ...], ...]:
    groups: list[list[int]] = []
    for arm in ranked:
        if groups and not duels.of(groups[-1][0], arm).told_apart:
            groups[-1].append(arm)
        else:
            groups.append([arm])
    return tuple(tuple(group) for group in groups)

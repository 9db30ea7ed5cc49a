"""Arms compared with the first, or every two of them, and which of them could be the best."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Literal

from classlab.errors import SpecError
from classlab.records.base import Record
from classlab.statistics.comparison import Comparison  # noqa: TC001  (pydantic reads the annotations when a record is written)
from classlab.statistics.estimate import Estimate, estimate
from classlab.statistics.inputs import check_confidence, check_margin
from classlab.statistics.paired import difference

if TYPE_CHECKING:
    from collections.abc import Sequence

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
        for pair in self.pairs:
            if (pair.first, pair.second) == (first, second):
                return pair.comparison
            if (pair.first, pair.second) == (second, first):
                return pair.comparison.reversed()
        return None


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
    the R arms that are still in the running every two might be the pair that luck put first and last, so a difference
    is told where its p value is at most (1 - confidence) / (R (R - 1) / 2); the arms it tells leave the running, and
    the rest is tested again with fewer pairs. Tied arms are called different with a probability of at most
    1 - confidence, however many of them there are: while none of the arms as good as the first is told apart, all of
    them are in the running. The number of pairs at which this ends, or the number of comparisons that are shown where
    that is larger, corrects all intervals, so that they hold at once and agree with what was told.

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
    p_values = [p for each in found.values() if (p := each.p_value()) is not None]
    size = max(1, len(p_values) if family == "all pairs" else _stepwise(p_values, confidence=confidence))
    made = tuple(
        RankedPair(
            first=first,
            second=second,
            comparison=each.comparison(confidence=confidence, comparisons=size, margin=margin, higher_is_better=higher),
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


def _stepwise(p_values: Sequence[float], *, confidence: float) -> int:
    """The number of comparisons that the differences from the first arm are corrected for (see `rank`).

    Args:
        p_values: of the first arm against every other.
        confidence: that all claims hold at once.

    Example:
        >>> _stepwise([0.9, 0.001, 0.004], confidence=0.95)  # of 4 arms, 6 pairs: two leave, and 3 intervals are shown
        3
    """
    running = sorted(p_values)
    while True:
        arms = len(running) + 1
        family = max(arms * (arms - 1) // 2, len(p_values))
        left = [p_value for p_value in running if p_value > (1 - confidence) / family]
        if len(left) == len(running):
            return family
        running = left

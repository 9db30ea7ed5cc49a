"""The verdict on results: the one place where it is made."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from math import fsum
from typing import TYPE_CHECKING

from classlab.errors import SpecError
from classlab.judging.image_limits import accuracy_limit, difference_limit
from classlab.judging.judgement import JudgedArm, JudgedPair, Judgement, Pairs
from classlab.judging.sentences import judgement_sentences
from classlab.statistics.comparison import decide
from classlab.statistics.correction import bonferroni, simultaneous_confidence
from classlab.statistics.estimate import estimate
from classlab.statistics.inputs import check_confidence, check_margin
from classlab.statistics.mcnemar import compare_predictions
from classlab.statistics.paired import compare
from classlab.statistics.power import seeds_needed
from classlab.statistics.ranking import ALL_PAIRS
from classlab.statistics.unpaired import difference_of_means

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from classlab.judging.results import Results

    Figures = Sequence[float | None]


def judge_results(
    results: Results, *, confidence: float = 0.95, margin: float = 0.0, pairs: Pairs = "best"
) -> Judgement:
    """Says what results show about arms.

    Pairs by seed where those are known; else each arm's spread counts in full. Intervals are corrected for all pairs of
    arms, because which is the best is known only after looking.

    Args:
        results: of two arms or more.
        confidence: that all intervals hold at once.
        margin: differences of this size or less do not matter; a share where figures are shares.
        pairs: `best` keeps the comparisons with the first arm, `all` every one.

    Raises:
        SpecError: `confidence` or `margin` makes no sense, or all pairs of too many arms are asked for.
    """
    check_confidence(confidence)
    check_margin(margin)
    figures = {arm: [row.figure for row in results.rows if row.arm == arm] for arm in results.arms}
    order = _order(figures, higher_is_better=results.higher_is_better)
    ranked = [arm for arm in order if any(figure is not None for figure in figures[arm])]
    if pairs == "all" and len(ranked) > ALL_PAIRS:
        raise SpecError(
            f"all pairs can be shown of {ALL_PAIRS} arms at most, but there are {len(ranked):,}. Choose pairs='best'."
        )
    family = len(ranked) * (len(ranked) - 1) // 2
    duels = _Duels(results, figures, family=family, confidence=confidence, margin=margin)
    with_best = [duels.of(ranked[0], arm) for arm in ranked[1:]]
    shown = with_best if pairs == "best" else [duels.of(one, two) for one, two in combinations(ranked, 2)]
    judgement = Judgement(
        verdict=with_best[0].verdict,
        sentences=(),
        notes=results.notes,
        arms=tuple(_arm(results, arm, figures[arm], confidence=confidence) for arm in order),
        pairs=tuple(shown),
        candidates=(ranked[0], *(each.second for each in with_best if each.verdict not in ("better", "worse"))),
        comparisons=family,
        confidence=confidence,
        margin=margin,
        metric=results.metric,
        higher_is_better=results.higher_is_better,
        shares=results.shares,
        paired=results.paired,
        images=results.images,
    )
    return replace(judgement, sentences=judgement_sentences(judgement, with_best, per_image=bool(results.correct)))


def _order(figures: Mapping[str, Figures], *, higher_is_better: bool) -> list[str]:
    """Arms whose every run ended well by their means, then the others, then those without any figure.

    A mean without the seeds that went wrong flatters.
    """
    sign = -1 if higher_is_better else 1

    def place(arm: str) -> tuple[bool, bool, float]:
        there = [figure for figure in figures[arm] if figure is not None]
        return not there, len(there) < len(figures[arm]), sign * fsum(there) / len(there) if there else 0.0

    return sorted(figures, key=place)


def _arm(results: Results, arm: str, figures: Figures, *, confidence: float) -> JudgedArm:
    found = estimate(figures, confidence=confidence)
    known = found.mean is not None and results.shares and results.images is not None
    return JudgedArm(
        name=arm,
        estimate=found,
        images_interval=accuracy_limit(found.mean, results.images, confidence=confidence)
        if known and found.mean is not None and results.images is not None
        else None,
    )


class _Duels:
    """Comparisons of two arms, each made in the way that the results allow."""

    def __init__(
        self, results: Results, figures: Mapping[str, Figures], *, family: int, confidence: float, margin: float
    ) -> None:
        self._results = results
        self._figures = figures
        self._table = dict(zip(results.arms, results.table(), strict=True))
        self._family = family
        self._confidence = confidence
        self._margin = margin

    def of(self, first: str, second: str) -> JudgedPair:
        """First against second."""
        right = self._results.correct
        if right and len(right[first]) == len(right[second]) == 1:
            return self._networks(first, second)
        return self._by_seed(first, second) if self._results.paired else self._unpaired(first, second)

    def _by_seed(self, first: str, second: str) -> JudgedPair:
        found = compare(
            self._table[first],
            self._table[second],
            confidence=self._confidence,
            margin=self._margin,
            higher_is_better=self._results.higher_is_better,
            comparisons=self._family,
        )
        return JudgedPair(
            first=first,
            second=second,
            verdict=found.verdict,
            about="arms",
            paired=True,
            method=found.method,
            difference=found.difference,
            interval=found.interval,
            n=(found.n,),
            runs_needed=found.seeds_needed,
            images_half_width=self._half_width(first, second),
            p_adjusted=found.p_adjusted,
        )

    def _unpaired(self, first: str, second: str) -> JudgedPair:
        found = difference_of_means(
            self._figures[first], self._figures[second], confidence=self._confidence, comparisons=self._family
        )
        verdict = decide(found.interval, margin=self._margin, higher_is_better=self._results.higher_is_better)
        needed = None
        if verdict == "cannot tell" and found.sd and found.difference is not None:
            needed = seeds_needed(
                difference=found.difference,
                sd=found.sd,
                n=max(found.first, found.second),
                margin=self._margin,
                confidence=simultaneous_confidence(self._confidence, comparisons=self._family),
            )
        p_value = None if found.p_value is None else bonferroni([found.p_value], comparisons=self._family)[0]
        return JudgedPair(
            first=first,
            second=second,
            verdict=verdict,
            about="arms",
            paired=False,
            method="Welch t" if found.interval else "too few runs",
            difference=found.difference,
            interval=found.interval,
            n=(found.first, found.second),
            runs_needed=needed,
            images_half_width=self._half_width(first, second),
            p_adjusted=p_value,
        )

    def _networks(self, first: str, second: str) -> JudgedPair:
        one, two = self._results.correct[first][0], self._results.correct[second][0]
        each = simultaneous_confidence(self._confidence, comparisons=self._family)
        found = compare_predictions(one, two, confidence=each, margin=self._margin)
        return JudgedPair(
            first=first,
            second=second,
            verdict=found.verdict,
            about="networks",
            paired=True,
            method=found.method,
            difference=found.difference,
            interval=found.interval,
            n=(found.n,),
            runs_needed=None,
            images_half_width=None,
            p_adjusted=None if found.p_value is None else bonferroni([found.p_value], comparisons=self._family)[0],
        )

    def _half_width(self, first: str, second: str) -> float | None:
        images, means = self._results.images, [_mean(self._figures[arm]) for arm in (first, second)]
        if images is None or not self._results.shares or means[0] is None or means[1] is None:
            return None
        return difference_limit(means[0], means[1], images, confidence=self._confidence)


def _mean(figures: Figures) -> float | None:
    there = [figure for figure in figures if figure is not None]
    return fsum(there) / len(there) if there else None

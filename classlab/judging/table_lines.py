"""The verdict on results as tables of text: for a terminal and for a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.analysis.numbers import MISSING, percent
from classlab.judging.sentences import difference_words, figure_words

if TYPE_CHECKING:
    from classlab.judging.judgement import JudgedResults
    from classlab.statistics import Interval

Rows = tuple[tuple[str, ...], ...]


def arm_rows(judged: JudgedResults) -> Rows:
    """Header, then one row per arm, the first first."""
    ranking, shares = judged.judgement.ranking, judged.judgement.kind == "accuracy"
    share = percent(ranking.confidence, digits=0)
    known = any(judged.images_intervals)
    header = ("arm", "runs", "without figure", "mean", "sd", f"{share} interval", "holds for other", "may be the best")
    rows = [(*header, f"{share} interval of one network over images") if known else header]
    for arm in ranking.order:
        found = ranking.estimates[arm]
        cells = (
            judged.judgement.names[arm],
            str(found.n),
            str(found.excluded),
            figure_words(found.mean, shares=shares),
            figure_words(found.sd, shares=shares),
            interval_words(found.interval, shares=shares),
            found.holds_for if found.interval else MISSING,
            "yes" if arm in ranking.candidates else "no",
        )
        rows.append((*cells, interval_words(judged.images_intervals[arm], shares=True)) if known else cells)
    return tuple(rows)


def pair_rows(judged: JudgedResults) -> Rows:
    """Header, then one row per comparison."""
    ranking, shares = judged.judgement.ranking, judged.judgement.kind == "accuracy"
    unit = " (points)" if shares else ""
    head = ("first", "second", f"difference{unit}", f"{percent(ranking.confidence, digits=0)} interval", "seeds")
    rows: list[tuple[str, ...]] = [(*head, "the first is")]
    for pair in ranking.pairs:
        found = pair.comparison
        names = (judged.judgement.names[pair.first], judged.judgement.names[pair.second])
        interval = _difference_interval(found.interval, shares=shares)
        rows.append((*names, difference_words(found.difference, shares=shares), interval, str(found.n), found.verdict))
    return tuple(rows)


def interval_words(interval: Interval | None, *, shares: bool) -> str:
    """An interval of a figure."""
    return MISSING if interval is None else " to ".join(figure_words(end, shares=shares) for end in interval)


def _difference_interval(interval: Interval | None, *, shares: bool) -> str:
    return MISSING if interval is None else " to ".join(difference_words(end, shares=shares) for end in interval)

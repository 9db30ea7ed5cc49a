"""The verdict on results as tables of text: for a terminal and for a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.judging.sentences import difference_words, figure_words
from classlab.reports.numbers import MISSING, percent

if TYPE_CHECKING:
    from classlab.judging.judgement import JudgedPair, Judgement
    from classlab.statistics.estimate import Interval

Rows = tuple[tuple[str, ...], ...]


def arm_rows(judgement: Judgement) -> Rows:
    """Header, then one row per arm, the first first."""
    share = percent(judgement.confidence, digits=0)
    header = ["arm", "runs", "without figure", "mean", "sd", f"{share} interval over seeds"]
    known = any(arm.images_interval for arm in judgement.arms)
    rows = [(*header, f"{share} interval of one network over images") if known else tuple(header)]
    for arm in judgement.arms:
        found = arm.estimate
        cells = [
            arm.name,
            str(found.n),
            str(found.excluded),
            figure_words(found.mean, shares=judgement.shares),
            figure_words(found.sd, shares=judgement.shares),
            interval_words(found.interval, shares=judgement.shares),
        ]
        rows.append((*cells, interval_words(arm.images_interval, shares=True)) if known else tuple(cells))
    return tuple(rows)


def pair_rows(judgement: Judgement) -> Rows:
    """Header, then one row per comparison."""
    unit = " (points)" if judgement.shares else ""
    head = ("first", "second", f"difference{unit}", f"{percent(judgement.confidence, digits=0)} interval", "runs")
    rows: list[tuple[str, ...]] = [(*head, "the first is")]
    for pair in judgement.pairs:
        difference = difference_words(pair.difference, shares=judgement.shares)
        interval = _difference_interval(pair.interval, shares=judgement.shares)
        rows.append((pair.first, pair.second, difference, interval, _count(pair), pair.verdict))
    return tuple(rows)


def interval_words(interval: Interval | None, *, shares: bool) -> str:
    """An interval of a figure."""
    return MISSING if interval is None else " to ".join(figure_words(end, shares=shares) for end in interval)


def _difference_interval(interval: Interval | None, *, shares: bool) -> str:
    return MISSING if interval is None else " to ".join(difference_words(end, shares=shares) for end in interval)


def _count(pair: JudgedPair) -> str:
    if pair.about == "networks":
        return f"{pair.n[0]:,} images"
    return f"{pair.n[0]} pairs" if pair.paired else f"{pair.n[0]} and {pair.n[1]}"

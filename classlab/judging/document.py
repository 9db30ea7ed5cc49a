"""The verdict on results as tables of text, and as a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.analysis.numbers import MISSING, counted
from classlab.analysis.sentences.comparison import lead_cells, verdict_cell
from classlab.analysis.sentences.verdict import unit_of
from classlab.judging.sentences import figure_words
from classlab.reports.document import Bullets, Callout, Document, Section, Table
from classlab.version import VERSION

if TYPE_CHECKING:
    from classlab.judging.judgement import JudgedResults
    from classlab.statistics import Basis, Interval


Rows = tuple[tuple[str, ...], ...]


def arm_rows(judged: JudgedResults) -> Rows:
    """Header, then one row per arm, the first first."""
    ranking, shares = judged.judgement.ranking, judged.judgement.kind == "accuracy"
    share = f"{100 * ranking.confidence:g} %"
    known, lacking = any(judged.images_intervals), any(each.excluded for each in ranking.estimates)
    head = ("arm", "runs", *("without figure",) * lacking, "mean", "sd", f"{share} interval", "holds for other")
    rows: list[tuple[str, ...]] = [
        (*head, "may be the best", *(f"{share} interval of one network over images",) * known)
    ]
    for arm in ranking.order:
        found = ranking.estimates[arm]
        cells = (
            judged.judgement.names[arm],
            str(found.n + found.excluded),
            *(str(found.excluded),) * lacking,
            figure_words(found.mean, shares=shares),
            figure_words(found.sd, shares=shares),
            interval_words(found.interval, shares=shares),
            _basis(judged, found.holds_for),
            MISSING if not found.n else "yes" if arm in ranking.candidates else "no",
        )
        rows.append((*cells, *(interval_words(judged.images_intervals[arm], shares=True),) * known))
    return tuple(rows)


def pair_rows(judged: JudgedResults) -> Rows:
    """Header, then one row per comparison: how far the first is ahead, in points where figures are shares."""
    judgement = judged.judgement
    unit = unit_of(judgement)
    ahead = "ahead by (points)" if unit == "points" else "ahead by"
    head = ("first", "second", ahead, f"{100 * judgement.ranking.confidence:g} % interval", "holds for other")
    rows: list[tuple[str, ...]] = [(*head, "the first is")]
    for pair in judgement.ranking.pairs:
        found, names = pair.comparison, (judgement.names[pair.first], judgement.names[pair.second])
        rows.append((*names, *lead_cells(found, unit), _basis(judged, found.holds_for), verdict_cell(found)))
    return tuple(rows)


def interval_words(interval: Interval | None, *, shares: bool) -> str:
    """An interval of a figure, its unit behind it."""
    if interval is None:
        return MISSING
    low, high = (figure_words(end, shares=shares) for end in interval)
    return f"{low.removesuffix(' %')} to {high}"


def _basis(judged: JudgedResults, basis: Basis) -> str:
    return MISSING if basis == "nothing" else basis.replace("seeds", f"{judged.judgement.repeat}s")


_WORDS = ("arm", "holds for other", "may be the best")  # columns without figures


def judgement_document(judged: JudgedResults, *, source: str) -> Document:
    """What was judged, the verdict, the arms, the comparisons, and how the source was read.

    Args:
        judged: the verdict.
        source: where the results came from, for the line below the title.
    """
    arms, pairs = arm_rows(judged), pair_rows(judged)
    better = "lower" if judged.judgement.kind == "loss" else "higher"
    return Document(
        title="Results judged",
        subtitle=f"{len(judged.judgement.names)} arms, {judged.judgement.figure} ({better} is better), from {source}",
        opening=(Callout(tone="verdict", title="Verdict", items=judged.sentences),),
        sections=(
            Section(
                title="Arms",
                blocks=(
                    Table(
                        caption="Mean and standard deviation over runs",
                        header=arms[0],
                        rows=arms[1:],
                        words=tuple(place for place, name in enumerate(arms[0]) if name in _WORDS),
                    ),
                ),
            ),
            Section(
                title="Comparisons",
                blocks=(
                    Table(
                        caption=_corrected(judged),
                        header=pairs[0],
                        rows=pairs[1:],
                        words=(0, 1, 4, 5),
                    ),
                ),
            ),
            Section(title="How it was read", blocks=(Bullets(items=judged.notes),)),
        ),
        footer=f"classlab {VERSION}",
    )


def _corrected(judged: JudgedResults) -> str:
    sizes = [pair.comparison.comparisons for pair in judged.judgement.ranking.pairs]
    family = max(sizes, default=1)
    corrected = f", corrected for {counted(family, 'comparison')}" if family > 1 else ""
    return f"How far the first is ahead of the second{corrected}"

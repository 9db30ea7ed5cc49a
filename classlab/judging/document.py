"""The verdict on results as a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.analysis.numbers import counted
from classlab.judging.table_lines import arm_rows, pair_rows
from classlab.reports.document import Bullets, Callout, Document, Section, Table
from classlab.version import VERSION

if TYPE_CHECKING:
    from classlab.judging.judgement import JudgedResults


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

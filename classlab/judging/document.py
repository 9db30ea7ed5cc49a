"""The verdict on results as a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.judging.sentences import metric_words
from classlab.judging.table_lines import arm_rows, pair_rows
from classlab.reports.document import Bullets, Callout, Document, Section, Table
from classlab.version import VERSION

if TYPE_CHECKING:
    from classlab.judging.judgement import Judgement


def judgement_document(judgement: Judgement, *, source: str) -> Document:
    """What was judged, the verdict, the arms, the comparisons, and how the source was read.

    Args:
        judgement: the verdict.
        source: where the results came from, for the line below the title.
    """
    arms, pairs = arm_rows(judgement), pair_rows(judgement)
    better = "higher" if judgement.higher_is_better else "lower"
    return Document(
        title="Results judged",
        subtitle=f"{len(judgement.arms)} arms, {metric_words(judgement.metric)} ({better} is better), from {source}",
        opening=(Callout(tone="verdict", title="Verdict", items=judgement.sentences),),
        sections=(
            Section(
                title="Arms",
                blocks=(
                    Table(
                        caption="Mean and standard deviation over runs",
                        header=arms[0],
                        rows=arms[1:],
                        note="The interval over seeds takes the images as given.",
                    ),
                ),
            ),
            Section(
                title="Comparisons",
                blocks=(
                    Table(
                        caption=f"First minus second, corrected for all pairs of arms ({judgement.comparisons})",
                        header=pairs[0],
                        rows=pairs[1:],
                        words=(0, 1, 5),
                    ),
                ),
            ),
            Section(title="How it was read", blocks=(Bullets(items=judgement.notes),)),
        ),
        footer=f"classlab {VERSION}",
    )

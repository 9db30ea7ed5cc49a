"""Did it generalise? Training against test accuracy."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from classlab.analysis.sentences.gap import gap_sentence, gap_summary
from classlab.reports.document import Block, Paragraph, Section
from classlab.reports.figures.gap_plot import gap_figure, gap_numbers, gap_table
from classlab.reports.sections.long_table import folded_where_long

if TYPE_CHECKING:
    from classlab.analysis import Analysis


def gap_section(analysis: Analysis) -> Section:
    """The gap of the first arm and of all arms, as sentences, table and plot."""
    numbers = gap_numbers(analysis)
    blocks: list[Block] = [Paragraph(text=gap_sentence(analysis.first))]
    if len(analysis.arms) > 1:
        blocks.append(Paragraph(text=gap_summary([analysis.arms[place] for place in analysis.order])))
    if len(numbers.arms) == 1:
        blocks.append(gap_table(numbers))
    elif numbers.arms:
        # The table stands above the figure, where it would hide the same numbers a second time.
        table = gap_table(gap_numbers(analysis, most=len(analysis.arms)))
        blocks += [folded_where_long(table, "Both accuracies of every arm"), replace(gap_figure(numbers), numbers=())]
    return Section(title="Did it generalise?", blocks=tuple(blocks))

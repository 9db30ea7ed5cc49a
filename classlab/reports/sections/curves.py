"""The course of training and what came of it on new images: learning curves, training against test accuracy."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from classlab.analysis.numbers import count
from classlab.analysis.sentences.gap import gap_sentence, gap_summary
from classlab.reports.document import Block, Gallery, Paragraph, Section, folded_where_long
from classlab.reports.figures.curves import MOST_ARMS, Metric, curves, curves_figure
from classlab.reports.figures.gap_plot import gap_figure, gap_numbers, gap_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classlab.analysis import Analysis
    from classlab.records import StudyRecord


_METRICS: tuple[Metric, ...] = ("loss", "accuracy")


def curves_section(
    study: StudyRecord, *, order: Sequence[int], candidates: Sequence[int] = (), most: int = MOST_ARMS
) -> Section:
    """Loss and accuracy over the epochs.

    Args:
        study: the record.
        order: positions of the arms, best first.
        candidates: positions of the arms that cannot be told apart from the best; they come first.
        most: how many of them are drawn; more than six lines cannot be told apart.
    """
    shown = drawn_arms(order, candidates, most=most)
    histories = {study.spec.arms[place].name: [run.history for run in study.runs_of(place)] for place in shown}
    gathered = [curves(histories, metric) for metric in _METRICS]
    figures = tuple(curves_figure(numbers) for numbers in gathered if numbers.bands)
    blocks: list[Block] = []
    if len(order) > len(shown):
        blocks.append(Paragraph(text=_shown_of(len(shown), len(order), len(candidates))))
    blocks.append(Gallery(figures=figures) if figures else Paragraph(text="No run completed an epoch."))
    return Section(title="Learning curves", blocks=tuple(blocks))


def drawn_arms(order: Sequence[int], candidates: Sequence[int], *, most: int = MOST_ARMS) -> list[int]:
    """Positions of the arms whose curves are drawn: those that may be the best, then the next ones."""
    shown = [place for place in order if place in candidates][:most]
    return shown + [place for place in order if place not in candidates][: most - len(shown)]


def _shown_of(shown: int, arms: int, candidates: int) -> str:
    """How many of the arms, and of those that count, have their curves in the figures."""
    if candidates < 2:
        return f"The first {shown} of {count(arms)} arms."
    if candidates > shown:
        which = f"The first {shown} of the {count(candidates)} arms"
        return f"{which} that cannot be told apart from the best; the study has {count(arms)} arms."
    rest = f" and the next {shown - candidates}" if shown > candidates else ""
    return f"All {candidates} arms that cannot be told apart from the best{rest}, of {count(arms)} arms."


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

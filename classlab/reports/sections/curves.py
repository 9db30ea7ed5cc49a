"""Learning curves of the best arms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.analysis.numbers import count
from classlab.reports.document import Block, Gallery, Paragraph, Section
from classlab.reports.figures.curves import MOST_ARMS, Metric, curves, curves_figure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classlab.records import StudyRecord

_METRICS: tuple[Metric, ...] = ("loss", "accuracy")


def curves_section(study: StudyRecord, *, order: Sequence[int], most: int = MOST_ARMS) -> Section:
    """Loss and accuracy over the epochs.

    Args:
        study: the record.
        order: positions of the arms, best first.
        most: how many of them are drawn; more than six lines cannot be told apart.
    """
    shown = order[:most]
    histories = {study.spec.arms[place].name: [run.history for run in study.runs_of(place)] for place in shown}
    gathered = [curves(histories, metric) for metric in _METRICS]
    figures = tuple(curves_figure(numbers) for numbers in gathered if numbers.bands)
    blocks: list[Block] = []
    if len(order) > len(shown):
        blocks.append(Paragraph(text=f"The first {len(shown)} of {count(len(order))} arms."))
    blocks.append(Gallery(figures=figures) if figures else Paragraph(text="No run completed an epoch."))
    return Section(title="Learning curves", blocks=tuple(blocks))

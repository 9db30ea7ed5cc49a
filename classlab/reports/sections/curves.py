"""Learning curves of the candidates, and of the arms that follow where there is room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.analysis.numbers import count
from classlab.reports.document import Block, Gallery, Paragraph, Section
from classlab.reports.figures.curves import MOST_ARMS, Metric, curves, curves_figure

if TYPE_CHECKING:
    from collections.abc import Sequence

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
    shown = [place for place in order if place in candidates][:most]
    shown += [place for place in order if place not in candidates][: most - len(shown)]
    histories = {study.spec.arms[place].name: [run.history for run in study.runs_of(place)] for place in shown}
    gathered = [curves(histories, metric) for metric in _METRICS]
    figures = tuple(curves_figure(numbers) for numbers in gathered if numbers.bands)
    blocks: list[Block] = []
    if len(order) > len(shown):
        blocks.append(Paragraph(text=_shown_of(len(shown), len(order), len(candidates))))
    blocks.append(Gallery(figures=figures) if figures else Paragraph(text="No run completed an epoch."))
    return Section(title="Learning curves", blocks=tuple(blocks))


def _shown_of(shown: int, arms: int, candidates: int) -> str:
    """How many of the arms, and of those that count, have their curves in the figures."""
    if candidates < 2:
        return f"The first {shown} of {count(arms)} arms."
    if candidates > shown:
        which = f"The first {shown} of the {count(candidates)} arms"
        return f"{which} that cannot be told apart from the best; the study has {count(arms)} arms."
    rest = f" and the next {shown - candidates}" if shown > candidates else ""
    return f"All {candidates} arms that cannot be told apart from the best{rest}, of {count(arms)} arms."

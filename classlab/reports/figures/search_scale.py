"""What all figures of a search share: an axis for the objective that the weakest candidates do not stretch."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING

from classlab.analysis.numbers import counted
from classlab.records.study import direction, is_share
from classlab.reports.figures.drawing import COLOURS, INK, OTHER, PAPER
from classlab.reports.figures.ranking_plot import cut_axis
from classlab.reports.figures.varied_settings import figure_name, figure_words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from matplotlib.axes import Axes

    from classlab.options.words import Selection
    from classlab.records.search import Candidate, SearchRecord

WHOLE = ("finished", "stopped_early")
_ROOM = 0.04  # of the range, above and below what is drawn


@dataclass(frozen=True, kw_only=True)
class SearchScale:
    """The axis of the objective.

    Args:
        select: the objective.
        low: lower end.
        high: upper end.
        cut: the worse end, where candidates lie beyond it; None where all are shown.
        beyond: how many do.
    """

    select: Selection
    low: float
    high: float
    cut: float | None
    beyond: int

    def within(self, value: float) -> float:
        """The value, or the end of the axis that it lies beyond."""
        return min(max(value, self.low), self.high)

    def holds(self, value: float) -> bool:
        """Whether the axis reaches as far."""
        return self.low <= value <= self.high

    def apply(self, axes: Axes, *, vertical: bool = True) -> None:
        """Gives a drawing this axis."""
        from matplotlib.ticker import MaxNLocator, PercentFormatter

        axis = axes.yaxis if vertical else axes.xaxis
        (axes.set_ylim if vertical else axes.set_xlim)(self.low, self.high)
        axis.set_major_locator(MaxNLocator(nbins=6))
        if is_share(self.select):
            axis.set_major_formatter(PercentFormatter(1))
        (axes.set_ylabel if vertical else axes.set_xlabel)(figure_name(self.select))
        axes.grid(visible=True)

    @property
    def sentence(self) -> str:
        """What is not seen, or nothing."""
        if self.cut is None:
            return ""
        verb, side = ("begins", "below") if is_share(self.select) else ("ends", "above")
        who = counted(self.beyond, "candidate lies", "candidates lie")
        return f" The axis {verb} at {figure_words(self.select, self.cut)}; {who} {side} it."


def search_scale(record: SearchRecord) -> SearchScale | None:
    """The axis on which the better candidates are told apart; None where no candidate has a figure."""
    select = record.spec.objective
    found = figures_of(record, record.candidates).values()
    ordered = sorted(found, key=lambda value: -direction(select) * value)
    if not ordered:
        return None
    cut = cut_axis(ordered, [[value] for value in ordered], leading=1, higher_is_better=is_share(select))
    shown = [value for value in ordered if cut is None or direction(select) * (value - cut) >= 0]
    room = _ROOM * (max(shown) - min(shown)) or 0.01
    low, high = min(shown) - room, max(shown) + room
    if cut is not None:
        low, high = (cut, high) if is_share(select) else (low, cut)
    return SearchScale(select=select, low=low, high=high, cut=cut, beyond=len(ordered) - len(shown))


def figures_of(record: SearchRecord, candidates: Iterable[Candidate]) -> dict[int, float]:
    """The objective of each candidate at the end of its training, by number; those without a figure are left out."""
    found = {each.number: each.figure(record.spec.objective) for each in candidates}
    return {number: value for number, value in found.items() if value is not None and isfinite(value)}


def mark(axes: Axes, x: float, value: float, candidate: Candidate, scale: SearchScale, *, again: bool = False) -> None:
    """Draws a candidate: filled where it was trained whole, ringed where it was trained again, a wedge at the edge.

    Args:
        axes: where.
        x: its place on the other axis.
        value: its figure.
        candidate: whose.
        scale: of the figure's axis, the vertical one.
        again: whether it is a finalist.
    """
    whole = candidate.state in WHOLE
    inside, edge = (COLOURS[0], PAPER) if whole else (PAPER, OTHER)
    shape = "o" if scale.holds(value) else "v" if is_share(scale.select) else "^"
    axes.plot(
        [x], [scale.within(value)], shape, color=inside, markeredgecolor=edge, markersize=5, markeredgewidth=0.8,
        clip_on=False, zorder=4 if whole else 3,
    )  # fmt: skip
    if again:
        axes.plot(
            [x], [scale.within(value)], "o", color=INK, markersize=9, markerfacecolor="none", zorder=5, clip_on=False
        )


MARKS = "Filled: trained whole; open: left before."
RINGED = " Ringed: trained again from fresh seeds."

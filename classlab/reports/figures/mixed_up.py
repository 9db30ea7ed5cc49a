"""The classes most often mixed up, as bars."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from classlab.analysis.numbers import count, percent
from classlab.records.base import Record
from classlab.reports.document import Figure, Table
from classlab.reports.figures.drawing import COLOURS, NARROW, css_width, label_rows, paper, style, svg
from classlab.statistics import Confusion, MixUp, most_mixed_up

if TYPE_CHECKING:
    from collections.abc import Sequence

_ROW = 0.42  # inches


@dataclass(frozen=True, kw_only=True)
class MixedUp(Record):
    """Pairs of classes, most images first, and the names of the classes."""

    class_names: tuple[str, ...]
    pairs: tuple[MixUp, ...]

    def words(self, pair: MixUp) -> str:
        """A pair as `4 taken for 9`."""
        return f"{self.class_names[pair.true]} taken for {self.class_names[pair.predicted]}"


def mixed_up(confusion: Confusion, class_names: Sequence[str], *, most: int = 10) -> MixedUp:
    """Gathers the pairs; empty where there is no mistake."""
    return MixedUp(class_names=tuple(class_names), pairs=most_mixed_up(confusion, count=most))


def mixed_up_figure(numbers: MixedUp, *, name: str = "mixed-up-classes") -> Figure:
    """Draws the bars; at least one pair was mixed up."""
    from matplotlib.ticker import MaxNLocator

    with style():
        canvas = paper(NARROW, 0.7 + _ROW * len(numbers.pairs))
        axes = canvas.add_subplot()
        for row, pair in enumerate(numbers.pairs):
            axes.barh(row, pair.count, height=0.4, color=COLOURS[0])
            label = f" {count(pair.count)} ({percent(pair.share, digits=1)})"
            axes.text(pair.count, row, label, va="center", fontsize=8.5)
        label_rows(axes, [numbers.words(pair) for pair in numbers.pairs])
        axes.set_xlim(0, 1.3 * max(pair.count for pair in numbers.pairs))  # room for the numbers beside the bars
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=6))
        axes.set_xlabel("test images")
        image = svg(canvas)
    said = "; ".join(f"{numbers.words(pair)}, {count(pair.count)} times" for pair in numbers.pairs)
    return Figure(
        name=name,
        title="The classes most often mixed up.",
        alternative=f"Mistakes by pair of classes, most frequent first: {said}.",
        image=image,
        kind="svg",
        width=css_width(canvas),
        numbers=(_table(numbers),),
        caption="Number of test images and, in brackets, their share of the true class.",
    )


def _table(numbers: MixedUp) -> Table:
    rows = tuple(
        (numbers.class_names[pair.true], numbers.class_names[pair.predicted], count(pair.count), percent(pair.share))
        for pair in numbers.pairs
    )
    return Table(
        caption="Pairs of classes, each in one direction",
        header=("true class", "predicted class", "test images", "share of the true class"),
        rows=rows,
        words=(0, 1),
    )

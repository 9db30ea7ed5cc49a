"""Training beside test accuracy for every arm: the generalisation gap, seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from classlab.analysis.numbers import counted, percent, points
from classlab.records.base import Record
from classlab.reports.document import Figure, Table
from classlab.reports.figures.drawing import COLOURS, NARROW, PAPER, QUIET, css_width, label_rows, paper, style, svg
from classlab.statistics import Gap  # noqa: TC001  (pydantic reads these annotations)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from classlab.analysis import Analysis

MOST_ARMS = 12  # each takes half an inch; the table holds all
_ROW = 0.46  # inches


@dataclass(frozen=True, kw_only=True)
class ArmGap(Record):
    """Mean accuracies of an arm as shares, and the gap between them."""

    name: str
    fitted: float
    test: float
    gap: Gap


@dataclass(frozen=True, kw_only=True)
class GapNumbers(Record):
    """The arms in ranking order, at most `MOST_ARMS`, and how many more there are."""

    arms: tuple[ArmGap, ...]
    left_out: int


def gap_numbers(analysis: Analysis, *, most: int = MOST_ARMS) -> GapNumbers:
    """Gathers the arms that have both accuracies."""
    found = [
        ArmGap(name=arm.name, fitted=arm.fitted.mean, test=arm.test.mean, gap=arm.gap)
        for arm in (analysis.arms[place] for place in analysis.order)
        if arm.fitted.mean is not None and arm.test.mean is not None
    ]
    return GapNumbers(arms=tuple(found[:most]), left_out=max(0, len(found) - most))


def gap_figure(numbers: GapNumbers, *, name: str = "generalisation-gap") -> Figure:
    """Draws both accuracies of each arm and the line between them; at least one arm has both."""
    with style():
        canvas = paper(NARROW, 1.0 + _ROW * len(numbers.arms))
        axes = canvas.add_subplot()
        for row, arm in enumerate(numbers.arms):
            axes.plot((arm.fitted, arm.test), (row, row), color=QUIET, linewidth=1.5, zorder=1)
            # Squares and circles, filled and open: told apart without colour too.
            axes.plot([arm.fitted], [row], "s", color=COLOURS[1], markerfacecolor=PAPER, markersize=6.5)
            axes.plot([arm.test], [row], "o", color=COLOURS[0], markersize=6.5)
        label_rows(axes, [f"{arm.name}: {points(arm.gap.gap, sign=True)}" for arm in numbers.arms])
        _scale(axes)
        image = svg(canvas)
    more = f" {counted(numbers.left_out, 'more arm')}: see the table." if numbers.left_out else ""
    said = "; ".join(f"{arm.name} {points(arm.gap.gap, sign=True)}" for arm in numbers.arms[:10])
    return Figure(
        name=name,
        title="Accuracy on training and on test images.",
        alternative=f"Training minus test accuracy in percentage points: {said}.",
        image=image,
        kind="svg",
        width=css_width(canvas),
        numbers=(gap_table(numbers),),
        caption="Means over the seeds, with the final weights. Beside each name: the gap, training minus test "
        f"accuracy, in percentage points.{more}",
    )


def gap_table(numbers: GapNumbers) -> Table:
    """Accuracies and gaps with their intervals."""
    rows = []
    for arm in numbers.arms:
        low, high = arm.gap.interval or (None, None)
        ends = (points(value, sign=True) for value in (arm.gap.gap, low, high))
        rows.append((arm.name, percent(arm.fitted), percent(arm.test), *ends, str(arm.gap.n)))
    confidence = numbers.arms[0].gap.confidence if numbers.arms else 0.95
    return Table(
        caption=f"Training and test accuracy; the gap in percentage points with its {100 * confidence:g} % interval",
        header=("arm", "training", "test", "gap", "interval from", "to", "seeds"),
        rows=tuple(rows),
        note=f"{counted(numbers.left_out, 'more arm')} not shown." if numbers.left_out else "",
    )


def _scale(axes: Axes) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.ticker import MaxNLocator, PercentFormatter

    axes.xaxis.set_major_locator(MaxNLocator(nbins=6))
    axes.xaxis.set_major_formatter(PercentFormatter(1))
    axes.set_xlabel("accuracy")
    axes.grid(visible=True, axis="x")
    marks = [
        Line2D([], [], color=COLOURS[1], marker="s", markerfacecolor=PAPER, linestyle="", label="training images"),
        Line2D([], [], color=COLOURS[0], marker="o", linestyle="", label="test images"),
    ]
    axes.figure.legend(handles=marks, loc="outside lower left", ncols=2)

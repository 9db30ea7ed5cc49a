"""The ranking plot: every arm's mean with its interval, and each seed as a dot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from classlab.analysis.numbers import MISSING, counted, decimal, percent
from classlab.records.base import Record
from classlab.records.study import Selection  # noqa: TC001  (pydantic reads these annotations)
from classlab.reports.document import Figure, Table
from classlab.reports.figures.drawing import COLOURS, INK, NARROW, QUIET, css_width, label_rows, paper, style, svg
from classlab.statistics import Estimate  # noqa: TC001  (pydantic reads these annotations)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from classlab.reports.analysis import Analysis

MOST_ARMS = 30
_ROW = 0.46  # inches


@dataclass(frozen=True, kw_only=True)
class RankedArm(Record):
    """An arm in the plot: its figure by seed, their estimate, and whether it is tied with the best."""

    name: str
    seeds: tuple[float, ...]
    estimate: Estimate
    tied: bool


@dataclass(frozen=True, kw_only=True)
class RankingNumbers(Record):
    """The arms that are shown, best first.

    Args:
        select: the figure that ranks.
        arms: at most `MOST_ARMS`.
        left_out: how many more there are.
    """

    select: Selection
    arms: tuple[RankedArm, ...]
    left_out: int


def ranking_numbers(analysis: Analysis, *, most: int = MOST_ARMS) -> RankingNumbers:
    """Gathers the best arms that have a figure."""
    places = [place for place in analysis.order if analysis.arms[place].score.mean is not None]
    arms = tuple(
        RankedArm(
            name=analysis.arms[place].name,
            seeds=tuple(figure for figure in analysis.arms[place].selected if figure is not None),
            estimate=analysis.arms[place].score,
            tied=place in analysis.ranking.tied_with_best and len(analysis.seeds) > 1,
        )
        for place in places[:most]
    )
    return RankingNumbers(select=analysis.select, arms=arms, left_out=len(places) - len(arms))


def ranking_figure(numbers: RankingNumbers, *, name: str = "ranking") -> Figure:
    """Draws the plot; at least one arm has a figure."""
    with style():
        canvas = paper(NARROW, 0.7 + _ROW * len(numbers.arms))
        axes = canvas.add_subplot()
        for row, arm in enumerate(numbers.arms):
            _draw(axes, row, arm)
        label_rows(axes, [arm.name for arm in numbers.arms])
        _scale(axes, numbers.select)
        image = svg(canvas)
    confidence = numbers.arms[0].estimate.confidence
    return Figure(
        name=name,
        title=f"{_figure(numbers.select).capitalize()} by arm, best first.",
        alternative=_alternative(numbers),
        image=image,
        kind="svg",
        width=css_width(canvas),
        numbers=(_table(numbers),),
        caption=f"Small dots are seeds, the large dot is their mean, the line its {100 * confidence:g} % interval. "
        "Blue arms cannot be told apart from the best. Arms are compared seed by seed, so overlapping intervals alone "
        "do not decide that.",
    )


def _draw(axes: Axes, row: int, arm: RankedArm) -> None:
    colour = COLOURS[0] if arm.tied or row == 0 else QUIET
    mean, interval = arm.estimate.mean, arm.estimate.interval
    if mean is None:
        return
    if interval is not None:
        axes.plot(interval, (row, row), color=colour, linewidth=2, solid_capstyle="butt")
    axes.plot(arm.seeds, [row] * len(arm.seeds), "o", color=INK, markersize=3, alpha=0.45, markeredgewidth=0)
    axes.plot([mean], [row], "o", color=colour, markersize=7, markeredgecolor="white")


def _scale(axes: Axes, select: Selection) -> None:
    from matplotlib.ticker import MaxNLocator, PercentFormatter

    axes.xaxis.set_major_locator(MaxNLocator(nbins=6))
    axes.set_xlabel(_figure(select))
    axes.grid(visible=True, axis="x")
    if select == "val_accuracy":
        axes.xaxis.set_major_formatter(PercentFormatter(1))


def _figure(select: Selection) -> str:
    return "validation accuracy" if select == "val_accuracy" else "validation loss per image"


def _written(select: Selection, value: float | None) -> str:
    return percent(value) if select == "val_accuracy" else decimal(value)


def _alternative(numbers: RankingNumbers) -> str:
    arms = "; ".join(f"{arm.name} {_written(numbers.select, arm.estimate.mean)}" for arm in numbers.arms[:10])
    more = numbers.left_out + max(0, len(numbers.arms) - 10)
    rest = f"; {counted(more, 'more arm')}" if more else ""
    return f"Mean {_figure(numbers.select)} by arm, best first: {arms}{rest}."


def _table(numbers: RankingNumbers) -> Table:
    rows = []
    for arm in numbers.arms:
        low, high = arm.estimate.interval or (None, None)
        ends = (_written(numbers.select, value) for value in (arm.estimate.mean, low, high))
        seeds = " ".join(_written(numbers.select, value) for value in arm.seeds)
        rows.append((arm.name, *ends, str(arm.estimate.n), seeds or MISSING))
    return Table(
        caption=f"{_figure(numbers.select).capitalize()} by arm",
        header=("arm", "mean", "interval from", "to", "seeds", "each seed"),
        rows=tuple(rows),
        words=(0, 5),
        note=f"{counted(numbers.left_out, 'more arm')} not shown." if numbers.left_out else "",
    )

"""The ranking plot: every arm's mean with its interval, and each seed as a dot."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, inf
from typing import TYPE_CHECKING

from classlab.analysis.numbers import MISSING, counted
from classlab.analysis.sentences.comparison import shared_holds
from classlab.records.base import Record
from classlab.records.study import Selection, is_share
from classlab.reports.document import Figure, Table
from classlab.reports.figures.drawing import (
    COLOURS,
    INK,
    NARROW,
    PAPER,
    QUIET,
    css_width,
    label_rows,
    paper,
    style,
    svg,
)
from classlab.reports.figures.varied_settings import figure_name, figure_words
from classlab.statistics import Estimate  # noqa: TC001  (pydantic reads these annotations)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

    from classlab.analysis import Analysis


MOST_ARMS = 40
_ROW = 0.46  # inches, with the name above
_MANY = 12  # more arms than this have their names beside the rows, or the plot would be taller than a screen
_LOW_ROW = 0.23  # inches, with the name beside


@dataclass(frozen=True, kw_only=True)
class RankedArm(Record):
    """An arm in the plot: its figure by seed, their estimate, and whether it may be the best or has a given start."""

    name: str
    seeds: tuple[float, ...]
    estimate: Estimate
    tied: bool
    given_start: bool = False


@dataclass(frozen=True, kw_only=True)
class RankingNumbers(Record):
    """The arms that are shown, best first.

    Args:
        select: the figure that ranks.
        arms: at most `MOST_ARMS`.
        left_out: how many more there are.
        cut: worse end of the axis, where some arms are so much worse than the best that they would stretch it; None
            where the axis shows all.
    """

    select: Selection
    arms: tuple[RankedArm, ...]
    left_out: int
    cut: float | None = None

    def beyond(self, value: float) -> bool:
        """Whether a figure lies beyond the axis."""
        if self.cut is None:
            return False
        return value < self.cut if is_share(self.select) else value > self.cut


def ranking_numbers(analysis: Analysis, *, most: int = MOST_ARMS) -> RankingNumbers:
    """Gathers the best arms that have a figure."""
    tied = analysis.candidates
    places = [place for place in analysis.order if analysis.arms[place].score.mean is not None]
    arms = tuple(
        RankedArm(
            name=analysis.arms[place].name,
            seeds=tuple(figure for figure in analysis.arms[place].selected if figure is not None),
            estimate=analysis.arms[place].score,
            tied=place in tied,
            given_start=analysis.arms[place].given_start,
        )
        for place in places[:most]
    )
    return RankingNumbers(
        select=analysis.select, arms=arms, left_out=len(places) - len(arms), cut=_cut(arms, analysis.select)
    )


def _cut(arms: Sequence[RankedArm], select: Selection) -> float | None:
    if not arms:
        return None
    tied = [arm.tied for arm in arms]
    return cut_axis(
        [arm.estimate.mean or 0.0 for arm in arms],
        [_drawn(arm, select) for arm in arms],
        leading=tied.index(False) if False in tied else len(tied),
        higher_is_better=is_share(select),
    )


def _drawn(arm: RankedArm, select: Selection) -> tuple[float, ...]:
    """All figures of an arm in the plot."""
    return (*arm.seeds, *_line(arm, select))


def _line(arm: RankedArm, select: Selection) -> tuple[float, ...]:
    """The ends of an arm's interval, as far as the figure can go: no loss is below 0, no share beyond 0 and 1."""
    most = 1.0 if is_share(select) else inf
    return tuple(min(max(end, 0.0), most) for end in arm.estimate.interval or ())


def ranking_figure(numbers: RankingNumbers) -> Figure:
    """Draws the plot; at least one arm has a figure."""
    with style():
        canvas = draw_ranking(numbers)
        image = svg(canvas)
    return Figure(
        name="ranking",
        title=f"{figure_name(numbers.select).capitalize()} by arm, best first.",
        alternative=_alternative(numbers),
        image=image,
        kind="svg",
        width=css_width(canvas),
        numbers=(_table(numbers),),
        caption=_caption(numbers),
    )


def draw_ranking(numbers: RankingNumbers, ax: Axes | None = None) -> Canvas:
    """Draws the arms on axes, on those of a new figure where there are none."""
    many = len(numbers.arms) > _MANY
    axes = ax
    if axes is None:
        axes = paper(NARROW, 0.7 + (_LOW_ROW if many else _ROW) * len(numbers.arms)).add_subplot()
    _scale(axes, numbers)
    for row, arm in enumerate(numbers.arms):
        mean = arm.estimate.mean or 0.0  # arms without one are not gathered
        if numbers.beyond(mean):
            _point_beyond(axes, row, mean, numbers.select, leads=arm.tied)
        else:
            _draw(axes, row, mean, arm, numbers)
    label_rows(axes, [arm.name for arm in numbers.arms], beside=many)
    return axes.get_figure(root=True)  # type: ignore[return-value]  # axes that can be drawn on have a figure


def _draw(axes: Axes, row: int, mean: float, arm: RankedArm, numbers: RankingNumbers) -> None:
    leads = arm.tied or row == 0
    colour = COLOURS[0] if leads else QUIET
    line = _line(arm, numbers.select)
    if line:
        axes.plot(line, (row, row), color=colour, linewidth=2, solid_capstyle="butt")
        if any(numbers.beyond(end) for end in line):
            _arrow(axes, row, numbers.select, colour=colour, filled=True, size=6)
    axes.plot(arm.seeds, [row] * len(arm.seeds), "o", color=INK, markersize=3, alpha=0.45, markeredgewidth=0)
    if any(numbers.beyond(seed) for seed in arm.seeds):
        _arrow(axes, row, numbers.select, colour=INK, filled=True, size=3.5)
    # Filled and open: told apart without colour too.
    inside, edge = (colour, PAPER) if leads else (PAPER, colour)
    axes.plot([mean], [row], "o", color=inside, markersize=7 if leads else 6, markeredgecolor=edge)


def _point_beyond(axes: Axes, row: int, mean: float, select: Selection, *, leads: bool) -> None:
    """An arm that lies beyond the axis: an arrow at its end, and the mean in figures."""
    _arrow(axes, row, select, colour=COLOURS[0] if leads else QUIET, filled=leads, size=6)
    left = is_share(select)
    axes.annotate(
        figure_words(select, mean),
        (0.0 if left else 1.0, row),
        xycoords=axes.get_yaxis_transform(),
        xytext=(9 if left else -9, 0),
        textcoords="offset points",
        ha="left" if left else "right",
        va="center",
        fontsize=8.5,
    )


def _arrow(axes: Axes, row: int, select: Selection, *, colour: str, filled: bool, size: float) -> None:
    mark, place = ("<", 0.012) if is_share(select) else (">", 0.988)
    inside = colour if filled else PAPER
    axes.plot([place], [row], mark, color=inside, markeredgecolor=colour, ms=size, transform=axes.get_yaxis_transform())


def _scale(axes: Axes, numbers: RankingNumbers) -> None:
    from matplotlib.ticker import MaxNLocator, PercentFormatter

    accuracy = is_share(numbers.select)
    # Of an arm whose mean lies beyond the axis nothing but that is drawn.
    within = [arm for arm in numbers.arms if not numbers.beyond(arm.estimate.mean or 0.0)]
    values = [value for arm in within for value in _drawn(arm, numbers.select) if not numbers.beyond(value)]
    low, high = min(values), max(values)
    margin = 0.04 * (high - low) or 0.01
    low, high = low - margin, high + margin
    if numbers.cut is not None:
        low, high = (numbers.cut, high) if accuracy else (low, numbers.cut)
    axes.set_xlim(low, high)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=5))
    axes.set_xlabel(figure_name(numbers.select))
    axes.grid(visible=True, axis="x")
    if accuracy:
        axes.xaxis.set_major_formatter(PercentFormatter(1))


def _caption(numbers: RankingNumbers) -> str:
    confidence = numbers.arms[0].estimate.confidence
    parts = [
        f"Small dots are seeds, the large dot is their mean, the line its {100 * confidence:g} % interval"
        f"{_holds(numbers)}. Arms in filled blue may be the best. Arms are compared on the same seeds and images, so "
        "overlapping intervals alone do not decide that."
    ]
    if numbers.cut is not None:
        verb, side = ("begins", "below") if is_share(numbers.select) else ("ends", "above")
        parts.append(
            f"The axis {verb} at {figure_words(numbers.select, numbers.cut)}, because what lies {side} would stretch "
            "it; an arrow there stands for seeds, a line or a mean that goes beyond, the mean in figures."
        )
    if numbers.left_out:
        parts.append(
            f"{counted(numbers.left_out, 'more arm')} follow{'s' if numbers.left_out == 1 else ''}: see the table."
        )
    return " ".join(parts)


def _holds(numbers: RankingNumbers) -> str:
    return shared_holds(
        (arm.estimate.holds_for for arm in numbers.arms),
        given_start=(arm.given_start for arm in numbers.arms),
        networks=len(numbers.arms),
    )


def _alternative(numbers: RankingNumbers) -> str:
    arms = "; ".join(f"{arm.name} {figure_words(numbers.select, arm.estimate.mean)}" for arm in numbers.arms[:10])
    more = numbers.left_out + max(0, len(numbers.arms) - 10)
    rest = f"; {counted(more, 'more arm')}" if more else ""
    return f"Mean {figure_name(numbers.select)} by arm, best first: {arms}{rest}."


def _table(numbers: RankingNumbers) -> Table:
    rows = []
    for arm in numbers.arms:
        low, high = arm.estimate.interval or (None, None)
        ends = (figure_words(numbers.select, value) for value in (arm.estimate.mean, low, high))
        seeds = " ".join(figure_words(numbers.select, value) for value in arm.seeds)
        rows.append((arm.name, *ends, str(arm.estimate.n), seeds or MISSING))
    return Table(
        caption=f"{figure_name(numbers.select).capitalize()} by arm",
        header=("arm", "mean", "interval from", "to", "seeds", "each seed"),
        rows=tuple(rows),
        words=(0, 5),
        note=f"{counted(numbers.left_out, 'more arm')} not shown." if numbers.left_out else "",
    )


_LEAST_NEAR = 2
_SHARE_NEAR = 4  # one arm of so many is near the best, where no more of them are tied with it
_SHARE_TIED = 2  # and no more than one of so many: with few seeds an arm at ten per cent may be tied with the best
_ROOM = 0.5  # beyond the worst of the near arms, in parts of their range
_STRETCHED = 2.0  # an axis is cut where it would otherwise be longer than this many times


def cut_axis(
    means: Sequence[float], figures: Sequence[Sequence[float]], *, leading: int, higher_is_better: bool
) -> float | None:
    """The worse end of the axis, such that the arms near the best fill it; None where all of it can be shown.

    Near are the arms tied with the best that lead the order, but at most half of all arms, at least a quarter of them,
    and at least two. What is drawn of the first arm is never cut.

    Args:
        means: one per arm, best first.
        figures: everything that is drawn of each arm: seeds, ends of its interval.
        leading: how many arms at the head of the order are tied with the first, itself included.
        higher_is_better: True for accuracies, False for losses.

    Example:
        >>> figures = [[0.92, 0.94], [0.91, 0.93], [0.10, 0.12]]
        >>> round(cut_axis([0.93, 0.92, 0.11], figures, leading=2, higher_is_better=True), 3)
        0.91
        >>> cut_axis([0.93, 0.92, 0.90], [[0.93], [0.92], [0.90]], leading=1, higher_is_better=True)
    """
    sign = 1.0 if higher_is_better else -1.0
    tied = min(leading, ceil(len(means) / _SHARE_TIED))
    near = min(len(means), max(_LEAST_NEAR, tied, ceil(len(means) / _SHARE_NEAR)))
    best = max(sign * value for arm in figures[:near] for value in arm)
    worst_near = min(sign * mean for mean in means[:near])
    worst = min(sign * value for arm in figures for value in arm)
    end = min(worst_near - _ROOM * (best - worst_near), *(sign * value for value in figures[0]))
    if best - worst <= _STRETCHED * (best - end):
        return None
    return sign * end

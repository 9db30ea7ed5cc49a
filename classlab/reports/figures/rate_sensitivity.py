"""How much the learning rate matters: the figure over the rates that were tried, a line per combination of the rest."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import log10
from typing import TYPE_CHECKING

from classlab.analysis.numbers import MISSING, count
from classlab.records.base import Record
from classlab.records.study import Selection, direction, is_share
from classlab.reports.document import Figure, Table
from classlab.reports.figures.drawing import (
    COLOURS,
    INK,
    MARKERS,
    NARROW,
    css_width,
    paper,
    plain_numbers,
    shortened,
    spans_decades,
    style,
    svg,
)
from classlab.reports.figures.varied_settings import (
    RATE,
    SettledArm,
    figure_name,
    figure_words,
    is_number,
    setting_words,
    value_words,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

MOST_LINES = 6
LEAST_RATES = 3
_MOST_TICKS = 7
_ASIDE = 0.04  # of the distance between two rates, by which lines stand beside each other
_ROW_OF_LEGEND = 0.2  # inches


@dataclass(frozen=True, kw_only=True)
class RateLine(Record):
    """One combination of the other settings over its learning rates.

    Args:
        name: the other settings' values.
        rates: ascending, above 0.
        arms: one per rate.
    """

    name: str
    rates: tuple[float, ...]
    arms: tuple[SettledArm, ...]

    def best(self, sign: float) -> int | None:
        """Position of the rate with the best mean; None where no run ended well."""
        found = [(sign * arm.mean, -place) for place, arm in enumerate(self.arms) if arm.mean is not None]
        return -max(found)[1] if found else None


@dataclass(frozen=True, kw_only=True)
class RateSensitivity(Record):
    """The lines.

    Args:
        select: the figure that ranks.
        lines: all combinations with a figure, the one with the best mean first.
        shown: how many of them are drawn.
    """

    select: Selection
    lines: tuple[RateLine, ...]
    shown: int


def rate_sensitivity(
    arms: Sequence[SettledArm], select: Selection, *, most: int = MOST_LINES
) -> RateSensitivity | None:
    """Gathers the lines; None where no combination was tried with three learning rates or more.

    Args:
        arms: in the study's order.
        select: the figure that ranks.
        most: lines that are drawn.
    """
    groups: dict[str, list[tuple[float, SettledArm]]] = {}
    for arm in arms:
        rate = arm.settings.get(RATE)
        if rate is not None and is_number(rate) and float(rate) > 0:
            groups.setdefault(_line_name(arm), []).append((float(rate), arm))
    sign = direction(select)
    lines = [line for name, points in groups.items() if (line := _line(name, points)).best(sign) is not None]
    if not any(len(line.rates) >= LEAST_RATES for line in lines):
        return None
    lines.sort(key=lambda line: -_best_mean(line, sign))
    return RateSensitivity(select=select, lines=tuple(lines), shown=min(most, len(lines)))


def _line_name(arm: SettledArm) -> str:
    words = []
    for name, value in arm.settings.items():
        if name != RATE:
            alone = isinstance(value, str)
            words.append(value_words(value) if alone else f"{setting_words(name)} {value_words(value)}")
    return ", ".join(words) or "all arms"


def _line(name: str, points: list[tuple[float, SettledArm]]) -> RateLine:
    points.sort(key=lambda point: point[0])
    return RateLine(name=name, rates=tuple(rate for rate, _ in points), arms=tuple(arm for _, arm in points))


def _best_mean(line: RateLine, sign: float) -> float:
    best = line.best(sign)
    mean = None if best is None else line.arms[best].mean
    return float("-inf") if mean is None else sign * mean


def rate_sensitivity_figure(numbers: RateSensitivity) -> Figure:
    """Draws the lines."""
    shown = numbers.lines[: numbers.shown]
    with style():
        canvas = paper(NARROW, 3.0 + _ROW_OF_LEGEND * len(shown))
        axes = canvas.add_subplot()
        _axes(axes, numbers)
        for place, line in enumerate(shown):
            _draw(axes, line, place, aside=_aside(shown, place))
        # Below the label of the rates.
        axes.legend(loc="upper left", bbox_to_anchor=(0, -0.17), borderaxespad=0, labelspacing=0.3)
        image = svg(canvas)
    return Figure(
        name="rate-sensitivity",
        title=f"{figure_name(numbers.select).capitalize()} by learning rate.",
        alternative=_alternative(numbers),
        image=image,
        kind="svg",
        width=css_width(canvas),
        numbers=(_table(numbers),),
        caption=_caption(numbers),
    )


def _aside(lines: Sequence[RateLine], place: int) -> float:
    """The factor by which a line is moved along the logarithmic axis, so that its points do not hide another's."""
    rates = sorted({rate for line in lines for rate in line.rates})
    nearest = min(log10(later / rate) for rate, later in pairwise(rates))
    return float(10 ** (_ASIDE * nearest * (place - (len(lines) - 1) / 2)))


def _draw(axes: Axes, line: RateLine, place: int, *, aside: float) -> None:
    colour, mark = COLOURS[place % len(COLOURS)], MARKERS[place % len(MARKERS)]
    # A rate at which no run ended well breaks the line.
    means = [float("nan") if arm.mean is None else arm.mean for arm in line.arms]
    places = [rate * aside for rate in line.rates]
    axes.plot(
        places, means, color=colour, marker=mark, markersize=5, linewidth=1.5, label=shortened(line.name, 48), zorder=3
    )
    for x, arm in zip(places, line.arms, strict=True):
        seeds = [figure for figure in arm.seeds if figure is not None]
        axes.plot([x] * len(seeds), seeds, "o", color=colour, markersize=3, alpha=0.45, markeredgewidth=0)
        if arm.candidate and arm.mean is not None:
            axes.plot([x], [arm.mean], "o", color=INK, markersize=10, markerfacecolor="none", zorder=4)
        if arm.mean is None:
            axes.plot([x], [0.02], "x", color=colour, markersize=6, transform=axes.get_xaxis_transform())


def _axes(axes: Axes, numbers: RateSensitivity) -> None:
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter, NullLocator, PercentFormatter

    shown = numbers.lines[: numbers.shown]
    rates = sorted({rate for line in shown for rate in line.rates})
    axes.set_xscale("log")
    if len(rates) <= _MOST_TICKS:
        axes.set_xticks(rates, [value_words(rate) for rate in rates])
    else:
        axes.xaxis.set_major_locator(LogLocator(numticks=_MOST_TICKS))
        axes.xaxis.set_major_formatter(FuncFormatter(plain_numbers))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlabel("learning rate, logarithmic")
    axes.set_ylabel(figure_name(numbers.select))
    axes.grid(visible=True)
    if is_share(numbers.select):
        axes.yaxis.set_major_formatter(PercentFormatter(1))
        return
    values = [figure for line in shown for arm in line.arms for figure in arm.seeds if figure is not None]
    if spans_decades(values):
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter(FuncFormatter(plain_numbers))
        axes.yaxis.set_minor_formatter(NullFormatter())
        axes.set_ylabel(f"{figure_name(numbers.select)}, logarithmic")


def _caption(numbers: RateSensitivity) -> str:
    shown = numbers.lines[: numbers.shown]
    arms = [arm for line in shown for arm in line.arms]
    parts = [
        "Marks are means over the seeds, faint dots the seeds; lines join the rates that were tried, and nothing was "
        "measured between them. Lines stand a little beside each other, so that none hides another."
    ]
    if any(arm.candidate for arm in arms):
        parts.append("Ringed arms cannot be told apart from the best.")
    if any(arm.mean is None for arm in arms):
        parts.append("A cross at the bottom: no run ended well.")
    left = len(numbers.lines) - len(shown)
    if left:
        parts.append(
            f"The {len(shown)} combinations with the best means are drawn; {count(left)} more "
            f"{'is' if left == 1 else 'are'} in the numbers."
        )
    return " ".join(parts)


def _alternative(numbers: RateSensitivity) -> str:
    said = []
    for line in numbers.lines[: numbers.shown]:
        best = line.best(direction(numbers.select))
        if best is not None:
            mean = figure_words(numbers.select, line.arms[best].mean)
            said.append(f"{line.name}: best {mean} at {value_words(line.rates[best])}")
    return f"Mean {figure_name(numbers.select)} by learning rate. {'; '.join(said)}."


def _table(numbers: RateSensitivity) -> Table:
    rows = tuple(
        (
            line.name,
            value_words(rate),
            figure_words(numbers.select, arm.mean),
            " ".join(figure_words(numbers.select, seed) for seed in arm.seeds if seed is not None) or MISSING,
        )
        for line in numbers.lines
        for rate, arm in zip(line.rates, line.arms, strict=True)
    )
    return Table(
        caption=f"{figure_name(numbers.select).capitalize()} by combination and learning rate",
        header=("combination", "learning rate", "mean", "each seed"),
        rows=rows,
        words=(0, 3),
    )

"""The settings of a search's candidates against their figures, one small drawing per setting."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING

from classlab.analysis.numbers import counted
from classlab.reports.document import Figure
from classlab.reports.figures.drawing import (
    NARROW,
    css_width,
    paper,
    shortened,
    style,
    svg,
)
from classlab.reports.figures.search_scale import MARKS, RINGED, SearchScale, figures_of, mark
from classlab.reports.figures.varied_settings import figure_name, setting_words, value_words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from classlab.records.search import Candidate, Dimension, Importance, SearchRecord

MOST_PANELS = 12
_COLUMNS, _PANEL = 2, 1.75  # inches of height
_EDGE = 0.05  # of a range, beyond both its ends
_BEST = 3  # candidates whose settings the description names
_SPREAD, _GOLDEN = 0.3, 0.618  # points of one choice stand beside each other: multiples of an irrational step fill


def label_of(each: Dimension | Importance) -> str:
    """The setting as readers know it, with the table of arms that it belongs to."""
    name = setting_words(each.name)
    return f"{each.arm}: {name}" if each.arm else name


def key_of(dimension: Dimension) -> str:
    """The name under which a candidate has what was drawn."""
    return f"{dimension.arm}: {dimension.name}" if dimension.arm else dimension.name


def drawn_words(dimension: Dimension, value: float) -> str:
    """What was drawn, in words."""
    return value_words(dimension.choices[int(value)] if dimension.choices else value)


def settings_figure(record: SearchRecord, scale: SearchScale) -> Figure:
    """Draws the figure over each setting, those that mattered most first."""
    shown = _ordered(record)[:MOST_PANELS]
    left = len(record.spec.dimensions) - len(shown)
    lines = -(-len(shown) // _COLUMNS)
    with style():
        canvas = paper(NARROW, 0.3 + _PANEL * lines)
        for place, dimension in enumerate(shown):
            axes = canvas.add_subplot(lines, _COLUMNS, place + 1)
            _panel(axes, dimension, record, scale)
            if place % _COLUMNS:
                axes.set_ylabel("")
                axes.tick_params(labelleft=False)
        image = svg(canvas)
    more = f" {counted(left, 'more setting')} of the space {'is' if left == 1 else 'are'} in the table." if left else ""
    return Figure(
        name="settings",
        title=f"{figure_name(record.spec.objective).capitalize()} by setting.",
        alternative=_alternative(record, shown),
        image=image,
        kind="svg",
        width=css_width(canvas),
        caption=f"One point per candidate and setting. {MARKS}{RINGED if record.finalists else ''}{scale.sentence}"
        f"{more} Points of one choice stand beside each other, so that none hides another.",
    )


def _ordered(record: SearchRecord) -> list[Dimension]:
    """The settings by importance; those without one last, in the order of the file."""
    shares = {(each.arm, each.name): each.share for each in record.importances}
    return sorted(record.spec.dimensions, key=lambda each: -shares.get((each.arm, each.name), -1.0))


def _panel(axes: Axes, dimension: Dimension, record: SearchRecord, scale: SearchScale) -> None:
    found, key = figures_of(record, record.candidates), key_of(dimension)
    for each in record.candidates:
        if key in each.drawn and each.number in found:
            aside = ((each.number * _GOLDEN) % 1 - 0.5) * 2 * _SPREAD if dimension.choices else 0.0
            place, again = each.drawn[key] + aside, each.number in record.finalists
            mark(axes, place, found[each.number], each, scale, again=again)
    scale.apply(axes)
    axes.set_title(shortened(label_of(dimension), 28))
    _places(axes, dimension)


def _places(axes: Axes, dimension: Dimension) -> None:
    """The axis of one setting: its choices, or its range."""
    from matplotlib.ticker import MaxNLocator, NullLocator

    if dimension.choices:
        names = [shortened(value_words(choice), 9) for choice in dimension.choices]
        few = range(0, len(names), -(-len(names) // 5))  # more names than this run into one another
        axes.set_xticks(few, [names[place] for place in few])
        axes.set_xlim(-0.6, len(names) - 0.4)
        return
    low, high = dimension.low or 0.0, dimension.high or 0.0
    if dimension.log:
        axes.set_xscale("log")
        middle = float(f"{sqrt(low * high):.2g}")
        axes.set_xticks([low, middle, high], [f"{low:g}", f"{middle:g}", f"{high:g}"])
        axes.xaxis.set_minor_locator(NullLocator())
        room = (high / low) ** _EDGE
        axes.set_xlim(low / room, high * room)
        return
    axes.xaxis.set_major_locator(MaxNLocator(nbins=4, integer=dimension.whole))
    axes.set_xlim(low - _EDGE * (high - low), high + _EDGE * (high - low))


def _alternative(record: SearchRecord, shown: list[Dimension]) -> str:
    best = [each for each in record.ranking if each.figure(record.spec.objective) is not None][:_BEST]
    said = [f"{label_of(each)}: {values}" for each in shown if (values := _values(each, best))]
    which = f"The {len(best)} first candidates have" if len(best) > 1 else "The first candidate has"
    return f"Figures of {counted(len(record.candidates), 'candidate')} by setting. {which} {'; '.join(said)}."


def _values(dimension: Dimension, best: list[Candidate]) -> str:
    key = key_of(dimension)
    return ", ".join(drawn_words(dimension, each.drawn[key]) for each in best if key in each.drawn)

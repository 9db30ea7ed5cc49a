"""The heat map: the mean figure for every combination of two settings, in panels over a third."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classlab.analysis.numbers import MISSING, counted, listed
from classlab.records.study import direction, is_share
from classlab.reports.document import Figure, Table
from classlab.reports.figures.drawing import (
    FIXED_WHITE,
    NARROW,
    PAPER,
    QUIET,
    css_width,
    paper,
    plain_numbers,
    shortened,
    spans_decades,
    style,
    svg,
)
from classlab.reports.figures.varied_settings import figure_name, figure_words, setting_words, value_words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Colormap, Normalize
    from matplotlib.figure import Figure as Canvas

    from classlab.reports.figures.heat_map_numbers import HeatCell, HeatMap, HeatPanel


def heat_map_figure(numbers: HeatMap) -> Figure:
    """Draws the map."""
    with style():
        canvas = draw_heat_map(numbers)
        image = svg(canvas)
    return Figure(
        name="heat-map",
        title=_title(numbers),
        alternative=_alternative(numbers),
        image=image,
        kind="svg",
        width=css_width(canvas),
        numbers=(_table(numbers),),
        caption=_caption(numbers),
    )


def _title(numbers: HeatMap) -> str:
    what = figure_name(numbers.select).capitalize()
    return f"{what} by {setting_words(numbers.row)} (rows) and {setting_words(numbers.column)} (columns)."


def _caption(numbers: HeatMap) -> str:
    unit = ", in per cent" if is_share(numbers.select) else ""
    shown = numbers.arms()
    parts = [f"Each cell is the mean over the seeds{unit}."]
    if numbers.panel is not None:
        parts.append(f"One panel per {setting_words(numbers.panel)}, all with one scale of colours.")
    if numbers.rest:
        rest = listed([setting_words(name) for name in numbers.rest])
        parts.append(f"Where arms of a cell differ in {rest}, it shows the best of them, which flatters.")
    if numbers.beside:
        parts.append(f"The cells also differ in {listed([setting_words(name) for name in numbers.beside])}.")
    if any(arm.candidate for _, arm, _ in shown):
        parts.append("Framed arms cannot be told apart from the best.")
    if any(arm.failed and arm.mean is not None for _, arm, _ in shown):
        parts.append("* Some runs did not end well; the mean is of the others.")
    if any(arm.mean is None for _, arm, _ in shown):
        parts.append("Hatched: no run ended well.")
    if any(not cell.of for panel in numbers.panels for row in panel.cells for cell in row):
        parts.append("A dash: not part of the study.")
    return " ".join(parts)


def _alternative(numbers: HeatMap) -> str:
    sign = direction(numbers.select)
    said = []
    for panel in numbers.panels:
        found = [(arm.name, arm.mean) for of, arm, _ in numbers.arms() if of is panel and arm.mean is not None]
        if found:
            where = "All arms" if panel.value is None else value_words(panel.value)
            ends = (pick(found, key=lambda each: sign * each[1]) for pick in (max, min))
            best, worst = (f"{arm} with {figure_words(numbers.select, mean)}" for arm, mean in ends)
            said.append(f"{where}: best {best}, worst {worst}")
    return (
        f"Mean {figure_name(numbers.select)} for {counted(len(numbers.rows), 'value')} of "
        f"{setting_words(numbers.row)} and {len(numbers.columns)} of {setting_words(numbers.column)}"
        f"{'' if numbers.panel is None else f', by {setting_words(numbers.panel)}'}. {'; '.join(said)}."
    )


def _table(numbers: HeatMap) -> Table:
    names = [name for name in (numbers.panel, numbers.row, numbers.column) if name is not None]
    rows = tuple(
        (
            arm.name,
            *(value_words(arm.settings[name]) for name in names),
            figure_words(numbers.select, arm.mean),
            str(len(arm.seeds) - arm.failed),
            "yes" if arm.candidate else "no",
            *((str(of),) if numbers.rest else ()),
        )
        for _, arm, of in numbers.arms()
    )
    best_of = ("best of arms",) if numbers.rest else ()
    return Table(
        caption=f"Mean {figure_name(numbers.select)} by combination of settings",
        header=("arm", *map(setting_words, names), "mean", "seeds", "tied with the best", *best_of),
        rows=rows or ((MISSING,) * (4 + len(names) + len(best_of)),),
        words=(0, *range(1, len(names) + 1), len(names) + 3),
    )


# From dark to light in even steps, alike for all common kinds of colour blindness: Nunez, Anderton and Renslow (2018),
# "Optimizing colormaps with consideration for color vision deficiency".
_COLOURS = "cividis"
_ROW = 0.32  # inches
_COLUMN = 0.44  # inches, room for "100.0*"
_BESIDE = 1.25  # inches for the names of the rows


def draw_heat_map(numbers: HeatMap) -> Canvas:
    """Draws all panels below each other, and the scale of colours below them.

    Args:
        numbers: at least one cell has a mean.
    """
    from matplotlib.cm import ScalarMappable

    panels, rows, columns = len(numbers.panels), len(numbers.rows), len(numbers.columns)
    height = panels * (_ROW * rows + (0.5 if numbers.panel else 0.25)) + 1.0
    canvas = paper(max(NARROW, _BESIDE + _COLUMN * columns), height)
    colours = ScalarMappable(norm=_scale(numbers), cmap=_colours(numbers))
    grid = canvas.subplots(panels, 1, squeeze=False)[:, 0]
    for axes, panel in zip(grid, numbers.panels, strict=True):
        _panel(axes, panel, numbers, colours)
    grid[-1].set_xlabel(setting_words(numbers.column))
    bar = canvas.colorbar(colours, ax=list(grid), location="bottom", shrink=0.8, aspect=35)
    bar.set_label(f"mean {figure_name(numbers.select)}")
    bar.outline.set_visible(False)
    _label_bar(bar.ax, numbers)
    return canvas


def _means(numbers: HeatMap) -> list[float]:
    return [arm.mean for _, arm, _ in numbers.arms() if arm.mean is not None]


def _scale(numbers: HeatMap) -> Normalize:
    from matplotlib.colors import LogNorm, Normalize

    low, high = min(_means(numbers)), max(_means(numbers))
    if _is_logarithmic(numbers):
        return LogNorm(low, high)
    return Normalize(low, high if high > low else low + 1e-9)


def _is_logarithmic(numbers: HeatMap) -> bool:
    return numbers.select == "val_loss" and spans_decades(_means(numbers))


def _colours(numbers: HeatMap) -> Colormap:
    from matplotlib import colormaps

    return colormaps[_COLOURS if is_share(numbers.select) else f"{_COLOURS}_r"]  # light is good


def _panel(axes: Axes, panel: HeatPanel, numbers: HeatMap, colours: ScalarMappable) -> None:
    rows, columns = len(numbers.rows), len(numbers.columns)
    for row, cells in enumerate(panel.cells):
        for column, cell in enumerate(cells):
            _cell(axes, row, column, cell, numbers, colours)
    axes.set_xlim(-0.5, columns - 0.5)
    axes.set_ylim(rows - 0.5, -0.5)
    axes.set_xticks(range(columns), [shortened(value_words(value), 12) for value in numbers.columns])
    axes.set_yticks(range(rows), [shortened(value_words(value), 18) for value in numbers.rows])
    axes.set_ylabel(setting_words(numbers.row))
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    if numbers.panel is not None and panel.value is not None:
        axes.set_title(shortened(f"{setting_words(numbers.panel)} {value_words(panel.value)}", 44), loc="left")


def _cell(axes: Axes, row: int, column: int, cell: HeatCell, numbers: HeatMap, colours: ScalarMappable) -> None:
    from matplotlib.patches import Rectangle

    if cell.arm is None:
        axes.text(column, row, "\u2013", ha="center", va="center", color=QUIET)
        return
    # A little less than the cell, so that neighbors of one shade stay two cells.
    box = (column - 0.48, row - 0.47)
    mean = cell.arm.mean
    if mean is None:
        empty = Rectangle(box, 0.96, 0.94, facecolor=PAPER, edgecolor=QUIET, hatch="////", linewidth=0)
        axes.add_patch(empty)
        return
    red, green, blue, _ = colours.to_rgba(np.array([mean]))[0].tolist()
    shade = (red, green, blue)
    axes.add_patch(Rectangle(box, 0.96, 0.94, facecolor=shade, linewidth=0))
    text = (f"{100 * mean:.1f}" if is_share(numbers.select) else f"{mean:.3g}") + ("*" if cell.arm.failed else "")
    axes.text(column, row, text, ha="center", va="center", fontsize=8.5, color=readable_on(shade))
    if cell.arm.candidate:
        # White beside black: seen on the darkest shade and on the lightest.
        for colour, width in ((FIXED_WHITE, 4.0), ("black", 2.0)):
            axes.add_patch(Rectangle(box, 0.96, 0.94, fill=False, edgecolor=colour, linewidth=width, zorder=3))


def readable_on(shade: tuple[float, float, float]) -> str:
    """Black or white, whichever stands out more; the contrast is 4.5 to 1 and more on every shade.

    Args:
        shade: red, green and blue, from 0 to 1.

    References:
        Web Content Accessibility Guidelines 2.1: relative luminance and contrast ratio.
    """
    light = luminance(shade)
    return "black" if (light + 0.05) / 0.05 >= 1.05 / (light + 0.05) else FIXED_WHITE


def luminance(shade: tuple[float, float, float]) -> float:
    """Relative luminance of a colour, from 0 (black) to 1 (white)."""
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in shade]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _label_bar(axes: Axes, numbers: HeatMap) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator, NullFormatter, PercentFormatter

    if _is_logarithmic(numbers):
        axes.xaxis.set_major_formatter(FuncFormatter(plain_numbers))
        axes.xaxis.set_minor_formatter(NullFormatter())
        return
    axes.xaxis.set_major_locator(MaxNLocator(nbins=5))
    if is_share(numbers.select):
        axes.xaxis.set_major_formatter(PercentFormatter(1))

"""The heat map: the mean figure for every combination of two settings, in panels over a third."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.analysis.numbers import MISSING, counted, listed
from classlab.reports.document import Figure, Table
from classlab.reports.figures.drawing import css_width, style, svg
from classlab.reports.figures.heat_map_drawing import draw_heat_map
from classlab.reports.figures.varied_settings import figure_name, figure_words, setting_words, value_words

if TYPE_CHECKING:
    from classlab.reports.figures.heat_map_numbers import HeatMap


def heat_map_figure(numbers: HeatMap, *, name: str = "heat-map") -> Figure:
    """Draws the map."""
    with style():
        canvas = draw_heat_map(numbers)
        image = svg(canvas)
    return Figure(
        name=name,
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
    unit = ", in per cent" if numbers.select == "val_accuracy" else ""
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
    sign = 1.0 if numbers.select == "val_accuracy" else -1.0
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

"""Two objectives of a search: the figure on validation images over the number of parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.analysis.numbers import count, counted
from classlab.records.study import direction
from classlab.reports.document import Figure, Table
from classlab.reports.figures.drawing import COLOURS, NARROW, css_width, paper, plain_numbers, style, svg
from classlab.reports.figures.search_scale import MARKS, RINGED, SearchScale, figures_of, mark
from classlab.reports.figures.varied_settings import figure_name, figure_words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from classlab.records.search import SearchRecord


def front_figure(record: SearchRecord, scale: SearchScale) -> Figure:
    """Draws the objective over the number of parameters, and the candidates that none beats in both."""
    found = figures_of(record, record.candidates)
    by_number = {each.number: each for each in record.candidates if each.number in found}
    front = [by_number[number] for number in record.front if number in by_number]
    with style():
        canvas = paper(NARROW, 2.9)
        axes = canvas.add_subplot()
        for number, each in by_number.items():
            mark(axes, each.parameters, found[number], each, scale, again=number in record.finalists)
        places = [each.parameters for each in front]
        values = [scale.within(found[each.number]) for each in front]
        axes.step(places, values, where="post", color=COLOURS[1], linewidth=1.4)
        scale.apply(axes)
        _parameters(axes)
        image = svg(canvas)
    sign = "higher" if direction(record.spec.objective) > 0 else "lower"
    return Figure(
        name="front",
        title=f"{figure_name(record.spec.objective).capitalize()} by number of parameters.",
        alternative=f"{counted(len(front), 'candidate')} of {len(record.candidates):,} "
        f"{'is' if len(front) == 1 else 'are'} beaten by none in both: the table has them.",
        image=image,
        kind="svg",
        width=css_width(canvas),
        numbers=(
            Table(
                caption="Candidates that none beats in both, fewest parameters first",
                header=("candidate", "parameters", figure_name(record.spec.objective)),
                rows=tuple(
                    (str(each.number), count(each.parameters), figure_words(scale.select, found[each.number]))
                    for each in front
                ),
            ),
        ),
        caption=f"The line joins the candidates than which no other one has a {sign} figure and as few parameters. "
        f"{MARKS}{RINGED if record.finalists else ''}{scale.sentence}",
    )


def _parameters(axes: Axes) -> None:
    from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(numticks=6))
    axes.xaxis.set_major_formatter(FuncFormatter(plain_numbers))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlabel("parameters, logarithmic")

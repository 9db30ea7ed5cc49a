"""The course of a search: every candidate's curve over the rungs, and the best figure so far."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.analysis.numbers import MISSING, counted
from classlab.records.study import direction
from classlab.reports.document import Figure, Table
from classlab.reports.figures.drawing import (
    COLOURS,
    INK,
    MARKERS,
    NARROW,
    OTHER,
    QUIET,
    css_width,
    paper,
    style,
    svg,
)
from classlab.reports.figures.search_scale import MARKS, RINGED, WHOLE, SearchScale, figures_of, mark
from classlab.reports.figures.varied_settings import figure_name, figure_words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from classlab.records.search import Candidate, SearchRecord

_HEIGHT, _ROW = 2.9, 0.2  # inches
_MOST_NAMED = 5  # lines that are told apart; the others are drawn alike


def rungs_figure(record: SearchRecord, scale: SearchScale) -> Figure:
    """Draws each candidate's curve up to the rung at which it left."""
    select, named = record.spec.objective, named_candidates(record)
    with style():
        canvas = paper(NARROW, _HEIGHT + _ROW * len(named))
        axes = canvas.add_subplot()
        for rung in record.spec.rungs:
            axes.axvline(rung, color=QUIET, linewidth=0.8, linestyle=(0, (1, 2)))
        for each in record.candidates:
            if each not in named:
                _curve(axes, each, record, colour=QUIET if each.state in WHOLE else OTHER)
        for place, each in enumerate(named):
            _curve(axes, each, record, colour=COLOURS[place], place=place)
        scale.apply(axes)
        _epochs(axes, record)
        axes.legend(loc="upper left", bbox_to_anchor=(0, -0.16), borderaxespad=0, labelspacing=0.3)
        image = svg(canvas)
    left = sum(each.state == "stopped_at_rung" for each in record.candidates)
    return Figure(
        name="rungs",
        title=f"{figure_name(select).capitalize()} of every candidate over its epochs.",
        alternative=f"Curves of {counted(len(record.candidates), 'candidate')}, of which {left:,} left at a rung. "
        + _ends(record, named),
        image=image,
        kind="svg",
        width=css_width(canvas),
        numbers=(_rung_table(record),),
        caption="Dotted lines are the rungs, at which weak candidates leave. Grey: the other candidates, darker where "
        f"they were trained whole.{scale.sentence}",
    )


def named_candidates(record: SearchRecord) -> tuple[Candidate, ...]:
    """The finalists, or before there are any the first of the ranking."""
    numbers = record.finalists or tuple(each.number for each in record.ranking)
    by_number = {each.number: each for each in record.candidates}
    return tuple(
        by_number[number] for number in numbers if number in by_number and _curve_of(record, by_number[number])
    )[:_MOST_NAMED]


def _curve_of(record: SearchRecord, candidate: Candidate) -> tuple[float, ...]:
    return candidate.history.get(record.spec.objective, ())


def _curve(axes: Axes, candidate: Candidate, record: SearchRecord, *, colour: str, place: int | None = None) -> None:
    curve = _curve_of(record, candidate)
    epochs = range(1, len(curve) + 1)
    if place is None:
        axes.plot(epochs, curve, "-" if len(curve) > 1 else ".", color=colour, linewidth=0.8)
        return
    name = f"candidate {candidate.number}"
    axes.plot(epochs, curve, color=colour, linewidth=1.6, marker=MARKERS[place], markersize=4, label=name, zorder=4)


def _epochs(axes: Axes, record: SearchRecord) -> None:
    from matplotlib.ticker import MaxNLocator

    axes.set_xlabel("epoch")
    axes.set_xlim(0.5, max(record.spec.rungs, default=1) + 0.5)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=8))


def _ends(record: SearchRecord, named: tuple[Candidate, ...]) -> str:
    select = record.spec.objective
    said = [f"candidate {each.number} ends at {figure_words(select, each.figure(select))}" for each in named]
    return f"{'; '.join(said)}.".capitalize() if said else "None has a figure."


def _rung_table(record: SearchRecord) -> Table:
    select, rungs = record.spec.objective, record.spec.rungs
    rows = []
    for each in record.ranking:
        reached = each.figures_at(select, rungs)
        cells = [figure_words(select, value) for value in reached] + [MISSING] * (len(rungs) - len(reached))
        rows.append((str(each.number), *cells, str(each.epochs)))
    return Table(
        caption=f"{figure_name(select).capitalize()} of every candidate at the rungs that it reached",
        header=("candidate", *(f"epoch {rung}" for rung in rungs), "epochs trained"),
        rows=tuple(rows),
    )


def best_so_far(record: SearchRecord) -> tuple[tuple[int, float], ...]:
    """Each candidate whose figure was better than all before it, in the order in which they were drawn."""
    sign, found = direction(record.spec.objective), figures_of(record, record.candidates)
    steps: list[tuple[int, float]] = []
    for each in sorted(record.candidates, key=lambda one: one.number):
        value = found.get(each.number)
        if value is not None and (not steps or sign * (value - steps[-1][1]) > 0):
            steps.append((each.number, value))
    return tuple(steps)


def history_figure(record: SearchRecord, scale: SearchScale) -> Figure:
    """Draws the candidates in the order in which they were drawn, and the best figure so far; one has a figure."""
    select, steps, found = record.spec.objective, best_so_far(record), figures_of(record, record.candidates)
    last = max(each.number for each in record.candidates)
    with style():
        canvas = paper(NARROW, _HEIGHT)
        axes = canvas.add_subplot()
        for each in record.candidates:
            if each.number in found:
                mark(axes, each.number, found[each.number], each, scale, again=each.number in record.finalists)
        places, values = zip(*steps, strict=True)
        axes.step([*places, last], [scale.within(value) for value in (*values, values[-1])], where="post", color=INK)
        scale.apply(axes)
        axes.set_xlabel("candidate, in the order in which they were drawn")
        image = svg(canvas)
    number, value = steps[-1]
    return Figure(
        name="history",
        title=f"The best {figure_name(select)} so far.",
        alternative=f"The best figure {'rises' if direction(select) > 0 else 'falls'} to "
        f"{figure_words(select, value)} in {counted(len(steps), 'step')}; the last is candidate {number} of "
        f"{len(record.candidates):,}.",
        image=image,
        kind="svg",
        width=css_width(canvas),
        numbers=(
            Table(
                caption="Candidates that were better than all before them",
                header=("candidate", figure_name(select)),
                rows=tuple((str(number), figure_words(select, value)) for number, value in steps),
            ),
        ),
        caption=f"The line is the best figure so far, whatever the epochs behind it. {MARKS}"
        f"{RINGED if record.finalists else ''}{scale.sentence}",
    )

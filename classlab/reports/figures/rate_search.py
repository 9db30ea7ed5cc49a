"""What short trainings said of learning rates, as a drawing: the loss over the rate, and the suggested range."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

from classlab.reports.document import Figure, Table
from classlab.reports.figures.drawing import (
    COLOURS,
    MARKERS,
    NARROW,
    WRONG,
    css_width,
    paper,
    plain_numbers,
    style,
    svg,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from classlab.records.rates import RateSearch

_CEILING = 1.5  # of the loss at the smallest rate: what lies higher is drawn at the edge
_HEIGHT, _ROW = 2.9, 0.2  # inches


def rate_search_figure(searches: Sequence[RateSearch]) -> Figure:
    """Draws the loss of every optimizer over its learning rates; crosses at the top are rates at which runs diverged.

    Args:
        searches: of the same data and model, at least one.
    """
    with style():
        canvas = paper(NARROW, _HEIGHT + _ROW * len(searches))
        axes = canvas.add_subplot()
        top = _CEILING * max(search.trials[0].mean for search in searches if isfinite(search.trials[0].mean))
        for place, search in enumerate(searches):
            _draw(axes, search, place, top=top)
        _axes(axes, searches[0], top=top)
        axes.legend(loc="upper left", bbox_to_anchor=(0, -0.2), borderaxespad=0, labelspacing=0.3)
        image = svg(canvas)
    first = searches[0]
    return Figure(
        name="learning-rates",
        title=f"Validation loss of {first.model} on {first.data} after {first.steps} steps, by learning rate.",
        alternative=_alternative(searches),
        image=image,
        kind="svg",
        width=css_width(canvas),
        numbers=(_table(searches),),
        caption=f"Means over {first.seeds} seeds on {first.images:,} validation images, and bands from the lowest seed "
        "to the highest. Shaded along the bottom: the suggested range. A cross at the top: a run diverged.",
    )


def _draw(axes: Axes, search: RateSearch, place: int, *, top: float) -> None:
    colour, mark = COLOURS[place % len(COLOURS)], MARKERS[place % len(MARKERS)]
    sound = [trial for trial in search.trials if not trial.diverged]
    rates = [trial.learning_rate for trial in sound]
    axes.plot(
        rates,
        [min(trial.mean, top) for trial in sound],
        color=colour,
        marker=mark,
        markersize=3.5,
        linewidth=1.4,
        label=_label(search),
        zorder=3,
    )
    low, high = ([min(pick(trial.losses), top) for trial in sound] for pick in (min, max))
    axes.fill_between(rates, low, high, color=colour, alpha=0.18, linewidth=0)
    bad = [trial.learning_rate for trial in search.trials if trial.diverged]
    axes.plot(bad, [0.97] * len(bad), "x", color=WRONG, markersize=4, transform=axes.get_xaxis_transform())
    if search.suggestion is not None:
        bottom = 0.02 + 0.03 * place
        ends = [search.suggestion.low, search.suggestion.high]
        axes.plot(
            ends, [bottom] * 2, color=colour, linewidth=5, alpha=0.6, solid_capstyle="butt",
            transform=axes.get_xaxis_transform(),
        )  # fmt: skip


def _label(search: RateSearch) -> str:
    found = search.suggestion
    return search.optimizer if found is None else f"{search.optimizer}: {found.low:g} to {found.high:g}"


def _axes(axes: Axes, search: RateSearch, *, top: float) -> None:
    from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

    axes.set_xscale("log")
    axes.set_xlim(search.trials[0].learning_rate, search.trials[-1].learning_rate)
    axes.set_ylim(0, top * 1.02)
    axes.xaxis.set_major_locator(LogLocator(numticks=7))
    axes.xaxis.set_major_formatter(FuncFormatter(plain_numbers))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlabel("learning rate, logarithmic")
    axes.set_ylabel(f"validation loss after {search.steps} steps")
    axes.grid(visible=True)


def _alternative(searches: Sequence[RateSearch]) -> str:
    said = [
        f"{search.optimizer}: no rate lowered the loss"
        if (found := search.suggestion) is None
        else f"{search.optimizer}: lowest at {found.high:g}, {found.rate:g} suggested"
        for search in searches
    ]
    return f"Validation loss by learning rate. {'; '.join(said)}."


def _table(searches: Sequence[RateSearch]) -> Table:
    rows = tuple(
        (
            search.optimizer,
            f"{trial.learning_rate:.2g}",
            "diverged" if trial.diverged else f"{trial.mean:.4g}",
            " ".join(f"{loss:.4g}" if isfinite(loss) else "diverged" for loss in trial.losses),
        )
        for search in searches
        for trial in search.trials
    )
    return Table(
        caption="Validation loss by optimizer and learning rate",
        header=("optimizer", "learning rate", "mean", "each seed"),
        rows=rows,
        words=(0, 3),
    )

"""What the differences between the candidates of a search go with, as bars."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.analysis.numbers import MISSING, counted, percent
from classlab.reports.document import Figure, Table
from classlab.reports.figures.drawing import COLOURS, NARROW, css_width, label_rows, paper, style, svg
from classlab.reports.figures.search_settings import label_of

if TYPE_CHECKING:
    from classlab.records.search import Importance, SearchRecord

_BAR = 0.42  # inches of height


def importance_figure(record: SearchRecord) -> Figure:
    """Draws the shares as bars; there is at least one."""
    from matplotlib.ticker import PercentFormatter

    found = record.importances
    with style():
        canvas = paper(NARROW, 0.7 + _BAR * len(found))
        axes = canvas.add_subplot()
        axes.barh(range(len(found)), [each.share for each in found], height=0.3, color=COLOURS[0])
        axes.set_xlim(0, 1)
        axes.xaxis.set_major_formatter(PercentFormatter(1))
        axes.set_xlabel("share of the differences between candidates")
        axes.grid(visible=True, axis="x")
        label_rows(axes, [label_of(each) for each in found])
        image = svg(canvas)
    return Figure(
        name="importances",
        title="What the differences between candidates go with.",
        alternative=f"Shares by setting, the largest first: "
        f"{'; '.join(f'{label_of(each)} {percent(each.share, digits=0)}' for each in found)}.",
        image=image,
        kind="svg",
        width=css_width(canvas),
        numbers=(
            Table(
                caption="Shares of the differences, and how often each setting was drawn",
                header=("setting", "share", "candidates", "drawn", "after epochs"),
                rows=tuple(
                    (
                        label_of(each),
                        percent(each.share, digits=1),
                        str(each.candidates),
                        MISSING if each.draws is None else str(each.draws),
                        str(each.epochs),
                    )
                    for each in found
                ),
            ),
        ),
        caption=_behind(found),
    )


def _behind(found: tuple[Importance, ...]) -> str:
    """How much evidence there is."""
    if len({(each.candidates, each.epochs) for each in found}) > 1:
        return "Settings of one table of arms are reckoned from the candidates that have them."
    base = f"{counted(found[0].candidates, 'candidate')} after {counted(found[0].epochs, 'epoch')}"
    draws = [each.draws for each in found if each.draws is not None]
    return f"Reckoned from {base}." + (
        f" The least drawn setting was drawn {counted(min(draws), 'time')}." if draws else ""
    )

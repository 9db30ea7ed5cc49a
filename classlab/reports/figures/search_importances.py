"""What the differences between the candidates of a search go with, as bars."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.analysis.numbers import counted, percent
from classlab.reports.document import Figure, Table
from classlab.reports.figures.drawing import COLOURS, NARROW, css_width, label_rows, paper, style, svg
from classlab.reports.figures.search_settings import label_of

if TYPE_CHECKING:
    from classlab.records.search import SearchRecord

_BAR = 0.42  # inches of height


def importance_figure(record: SearchRecord) -> Figure:
    """Draws the shares as bars; there is at least one."""
    found = record.importances
    with style():
        canvas = paper(NARROW, 0.7 + _BAR * len(found))
        axes = canvas.add_subplot()
        axes.barh(range(len(found)), [each.share for each in found], height=0.3, color=COLOURS[0])
        axes.set_xlim(0, 1)
        axes.set_xlabel("share of the differences between candidates")
        axes.grid(visible=True, axis="x")
        label_rows(axes, [label_of(each) for each in found])
        image = svg(canvas)
    first = found[0]
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
                caption="Shares of the differences",
                header=("setting", "share", "candidates", "after epochs"),
                rows=tuple(
                    (label_of(each), percent(each.share, digits=1), str(each.candidates), str(each.epochs))
                    for each in found
                ),
            ),
        ),
        caption=f"Reckoned from {counted(first.candidates, 'candidate')} after {counted(first.epochs, 'epoch')}."
        if len({(each.candidates, each.epochs) for each in found}) == 1
        else "Settings of one table of arms are reckoned from the candidates that have them.",
    )

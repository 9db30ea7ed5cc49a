"""The confusion matrix: rows are the true classes, columns the predicted ones, with counts and row shares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from classlab.analysis.numbers import count, percent
from classlab.records.base import Record
from classlab.reports.document import Figure, Table
from classlab.reports.figures.drawing import INK, css_width, paper, shortened, style, svg
from classlab.statistics import Confusion, most_mixed_up

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

_WIDTH = 6.4  # inches; ten cells of about half an inch hold a count above a share
_CELLS_WITH_TEXT = 16  # classes above which a cell is too small for numbers
_DARK = 0.55  # shade above which white letters read better


@dataclass(frozen=True, kw_only=True)
class ConfusionNumbers(Record):
    """The counts of a confusion matrix and the names of its classes, in label order."""

    class_names: tuple[str, ...]
    confusion: Confusion


def confusion_figure(numbers: ConfusionNumbers, *, name: str = "confusion-matrix") -> Figure:
    """Draws the matrix; the shade is the square root of the row share, so that rare confusions show."""
    counts, shares = numbers.confusion.matrix(), numbers.confusion.row_shares()
    with style():
        canvas = paper(_WIDTH, _WIDTH)
        axes = canvas.add_subplot()
        axes.imshow(shares**0.5, cmap="Blues", vmin=0, vmax=1)
        if len(counts) <= _CELLS_WITH_TEXT:
            _write_cells(axes, counts, shares)
        _name_classes(axes, numbers.class_names)
        image = svg(canvas)
    right, total = int(counts.trace()), int(counts.sum())
    return Figure(
        name=name,
        title="Confusion matrix: rows are the true classes, columns the predicted ones.",
        alternative=f"Of {count(total)} images, {count(right)} lie on the diagonal, where the predicted class is the "
        f"true one. {_largest(numbers)}",
        image=image,
        kind="svg",
        width=css_width(canvas),
        numbers=(_table(numbers),),
        caption="Each cell: number of images and, below it, their share of the row in per cent. The shade is the "
        "square root of that share, so that rare confusions show.",
    )


def _write_cells(axes: Axes, counts: NDArray[np.int64], shares: NDArray[np.float64]) -> None:
    for true, row in enumerate(counts):
        for predicted, cell in enumerate(row):
            if not cell:
                continue
            share = float(shares[true, predicted])
            colour = "white" if share**0.5 > _DARK else INK
            axes.text(predicted, true, count(int(cell)), ha="center", va="bottom", color=colour, fontsize=9)
            text = f"{100 * share:.1f}"
            axes.text(predicted, true + 0.06, text, ha="center", va="top", color=colour, fontsize=7)


def _name_classes(axes: Axes, names: Sequence[str]) -> None:
    places = range(len(names))
    short = [shortened(name, 14) for name in names]
    slanted = max(map(len, short)) > 3
    axes.set_xticks(places, short, rotation=45 if slanted else 0, ha="right" if slanted else "center")
    axes.set_yticks(places, short)
    axes.set_xlabel("predicted class (columns)")
    axes.set_ylabel("true class (rows)")
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)


def _largest(numbers: ConfusionNumbers) -> str:
    pairs = most_mixed_up(numbers.confusion, count=1)
    if not pairs:
        return "There is no mistake."
    true, predicted = numbers.class_names[pairs[0].true], numbers.class_names[pairs[0].predicted]
    return f"The largest cell off it is {true} taken for {predicted}, {count(pairs[0].count)} times."


def _table(numbers: ConfusionNumbers) -> Table:
    rows = tuple(
        (name, *(count(cell) for cell in row), percent(recall))
        for name, row, recall in zip(
            numbers.class_names, numbers.confusion.counts, numbers.confusion.recall, strict=True
        )
    )
    return Table(
        caption="Number of images by true class (rows) and predicted class (columns)",
        header=("true \\ predicted", *numbers.class_names, "share right"),
        rows=rows,
    )

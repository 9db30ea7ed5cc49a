"""Which classes are taken for which: the confusion matrix, and the most frequent mistakes as bars."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from classlab.analysis.numbers import count, percent
from classlab.records.base import Record
from classlab.reports.document import Figure, Table
from classlab.reports.figures.drawing import COLOURS, NARROW, css_width, label_rows, paper, shortened, style, svg
from classlab.statistics import Confusion, MixUp, most_mixed_up

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from numpy.typing import NDArray


_WIDTH = 6.4  # inches; ten cells of about half an inch hold a count above a share
_CELLS_WITH_TEXT = 16  # classes above which a cell is too small for numbers
_MOST_BLUE = 0.8  # of the colour: ink stands out by 4.8 to 1 on white paper, and by 5.3 to 1 on dark


@dataclass(frozen=True, kw_only=True)
class ConfusionNumbers(Record):
    """The counts of a confusion matrix and the names of its classes, in label order."""

    class_names: tuple[str, ...]
    confusion: Confusion


def confusion_figure(numbers: ConfusionNumbers) -> Figure:
    """Draws the matrix; the shade is the square root of the row share, so that rare confusions show."""
    counts, shares = numbers.confusion.matrix(), numbers.confusion.row_shares()
    with style():
        canvas = paper(_WIDTH, _WIDTH)
        axes = canvas.add_subplot()
        axes.imshow(_shades(shares), interpolation="none")
        if len(counts) <= _CELLS_WITH_TEXT:
            _write_cells(axes, counts, shares)
        _name_classes(axes, numbers.class_names)
        image = svg(canvas)
    right, total = int(counts.trace()), int(counts.sum())
    return Figure(
        name="confusion-matrix",
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


def _shades(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Blue over whatever paper lies below, `(classes, classes, 4)`; never so much that ink on it could not be read."""
    blue = [int(COLOURS[0][place : place + 2], 16) / 255 for place in (1, 3, 5)]
    return np.dstack([np.broadcast_to(blue, (*shares.shape, 3)), _MOST_BLUE * shares**0.5])


def _write_cells(axes: Axes, counts: NDArray[np.int64], shares: NDArray[np.float64]) -> None:
    for true, row in enumerate(counts):
        for predicted, cell in enumerate(row):
            if not cell:
                continue
            share = float(shares[true, predicted])
            axes.text(predicted, true, count(int(cell)), ha="center", va="bottom", fontsize=9)
            text = f"{100 * share:.1f}"
            axes.text(predicted, true + 0.06, text, ha="center", va="top", fontsize=7)


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


_ROW = 0.42  # inches


@dataclass(frozen=True, kw_only=True)
class MixedUp(Record):
    """Pairs of classes, most images first, and the names of the classes."""

    class_names: tuple[str, ...]
    pairs: tuple[MixUp, ...]

    def words(self, pair: MixUp) -> str:
        """A pair as `4 taken for 9`."""
        return f"{self.class_names[pair.true]} taken for {self.class_names[pair.predicted]}"


def mixed_up(confusion: Confusion, class_names: Sequence[str], *, most: int = 10) -> MixedUp:
    """Gathers the pairs; empty where there is no mistake."""
    return MixedUp(class_names=tuple(class_names), pairs=most_mixed_up(confusion, count=most))


def mixed_up_figure(numbers: MixedUp) -> Figure:
    """Draws the bars; at least one pair was mixed up."""
    from matplotlib.ticker import MaxNLocator

    with style():
        canvas = paper(NARROW, 0.7 + _ROW * len(numbers.pairs))
        axes = canvas.add_subplot()
        for row, pair in enumerate(numbers.pairs):
            axes.barh(row, pair.count, height=0.4, color=COLOURS[0])
            label = f" {count(pair.count)} ({percent(pair.share, digits=1)})"
            axes.text(pair.count, row, label, va="center", fontsize=8.5)
        label_rows(axes, [numbers.words(pair) for pair in numbers.pairs])
        axes.set_xlim(0, 1.3 * max(pair.count for pair in numbers.pairs))  # room for the numbers beside the bars
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=6))
        axes.set_xlabel("test images")
        image = svg(canvas)
    said = "; ".join(f"{numbers.words(pair)}, {count(pair.count)} times" for pair in numbers.pairs)
    return Figure(
        name="mixed-up-classes",
        title="The classes most often mixed up.",
        alternative=f"Mistakes by pair of classes, most frequent first: {said}.",
        image=image,
        kind="svg",
        width=css_width(canvas),
        numbers=(_pairs_table(numbers),),
        caption="Number of test images and, in brackets, their share of the true class.",
    )


def _pairs_table(numbers: MixedUp) -> Table:
    rows = tuple(
        (numbers.class_names[pair.true], numbers.class_names[pair.predicted], count(pair.count), percent(pair.share))
        for pair in numbers.pairs
    )
    return Table(
        caption="Pairs of classes, each in one direction",
        header=("true class", "predicted class", "test images", "share of the true class"),
        rows=rows,
        words=(0, 1),
    )

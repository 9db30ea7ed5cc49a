"""Many predictions, seen: a grid of images, each above its bars, with captions coloured by right or wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from classlab.analysis.numbers import counted
from classlab.errors import SpecError
from classlab.records.base import Record
from classlab.reports.document import Figure
from classlab.reports.figures.drawing import QUIET, css_width, place_image, png, sheet, style
from classlab.reports.figures.prediction import (
    SeenPrediction,
    bar_colours,
    caption_colour,
    mark_mistake,
    prediction_table,
    seen_prediction,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

# Inches: a cell's width and height; from its top to the picture, and to the ground line of the bars; the picture's and
# the tallest bar's size.
_CELL = (1.45, 2.15)
_PICTURE, _GROUND = 0.36, 1.96
_SIZE, _BARS = 1.08, 0.46
_MOST_CELLS = 400


@dataclass(frozen=True, kw_only=True)
class PredictionGrid(Record):
    """Predictions in reading order, so many columns to a row."""

    seen: tuple[SeenPrediction, ...]
    columns: int


def random_grid(
    probabilities: NDArray[np.float32],
    labels: NDArray[np.int64],
    class_names: Sequence[str],
    *,
    rows: int = 3,
    columns: int = 5,
    seed: int = 0,
) -> PredictionGrid:
    """Draws test images at random, without repetition.

    Args:
        probabilities: float32, `(images, classes)`.
        labels: int64, `(images,)`.
        class_names: one per class.
        rows: of the grid.
        columns: of the grid.
        seed: decides which images.

    Raises:
        SpecError: the grid has no cell, or more than fit a page.
    """
    from numpy.random import default_rng

    if rows < 1 or columns < 1 or rows * columns > _MOST_CELLS:
        raise SpecError(
            f"`rows` and `columns` must be at least 1 and give at most {_MOST_CELLS} images, but got rows={rows}, "
            f"columns={columns}. 3 and 5 are usual."
        )
    chosen = default_rng(seed).choice(len(labels), size=min(rows * columns, len(labels)), replace=False)
    return grid_of([int(place) for place in chosen], probabilities, labels, class_names, columns=columns)


def grid_of(
    positions: Sequence[int],
    probabilities: NDArray[np.float32],
    labels: NDArray[np.int64],
    class_names: Sequence[str],
    *,
    columns: int = 5,
) -> PredictionGrid:
    """Gathers the predictions for chosen test images.

    Args:
        positions: which images, in reading order.
        probabilities: float32, `(images, classes)`.
        labels: int64, `(images,)`.
        class_names: one per class.
        columns: of the grid.
    """
    seen = [seen_prediction(place, probabilities[place], int(labels[place]), class_names) for place in positions]
    return PredictionGrid(seen=tuple(seen), columns=min(columns, max(1, len(seen))))


def grid_figure(
    numbers: PredictionGrid, images: NDArray[np.uint8], *, name: str = "prediction-grid", title: str = ""
) -> Figure:
    """Draws the grid.

    Args:
        numbers: at least one prediction.
        images: uint8, `(images, height, width, channels)`, all test images.
        name: of the figure.
        title: what the images have in common; random test images where it is empty.
    """
    rows = -(-len(numbers.seen) // numbers.columns)
    with style():
        canvas, axes = sheet(_CELL[0] * numbers.columns, _CELL[1] * rows)
        for place, each in enumerate(numbers.seen):
            left, top = _CELL[0] * (place % numbers.columns), _CELL[1] * (place // numbers.columns)
            _cell(axes, each, images[each.position], left=left, top=top)
        image = png(canvas, density=144)
    return Figure(
        name=name,
        title=title or "Random test images and what was said about them.",
        alternative=_alternative(numbers),
        image=image,
        kind="png",
        width=css_width(canvas),
        numbers=(prediction_table(numbers.seen),),
        caption="Above each image: predicted class, its probability and, in brackets, the true class; blue where the "
        "prediction is right, red where it is wrong. Below it, one bar per class: predicted red, true blue.",
    )


def _cell(axes: Axes, seen: SeenPrediction, pixels: NDArray[np.uint8], *, left: float, top: float) -> None:
    middle, ground = left + _CELL[0] / 2, top + _GROUND
    caption = _two_lines(seen.caption)
    colour = caption_colour(seen)
    axes.text(middle, top + _PICTURE - 0.05, caption, color=colour, fontsize=8.5, ha="center", va="bottom")
    place_image(axes, pixels, left=middle - _SIZE / 2, top=top + _PICTURE, size=_SIZE)
    step = (_CELL[0] - 0.2) / len(seen.classes)
    places = [left + 0.1 + step * (position + 0.5) for position in range(len(seen.classes))]
    heights = [-_BARS * min(max(share, 0.0), 1.0) for share in seen.probabilities]  # up is down in inches from the top
    bars = axes.bar(places, heights, width=0.85 * step, bottom=ground, color=bar_colours(seen))
    mark_mistake(bars, seen)
    axes.plot((left + 0.08, left + _CELL[0] - 0.08), (ground, ground), color=QUIET, linewidth=0.8)
    if all(len(name) == 1 for name in seen.classes):
        for place, name in zip(places, seen.classes, strict=True):
            axes.text(place, ground + 0.02, name, fontsize=6.5, ha="center", va="top")


def _two_lines(caption: str) -> str:
    # Long class names would run into the neighbour's caption.
    return caption.replace(" (", "\n(", 1) if len(caption) > 16 else caption


def _alternative(numbers: PredictionGrid) -> str:
    right = sum(each.right for each in numbers.seen)
    wrong = [f"{each.true} taken for {each.predicted}" for each in numbers.seen if not each.right]
    mistakes = f" The mistakes: {'; '.join(wrong)}." if wrong else ""
    return f"{counted(len(numbers.seen), 'test image')}, {right} predicted right, {len(wrong)} wrong.{mistakes}"

"""Predictions, seen: an image beside the probabilities of its classes as bars, one or a grid of many."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from classlab.analysis.numbers import counted, percent
from classlab.errors import SpecError
from classlab.records.base import Record
from classlab.reports.document import Figure, Table
from classlab.reports.figures.drawing import (
    NARROW,
    OTHER,
    PAPER,
    QUIET,
    RIGHT,
    WRONG,
    css_width,
    paper,
    place_image,
    sheet,
    shortened,
    show_image,
    style,
    svg,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from matplotlib.axes import Axes
    from matplotlib.container import BarContainer
    from numpy.typing import NDArray


MOST_BARS = 12
_BESIDE = 1.8  # inches of the picture beside its bars


@dataclass(frozen=True, kw_only=True)
class SeenPrediction(Record):
    """What a network said about one image.

    Args:
        position: of the image in its split, from 0.
        classes: names of the classes that are shown, in label order, or the most probable of many.
        probabilities: theirs.
        predicted: name of the most probable class.
        true: name of the image's class.
        confidence: probability of the predicted class.
        right: whether it is the image's class.
        split: where the image is from.
    """

    position: int
    classes: tuple[str, ...]
    probabilities: tuple[float, ...]
    predicted: str
    true: str
    confidence: float
    right: bool
    split: Literal["test", "validation"] = "test"

    @property
    def caption(self) -> str:
        """As in `2 97% (3)`: predicted class, its probability, true class in brackets."""
        return f"{shortened(self.predicted, 16)} {100 * self.confidence:.0f}% ({shortened(self.true, 16)})"


def seen_prediction(
    position: int,
    probabilities: NDArray[np.float32],
    true: int,
    class_names: Sequence[str],
    *,
    split: Literal["test", "validation"] = "test",
) -> SeenPrediction:
    """Gathers what is to be seen of one prediction.

    Args:
        position: of the image in its split.
        probabilities: float32, `(classes,)`.
        true: label of the image.
        class_names: one per class.
        split: where the image is from.
    """
    import numpy as np

    best = int(np.argmax(probabilities))
    shown = list(range(len(class_names)))
    if len(shown) > MOST_BARS:
        order = [int(place) for place in np.argsort(-probabilities, kind="stable")]
        shown = order[:MOST_BARS] if true in order[:MOST_BARS] else [*order[: MOST_BARS - 1], true]
    return SeenPrediction(
        position=position,
        classes=tuple(class_names[place] for place in shown),
        probabilities=tuple(float(probabilities[place]) for place in shown),
        predicted=class_names[best],
        true=class_names[true],
        confidence=float(probabilities[best]),
        right=best == true,
        split=split,
    )


def prediction_figure(numbers: SeenPrediction, pixels: NDArray[np.uint8], *, name: str | None = None) -> Figure:
    """Draws the image on the left and its bars on the right.

    Args:
        numbers: what `seen_prediction` gathered.
        pixels: uint8, `(height, width, channels)`.
        name: of the figure; by the image's position where None.
    """
    with style():
        canvas = paper(NARROW, max(2.1, 0.25 * len(numbers.classes)))
        left, right = canvas.subplots(1, 2, width_ratios=(1, 1.35))
        show_image(left, pixels, size=_BESIDE)
        left.set_title(numbers.caption, color=caption_colour(numbers))
        _bars(right, numbers)
        image = svg(canvas)
    return Figure(
        name=name or f"prediction-{numbers.position}",
        title=f"{numbers.split.capitalize()} image {numbers.position}: {numbers.caption}.",
        alternative=described(numbers),
        image=image,
        kind="svg",
        width=css_width(canvas),
        numbers=(prediction_table((numbers,)),),
        caption="The bar of the predicted class is red, that of the true class blue; where the prediction is right the "
        "two are one, and blue.",
    )


def caption_colour(numbers: SeenPrediction) -> str:
    """Blue where the prediction is right, red where it is wrong."""
    return RIGHT if numbers.right else WRONG


def bar_colours(numbers: SeenPrediction) -> list[str]:
    """Red for the predicted class, blue for the true one, grey for the others."""
    # Blue comes first: where the prediction is right, the one bar is that of the true class.
    return [
        RIGHT if name == numbers.true else WRONG if name == numbers.predicted else OTHER for name in numbers.classes
    ]


def mark_mistake(bars: BarContainer, numbers: SeenPrediction) -> None:
    """Hatches the bar of a wrong prediction, so that it is told apart without colour too."""
    for bar, name in zip(bars, numbers.classes, strict=True):
        if name == numbers.predicted and not numbers.right:
            bar.set_hatch("////")
            bar.set_edgecolor(PAPER)


def described(numbers: SeenPrediction) -> str:
    """A prediction as a sentence."""
    judgement = "right" if numbers.right else "wrong"
    return (
        f"{numbers.split.capitalize()} image {numbers.position}, true class {numbers.true}, was predicted as "
        f"{numbers.predicted} with probability {percent(numbers.confidence, digits=1)}: {judgement}."
    )


def prediction_table(seen: Sequence[SeenPrediction]) -> Table:
    """Probabilities of the shown classes, image by image."""
    rows = []
    for each in seen:
        ranked = sorted(zip(each.classes, each.probabilities, strict=True), key=lambda pair: -pair[1])[:3]
        best = ", ".join(f"{name} {percent(share, digits=1)}" for name, share in ranked)
        rows.append((str(each.position), each.true, each.predicted, "right" if each.right else "wrong", best))
    image = f"{seen[0].split} image" if seen else "image"
    return Table(
        caption="The images in the figure, from left to right and top to bottom",
        header=(image, "true class", "predicted class", "judgement", "most probable classes"),
        rows=tuple(rows),
        words=(1, 2, 3, 4),
    )


def _bars(axes: Axes, numbers: SeenPrediction) -> None:
    from matplotlib.ticker import PercentFormatter

    rows = range(len(numbers.classes))
    bars = axes.barh(rows, numbers.probabilities, color=bar_colours(numbers), height=0.75)
    mark_mistake(bars, numbers)
    axes.set_yticks(rows, [shortened(name, 14) for name in numbers.classes])
    axes.invert_yaxis()
    axes.set_xlim(0, 1)
    axes.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes.set_xlabel("probability")
    axes.grid(visible=True, axis="x")


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
        image = svg(canvas)
    return Figure(
        name=name,
        title=title or "Random test images and what was said about them.",
        alternative=_alternative(numbers),
        image=image,
        kind="svg",
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

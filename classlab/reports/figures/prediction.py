"""One prediction, seen: the image beside the probabilities of its classes as bars."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from classlab.analysis.numbers import percent
from classlab.records.base import Record
from classlab.reports.document import Figure, Table
from classlab.reports.figures.drawing import (
    NARROW,
    OTHER,
    RIGHT,
    WRONG,
    css_width,
    paper,
    png,
    shortened,
    show_image,
    style,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from matplotlib.axes import Axes
    from matplotlib.container import BarContainer
    from numpy.typing import NDArray

MOST_BARS = 12


@dataclass(frozen=True, kw_only=True)
class SeenPrediction(Record):
    """What a network said about one image.

    Args:
        position: of the image among the test images, from 0.
        classes: names of the classes that are shown, in label order, or the most probable of many.
        probabilities: theirs.
        predicted: name of the most probable class.
        true: name of the image's class.
        confidence: probability of the predicted class.
    """

    position: int
    classes: tuple[str, ...]
    probabilities: tuple[float, ...]
    predicted: str
    true: str
    confidence: float
    right: bool

    @property
    def caption(self) -> str:
        """As in `2 97% (3)`: predicted class, its probability, true class in brackets."""
        return f"{shortened(self.predicted, 16)} {100 * self.confidence:.0f}% ({shortened(self.true, 16)})"


def seen_prediction(
    position: int, probabilities: NDArray[np.float32], true: int, class_names: Sequence[str]
) -> SeenPrediction:
    """Gathers what is to be seen of one prediction.

    Args:
        position: of the image among the test images.
        probabilities: float32, `(classes,)`.
        true: label of the image.
        class_names: one per class.
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
        show_image(left, pixels)
        left.set_title(numbers.caption, color=caption_colour(numbers))
        _bars(right, numbers)
        image = png(canvas)
    return Figure(
        name=name or f"prediction-{numbers.position}",
        title=f"Test image {numbers.position}: {numbers.caption}.",
        alternative=described(numbers),
        image=image,
        kind="png",
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
            bar.set_edgecolor("white")


def described(numbers: SeenPrediction) -> str:
    """A prediction as a sentence."""
    judgement = "right" if numbers.right else "wrong"
    return (
        f"Test image {numbers.position}, true class {numbers.true}, was predicted as {numbers.predicted} "
        f"with probability {percent(numbers.confidence, digits=1)}: {judgement}."
    )


def prediction_table(seen: Sequence[SeenPrediction]) -> Table:
    """Probabilities of the shown classes, image by image."""
    rows = []
    for each in seen:
        ranked = sorted(zip(each.classes, each.probabilities, strict=True), key=lambda pair: -pair[1])[:3]
        best = ", ".join(f"{name} {percent(share, digits=1)}" for name, share in ranked)
        rows.append((str(each.position), each.true, each.predicted, "right" if each.right else "wrong", best))
    return Table(
        caption="The images in the figure, from left to right and top to bottom",
        header=("test image", "true class", "predicted class", "judgement", "most probable classes"),
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

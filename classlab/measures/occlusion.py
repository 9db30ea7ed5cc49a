"""Occlusion: what a prediction looked at, found by covering a square of the image and predicting again.

It asks nothing of the network but predictions, so it is the same for every network. What it cannot show: parts that
stand in for one another, because each is covered while the other is seen.

References:
    Zeiler and Fergus (2014), "Visualizing and understanding convolutional networks", section 4.2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from classlab.errors import SpecError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

_SIDES = 4  # squares along the longer side; a quarter covers a stroke of a digit and leaves the others
_STEPS = 4  # places of a square before it has moved by its own size: the map is smooth, at 13 x 13 predictions
_TOGETHER = 64  # images that are predicted at a time: of photographs 10 MB


@dataclass(frozen=True, kw_only=True, eq=False)
class Occlusion:
    """How much the score of a class falls when a part of the image is covered.

    Args:
        image: uint8, `(height, width, channels)`.
        label: the class, by its position.
        name: of the class.
        score: what the network gives the class for the whole image; a probability where it ends in those.
        side: of the square, in pixels.
        fill: brightness of the square, 0 to 255.
        rows: first row of the square at each place, `(places down,)`.
        columns: first column, `(places across,)`.
        falls: float32, `(places down, places across)`, score of the whole image less that of the covered one.
    """

    image: NDArray[np.uint8]
    label: int
    name: str
    score: float
    side: int
    fill: int
    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    falls: NDArray[np.float32]

    @property
    def heat(self) -> NDArray[np.float32]:
        """For each pixel the mean fall over the squares that cover it, `(height, width)`."""
        total = np.zeros(self.image.shape[:2], np.float64)
        times = np.zeros(self.image.shape[:2], np.int64)
        for row, line in zip(self.rows, self.falls, strict=True):
            for column, fall in zip(self.columns, line, strict=True):
                covered = (slice(row, row + self.side), slice(column, column + self.side))
                total[covered] += fall
                times[covered] += 1
        means: NDArray[np.float32] = (total / times).astype(np.float32)
        return means

    @property
    def most(self) -> tuple[int, int, float]:
        """Row and column of the square whose covering lowers the score most, and by how much."""
        down, across = np.unravel_index(int(self.falls.argmax()), self.falls.shape)
        return int(self.rows[down]), int(self.columns[across]), float(self.falls[down, across])


def occlusion(
    predict: Callable[[NDArray[np.uint8]], NDArray[np.float32]],
    image: NDArray[np.uint8],
    *,
    label: int | None = None,
    class_names: tuple[str, ...],
    fill: int,
    side: int | None = None,
) -> Occlusion:
    """Covers one square after the other.

    Args:
        predict: scores of images, `(images, height, width, channels)` to `(images, classes)`.
        image: uint8, `(height, width, channels)`.
        label: whose score is followed; that of the predicted class where it is None.
        class_names: one per class.
        fill: brightness of the square, 0 to 255.
        side: of the square, in pixels; a quarter of the image's longer side where it is None.

    Raises:
        SpecError: there is no such class, or the square does not fit the image.
    """
    height, width = image.shape[:2]
    side = min(height, width, max(1, round(max(height, width) / _SIDES))) if side is None else side
    if not 1 <= side <= min(height, width):
        raise SpecError(
            f"`side` must be a whole number from 1 to {min(height, width)}, the image's shorter side, but got "
            f"side={side}. A quarter of the image is usual."
        )
    (scores,) = predict(image[None])
    label = int(scores.argmax()) if label is None else label
    if not 0 <= label < len(class_names):
        raise SpecError(
            f"`label` must be one of the {len(class_names)} classes, counted from 0, but got label={label}. Leave it "
            "out for the predicted class."
        )
    rows, columns = _places(height, side), _places(width, side)
    covered = []
    corners = [(row, column) for row in rows for column in columns]
    for start in range(0, len(corners), _TOGETHER):
        some = corners[start : start + _TOGETHER]
        images = np.repeat(image[None], len(some), axis=0)
        for place, (row, column) in enumerate(some):
            images[place, row : row + side, column : column + side] = fill
        covered.append(predict(images)[:, label])
    falls = scores[label] - np.concatenate(covered).reshape(len(rows), len(columns))
    return Occlusion(
        image=image,
        label=label,
        name=class_names[label],
        score=float(scores[label]),
        side=side,
        fill=fill,
        rows=rows,
        columns=columns,
        falls=falls.astype(np.float32),
    )


def _places(extent: int, side: int) -> NDArray[np.int64]:
    """Where the square begins along one axis, so that every pixel is covered."""
    step = -(-side // _STEPS)
    return np.unique(np.append(np.arange(0, extent - side, step), extent - side))

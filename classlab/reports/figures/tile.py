"""A tile of training images with their labels: what the network learns from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from classlab.records.base import Record
from classlab.reports.document import Figure, Table
from classlab.reports.figures.drawing import NARROW, css_width, place_image, sheet, shortened, style, svg

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

_LABEL = 0.2  # inches above each image


@dataclass(frozen=True, kw_only=True)
class Tile(Record):
    """Which images are shown: positions in the sample and names of their classes, in reading order."""

    positions: tuple[int, ...]
    names: tuple[str, ...]
    columns: int


def tile(
    labels: NDArray[np.int64], class_names: Sequence[str], *, rows: int = 5, columns: int = 5, seed: int = 0
) -> Tile:
    """Draws images at random, without repetition.

    Args:
        labels: int64, `(images,)`.
        class_names: one per class.
        rows: of the tile.
        columns: of the tile.
        seed: decides which images.
    """
    from numpy.random import default_rng

    chosen = default_rng(seed).choice(len(labels), size=min(rows * columns, len(labels)), replace=False)
    names = tuple(class_names[int(labels[place])] for place in chosen)
    return Tile(positions=tuple(int(place) for place in chosen), names=names, columns=columns)


def tile_figure(numbers: Tile, images: NDArray[np.uint8], *, name: str = "training-images", title: str = "") -> Figure:
    """Draws the tile.

    Args:
        numbers: which images.
        images: uint8, `(images, height, width, channels)`, those `tile` chose from.
        name: of the figure.
        title: what the images have in common; training images where it is empty.
    """
    rows = -(-len(numbers.positions) // numbers.columns)
    step = NARROW / numbers.columns
    with style():
        canvas, axes = sheet(NARROW, (step + _LABEL) * rows)
        for place, (position, label) in enumerate(zip(numbers.positions, numbers.names, strict=True)):
            left, top = step * (place % numbers.columns), (step + _LABEL) * (place // numbers.columns)
            text = shortened(label, 12)
            axes.text(left + step / 2, top + _LABEL, text, fontsize=8.5, ha="center", va="bottom")
            place_image(axes, images[position], left=left + 0.04, top=top + _LABEL + 0.03, size=step - 0.08)
        image = svg(canvas)
    return Figure(
        name=name,
        title=title or "Training images with their labels.",
        alternative=(title or "Training images of these classes.").rstrip(".")
        + ", in reading order: "
        + ", ".join(numbers.names)
        + ".",
        image=image,
        kind="svg",
        width=css_width(canvas),
        numbers=(_table(numbers),),
    )


def _table(numbers: Tile) -> Table:
    lines = [numbers.names[start : start + numbers.columns] for start in range(0, len(numbers.names), numbers.columns)]
    rows = tuple((str(row), *line, *("",) * (numbers.columns - len(line))) for row, line in enumerate(lines, start=1))
    header = ("row", *(str(column) for column in range(1, numbers.columns + 1)))
    return Table(caption="Labels by row and column", header=header, rows=rows, words=tuple(range(numbers.columns + 1)))

"""What is drawn for every image of an epoch: how far it moves, turns, grows, and what is cut out of it.

A draw depends on the seed, the epoch and the image's place in the order alone. Members of one seed draw the same
numbers whatever their settings: where these agree, they see the same changes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classlab.errors import SpecError
from classlab.training.loop.randomness import generator

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classlab.records.augmentation import Augmentation

# The fields of `struct change` in kernels/structures.h.
CHANGE = ("moved", "xx", "xy", "x", "yx", "yy", "y", "brighter", "top", "bottom", "left", "right")
# What is drawn, one number from 0 to 1 each. The numbers only have to differ and never change.
_DRAWN = {"down": 1, "across": 2, "turn": 3, "zoom": 4, "columns": 5, "rows": 6, "brightness": 7, "cut": 8}
_ONE = 2**16  # a pixel, in the unit of the maps
_HALF_WEIGHT = _ONE // 256  # half a step of the weights, which are 1/128 of a pixel: so they are rounded
# Of an image: its coordinates, twice enlarged, shifted and turned, still fit into 32 bits.
_LARGEST = 4096


def changes_of(
    augmentation: Augmentation, *, seed: int, epoch: int, images: int, shape: tuple[int, ...]
) -> NDArray[np.int32]:
    """How each image of an epoch is changed, `(images, fields)` with the fields of `CHANGE`.

    Args:
        augmentation: the largest changes.
        seed: the run's.
        epoch: epochs done before this one.
        images: images of the epoch; the first row is for the first of its order.
        shape: height, width and channels.

    Raises:
        SpecError: the images are too large.
    """
    height, width = shape[:2]
    if max(height, width) > _LARGEST:
        raise SpecError(
            f"images that are augmented must have at most {_LARGEST:,} rows and columns, but got {height} x {width}. "
            "Make them smaller, or leave augmentation out."
        )
    draws = _Draws(seed, epoch, images)
    found = np.zeros((images, len(CHANGE)), np.int32)
    column = {name: found[:, place] for place, name in enumerate(CHANGE)}
    if augmentation.moves:
        _maps(augmentation, draws, column, height=height, width=width)
    column["brighter"][:] = np.rint(draws.either_way("brightness", 255 * augmentation.brightness))
    if augmentation.cutout:
        for place, low, high, length in ((0, "top", "bottom", height), (1, "left", "right", width)):
            side = max(1, round(augmentation.cutout * length))
            start = np.floor(draws.numbers("cut", place) * length).astype(np.int32) - side // 2
            column[low][:] = np.maximum(start, 0)
            column[high][:] = np.minimum(start + side, length)
    return found


class _Draws:
    """Numbers for every image of an epoch, a stream of their own for each thing that is drawn."""

    def __init__(self, seed: int, epoch: int, images: int) -> None:
        self._seed, self._epoch, self._images = seed, epoch, images

    def numbers(self, name: str, *place: int) -> NDArray[np.float64]:
        """From 0 to below 1, `(images,)`."""
        return generator(self._seed, "augmentation", self._epoch, _DRAWN[name], *place).random(self._images)

    def either_way(self, name: str, most: float) -> NDArray[np.float64] | float:
        """From -most to most; 0 where nothing is to be drawn."""
        return most * (2 * self.numbers(name) - 1) if most else 0.0

    def whole(self, name: str, most: float) -> NDArray[np.float64] | float:
        """Whole numbers from -most to most, rounded but at least 1; 0 where nothing is to be drawn.

        Whole pixels, because an image that lies between them is blurred: of MNIST a quarter more pixels are not 0 then.
        """
        steps = max(1, round(most))
        return np.floor((2 * steps + 1) * self.numbers(name)) - steps if most else 0.0

    def signs(self, name: str, *, wanted: bool) -> NDArray[np.float64] | float:
        """1 or -1; 1 where nothing is to be drawn."""
        return np.where(self.numbers(name) < 0.5, -1.0, 1.0) if wanted else 1.0


def _maps(
    augmentation: Augmentation, draws: _Draws, column: dict[str, NDArray[np.int32]], *, height: int, width: int
) -> None:
    """From each place in the new image to where it comes from in the old one.

    The place is taken from the image's middle, moved back, turned back, scaled and mirrored.
    """
    middle_x, middle_y = (width - 1) / 2, (height - 1) / 2
    x = middle_x + draws.whole("across", augmentation.shift * width)
    y = middle_y + draws.whole("down", augmentation.shift * height)
    turn = draws.either_way("turn", 2 * np.pi * augmentation.rotate)
    scale = 1 + draws.either_way("zoom", augmentation.zoom)
    across = scale * draws.signs("columns", wanted=augmentation.flip.startswith("horizontal"))
    down = scale * draws.signs("rows", wanted=augmentation.flip.endswith("vertical"))
    cosine, sine = np.cos(turn), np.sin(turn)
    for middle, origin, to_x, to_y in (
        (middle_x, "x", across * cosine, -across * sine),
        (middle_y, "y", down * sine, down * cosine),
    ):
        column[f"{origin}x"][:] = np.rint(_ONE * to_x)
        column[f"{origin}y"][:] = np.rint(_ONE * to_y)
        column[origin][:] = np.rint(_ONE * (middle - to_x * x - to_y * y)) + _HALF_WEIGHT
    column["moved"][:] = 1

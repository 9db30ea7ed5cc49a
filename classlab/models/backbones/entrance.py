"""What brings pictures of a data set to the size and channels that a backbone takes, as layers of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from classlab.records.architecture import IMAGES, Architecture, ImageShape
from classlab.records.layers import AveragePooling2D, Concatenate, Conv2D, UpSampling2D, ZeroPadding2D

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classlab.records.layers import Layer

# Of red, green and blue in brightness, as Pillow's "L" and ITU-R BT.601 have them.
_BRIGHTNESS = (0.299, 0.587, 0.114)


@dataclass(frozen=True, kw_only=True, eq=False)
class Entrance:
    """Layers before a backbone.

    Args:
        architecture: from the pictures to what the backbone takes; None where nothing is to be done.
        weights: of a convolution that makes grey of colour; none otherwise.
        note: what it does, as a sentence; "" for nothing.
    """

    architecture: Architecture | None
    weights: dict[str, NDArray[np.float32]]
    note: str = ""


def entrance(pictures: ImageShape, wanted: ImageShape) -> Entrance:
    """Layers that bring pictures to a shape.

    Large pictures are averaged over whole windows, small ones repeat every row and column a whole number of times, and
    what is missing then is a frame of zeros. Grey pictures give three equal channels, coloured ones their brightness.

    Args:
        pictures: `(height, width, channels)` as they come.
        wanted: as the backbone takes them.

    Example:
        >>> [layer.kind for layer in entrance((8, 8, 1), (28, 28, 1)).architecture.layers]
        ['UpSampling2D', 'ZeroPadding2D']
    """
    layers: list[Layer] = []
    words: list[str] = []
    height, width, channels = pictures
    shrink = max(-(-height // wanted[0]), -(-width // wanted[1]))
    if shrink > 1:
        layers.append(AveragePooling2D(pool_size=(shrink, shrink), padding="same"))
        height, width = -(-height // shrink), -(-width // shrink)
        words.append(f"averaged over windows of {shrink} x {shrink} pixels")
    grow = min(wanted[0] // height, wanted[1] // width)
    if grow > 1:
        layers.append(UpSampling2D(size=(grow, grow)))
        height, width = grow * height, grow * width
        words.append(f"enlarged {grow} times")
    if (height, width) != wanted[:2]:
        rows, columns = wanted[0] - height, wanted[1] - width
        layers.append(ZeroPadding2D(padding=((rows // 2, rows - rows // 2), (columns // 2, columns - columns // 2))))
        words.append("framed with zeros")
    connected: list[tuple[int, ...]] = [(place,) for place in range(IMAGES, len(layers) - 1)]
    weights: dict[str, NDArray[np.float32]] = {}
    if channels != wanted[2]:
        words.append("given three equal channels" if channels == 1 else "turned to grey")
        connected.append((len(layers) - 1,) * (3 if channels == 1 else 1))
        if channels == 1:
            layers.append(Concatenate())
        else:
            weights[f"{len(layers)}.kernel"] = np.array(_BRIGHTNESS, np.float32).reshape(1, 1, 3, 1)
            layers.append(Conv2D(filters=1, kernel_size=(1, 1), use_bias=False))
    if not layers:
        return Entrance(architecture=None, weights={})
    architecture = Architecture(name="entrance", input_shape=pictures, layers=tuple(layers), inputs=tuple(connected))
    return Entrance(architecture=architecture, weights=weights, note=f"The pictures are {', '.join(words)}.")

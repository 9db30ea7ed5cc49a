"""The one way from a picture of any size to an image of a network: for folders, prediction, evaluation and reports.

What is computed is `keras.layers.Resizing(height, width, interpolation="bilinear", antialias=True)` with Keras's own
arithmetic of cropping and padding, followed by rounding to whole pixels, so that an exported file that holds this layer
sees the very same pixels. Keras resizes by a triangle as wide as the pixels that it makes, measured from pixel centres;
at the edges the weights that remain are divided by their sum.

References:
    A. Clark and others, Pillow's Resample.c, whose windows PyTorch's antialiased interpolation has, and Keras on it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from classlab.options.words import Fit
    from classlab.records.preparation import Preparation

_TOGETHER = 16  # rows that are made in one matrix product: fewer would cost calls, more would multiply zeros
_LUMINANCE = (19595, 38470, 7471)  # red, green and blue in 65536ths: ITU-R BT.601 as Pillow has it
_BLACK, _WHITE = 16, 239  # borders beyond are black or white but for the noise of a camera


class Window(NamedTuple):
    """The part of a picture's rows or columns that fills the image's.

    Args:
        start: the first, counted from the picture's own; below 0 where something is added.
        length: how many, of the picture's own and added.
    """

    start: int
    length: int


def prepared(pixels: NDArray[np.uint8], preparation: Preparation) -> NDArray[np.uint8]:
    """Brings a picture to the image that a network takes.

    Args:
        pixels: uint8, `(height, width, channels)` with 1 or 3 channels.
        preparation: how.

    Returns:
        uint8, `(height, width, channels)` of the preparation.
    """
    return sized(in_channels(pixels, preparation.channels), preparation)


def in_channels(pixels: NDArray[np.uint8], channels: int) -> NDArray[np.uint8]:
    """Grey by luminance where one channel is asked for, grey three times where three are."""
    if pixels.shape[2] == channels:
        return pixels
    if channels > 1:
        return np.repeat(pixels, channels, axis=2)
    grey = np.full(pixels.shape[:2], 2**15, np.uint32)
    for place, weight in enumerate(_LUMINANCE):
        grey += pixels[..., place] * np.uint32(weight)
    return (grey >> 16).astype(np.uint8)[..., None]


def sized(pixels: NDArray[np.uint8], preparation: Preparation) -> NDArray[np.uint8]:
    """Brings a picture to size, and leaves its channels alone.

    Args:
        pixels: uint8, `(height, width, channels)`.
        preparation: how.
    """
    rows, columns = windows((pixels.shape[0], pixels.shape[1]), preparation.size, preparation.fit)
    if pixels.shape[:2] == preparation.size and (rows.start, columns.start) == (0, 0):
        return pixels
    fill = np.asarray(border(pixels) if preparation.fill is None else preparation.fill, np.float64)
    across = _resized(pixels, rows, preparation.size[0], fill)
    both = _resized(across.transpose(1, 0, 2), columns, preparation.size[1], fill).transpose(1, 0, 2)
    return _rounded(both)


def windows(size: tuple[int, int], target: tuple[int, int], fit: Fit) -> tuple[Window, Window]:
    """Which rows and columns of a picture fill the image, by the integer arithmetic of Keras.

    Where an odd number of rows is missing Keras adds as many above as below, one fewer in all.

    Args:
        size: `(height, width)` of the picture.
        target: `(height, width)` of the image.
        fit: what is done about other proportions.

    Example:
        >>> windows((10, 20), (4, 4), "crop")
        (Window(start=0, length=10), Window(start=5, length=10))
        >>> windows((10, 20), (4, 4), "pad")
        (Window(start=-5, length=20), Window(start=0, length=20))
    """
    height, width = size
    if fit == "stretch":
        return Window(0, height), Window(0, width)
    proportional = int(width * target[0] / target[1]), int(height * target[1] / target[0])
    if fit == "crop":
        kept = [max(min(length, wanted), 1) for length, wanted in zip(size, proportional, strict=True)]
        rows, columns = (Window((length - part) // 2, part) for length, part in zip(size, kept, strict=True))
        return rows, columns
    added = [max(wanted - length, 0) // 2 for length, wanted in zip(size, proportional, strict=True)]
    rows, columns = (Window(-edge, length + 2 * edge) for length, edge in zip(size, added, strict=True))
    return rows, columns


def border(pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Median of a picture's outermost pixels, `(channels,)`."""
    edges = (pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1])
    median: NDArray[np.float64] = np.rint(np.median(np.concatenate(edges), axis=0))
    return median


def fill_of(borders: Iterable[NDArray[np.float64]]) -> int:
    """One brightness for what `pad` adds to every picture: black, white, or the median of the pictures' borders.

    Args:
        borders: of each training picture, see `border`.

    Example:
        >>> fill_of([np.array([255.0]), np.array([250.0]), np.array([3.0])])
        255
    """
    middle = float(np.median([each.mean() for each in borders]))
    return 0 if middle <= _BLACK else 255 if middle >= _WHITE else round(middle)


def resizing(length: int, target: int) -> NDArray[np.float64]:
    """What resizes an axis by one matrix product, `(target, length)`; each row's weights sum to 1."""
    whole = np.zeros((target, length))
    for place, (first, weights) in enumerate(_blocks(length, target)):
        made, needed = weights.shape
        whole[place * _TOGETHER : place * _TOGETHER + made, first : first + needed] = weights
    return whole


def _resized(
    values: NDArray[np.uint8] | NDArray[np.float64], window: Window, target: int, fill: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Resizes along the first axis, `(rows, columns, channels)` in and out, before any rounding."""
    length, *rest = values.shape
    out = np.empty((target, *rest))
    for place, (first, weights) in enumerate(_blocks(window.length, target)):
        begin, end = max(first + window.start, 0), min(first + window.start + weights.shape[1], length)
        inside = weights[:, begin - first - window.start : max(end - first - window.start, 0)]
        rows = out[place * _TOGETHER : place * _TOGETHER + len(weights)]
        rows[:] = (1 - inside.sum(axis=1))[:, None, None] * fill if inside.shape[1] < weights.shape[1] else 0.0
        if begin < end:
            rows += (inside @ values[begin:end].reshape(end - begin, -1).astype(np.float64)).reshape(rows.shape)
    return out


@lru_cache(maxsize=256)
def _blocks(length: int, target: int) -> tuple[tuple[int, NDArray[np.float64]], ...]:
    """Weights of neighbouring rows: for each block of them the first row that it needs, and `(made, needed)`."""
    scale = length / target
    reach = max(scale, 1.0)
    centres = scale * (np.arange(target) + 0.5)
    firsts = np.maximum((centres - reach + 0.5).astype(np.int64), 0)
    ends = np.minimum((centres + reach + 0.5).astype(np.int64), length)
    found = []
    for place in range(0, target, _TOGETHER):
        mine = slice(place, place + _TOGETHER)
        first, end = int(firsts[mine][0]), int(ends[mine][-1])
        needed = np.arange(first, end)
        weights = np.maximum(1 - np.abs(needed + 0.5 - centres[mine, None]) / reach, 0.0)
        weights[(needed < firsts[mine, None]) | (needed >= ends[mine, None])] = 0.0
        found.append((first, weights / weights.sum(axis=1, keepdims=True)))
    return tuple(found)


def _rounded(values: NDArray[np.float64]) -> NDArray[np.uint8]:
    from classlab.records.preparation import ROUNDING  # with pydantic, which other datasets do without

    return np.floor(values + (1 - ROUNDING)).astype(np.uint8)

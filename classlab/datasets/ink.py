"""A stranger's drawing, made an image like the training images of a set of centred ink.

The steps are those in which MNIST was made: the ink is found on its paper, its box is scaled to the size that the
boxes of the training images have, and its centre of mass is laid where theirs lie.
"""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Any

import numpy as np

from classlab.datasets.connected_parts import strokes
from classlab.datasets.ink_style import EDGE, centre_of_mass, grey_of, longer_side, stroke_width
from classlab.datasets.paper import ink_amounts
from classlab.datasets.pillow import as_image

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classlab.datasets.ink_style import InkStyle

    Floats = NDArray[np.float64]

_WORKING = 480  # pixels of the longer side: a digit of a tenth of a photo still has 48
# Shares of the ink's fullest: where a stroke is sure, and how faint it may become from there on.
_SURE, _FAINT = 0.5, 0.3
_FULLEST = 0.999  # quantile over pixels: the smallest drawing has more of them
_NOISE = 5.0  # standard deviations of the paper that ink exceeds at its fullest
_FLOOR = 3.0  # standard deviations of the paper that count as paper
_LEAST_CONTRAST = 0.06  # of white to black; a hard pencil has 0.2
_MOST_INK = 0.6  # of the picture; what covers more of it is no drawing
_MARGIN = 8  # pixels around what is drawn: the smoothing of the paper reaches three
_STRONG = 0.9  # quantile over a stroke's pixels that gets full ink; the rest are its soft edges


def righted(
    pixels: NDArray[np.uint8], style: InkStyle, size: tuple[int, int], *, inverted: bool | None = None
) -> NDArray[np.uint8] | None:
    """The picture as an image that was made like the training images; None where no ink is found in it.

    A picture that is one already, as a test image is, stays as it is; only its polarity is turned where it must be.

    Args:
        pixels: uint8, `(height, width, channels)`, of any size, with 1 or 3 channels.
        style: what the training images have in common.
        size: `(height, width)` of the training images.
        inverted: whether its polarity is not that of the training images; None finds out.

    Returns:
        uint8, `(height, width)`.
    """
    made = _made_alike(pixels, style, inverted) if pixels.shape[:2] == size else None
    if made is not None:
        return made
    dark = None if inverted is None else style.bright == inverted
    ink = _found(_working_copy(pixels), dark)
    return None if ink is None else _painted(_laid(ink, style, size), style)


def _made_alike(pixels: NDArray[np.uint8], style: InkStyle, inverted: bool | None) -> NDArray[np.uint8] | None:
    """The picture with its polarity turned where it must be; None where its ink has another size or place."""
    several = grey_of(pixels[None])
    if several is None:
        return None
    grey = several[0]
    ring = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    # Half of 255 away it is nearer to the other end.
    if abs(float(np.median(ring)) - style.background) > 127.5 if inverted is None else inverted:
        grey = 255 - grey
    ink = np.abs(grey - style.background)
    if ink.max() < _SURE * style.full or abs(longer_side(ink >= EDGE * style.full) - style.side) > 1:
        return None
    away = np.abs(np.subtract(centre_of_mass(ink), style.centre)).max()
    # One image in a hundred lies further than `apart`; half a pixel is what whole pixels leave open.
    return np.rint(grey).astype(np.uint8) if away <= 2 * style.apart + 0.5 else None


def _working_copy(pixels: NDArray[np.uint8]) -> Floats:
    """Grey, and not larger than it must be."""
    from PIL import Image

    image = as_image(pixels).convert("L")
    scale = _WORKING / max(image.size)
    if scale < 1:
        size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
        image = image.resize(size, Image.Resampling.BOX)
    return np.asarray(image, np.float64)


def _found(grey: Floats, dark: bool | None) -> Floats | None:
    """The ink of a grey picture, `(height, width)` from 0 to 1; None where there is none."""
    pixels, box = grey.size, _box_on_one_ground(grey)
    amounts = ink_amounts(grey if box is None else grey[box], dark=dark)
    # Beyond a box there is nothing but ground, and most of the picture lies there: its medians are 0.
    paper = float(np.median(amounts)) if box is None else 0.0
    ink = np.maximum(amounts - paper, 0)
    # The median deviation of a normal distribution is 0.6745 of its standard deviation.
    noise = float(np.median(np.abs(amounts - paper))) / 0.6745 if box is None else 0.0
    above = (1 - _FULLEST) * (pixels - 1)  # so many of the picture's pixels lie above the quantile
    quantile = float(np.quantile(ink, 1 - above / max(ink.size - 1, 1)))
    fullest = max(quantile, 0.6 * float(ink.max()))  # a single pixel is not asked alone
    if fullest < max(_LEAST_CONTRAST, _NOISE * noise):
        return None
    kept = strokes(ink >= max(_FAINT * fullest, _FLOOR * noise), ink >= _SURE * fullest)
    if not kept.any() or kept.sum() > _MOST_INK * pixels:
        return None
    floor = min(_FLOOR * noise, _FAINT * fullest)
    return np.where(_grown(kept), np.clip((ink - floor) / (fullest - floor), 0, 1), 0.0)


def _box_on_one_ground(grey: Floats) -> tuple[slice, slice] | None:
    """What is not ground, with a margin, where the ground is one brightness, as on a board that one draws on.

    None where it is not, or where the box is half of the picture or more. Looking at the box alone finds the same ink.
    """
    drawn = grey != grey[0, 0]
    rows, columns = (np.flatnonzero(drawn.any(axis=axis)) for axis in (1, 0))
    if not len(rows) or rows[0] == 0 or columns[0] == 0 or drawn[-1].any() or drawn[:, -1].any():
        return None
    box = tuple(slice(max(0, int(each[0]) - _MARGIN), int(each[-1]) + 1 + _MARGIN) for each in (rows, columns))
    return None if 2 * grey[box].size >= grey.size else (box[0], box[1])


def _laid(ink: Floats, style: InkStyle, size: tuple[int, int]) -> Floats:
    """Ink in the training images' size and place, `(height, width)` of theirs."""
    from PIL import Image

    side = int(longer_side(ink >= EDGE))
    wanted = style.thinnest * side / style.side
    ink = _framed(_cut_out(ink), ceil(wanted / 2) + 1)  # room for wider strokes
    ink = _widened(ink, (wanted - float(stroke_width(ink))) / 2)
    scale = style.side / longer_side(ink >= EDGE)
    # Pixel y of the drawing spans from y to y + 1, so that its middle is y + 0.5.
    start = [own + 0.5 - (theirs + 0.5) / scale for own, theirs in zip(centre_of_mass(ink), style.centre, strict=True)]
    # Ink that would be cut off at an edge is moved in: a box as large as the image has one place only.
    start = [
        max(last + 1 - length / scale, min(first, begin))
        for first, (begin, last), length in zip(start, _box(ink >= EDGE), size, strict=True)
    ]
    end = [first + length / scale for first, length in zip(start, size, strict=True)]
    beyond = max(*(-first for first in start), *(last - length for last, length in zip(end, ink.shape, strict=True)))
    margin = max(0, ceil(beyond))
    top, left, bottom, right = (place + margin for place in (*start, *end))
    drawing = Image.fromarray(_framed(ink, margin).astype(np.float32))
    # Pixels that are made smaller are averaged; enlarged ones become smooth.
    way = Image.Resampling.BOX if scale < 0.5 else Image.Resampling.BICUBIC
    laid = drawing.resize((size[1], size[0]), way, box=(left, top, right, bottom))
    return np.clip(np.asarray(laid, np.float64), 0, 1)


def _framed(ink: Floats, margin: int) -> Floats:
    """Ink with so much empty paper around it; `np.pad` takes several times as long for small images."""
    found = np.zeros((ink.shape[0] + 2 * margin, ink.shape[1] + 2 * margin), ink.dtype)
    found[margin : margin + ink.shape[0], margin : margin + ink.shape[1]] = ink
    return found


def _cut_out(ink: Floats) -> Floats:
    """Ink without the empty paper around it."""
    (top, bottom), (left, right) = _box(ink)
    return ink[top : bottom + 1, left : right + 1]


def _box(ink: NDArray[Any]) -> tuple[tuple[int, int], tuple[int, int]]:
    """The first and the last row, and the first and the last column, that are not empty."""
    rows, columns = (np.flatnonzero(ink.any(axis=axis)) for axis in (1, 0))
    return (int(rows[0]), int(rows[-1])), (int(columns[0]), int(columns[-1]))


def _painted(ink: Floats, style: InkStyle) -> NDArray[np.uint8]:
    """Ink as brightness, as full as the training images' is."""
    strong = ink[ink > EDGE]
    fullest = float(np.quantile(strong, _STRONG)) if len(strong) else 1.0
    amount = np.clip(ink / max(fullest, EDGE), 0, 1) * style.full
    return np.clip(np.rint(style.background + (amount if style.bright else -amount)), 0, 255).astype(np.uint8)


def _widened(ink: Floats, radius: float) -> Floats:
    """Strokes wider by a radius on both sides; squares and crosses by turns make nearly a disc."""
    for step in range(max(0, round(radius))):
        around = _framed(ink, 1)
        rows = np.maximum(np.maximum(around[:-2], around[1:-1]), around[2:])
        if step % 2 == 0:
            ink = np.maximum(np.maximum(rows[:, :-2], rows[:, 1:-1]), rows[:, 2:])
        else:
            ink = np.maximum(np.maximum(around[1:-1, :-2], rows[:, 1:-1]), around[1:-1, 2:])
    return ink


def _grown(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """A mask with the pixels around it: the soft edges of its strokes."""
    return _widened(mask.astype(np.float64), 1) > 0

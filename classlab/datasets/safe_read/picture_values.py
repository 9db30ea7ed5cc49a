"""Pixels of a Pillow image of any kind as opaque grey or RGB of eight bits, and what had to be decided for that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from classlab.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from classlab.options.words import Paper
    from classlab.records.picture_reading import PictureReading

_STRIP = 256  # rows brought to grey or RGB together
_DEEP = ("I", "I;16", "I;16B", "I;16L", "I;16N")
_MOST = 65535  # sixteen bits
_MIDDLE = 127.5  # brightness halfway from black to white


@dataclass(frozen=True, kw_only=True, eq=False)
class Values:
    """Pixels, and what they were made from.

    Args:
        pixels: uint8, `(height, width, 1 or 3)`.
        largest: the largest value of a grey picture of more than eight bits; None for others.
        transparent: whether some pixel is not opaque.
        brightness: mean brightness of what is drawn on a transparent ground, from 0 to 255; None for others.
    """

    pixels: NDArray[np.uint8]
    largest: int | None = None
    transparent: bool = False
    brightness: float | None = None


def values_of(image: Any, reading: PictureReading | None) -> Values:
    """Brings a loaded Pillow image to opaque grey or RGB, strip by strip: it is never held more than twice.

    Raises:
        DataError: values that are neither eight nor sixteen bits; the sentence lacks its subject, the file.
    """
    if image.mode == "F":
        raise DataError("holds fractions instead of whole pixel values. Save it with 8 or 16 bits.")
    if image.mode in _DEEP:
        largest = _largest(image)
        bits = (reading and reading.bits) or bits_for(largest)
        return Values(pixels=_joined(image, lambda strip: _eight_bits(strip, bits)), largest=largest)
    if "A" in image.getbands() or "a" in image.getbands() or "transparency" in image.info:
        transparent, brightness = _ground(image)
        paper = (reading and reading.paper) or paper_for(0 if brightness is None else brightness)
        value = 255 if paper == "white" else 0
        pixels = _joined(image, lambda strip: _laid_on(strip, value))
        return Values(pixels=pixels, transparent=transparent, brightness=brightness)
    kind = "L" if image.mode in ("L", "1") else "RGB"
    return Values(pixels=_joined(image, lambda strip: np.asarray(strip.convert(kind), np.uint8)))


def bits_for(largest: int) -> int:
    """The bits that hold the largest pixel value, 8 at the least.

    Example:
        >>> bits_for(4095), bits_for(4096), bits_for(3)
        (12, 13, 8)
    """
    return max(8, largest.bit_length())


def paper_for(brightness: float) -> Paper:
    """The paper that ink stands out from: white for dark ink, black for bright ink.

    Args:
        brightness: mean brightness of what is drawn, each pixel weighted by its opacity, from 0 to 255.
    """
    return "black" if brightness > _MIDDLE else "white"


def _strips(image: Any) -> Iterator[Any]:
    for top in range(0, image.height, _STRIP):
        yield image.crop((0, top, image.width, min(top + _STRIP, image.height)))


def _joined(image: Any, plain: Callable[[Any], NDArray[np.uint8]]) -> NDArray[np.uint8]:
    out: NDArray[np.uint8] | None = None
    for number, strip in enumerate(_strips(image)):
        values = plain(strip).reshape(strip.height, strip.width, -1)
        if out is None:
            out = np.empty((image.height, image.width, values.shape[2]), np.uint8)
        out[number * _STRIP : number * _STRIP + strip.height] = values
    if out is None:
        raise ValueError(image.height)
    return out


def _largest(image: Any) -> int:
    low, high = 0, 0
    for strip in _strips(image):
        values = np.asarray(strip)
        low, high = min(low, int(values.min())), max(high, int(values.max()))
    if low < 0 or high > _MOST:
        raise DataError(
            f"holds pixel values from {low:,} to {high:,}, but 16 bits hold 0 to {_MOST:,}. Save it with 8 or 16 bits."
        )
    return high


def _eight_bits(strip: Any, bits: int) -> NDArray[np.uint8]:
    """Divides by the power of two that leaves eight bits; all of sixteen bits by 257, because 257 * 255 = 65535."""
    deep = np.asarray(strip).astype(np.uint32)
    shallow = (deep + 128) // 257 if bits == 16 else deep >> (bits - 8)
    return np.minimum(shallow, 255).astype(np.uint8)  # a later picture may be brighter than all that were trained on


def _ground(image: Any) -> tuple[bool, float | None]:
    """Whether some pixel is transparent, and the mean brightness of what is drawn where one is."""
    transparent, light, weight = False, 0, 0
    for strip in _strips(image):
        opacity = np.asarray(strip.convert("RGBA").getchannel("A"))
        transparent = transparent or bool(opacity.min() < 255)
        grey = np.asarray(strip.convert("RGBA").convert("RGB").convert("L"))
        light += int(np.vdot(grey.astype(np.int64), opacity.astype(np.int64)))
        weight += int(opacity.sum(dtype=np.int64))
    return transparent, light / weight if transparent and weight else None


def _laid_on(strip: Any, paper: int) -> NDArray[np.uint8]:
    from PIL import Image

    image = strip if strip.mode == "RGBA" else strip.convert("RGBA")
    page = Image.new("RGB", image.size, (paper, paper, paper))
    page.paste(image, mask=image.getchannel("A"))
    return np.asarray(page, np.uint8)

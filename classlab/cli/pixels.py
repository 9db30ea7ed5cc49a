"""An image in a terminal: half blocks in its own colours, or characters from light to dark where there are none."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_RAMP = " .:-=+*#%@"  # from black to white, as on a dark terminal
_MOST_COLUMNS = 64  # characters; larger inputs are thinned out
_GREY = (0.299, 0.587, 0.114)  # weights of red, green and blue in luminance (ITU-R BT.601)


def show_pixels(pixels: NDArray[np.uint8], *, stream: TextIO | None = None) -> None:
    """Prints an image.

    Args:
        pixels: uint8, `(height, width, channels)`.
        stream: where to; standard error where it is None.
    """
    stream = stream or sys.stderr
    step = -(-pixels.shape[1] // _MOST_COLUMNS)
    thinned = pixels[::step, ::step]
    if not stream.isatty():
        stream.write(characters(thinned) + "\n")
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(file=stream, highlight=False)
    for top, bottom in _pairs(thinned):
        line = Text()
        for upper, lower in zip(top, bottom, strict=True):
            line.append("▀", style=f"rgb({_rgb(upper)}) on rgb({_rgb(lower)})")
        console.print(line, no_wrap=True, crop=True)


def characters(pixels: NDArray[np.uint8]) -> str:
    """The image as text: two rows of pixels become one row of characters, which are about twice as high as wide."""
    lines = []
    for top, bottom in _pairs(pixels):
        means = [(_luminance(upper) + _luminance(lower)) / 2 for upper, lower in zip(top, bottom, strict=True)]
        lines.append("".join(_RAMP[min(int(mean / 256 * len(_RAMP)), len(_RAMP) - 1)] for mean in means).rstrip())
    return "\n".join(lines)


def _pairs(pixels: NDArray[np.uint8]) -> list[tuple[NDArray[np.uint8], NDArray[np.uint8]]]:
    """Rows two by two; an odd last row is its own partner."""
    last = len(pixels) - 1
    return [(pixels[row], pixels[min(row + 1, last)]) for row in range(0, len(pixels), 2)]


def _rgb(pixel: NDArray[np.uint8]) -> str:
    values = [int(value) for value in pixel]
    return ",".join(str(value) for value in (values * 3 if len(values) == 1 else values))


def _luminance(pixel: NDArray[np.uint8]) -> float:
    if len(pixel) == 1:
        return float(pixel[0])
    return sum(weight * float(value) for weight, value in zip(_GREY, pixel, strict=True))

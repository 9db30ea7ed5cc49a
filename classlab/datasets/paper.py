"""What lies under the ink of a picture, its light and its shadows, and how much ink there is on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL.Image import Image

    Floats = NDArray[np.float64]

_FLAT = 0.06  # of the range between black and white: a drawing program's ground and a scanner's vary less
_SMALL = 96  # pixels of the longer side on which the polarity is decided
_MEDIAN = 31  # pixels of the window there: strokes of a sixth of the picture are still the lesser part of it
_WINDOW = 0.26  # of the longer side: wider than a stroke, narrower than the light's slope and most shadows
_BLUR = 0.7  # pixels; takes the top from single pixels of noise, which a closing would take for the paper


def ink_amounts(grey: Floats, *, dark: bool | None = None) -> Floats:
    """How far each pixel differs from the ground towards the ink, `(height, width)`, up to 1 from white to black.

    Where the picture's border has one brightness that is the ground. Elsewhere it varies: see `lacking_light`.

    Args:
        grey: `(height, width)`, 0 to 255; dark ink on a bright ground or bright ink on a dark one.
        dark: whether the ink is darker than the ground; None finds out.
    """
    ring = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    low, ground, high = np.quantile(ring, (0.05, 0.5, 0.95))
    smooth = _smoothed(grey)
    if high - low < 255 * _FLAT:
        dark = bool(_cubes(grey - ground) <= 0) if dark is None else dark
        amounts: Floats = (ground - smooth if dark else smooth - ground) / 255
        return amounts
    dark = ink_is_dark(grey) if dark is None else dark
    return lacking_light(smooth if dark else 255 - smooth)


def ink_is_dark(grey: Floats) -> bool:
    """Whether what stands out from its surroundings is darker than they are.

    The median of a wide window is the ground, of either polarity, because strokes cover the lesser part of it. Where a
    shadow ends the median follows. What is left are the strokes, and the sign of their third moment is that of the ink.

    Args:
        grey: `(height, width)`, 0 to 255.
    """
    from PIL import Image, ImageFilter

    scale = min(1.0, _SMALL / max(grey.shape))
    height, width = (max(1, round(length * scale)) for length in grey.shape)
    small = np.asarray(_image(grey).resize((width, height), Image.Resampling.BOX), np.float64)
    margin = _MEDIAN // 2
    padded = _image(np.pad(small, margin, mode="edge")).filter(ImageFilter.MedianFilter(_MEDIAN))
    ground = np.asarray(padded, np.float64)[margin:-margin, margin:-margin]
    return _cubes(small - ground) <= 0


def _cubes(values: Floats) -> float:
    """The sum of third powers; NumPy's own power takes many times as long as two products."""
    return float((values * values * values).sum())


def lacking_light(grey: Floats) -> Floats:
    """The share of the paper's light that each pixel lacks, `(height, width)`, 0 for paper and 1 for black.

    The paper is a closing: a window takes its brightest value and then its darkest, which fills every stroke that is
    narrower than the window, and leaves slopes of light and the edges of shadows where they are. The share does not
    depend on the light that falls on the place.

    Args:
        grey: `(height, width)`, 0 to 255, dark ink on bright paper.

    References:
        Serra, Image Analysis and Mathematical Morphology, 1982: the closing, and the top-hat of F. Meyer.
    """
    width = max(3, round(_WINDOW * max(grey.shape))) | 1  # odd, so that the window has a middle
    # The picture goes on as it ends, far enough for both windows: so a slope of light goes on level.
    paper = np.pad(grey, 2 * (width // 2), mode="edge")
    for best in (np.maximum, np.minimum):
        for axis in (0, 1):
            paper = _slid(paper, width, axis, best)
    return 1 - grey / np.maximum(paper, 1.0)


def _slid(values: Floats, width: int, axis: int, best: np.ufunc) -> Floats:
    """The best of every window of so many values along one axis of `(height, width)`, of those that fit.

    A window is made of two that overlap, each of which was made so: a window of any width takes few passes.
    """
    windows = np.moveaxis(values, axis, 0)
    reach = 1
    while 2 * reach <= width:
        windows = best(windows[:-reach], windows[reach:])
        reach *= 2
    rest = width - reach
    return np.moveaxis(best(windows[: len(windows) - rest], windows[rest:]), 0, axis)


def _smoothed(grey: Floats) -> Floats:
    from PIL import ImageFilter

    return np.asarray(_image(grey).filter(ImageFilter.GaussianBlur(_BLUR)), np.float64)


def _image(grey: Floats) -> Image:
    from PIL import Image

    return Image.fromarray(np.clip(np.rint(grey), 0, 255).astype(np.uint8))

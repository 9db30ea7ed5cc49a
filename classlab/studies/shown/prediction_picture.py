"""What a network saw and what it said, in one picture: its input beside the probabilities as bars."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image

# Pixels of the drawn picture, chosen to be legible on a screen and in a report.
_MARGIN = 16
_INPUT = 280
_ROW = 24
_NAMES = 130
_BARS = 260
_NUMBERS = 64
_PAPER = (255, 255, 255)
_INK = (28, 28, 30)
_BAR = (170, 178, 190)
_CHOSEN = (52, 102, 196)
_MOST_BARS = 20


def prediction_picture(
    pixels: NDArray[np.uint8], probabilities: NDArray[np.float32], class_names: Sequence[str], *, title: str
) -> bytes:
    """Draws the picture; with many classes, the most probable ones.

    Args:
        pixels: uint8, `(height, width, channels)`, what the network saw.
        probabilities: float32, `(classes,)`.
        class_names: one per class.
        title: a line above, the file's name.

    Returns:
        A PNG file's bytes.
    """
    from PIL import Image, ImageDraw, ImageFont

    shown = _shown(probabilities)
    height = 3 * _MARGIN + max(_INPUT, _ROW * len(shown)) + _MARGIN
    canvas = Image.new("RGB", (4 * _MARGIN + _INPUT + _NAMES + _BARS + _NUMBERS, height), _PAPER)
    draw = ImageDraw.Draw(canvas)
    font = ImageFont.load_default(14)
    draw.text((_MARGIN, _MARGIN // 2), _shortened(title, 80), font=font, fill=_INK)
    canvas.paste(_enlarged(pixels), (_MARGIN, 3 * _MARGIN))
    left = 2 * _MARGIN + _INPUT + _NAMES
    best = int(probabilities.argmax())
    for row, position in enumerate(shown):
        top = 3 * _MARGIN + row * _ROW
        share = min(max(0.0, float(probabilities[position])), 1.0)  # NaN counts as 0: max keeps its first argument
        draw.text((left - 8, top + 4), _shortened(class_names[position], 18), font=font, fill=_INK, anchor="ra")
        colour = _CHOSEN if position == best else _BAR
        draw.rectangle((left, top + 3, left + max(1, round(share * _BARS)), top + _ROW - 4), fill=colour)
        draw.text((left + _BARS + 8, top + 4), f"{100 * share:.1f} %", font=font, fill=_INK)
    file = io.BytesIO()
    canvas.save(file, format="PNG")
    return file.getvalue()


def _shown(probabilities: NDArray[np.float32]) -> list[int]:
    """Positions of the classes that get a bar: all of them in order, or the most probable of many."""
    if len(probabilities) <= _MOST_BARS:
        return list(range(len(probabilities)))
    return [int(position) for position in probabilities.argsort()[::-1][:_MOST_BARS]]


def _enlarged(pixels: NDArray[np.uint8]) -> Image:
    from PIL import Image

    plain = Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels).convert("RGB")
    scale = _INPUT / max(plain.size)
    size = (max(1, round(plain.width * scale)), max(1, round(plain.height * scale)))
    return plain.resize(size, Image.Resampling.NEAREST if scale >= 1 else Image.Resampling.LANCZOS)


def _shortened(text: str, length: int) -> str:
    plain = "".join(letter if letter.isprintable() else "?" for letter in text)
    return plain if len(plain) <= length else plain[: length - 3].rstrip() + "..."

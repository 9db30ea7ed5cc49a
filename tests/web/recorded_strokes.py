"""An image of a digit as the strokes of a pen, as the board keeps them: recorded by a program, drawn by a test.

A stroke goes along each run of ink in a row of the image, so that the strokes together cover what the ink covers.
"""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

Stroke = list[tuple[float, float]]
FULL = 128  # of 255: what counts as ink
_TIMES = 4  # drawn so much larger, and made smaller: smooth edges, as a browser's are


def recorded(image: np.ndarray, *, place: tuple[float, float], height: float) -> tuple[list[Stroke], float]:
    """The strokes of an image, and the width of the pen, as shares of the board's side.

    Args:
        image: uint8, `(height, width)`, bright ink.
        place: left upper corner of the ink's box on the board, `(x, y)`.
        height: of that box.
    """
    rows, columns = np.nonzero(image >= FULL)
    top, left, scale = rows.min(), columns.min(), height / (rows.max() - rows.min() + 1)
    strokes = []
    for row in range(top, rows.max() + 1):
        ink = np.flatnonzero(image[row] >= FULL)
        for part in np.split(ink, np.flatnonzero(np.diff(ink) > 1) + 1):
            if len(part):
                y = place[1] + (row - top + 0.5) * scale
                ends = (part[0] - left + 0.5, part[-1] - left + 0.5)
                strokes.append([(place[0] + end * scale, y) for end in ends])
    return strokes, 1.2 * scale  # rows overlap a little: a pen leaves no gaps between them


def drawn(strokes: list[Stroke], width: float, *, side: int = 280, ink: int = 255, paper: int = 0) -> Image.Image:
    """What a board of this size shows after them."""
    canvas = Image.new("L", (side * _TIMES, side * _TIMES), paper)
    brush, size = ImageDraw.Draw(canvas), side * _TIMES
    for stroke in strokes:
        points = [(x * size, y * size) for x, y in stroke]
        brush.line(points, fill=ink, width=round(width * size))
        for x, y in points:
            radius = width * size / 2
            brush.ellipse((x - radius, y - radius, x + radius, y + radius), fill=ink)
    return canvas.resize((side, side), Image.Resampling.BOX)

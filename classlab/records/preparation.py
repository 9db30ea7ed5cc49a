"""How a picture of any size becomes an image of a network: the same for training, prediction and the exported file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from classlab.options.words import Fit
from classlab.records.base import CheckedRecord
from classlab.records.bounds import Bounds

LARGEST_SIDE = 4096  # of a prepared image; the option `size` has the same bound
_SIZE = Bounds(rule="a height and a width from 1 to 4096", example=(32, 32), least=1, most=LARGEST_SIDE)
_LEVEL = Bounds(rule="a whole number from 0 to 255, or None", example=255, least=0, most=255)


@dataclass(frozen=True, kw_only=True)
class Preparation(CheckedRecord):
    """What is done to every picture before the network's own preprocessing scales its pixels.

    Args:
        size: `(height, width)` of the image.
        channels: 1 for grey, 3 for red, green and blue.
        fit: what happens where the picture has other proportions than the image: stretch distorts it, crop cuts its
            longer side, pad adds to its shorter one.
        fill: brightness of what `pad` adds; None takes the median of each picture's own outermost pixels.
    """

    size: Annotated[tuple[int, int], _SIZE]
    channels: Literal[1, 3]
    fit: Fit = "stretch"
    fill: Annotated[int | None, _LEVEL] = None

"""How a picture of any size becomes an image of a network: the same for training, prediction and the exported file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from classlab.options.words import Fit
from classlab.records.base import CheckedRecord
from classlab.records.bounds import Bounds

ROUNDING = 0.5 + 2**-10
"""From which fraction on a resized value is rounded up.

Halving a picture gives multiples of 1/64 and so exact halves, which the noise of floating point would round to either
side. A 1024th above them no value of such a grid lies, so every program that computes the same picture rounds alike.
"""

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

    @property
    def words(self) -> str:
        """What is done about other proportions, for a sentence.

        Example:
            >>> Preparation(size=(32, 32), channels=3, fit="pad", fill=255).words
            'padding with brightness 255'
        """
        if self.fit != "pad":
            return {"stretch": "stretching", "crop": "cropping"}[self.fit]
        return "padding with " + ("their borders" if self.fill is None else f"brightness {self.fill}")

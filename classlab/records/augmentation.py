"""Augmentation: how training images are changed at random before a step sees them."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Annotated

from classlab.options.words import FlipName
from classlab.records.base import CheckedRecord
from classlab.records.bounds import Asked


@dataclass(frozen=True, kw_only=True)
class Augmentation(CheckedRecord):
    """How far training images are changed; every image draws its own changes in every epoch.

    Each number is the largest change, drawn evenly from both directions, and means what it means in Keras's layers
    `RandomTranslation`, `RandomRotation`, `RandomZoom`, `RandomFlip` and `RandomBrightness`.

    Args:
        shift: share of the height, and of the width, by which an image moves: whole pixels, at least one.
        rotate: share of a whole turn.
        zoom: share by which an image is enlarged or made smaller; its proportions stay.
        flip: axis along which every second image is mirrored, on average.
        cutout: share of the height and width of a rectangle that is set to 0 (DeVries & Taylor 2017, "Improved
            regularization of convolutional neural networks with cutout"); its centre is any pixel.
        brightness: share of 255 that is added to all pixels.
    """

    shift: Annotated[float, Asked()] = 0.0
    rotate: Annotated[float, Asked()] = 0.0
    zoom: Annotated[float, Asked()] = 0.0
    flip: Annotated[FlipName, Asked()] = "none"
    cutout: Annotated[float, Asked()] = 0.0
    brightness: Annotated[float, Asked()] = 0.0

    @property
    def moves(self) -> bool:
        """Whether pixels change their places."""
        return bool(self.shift or self.rotate or self.zoom or self.flip != "none")

    @property
    def changes(self) -> dict[str, float | str]:
        """The settings that change anything, by name."""
        return {field.name: value for field in fields(self) if (value := getattr(self, field.name)) != field.default}

    def words(self) -> str:
        """What is done, for a reader.

        Example:
            >>> Augmentation(shift=0.1, flip="horizontal").words()
            'shift 0.1, flip horizontal'
        """
        return ", ".join(
            f"{name} {value if isinstance(value, str) else format(value, 'g')}" for name, value in self.changes.items()
        )

"""How the pictures of a dataset come to one size: as given, or with what the training pictures tell."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from classlab.datasets.preparation import border, fill_of, prepared, sized
from classlab.datasets.safe_read.picture import MAX_FILE, decode_picture
from classlab.errors import DataError, StorageError
from classlab.records.preparation import Preparation

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from classlab.datasets.file_tree import FileTree
    from classlab.options.words import Fit
    from classlab.records.picture_reading import PictureReading

_BORDERS = 50  # training pictures whose borders decide what is added to all: read twice, so only some are


@dataclass(frozen=True, kw_only=True)
class Sizing:
    """What is done to each picture.

    Args:
        preparation: to what size and how; None demands one size. Its channels count only where they are settled.
        settled: whether the channels were given too.
    """

    preparation: Preparation | None
    settled: bool

    def applied(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """A picture in its size, and in its channels where these are settled."""
        if self.preparation is None:
            return pixels
        return prepared(pixels, self.preparation) if self.settled else sized(pixels, self.preparation)

    def channels(self, found: int) -> Literal[1, 3]:
        """The channels of the dataset: those given, else as many as were found."""
        if self.settled and self.preparation is not None:
            return self.preparation.channels
        return 3 if found == 3 else 1

    def with_channels(self, channels: Literal[1, 3]) -> Preparation | None:
        """The preparation as it is kept."""
        return None if self.preparation is None else replace(self.preparation, channels=channels)

    def note(self) -> str:
        """What was done, as a sentence, or ""."""
        if self.preparation is None:
            return ""
        height, width = self.preparation.size
        return f"Pictures were brought to {height}x{width} pixels (height x width) by {self.preparation.words}."


def sizing_for(
    tree: FileTree, files: Sequence[str], *, size: tuple[int, int] | None, fit: Fit, reading: PictureReading
) -> Sizing:
    """The sizing that was asked for by size and fit.

    Args:
        tree: where the pictures lie.
        files: the training pictures, class by class.
        size: `(height, width)`, or None to demand one size.
        fit: how, where a picture has other proportions.
        reading: how deep and transparent pictures are read.
    """
    if size is None:
        return Sizing(preparation=None, settled=False)
    fill = _fill(tree, files, reading) if fit == "pad" else None
    height, width = size
    return Sizing(preparation=Preparation(size=(height, width), channels=3, fit=fit, fill=fill), settled=False)


def _fill(tree: FileTree, files: Sequence[str], reading: PictureReading) -> int | None:
    """The brightness of the training pictures' borders, which is added to pictures where their proportions ask for it.

    Evenly spaced over the classes, so that one class on another background does not decide for all.
    """
    count = min(len(files), _BORDERS)
    borders = []
    for place in range(count):
        with suppress(DataError, StorageError):  # what cannot be read is counted when all are read
            content = tree.read(files[place * len(files) // count], MAX_FILE)
            borders.append(border(decode_picture(content, reading).pixels))
    return fill_of(borders) if borders else None

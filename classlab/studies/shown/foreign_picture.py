"""A picture from anywhere, brought to what a network takes: its size, its channels, perhaps its background."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from classlab.records.architecture import ImageShape

_CLEARLY_DIFFERENT = 0.5  # of the range from black to white: a border that far off is the other background


@dataclass(frozen=True, kw_only=True, eq=False)
class ForeignPicture:
    """What the network sees of a picture.

    Args:
        path: the file.
        size: `(height, width)` of the picture as it came.
        pixels: uint8, `(height, width, channels)`, as the network takes them.
    """

    path: Path
    size: tuple[int, int]
    pixels: NDArray[np.uint8]

    @property
    def border(self) -> float:
        """Mean brightness of the outermost pixels, in [0, 1]."""
        from classlab.studies.runs.run_record import border_brightness

        return border_brightness(self.pixels[None])


def read_foreign_picture(path: Path, shape: ImageShape, *, invert: bool = False) -> ForeignPicture:
    """Reads a picture of any size and kind.

    Colour becomes grey by luminance (ITU-R BT.601) where the network takes grey images, grey is repeated where it
    takes colour. The whole picture is kept: it is scaled to fit, and what is missing to the network's proportions
    is filled with the mean of its own border.

    Args:
        path: PNG, JPEG, BMP, GIF or WebP.
        shape: `(height, width, channels)` of the network's images.
        invert: swap dark and bright.

    Raises:
        DataError: the file is no such picture, damaged, or too large.
        StorageError: the file cannot be read.
    """
    from classlab.datasets import read_picture

    pixels = read_picture(path)
    size = (pixels.shape[0], pixels.shape[1])
    fitted = _fit(_channels(pixels, shape[2]), shape[:2])
    return ForeignPicture(path=path, size=size, pixels=255 - fitted if invert else fitted)


def background_warning(picture: ForeignPicture, training_border: float | None, *, inverted: bool) -> str | None:
    """A sentence where the picture's background contradicts that of the training images, else None."""
    if training_border is None or abs(picture.border - training_border) < _CLEARLY_DIFFERENT:
        return None
    mine, theirs = ("bright", "dark") if picture.border > training_border else ("dark", "bright")
    remedy = "Leave --invert out" if inverted else "Try --invert"
    return (
        f"{picture.path}: the border is {mine}, but the training images have a {theirs} one. "
        f"{remedy} so that the network sees the picture as it saw its training images."
    )


def _channels(pixels: NDArray[np.uint8], channels: int) -> NDArray[np.uint8]:
    import numpy as np

    if pixels.shape[2] == channels:
        return pixels
    if channels == 1:
        from PIL import Image

        return np.asarray(Image.fromarray(pixels).convert("L"), np.uint8)[..., None]
    return np.repeat(pixels, channels, axis=2)


def _fit(pixels: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """Scales to fit and fills up, `(height, width, channels)` in and out."""
    import numpy as np
    from PIL import Image

    height, width = pixels.shape[:2]
    if (height, width) == size:
        return pixels
    scale = min(size[0] / height, size[1] / width)
    inner = (max(1, round(height * scale)), max(1, round(width * scale)))
    edges = (pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1])
    filling = np.mean([edge.mean(axis=0) for edge in edges], axis=0)
    fitted = np.empty((*size, pixels.shape[2]), np.uint8)
    fitted[:] = np.rint(filling).astype(np.uint8)
    plain = Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)
    scaled = np.asarray(plain.resize((inner[1], inner[0]), Image.Resampling.LANCZOS), np.uint8)
    top, left = (size[0] - inner[0]) // 2, (size[1] - inner[1]) // 2
    fitted[top : top + inner[0], left : left + inner[1]] = scaled.reshape(*inner, -1)
    return fitted

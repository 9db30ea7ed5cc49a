"""A picture from anywhere: brought to what a network takes, and drawn beside what the network said of it."""

from __future__ import annotations

import io
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from classlab.datasets.pillow import as_image
from classlab.errors import unreadable

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image

    from classlab.datasets.ink_style import InkStyle
    from classlab.records.picture_reading import PictureReading
    from classlab.records.preparation import Preparation

Righting: TypeAlias = Literal["righted", "no ink"]

_DONE: dict[Righting | None, str] = {
    "righted": "its ink righted as the training images', ",
    "no ink": "no ink found in it, ",
    None: "",
}
_CLEARLY_DIFFERENT = 0.5  # of the range from black to white: a border that far off is the other background


@dataclass(frozen=True, kw_only=True, eq=False)
class ForeignPicture:
    """What the network sees of a picture.

    Args:
        name: what sentences call it, its file most often.
        size: `(height, width)` of the picture as it came.
        pixels: uint8, `(height, width, channels)`, as the network takes them.
        righting: what became of the ink; None where the training images are no centred ink, or nothing was asked for.
        before: the picture as it came, at most 280 pixels high and wide, where it was righted.
    """

    name: str
    size: tuple[int, int]
    pixels: NDArray[np.uint8]
    righting: Righting | None = None
    before: NDArray[np.uint8] | None = None

    @property
    def border(self) -> float:
        """Mean brightness of the outermost pixels, in [0, 1]."""
        from classlab.studies.runs.run_record import border_brightness

        return border_brightness(self.pixels[None])

    @property
    def how_seen(self) -> str:
        """What was done to it, and the size it is seen in, as a clause."""
        height, width, _ = self.pixels.shape
        return f"{_DONE[self.righting]}seen as {width}x{height}"


def read_foreign_picture(
    path: Path,
    preparation: Preparation,
    *,
    reading: PictureReading | None = None,
    invert: bool = False,
    style: InkStyle | None = None,
) -> ForeignPicture:
    """Reads a picture of any size and kind, and prepares it as the run's training pictures were.

    Args:
        path: PNG, JPEG, BMP, GIF, WebP, TIFF or AVIF.
        preparation: see `Run.preparation`.
        reading: how the run's deep and transparent pictures were read; None where it had no pictures.
        invert: swap dark and bright.
        style: of the training images where the picture's ink is to be righted as theirs was: see `righted`.

    Raises:
        DataError: the file is no such picture, damaged, or too large.
        StorageError: the file cannot be read.
    """
    from classlab.datasets import read_picture

    pixels = read_picture(path, reading=reading)
    return foreign_picture(pixels, preparation, name=str(path), invert=invert, style=style)


def foreign_picture(
    pixels: NDArray[np.uint8],
    preparation: Preparation,
    *,
    name: str,
    invert: bool = False,
    style: InkStyle | None = None,
) -> ForeignPicture:
    """Prepares a picture's pixels as the run's training pictures were; see `read_foreign_picture`.

    Args:
        pixels: uint8, `(height, width, channels)` with 1 or 3 channels.
        preparation: see `Run.preparation`.
        name: what sentences call it.
        invert: swap dark and bright.
        style: of the training images where the picture's ink is to be righted as theirs was.
    """
    from classlab.datasets.ink import righted
    from classlab.datasets.preparation import in_channels, prepared

    size = (pixels.shape[0], pixels.shape[1])
    laid = None if style is None else righted(pixels, style, preparation.size, inverted=True if invert else None)
    if laid is not None:
        seen = in_channels(laid[..., None], preparation.channels)
        return ForeignPicture(name=name, size=size, pixels=seen, righting="righted", before=_reduced(pixels))
    image = prepared(pixels, preparation)
    righting: Righting | None = None if style is None else "no ink"
    return ForeignPicture(name=name, size=size, pixels=255 - image if invert else image, righting=righting)


def picture_files(places: Sequence[Path]) -> list[tuple[Path, bool]]:
    """The files to read: those that are named, and those in named folders, at any depth, in the order of their names.

    Hidden files and folders are passed over, and links to folders are not followed.

    Args:
        places: files and folders.

    Returns:
        Each file, and whether it was named itself.

    Raises:
        StorageError: a folder cannot be read.
    """
    found: list[tuple[Path, bool]] = []
    for place in places:
        if not place.is_dir():
            found.append((place, True))
            continue
        for folder, folders, names in os.walk(place, onerror=_unreadable):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            found += [(Path(folder) / name, False) for name in sorted(names) if not name.startswith(".")]
    return found


def _unreadable(problem: OSError) -> None:
    raise unreadable(Path(problem.filename), problem)


def background_warning(picture: ForeignPicture, training_border: float | None, *, remedy: str) -> str | None:
    """A sentence where the picture's background contradicts that of the training images, else None.

    Where the ink was looked for there is none: its polarity was righted, or there is no ink to be the other way round.
    """
    if picture.righting is not None:
        return None
    if training_border is None or abs(picture.border - training_border) < _CLEARLY_DIFFERENT:
        return None
    mine, theirs = ("bright", "dark") if picture.border > training_border else ("dark", "bright")
    return (
        f"{picture.name}: the border is {mine}, but the training images have a {theirs} one. "
        f"{remedy} so that the network sees the picture as it saw its training images."
    )


def _reduced(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The picture for showing, so that a folder of photographs does not stay in memory."""
    import numpy as np

    image = as_image(pixels)
    image.thumbnail((_INPUT, _INPUT))
    return np.asarray(image, np.uint8).reshape(image.height, image.width, -1)


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
MOST_BARS = 20


def prediction_picture(
    pixels: NDArray[np.uint8],
    probabilities: NDArray[np.float32],
    class_names: Sequence[str],
    *,
    title: str,
    before: NDArray[np.uint8] | None = None,
) -> bytes:
    """Draws the picture; with many classes, the most probable ones.

    Args:
        pixels: uint8, `(height, width, channels)`, what the network saw.
        probabilities: float32, `(classes,)`.
        class_names: one per class.
        title: a line above, the file's name.
        before: uint8, `(height, width, channels)`, the picture as it came, drawn to the left where it was righted.

    Returns:
        A PNG file's bytes.
    """
    from PIL import Image, ImageDraw, ImageFont

    shown = shown_classes(probabilities)
    height = 3 * _MARGIN + max(_INPUT, _ROW * len(shown)) + _MARGIN
    beside = 0 if before is None else _INPUT + _MARGIN
    canvas = Image.new("RGB", (4 * _MARGIN + beside + _INPUT + _NAMES + _BARS + _NUMBERS, height), _PAPER)
    draw = ImageDraw.Draw(canvas)
    font = ImageFont.load_default(14)
    draw.text((_MARGIN, _MARGIN // 2), _shortened(title, 80), font=font, fill=_INK)
    if before is not None:
        canvas.paste(_enlarged(before), (_MARGIN, 3 * _MARGIN))
    canvas.paste(_enlarged(pixels), (_MARGIN + beside, 3 * _MARGIN))
    left = 2 * _MARGIN + beside + _INPUT + _NAMES
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


def shown_classes(probabilities: NDArray[np.float32]) -> list[int]:
    """Positions of the classes that get a bar: all of them in order, or the most probable of many."""
    if len(probabilities) <= MOST_BARS:
        return list(range(len(probabilities)))
    return [int(position) for position in probabilities.argsort()[::-1][:MOST_BARS]]


def _enlarged(pixels: NDArray[np.uint8]) -> Image:
    from PIL import Image

    plain = as_image(pixels).convert("RGB")
    scale = _INPUT / max(plain.size)
    size = (max(1, round(plain.width * scale)), max(1, round(plain.height * scale)))
    # Enlarged pixels stay squares: this is what the network saw, not what it would look like.
    return plain.resize(size, Image.Resampling.NEAREST if scale >= 1 else Image.Resampling.LANCZOS)


def _shortened(text: str, length: int) -> str:
    plain = "".join(letter if letter.isprintable() else "?" for letter in text)
    return plain if len(plain) <= length else plain[: length - 3].rstrip() + "..."

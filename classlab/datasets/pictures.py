"""Images of a dataset as pictures for people: a tile of random training images, and one image enlarged."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Literal

import numpy as np

from classlab.datasets.pillow import as_image
from classlab.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont

    from classlab.datasets.dataset import Dataset
    from classlab.datasets.leave_out import Suspect

# Pixels of the drawn picture, chosen to be legible on a screen and in a report.
_CELL = 112
_WIDE = 160  # of a cell with two names below
_GAP = 12
_CAPTION = 22
_TITLE = 40
_ENLARGED = 336
_PAPER = (255, 255, 255)
_INK = (28, 28, 30)
_FAINT = (112, 112, 118)
_EDGE = (214, 214, 218)


def tile(dataset: Dataset, *, seed: int = 0, rows: int = 5, columns: int = 5) -> Image:
    """Draws random training images with their labels as captions.

    Args:
        dataset: the dataset.
        seed: which images; the same seed draws the same ones.
        rows: images from top to bottom.
        columns: images from left to right.

    Raises:
        DataError: rows or columns are not positive, or there are too many to draw.
    """
    if not (1 <= rows <= 50 and 1 <= columns <= 50):
        raise DataError(
            f"`rows` and `columns` must lie between 1 and 50, but got rows={rows}, columns={columns}. Try 5."
        )
    from PIL import Image, ImageDraw

    count = min(rows * columns, len(dataset.train))
    chosen = np.random.default_rng(seed).permutation(len(dataset.train))[:count]
    rows = -(-count // columns)
    width = _GAP + columns * (_CELL + _GAP)
    canvas = Image.new("RGB", (width, _TITLE + rows * (_CELL + _CAPTION + _GAP)), _PAPER)
    draw = ImageDraw.Draw(canvas)
    title = f"{_short_name(dataset)}: {count} random training images (seed {seed})"
    _centred(draw, (0, 0, width, _TITLE), title, size=15, colour=_FAINT)
    for place, position in enumerate(chosen.tolist()):
        left = _GAP + place % columns * (_CELL + _GAP)
        top = _TITLE + place // columns * (_CELL + _CAPTION + _GAP)
        _paste(canvas, dataset.train.images[position], (left, top), _CELL)
        box = (left - _GAP // 2, top + _CELL, left + _CELL + _GAP // 2, top + _CELL + _CAPTION)
        _centred(draw, box, dataset.class_names[int(dataset.train.labels[position])], size=14, colour=_INK)
    return canvas


def suspects_tile(dataset: Dataset, suspects: Sequence[Suspect], *, title: str, columns: int = 6) -> Image:
    """Draws training images whose labels may be wrong: below each its label, the suggested one, and where it is.

    Args:
        dataset: the images.
        suspects: which, in this order.
        title: a line above.
        columns: images from left to right.
    """
    from PIL import Image, ImageDraw

    cell = _CELL + 2 * _CAPTION + _GAP
    width = _GAP + columns * (_WIDE + _GAP)
    canvas = Image.new("RGB", (width, _TITLE + -(-len(suspects) // columns) * cell), _PAPER)
    draw = ImageDraw.Draw(canvas)
    _centred(draw, (0, 0, width, _TITLE), title, size=15, colour=_FAINT)
    for place, each in enumerate(suspects):
        left, top = _GAP + place % columns * (_WIDE + _GAP), _TITLE + place // columns * cell
        _paste(canvas, dataset.train.images[each.index], (left + (_WIDE - _CELL) // 2, top), _CELL)
        below = (left, top + _CELL, left + _WIDE, top + _CELL + _CAPTION)
        _centred(draw, below, f"{each.given} -> {each.suggested}", size=14, colour=_INK)
        under = (left, top + _CELL + _CAPTION, left + _WIDE, top + _CELL + 2 * _CAPTION)
        _centred(draw, under, each.file or f"image {each.index}", size=12, colour=_FAINT)
    return canvas


def picture(dataset: Dataset, split: Literal["train", "test"], index: int) -> Image:
    """Draws one image enlarged, with its label.

    Args:
        dataset: the dataset.
        split: official training or test images.
        index: position in that split, from 0.

    Raises:
        DataError: there is no such image.
    """
    images = _split(dataset, split, index)
    from PIL import Image, ImageDraw

    width = _ENLARGED + 2 * _GAP
    canvas = Image.new("RGB", (width, _TITLE + _ENLARGED + 2 * _CAPTION + _GAP), _PAPER)
    draw = ImageDraw.Draw(canvas)
    what = "training" if split == "train" else "test"
    _centred(draw, (0, 0, width, _TITLE), f"{_short_name(dataset)}: {what} image {index}", size=15, colour=_FAINT)
    _paste(canvas, images[index], (_GAP, _TITLE), _ENLARGED)
    bottom = _TITLE + _ENLARGED
    _centred(draw, (0, bottom, width, canvas.height), label_of(dataset, split, index), size=22, colour=_INK)
    return canvas


def small_png(pixels: NDArray[np.uint8]) -> bytes:
    """One image as a PNG file, as it is; large ones made smaller.

    Args:
        pixels: uint8, `(height, width, channels)`.
    """
    plain = as_image(pixels)
    plain.thumbnail((_ENLARGED, _ENLARGED))
    file = io.BytesIO()
    plain.save(file, format="PNG")
    return file.getvalue()


def label_of(dataset: Dataset, split: Literal["train", "test"], index: int) -> str:
    """The class name of one image.

    Raises:
        DataError: there is no such image.
    """
    _split(dataset, split, index)
    labels = dataset.train.labels if split == "train" else dataset.test.labels
    return dataset.class_names[int(labels[index])]


def _split(dataset: Dataset, split: str, index: int) -> NDArray[np.uint8]:
    if split not in ("train", "test"):
        raise DataError(f"`split` must be train or test, but got split={split!r}. Say train:25, for example.")
    images = dataset.train.images if split == "train" else dataset.test.images
    if not 0 <= index < len(images):
        raise DataError(
            f"`index` must lie between 0 and {len(images) - 1:,}, the last {split} image of {dataset.name}, but got "
            f"index={index}. Choose another image."
        )
    return images


def _short_name(dataset: Dataset) -> str:
    """The name of a dataset, or the last part of its path."""
    return dataset.name.replace("\\", "/").rstrip("/").rpartition("/")[2] or dataset.name


def _paste(canvas: Image, pixels: NDArray[np.uint8], corner: tuple[int, int], side: int) -> None:
    """Puts an image into a square cell: small ones enlarged by whole pixels, large ones made smaller."""
    from PIL import Image, ImageDraw

    plain = as_image(pixels).convert("RGB")
    longest = max(plain.size)
    factor = side // longest if longest <= side else side / longest
    width, height = (max(1, round(length * factor)) for length in plain.size)
    small = longest <= side
    plain = plain.resize((width, height), Image.Resampling.NEAREST if small else Image.Resampling.LANCZOS)
    left, top = corner[0] + (side - width) // 2, corner[1] + (side - height) // 2
    ImageDraw.Draw(canvas).rectangle((left - 1, top - 1, left + width, top + height), outline=_EDGE)
    canvas.paste(plain, (left, top))


def _centred(
    draw: ImageDraw, box: tuple[int, int, int, int], text: str, *, size: int, colour: tuple[int, int, int]
) -> None:
    """Writes one line in the middle of a box, shortened with dots where it does not fit."""
    font = _font(size)
    room = box[2] - box[0] - 4
    shown = text = "".join(letter if letter.isprintable() else "?" for letter in text)
    while draw.textlength(shown, font=font) > room and len(text) > 1:
        text = text[:-1]
        shown = f"{text.rstrip()}..."
    draw.text(((box[0] + box[2]) / 2, (box[1] + box[3]) / 2), shown, font=font, fill=colour, anchor="mm")


def _font(size: int) -> FreeTypeFont:
    from PIL import ImageFont

    return ImageFont.load_default(size)  # type: ignore[return-value]  # with a size it is always the scalable one

"""One picture from bytes to uint8 pixels, with every way of storing colour brought to grey or RGB.

Rules: EXIF orientation is applied; palettes and CMYK become RGB; of several pages or frames the first counts; how more
than eight bits and transparent pixels are read is said by a `PictureReading`.
"""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from classlab.datasets.safe_read.picture_values import values_of
from classlab.errors import DataError
from classlab.extras import command, installed
from classlab.files.read_file import read_file

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from classlab.records.picture_reading import PictureReading

FORMATS = ("PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF", "AVIF")
ENDINGS = (  # of the names of such files, HEIC's too, so that they are taken for pictures before they are opened
    *(".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".avif", ".heic", ".heif"),
)
FORMAT_WORDS = "PNG, JPEG, BMP, GIF, WebP, TIFF or AVIF"  # in every sentence about them
MAX_PIXELS = 50_000_000  # a large camera picture; Pillow itself would allow 179 million
MAX_FILE = 256 * 2**20  # bytes; more than 50 million pixels of 24 bits need without compression

_PAGED = ("GIF", "PNG", "TIFF", "WEBP", "AVIF")  # a JPEG's second picture is a preview or a map that the camera adds
_HEIC = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
_NO_PICTURE = {  # how files that are often found under a picture's name begin, spaces aside
    b"<!doctype html": "is a web page (HTML) and no picture. Get the picture again",
    b"<html": "is a web page (HTML) and no picture. Get the picture again",
    b"<svg": "is a drawing (SVG) and no picture of pixels. Save it as PNG",
    b"<?xml": "is text (XML) and no picture. Get the picture again",
    b"%pdf": "is a PDF and no picture. Save its page as PNG",
    b"pk\x03\x04": "is a zip archive and no picture. Unpack it",
    b"version https://git-lfs": "is a pointer of Git LFS and no picture. Get the files with `git lfs pull`",
}


@dataclass(frozen=True, kw_only=True, eq=False)
class Picture:
    """A picture, and what a reader of a whole dataset must know of it.

    Args:
        pixels: uint8, `(height, width, channels)` with 1 channel where every pixel is grey, else 3.
        largest: the largest value of a grey picture of more than eight bits; None for others.
        transparent: whether some pixel was not opaque.
        brightness: mean brightness of what is drawn on a transparent ground, from 0 to 255; None for others.
        several: whether it had more pages or frames than the first.
        deep_colour: whether it held sixteen bits for each colour, of which the upper eight were read.
    """

    pixels: NDArray[np.uint8]
    largest: int | None
    transparent: bool
    brightness: float | None
    several: bool
    deep_colour: bool


def read_picture(path: Path, *, reading: PictureReading | None = None) -> NDArray[np.uint8]:
    """Reads a PNG, JPEG, BMP, GIF, WebP, TIFF or AVIF picture.

    Args:
        path: the file; what it is called does not matter, what it begins with does.
        reading: how the pictures of a dataset were read (`Dataset.reading`), to read this one as they were; where left
            out, the picture itself decides what is in use of sixteen bits and what transparent pixels are laid on.

    Returns:
        `(height, width, channels)` with 1 channel where every pixel is grey, else 3.

    Raises:
        DataError: it is none of these formats, damaged, or has more than 50 million pixels.
        StorageError: the file cannot be read.
    """
    content = read_file(path, limit=MAX_FILE, error=DataError, step="Make it smaller.")
    try:
        return decode_picture(content, reading).pixels
    except DataError as problem:
        raise DataError(f"{path} {problem}") from None


def decode_picture(content: bytes, reading: PictureReading | None, *, most: int = MAX_PIXELS) -> Picture:
    """Decodes a picture; arguments as of `read_picture`, and how many pixels it may have at `most`.

    Raises:
        DataError: as `read_picture`; the sentence lacks its subject, the file.
    """
    try:
        with warnings.catch_warnings():
            # Many cameras write EXIF that Pillow warns of; the pixels are good. Sizes are checked below.
            warnings.simplefilter("ignore")
            return _decode(content, reading, most)
    except DataError:
        raise
    except Exception as problem:  # noqa: BLE001  decoders fail in many ways on damaged bytes
        raise DataError(_refusal(content, problem)) from None


def _decode(content: bytes, reading: PictureReading | None, most: int) -> Picture:
    from PIL import Image

    Image.init()
    if _is_heic(content) and "HEIF" not in Image.OPEN and installed("pillow_heif"):
        import_module("pillow_heif").register_heif_opener()
    plugged = ("HEIF",) if "HEIF" in Image.OPEN else ()  # a program may have registered Pillow's plugin for it
    with Image.open(io.BytesIO(content), formats=(*FORMATS, *plugged)) as image:
        pixels = image.width * image.height
        if pixels > most:
            raise DataError(
                f"has {image.width:,} x {image.height:,} pixels, more than the {most:,} allowed. Make it smaller."
            )
        deep_colour = _deep_colour(image, content)
        several = image.format in _PAGED and bool(getattr(image, "is_animated", False))
        image.load()
        _turn(image)
        values = values_of(image, reading)
    return Picture(
        pixels=_grey_where_grey(values.pixels),
        largest=values.largest,
        transparent=values.transparent,
        brightness=values.brightness,
        several=several,
        deep_colour=deep_colour,
    )


def _is_heic(content: bytes) -> bool:
    return content[4:8] == b"ftyp" and content[8:12] in _HEIC


def _deep_colour(image: Any, content: bytes) -> bool:
    """Whether colours have sixteen bits in the file: Pillow keeps the upper eight."""
    if image.format == "PNG":
        return content[24] == 16 and content[25] != 0  # bit depth and colour type, where the header (IHDR) has them
    bits_per_sample = 258  # the tag's number
    return image.format == "TIFF" and len(image.getbands()) > 1 and max(image.tag_v2.get(bits_per_sample, (8,))) == 16


def _turn(image: Any) -> None:
    """Turns a picture as its EXIF says; where that cannot be read, it says nothing."""
    from PIL import ImageOps

    try:
        ImageOps.exif_transpose(image, in_place=True)
    except Exception:  # noqa: BLE001  as with damaged pixels, there are many ways
        return


def _grey_where_grey(values: NDArray[np.uint8]) -> NDArray[np.uint8]:
    if values.shape[2] == 3 and all((row == row[:, :1]).all() for row in values):
        values = values[..., :1]
    return np.ascontiguousarray(values)


def _refusal(content: bytes, problem: Exception) -> str:
    """What is wrong with bytes that could not be decoded, as far as their beginning and the decoder tell."""
    from PIL.Image import DecompressionBombError

    if isinstance(problem, DecompressionBombError):  # Pillow's own limit, far above ours
        return f"has more pixels than the {MAX_PIXELS:,} allowed. Make it smaller."
    if not content:
        return "is empty. Get it again."
    start = content[:256].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    for beginning, words in _NO_PICTURE.items():
        if start.startswith(beginning):
            return f"{words}."
    if _is_heic(content) and not installed("pillow_heif"):
        return (
            "is an HEIC picture, and pillow-heif, which reads it, is not installed. Install it with "
            f"`{command('heic')}`, or save the picture as JPEG or PNG."
        )
    if isinstance(problem, OSError) and any(word in str(problem).lower() for word in ("truncated", "broken data")):
        return "is cut short: it begins as a picture, and its pixels end early. Get it again."
    return f"cannot be read as a {FORMAT_WORDS} picture. It is damaged or of another kind."

"""One picture from a file to uint8 pixels, with every way of storing colour brought to grey or RGB.

Rules: EXIF orientation is applied; palettes and CMYK become RGB; 16-bit grey is divided by 257 and rounded;
transparent pixels are laid on white; of an animation the first frame counts.
"""

from __future__ import annotations

import io
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from classlab.errors import DataError
from classlab.files.read_file import read_file

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

FORMATS = ("PNG", "JPEG", "BMP", "GIF", "WEBP")
MAX_PIXELS = 50_000_000  # a large camera picture; Pillow itself would allow 179 million
MAX_FILE = 256 * 2**20  # bytes; more than 50 million pixels of 24 bits need without compression
_STRIP = 256  # rows brought to grey or RGB together
_SIXTEEN_BIT = ("I", "I;16", "I;16B", "I;16L", "I;16N")


def read_picture(path: Path) -> NDArray[np.uint8]:
    """Reads a PNG, JPEG, BMP, GIF or WebP picture.

    Args:
        path: the file; what it is called does not matter, what it begins with does.

    Returns:
        `(height, width, channels)` with 1 channel where every pixel is grey, else 3.

    Raises:
        DataError: it is none of these formats, damaged, or has more than 50 million pixels.
        StorageError: the file cannot be read.
    """
    content = read_file(path, limit=MAX_FILE, error=DataError, step="Make it smaller.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return _decode(content)
    except DataError as problem:
        raise DataError(f"{path} {problem}") from None
    except Exception:  # noqa: BLE001  decoders fail in many ways on damaged bytes, and all mean the same
        raise DataError(
            f"{path} cannot be read as a PNG, JPEG, BMP, GIF or WebP picture. It is damaged or of another kind."
        ) from None


def _decode(content: bytes) -> NDArray[np.uint8]:
    from PIL import Image, ImageOps

    with Image.open(io.BytesIO(content), formats=FORMATS) as image:
        pixels = image.width * image.height
        if pixels > MAX_PIXELS:
            raise DataError(
                f"has {image.width:,} x {image.height:,} pixels, more than the {MAX_PIXELS:,} allowed. Make it smaller."
            )
        image.load()
        ImageOps.exif_transpose(image, in_place=True)
        values = _values(image)
    if values.shape[2] == 3 and all((row == row[:, :1]).all() for row in values):
        values = values[..., :1]
    return np.ascontiguousarray(values)


def _values(image: Any) -> NDArray[np.uint8]:
    """Pixels as `(height, width, 1 or 3)`, made strip by strip: a picture is never held more than twice."""
    strips = (
        image.crop((0, top, image.width, min(top + _STRIP, image.height))) for top in range(0, image.height, _STRIP)
    )
    out: NDArray[np.uint8] | None = None
    for number, strip in enumerate(strips):
        values = np.asarray(_plain(strip), np.uint8).reshape(strip.height, strip.width, -1)
        if out is None:
            out = np.empty((image.height, image.width, values.shape[2]), np.uint8)
        out[number * _STRIP : number * _STRIP + strip.height] = values
    if out is None:
        raise ValueError(image.height)
    return out


def _plain(image: Any) -> Any:
    """Brings a Pillow image of any mode to `L` or `RGB`."""
    from PIL import Image

    if image.mode in _SIXTEEN_BIT:
        deep = np.clip(np.asarray(image), 0, 65535).astype(np.uint32)
        return Image.fromarray(((deep + 128) // 257).astype(np.uint8))  # 257 * 255 = 65535
    if image.mode in ("L", "1"):
        return image.convert("L") if "transparency" not in image.info else _on_white(image)
    if "A" in image.getbands() or "a" in image.getbands() or "transparency" in image.info:
        return _on_white(image)
    return image.convert("RGB")


def _on_white(image: Any) -> Any:
    from PIL import Image

    image = image if image.mode == "RGBA" else image.convert("RGBA")
    page = Image.new("RGB", image.size, (255, 255, 255))
    page.paste(image, mask=image.getchannel("A"))
    return page

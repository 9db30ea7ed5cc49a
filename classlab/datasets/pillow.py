"""Pixels as Pillow holds them, and what Pillow holds as an address that a page shows."""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image


def as_image(pixels: NDArray[np.uint8]) -> Image:
    """Pixels as Pillow holds them.

    Args:
        pixels: uint8, `(height, width, channels)`, grey where there is one channel.
    """
    from PIL import Image

    return Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)


def png_address(picture: Image, *, effort: int = 6) -> str:
    """A `data:` address that holds a picture itself, as a page shows it without another file.

    Args:
        picture: as Pillow holds it.
        effort: of zlib, from 0 to 9.
    """
    file = io.BytesIO()
    picture.save(file, format="PNG", compress_level=effort)
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"

"""How arrays hold images, brought to one layout: `(images, height, width)` or `(images, height, width, channels)`."""

from __future__ import annotations

from math import isqrt
from typing import TYPE_CHECKING, Any

import numpy as np

from classlab.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

_CHANNELS = (1, 3, 4)
_COMPARED = 256  # images that decide which of two orders of channels is the smoother one


def to_layout(
    where: str,
    images: NDArray[Any],
    *,
    count: int,
    size: tuple[int, int] | None = None,
    note: Callable[[str], None],
) -> NDArray[Any]:
    """Brings images to channels last, as a view where that is possible.

    Args:
        where: what sentences call them.
        images: `(images, height, width)`, with channels first or last, with the images as the last axis, or flat
            `(images, pixels)`.
        count: how many labels there are, which tells the axis of the images.
        size: `(height, width)` of flat images; square ones need none.
        note: takes what was done, a sentence.

    Returns:
        `(images, height, width)`, or with 1, 3 or 4 channels as the last axis.

    Raises:
        DataError: another shape.
    """
    came = images.shape
    if images.ndim in (2, 3, 4) and images.shape[0] != count == images.shape[-1]:
        images = np.moveaxis(images, -1, 0)
        note(f"{where} came as {came} with the images as its last axis, which was moved to the front.")
    if images.ndim == 2 or (size is not None and images.ndim == 3 and images.shape[1] == 1):
        return _from_flat(where, images.reshape(len(images), -1), size, note)
    if images.ndim == 4 and images.shape[-1] not in _CHANNELS and images.shape[1] in _CHANNELS:
        note(f"{where} came as {came} with channels first; they were moved to the last axis.")
        return np.moveaxis(images, 1, -1)
    if images.ndim not in (3, 4) or (images.ndim == 4 and images.shape[-1] not in _CHANNELS):
        raise DataError(
            "images must have the shape (images, height, width), perhaps with 1, 3 or 4 channels, or (images, "
            f"pixels), but {where} has {came}. Reshape them, for example to (images, 28, 28)."
        )
    return images


def _from_flat(
    where: str, flat: NDArray[Any], size: tuple[int, int] | None, note: Callable[[str], None]
) -> NDArray[Any]:
    count, pixels = flat.shape
    for channels in _CHANNELS:
        height, width = size or (isqrt(pixels // channels),) * 2
        if pixels and height * width * channels == pixels:
            break
    else:
        needs = "a square number of pixels, once or three times" if size is None else f"{size[0]} x {size[1]} pixels"
        raise DataError(
            f"flat images must have {needs}, but {where} has {pixels:,} for each. Say their height and width, as in "
            "FILE#size=28x20, or reshape them to (images, height, width)."
        )
    shape = f"{height} x {width}"
    if channels == 1:
        note(f"{where} came flat, with {pixels:,} pixels for each image, and was brought to {shape}.")
        return flat.reshape(count, height, width)
    last = flat.reshape(count, height, width, channels)
    planes = np.moveaxis(flat.reshape(count, channels, height, width), 1, -1)
    in_planes = _roughness(planes) < _roughness(last)
    order = "plane after plane, as is smoother than pixel by pixel" if in_planes else "pixel by pixel"
    note(
        f"{where} came flat, with {pixels:,} values for each image, and was brought to {shape} with {channels} "
        f"channels, read {order}."
    )
    return planes if in_planes else last


def _roughness(images: NDArray[Any]) -> float:
    """Mean distance of neighbours in a row: a picture read in the wrong order is rough."""
    some = images[:: max(1, len(images) // _COMPARED)].astype(np.float64)
    return float(np.abs(np.diff(some, axis=2)).mean()) if some.shape[2] > 1 else 0.0


def without_alpha(where: str, images: NDArray[np.uint8], note: Callable[[str], None]) -> NDArray[np.uint8]:
    """Lays images with four channels on a plain ground, one piece after the other; others are left as they are.

    The ground is what the ink stands out from, white for dark ink and black for bright ink: white ink on white paper
    would be lost. Images that are grey then have one channel.

    Args:
        where: what sentences call them.
        images: `(images, height, width, channels)`.
        note: takes what was done, a sentence.
    """
    if images.ndim != 4 or images.shape[-1] != 4:
        return images
    alpha = images[..., 3]
    if alpha.min(initial=255) == 255:
        note(f"{where} came with an opacity that is full everywhere; it was left out.")
        return images[..., :3]
    ground = 0 if _ink(images) > _MIDDLE else 255
    note(f"{where} came with transparent pixels, which were laid on {'white' if ground else 'black'}.")
    out = np.empty((*images.shape[:3], 3), np.uint8)
    for position, image in enumerate(images):
        cover = image[..., 3:].astype(np.uint32)
        out[position] = (image[..., :3] * cover + ground * (255 - cover) + 127) // 255
    grey = all((image == image[..., :1]).all() for image in out)
    return out[..., 0] if grey else out


_MIDDLE = 127.5  # halfway from black to white


def _ink(images: NDArray[np.uint8]) -> float:
    """Mean value of what can be seen."""
    weight = total = 0
    for image in images:
        cover = image[..., 3].astype(np.uint64)
        weight += int(cover.sum())
        total += int((image[..., :3].mean(axis=-1) * cover).sum())
    return total / weight if weight else 0.0

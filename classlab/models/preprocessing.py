"""Preprocessing as a layer: what turns uint8 pixels into the numbers a network is trained on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classlab.errors import SpecError
from classlab.records.architecture import Architecture, KerasArchitecture
from classlab.records.layers import Flatten, Normalization, Rescaling

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classlab.records.run import Preprocessing

_CHUNK_PIXELS = 1 << 22  # np.bincount widens pixels to 8 bytes each: 32 MiB at a time


def input_layer(preprocessing: Preprocessing, train_images: NDArray[np.uint8]) -> Rescaling | Normalization:
    """Makes the layer that stands before the network, while training and in every exported file.

    `unit` maps 0..255 to 0..1, `symmetric` to -1..1, `none` leaves the numbers as they are, and `standardize` gives
    every channel mean 0 and variance 1 over the training images. A channel that is constant has nothing to scale:
    it is centred to 0 and left undivided (variance 1), as scikit-learn's StandardScaler does.

    Args:
        preprocessing: how to scale.
        train_images: uint8, `(images, height, width, channels)`; only `standardize` reads them.

    Raises:
        SpecError: the word is unknown, or the images are not uint8 images.

    Example:
        >>> input_layer("symmetric", np.zeros((1, 2, 2, 1), np.uint8)).offset
        -1.0
    """
    match preprocessing:
        case "unit":
            return Rescaling(scale=1 / 255)
        case "symmetric":
            return Rescaling(scale=1 / 127.5, offset=-1.0)
        case "standardize":
            return _standardize(train_images)
        case "none":
            return Rescaling(scale=1.0)
    raise SpecError(
        "`preprocessing` must be one of unit, symmetric, standardize, none, but got "
        f"preprocessing={preprocessing!r}. unit is usual."
    )


def check_scaled_once(architecture: Architecture | KerasArchitecture, preprocessing: Preprocessing) -> None:
    """Refuses to scale images for a network that begins by scaling them itself.

    Pixels divided by 255 twice end in [0, 1/255], where many networks never learn.

    Raises:
        SpecError: the network's own first layers scale, and `preprocessing` is not `none`.
    """
    if preprocessing == "none":
        return
    kinds = (
        [layer.kind for layer in architecture.layers]
        if isinstance(architecture, Architecture)
        else [kind for kind, _ in architecture.described()]
    )
    passing = {"InputLayer", "Reshape", Flatten.kind}
    first = next((kind for kind in kinds if kind not in passing), "")
    if first in (Rescaling.kind, Normalization.kind):
        raise SpecError(
            f"`preprocessing` must be none for the model {architecture.name!r}, whose own {first} layer scales the "
            f"images already, but got preprocessing={preprocessing!r}: they would be scaled twice. "
            "Give preprocessing='none', or remove the layer from the model."
        )


def _standardize(images: NDArray[np.uint8]) -> Normalization:
    """Mean and variance from exact counts of the 256 pixel values: float64 without rounding on the way."""
    if images.dtype != np.uint8 or images.ndim != 4 or images.size == 0:
        raise SpecError(
            "`train_images` must be uint8 images (images, height, width, channels) and not empty, but got "
            f"{images.dtype} {images.shape}. Give the pixels as they are, from 0 to 255."
        )
    height, width, channels = images.shape[1:]
    counts = np.zeros((channels, 256), np.int64)
    step = max(1, _CHUNK_PIXELS // (height * width))
    for start in range(0, len(images), step):
        for channel in range(channels):
            counts[channel] += np.bincount(images[start : start + step, ..., channel].ravel(), minlength=256)
    share = counts / counts.sum(axis=1, keepdims=True)
    values = np.arange(256.0)
    mean = share @ values
    variance = (share * (values - mean[:, None]) ** 2).sum(axis=1)
    constant = (counts > 0).sum(axis=1) == 1
    variance[constant] = 1.0
    return Normalization(mean=tuple(mean.tolist()), variance=tuple(variance.tolist()))

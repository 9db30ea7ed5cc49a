"""Preprocessing as a layer: what turns uint8 pixels into the numbers a network is trained on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classlab.errors import SpecError
from classlab.records.architecture import IMAGES, Architecture, KerasArchitecture
from classlab.records.layers import Cropping2D, Flatten, Normalization, Rescaling, Reshape, ZeroPadding2D

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from classlab.records.run import Preprocessing

# Layers behind which the numbers are still pixels, moved or not: the last row augments them.
PASSING = frozenset({
    "InputLayer", "Identity", Flatten.kind, Reshape.kind, ZeroPadding2D.kind, Cropping2D.kind, "CenterCrop", "Resizing",
    "RandomFlip", "RandomTranslation", "RandomRotation", "RandomZoom", "RandomShear", "RandomCrop",
})  # fmt: skip
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
    first = own_scaling(architecture)
    if first and preprocessing != "none":
        raise SpecError(
            f"`preprocessing` must be none for the model {architecture.name!r}, whose own {first} layer scales the "
            f"images already, but got preprocessing={preprocessing!r}: they would be scaled twice. "
            "Give preprocessing='none', or remove the layer from the model."
        )


def own_scaling(architecture: Architecture | KerasArchitecture) -> str:
    """The kind of the layer by which a network begins to scale its images itself; "" where it does not.

    Example:
        >>> from classlab.records.layers import Dense
        >>> layers = (Rescaling(scale=1 / 255), Flatten(), Dense(units=2))
        >>> own_scaling(Architecture(name="exported", input_shape=(4, 4, 1), layers=layers))
        'Rescaling'
    """
    return next((kind for kind in _first_kinds(architecture) if kind in (Rescaling.kind, Normalization.kind)), "")


def _first_kinds(architecture: Architecture | KerasArchitecture) -> Iterator[str]:
    """Kinds of the layers that are first to change the pixels' numbers; several where the images enter a graph."""
    if not isinstance(architecture, Architecture):
        yield next((kind for kind, _ in architecture.described() if kind not in PASSING), "")
        return
    unchanged = {IMAGES}  # positions of the layers that give the pixels as they are
    for position, (layer, sources) in enumerate(zip(architecture.layers, architecture.entering, strict=True)):
        if not unchanged.isdisjoint(sources):
            if layer.kind in PASSING:
                unchanged.add(position)
            else:
                yield layer.kind


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
    # Counted, not computed: the variance of equal values may round to something above zero.
    constant = (counts > 0).sum(axis=1) == 1
    variance[constant] = 1.0
    return Normalization(mean=tuple(mean.tolist()), variance=tuple(variance.tolist()))

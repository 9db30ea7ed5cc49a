"""The scaling of pixels to what a network takes: one multiplication and one addition, as Keras computes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from classlab.records.layers import Normalization, Rescaling

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Keras divides by max(sqrt(variance), epsilon) with its default epsilon.
_EPSILON = 1e-7


@dataclass(frozen=True)
class Chained:
    """Scalings one behind the other, which come to one multiplication and one addition as well.

    Args:
        layers: the first meets the pixels.
    """

    layers: tuple[Rescaling | Normalization, ...]


Scaling = Rescaling | Normalization | Chained


def scale_and_offset(layer: Scaling, kind: type[np.floating[Any]] = np.float32) -> tuple[NDArray[Any], NDArray[Any]]:
    """What pixels are multiplied by and what is added, each `()` or `(channels,)`.

    Args:
        layer: the preprocessing.
        kind: the precision in which the two are computed.
    """
    match layer:
        case Rescaling():
            return np.asarray(layer.scale, kind), np.asarray(layer.offset, kind)
        case Normalization():
            deviation = np.maximum(np.sqrt(np.asarray(layer.variance, kind)), kind(_EPSILON))
            return np.asarray(1 / deviation, kind), np.asarray(-np.asarray(layer.mean, kind) / deviation, kind)
        case Chained():
            scale, offset = np.asarray(1, kind), np.asarray(0, kind)
            for each in layer.layers:
                factor, addend = scale_and_offset(each, kind)
                scale, offset = scale * factor, offset * factor + addend
            return scale, offset


def scaled(images: NDArray[np.uint8] | NDArray[np.float32], layer: Scaling) -> NDArray[np.float32]:
    """Images `(images, height, width, channels)` as the network takes them."""
    scale, offset = scale_and_offset(layer)
    values: NDArray[np.float32] = images.astype(np.float32)
    values *= scale
    values += offset
    return values

"""The scaling of pixels to what a network takes: one multiplication and one addition, as Keras computes them."""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING, Any

import numpy as np

from classlab.records.layers import Normalization, Rescaling

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from classlab.records.architecture import Architecture

# Keras divides by max(sqrt(variance), epsilon) with its default epsilon.
_EPSILON = 1e-7


def scale_and_offset(
    layer: Rescaling | Normalization, kind: type[np.floating[Any]] = np.float32
) -> tuple[NDArray[Any], NDArray[Any]]:
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


def leading_scalings(architecture: Architecture) -> tuple[Rescaling | Normalization, ...]:
    """The scalings that a chain of layers itself begins with."""
    return tuple(takewhile(lambda layer: isinstance(layer, Rescaling | Normalization), architecture.layers))  # type: ignore[arg-type]  # mypy does not narrow by a function


def joint_scale_and_offset(layers: Sequence[Rescaling | Normalization]) -> tuple[NDArray[Any], NDArray[Any]]:
    """What pixels are multiplied by and what is added where scalings, one at least, stand one behind the other."""
    scale, offset = scale_and_offset(layers[0])
    for layer in layers[1:]:
        factor, shift = scale_and_offset(layer)
        scale, offset = scale * factor, offset * factor + shift
    return scale, offset


def scaled(images: NDArray[np.uint8] | NDArray[np.float32], layer: Rescaling | Normalization) -> NDArray[np.float32]:
    """Images `(images, height, width, channels)` as the network takes them."""
    scale, offset = scale_and_offset(layer)
    values: NDArray[np.float32] = images.astype(np.float32)
    values *= scale
    values += offset
    return values

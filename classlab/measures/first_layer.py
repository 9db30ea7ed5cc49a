"""The weights of a network's first layer, in the shape of the pictures that they look at."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Literal

from classlab.errors import SpecError
from classlab.measures.activations import known_layers
from classlab.records.architecture import IMAGES
from classlab.records.layers import Conv2D, Dense, Dropout, Flatten, Normalization, Rescaling, ZeroPadding2D

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from classlab.records.architecture import Architecture, KerasArchitecture

Kind = Literal["class", "unit", "filter"]

# Before the first weights they leave every value, or its place, as it was.
_PASSING = (Rescaling, Normalization, Flatten, Dropout, ZeroPadding2D)


@dataclass(frozen=True, kw_only=True, eq=False)
class FirstLayer:
    """One picture of weights per class, unit or filter.

    Args:
        layer: its position in the network.
        kind: what each picture belongs to: a class where the layer is the only one, else a unit of a Dense layer or a
            filter of a Conv2D.
        names: one per picture.
        pictures: float32, `(pictures, rows, columns, channels)`.
    """

    layer: int
    kind: Kind
    names: tuple[str, ...]
    pictures: NDArray[np.float32]


def first_layer(
    architecture: Architecture | KerasArchitecture,
    weights: Mapping[str, NDArray[np.float32]],
    *,
    class_names: Sequence[str],
) -> FirstLayer:
    """Takes the first layer with weights apart.

    Args:
        architecture: the network.
        weights: its arrays by layer position and name.
        class_names: one per class.

    Raises:
        SpecError: the first weights are neither those of a Conv2D, nor of a Dense layer over all pixels, or the layers
            are known to Keras alone.
    """
    network = known_layers(architecture)
    position = _first(network)
    kernel = weights[f"{position}.kernel"]
    if isinstance(network.layers[position], Conv2D):
        names = tuple(f"filter {place}" for place in range(kernel.shape[3]))
        return FirstLayer(layer=position, kind="filter", names=names, pictures=kernel.transpose(3, 0, 1, 2))
    pictures = kernel.T.reshape(-1, *network.input_shape)
    only = len([key for key in weights if key.endswith(".kernel")]) == 1 and len(pictures) == len(class_names)
    names = tuple(class_names) if only else tuple(f"unit {place}" for place in range(len(pictures)))
    return FirstLayer(layer=position, kind="class" if only else "unit", names=names, pictures=pictures)


def _first(architecture: Architecture) -> int:
    """Position of the first layer with weights.

    Raises:
        SpecError: its weights are no pictures.
    """
    place = IMAGES
    for position, (layer, sources) in enumerate(zip(architecture.layers, architecture.entering, strict=True)):
        if set(sources) != {place}:
            break
        if isinstance(layer, Conv2D):
            return position
        if isinstance(layer, Dense):
            flat = any(isinstance(each, Flatten) for each in architecture.layers[:position])
            framed = any(isinstance(each, ZeroPadding2D) for each in architecture.layers[:position])
            if (flat and not framed) or prod(architecture.input_shape[:2]) == 1:
                return position
            break
        if not isinstance(layer, _PASSING):
            break
        place = position
    raise SpecError(
        "the first layer with weights must be a Conv2D, or a Dense layer over all pixels, to be shown as pictures, "
        f"but {architecture.name!r} begins otherwise. Look at the activations of its layers instead."
    )

"""A trained network as a `.keras` file holds it: the preprocessing in front, and graphs in Keras's order of layers.

The order decides where weights stand: `model.weights.h5` names them by class and number (`layer_normalization_1`),
counted in the order that Keras gives the layers of a functional model, whatever order it finds them in.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from classlab.errors import SpecError
from classlab.models.keras_words import layer_names
from classlab.models.weights import weight_specs
from classlab.records.architecture import IMAGES, Architecture

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from classlab.records.layers import Normalization, Rescaling
    from classlab.records.preparation import Preparation

    Weights = Mapping[str, NDArray[np.float32]]


@dataclass(frozen=True, kw_only=True, eq=False)
class OrderedModel:
    """What is written.

    Args:
        architecture: the preprocessing and the layers behind it, in Keras's order.
        names: of the layers, as Keras would name them.
        arrays: of each layer its weights, in the order of Keras's `get_weights`.
        preparation: what stands before all of them, so that pictures of any size may enter; None for images alone.
    """

    architecture: Architecture
    names: tuple[str, ...]
    arrays: tuple[tuple[NDArray[np.float32], ...], ...]
    preparation: Preparation | None = None

    @property
    def weights(self) -> dict[str, NDArray[np.float32]]:
        """The arrays by `WeightSpec.key`."""
        arrays = [array for mine in self.arrays for array in mine]
        return {spec.key: array for spec, array in zip(weight_specs(self.architecture), arrays, strict=True)}


def ordered_model(
    architecture: Architecture,
    weights: Weights,
    *,
    input_layer: Rescaling | Normalization,
    preparation: Preparation | None = None,
) -> OrderedModel:
    """Puts the preprocessing in front of a network, and its layers in Keras's order.

    Args:
        architecture: the network.
        weights: its arrays, by `WeightSpec.key`.
        input_layer: the preprocessing.
        preparation: what brings pictures of any size to the network's images; None where these enter as they are.

    Raises:
        SpecError: a weight is missing or has another shape.
    """
    arrays: list[tuple[NDArray[np.float32], ...]] = [(), *(() for _ in architecture.layers)]
    for spec in weight_specs(architecture):
        arrays[spec.layer + 1] += (fitting(weights, spec.key, spec.shape, architecture.name),)
    layers = (input_layer, *architecture.layers)
    names = ("preprocessing", *layer_names(architecture.layers))
    entering = ((IMAGES,), *(tuple(source + 1 for source in sources) for sources in architecture.entering))
    order = range(len(layers)) if architecture.inputs is None else keras_order(entering)
    place = {IMAGES: IMAGES, **{position: place for place, position in enumerate(order)}}
    return OrderedModel(
        architecture=Architecture(
            name=model_name(architecture.name),
            input_shape=architecture.input_shape,
            layers=tuple(layers[position] for position in order),
            inputs=tuple(tuple(place[source] for source in entering[position]) for position in order),
        ),
        names=tuple(names[position] for position in order),
        arrays=tuple(arrays[position] for position in order),
        preparation=preparation,
    )


def keras_order(entering: Sequence[Sequence[int]]) -> list[int]:
    """Positions of a graph's layers in the order that Keras gives them (`keras.src.ops.function.map_graph`).

    Layers far from the output come first; those equally far stand in the order in which a walk back from the output,
    depth first and along each layer's inputs in turn, meets them.

    Args:
        entering: for each layer the positions of the layers before it, or `IMAGES`; the last layer is the output.

    Example:
        >>> keras_order([(-1,), (0,), (0,), (2, 1)])
        [0, 2, 1, 3]
    """
    distance = [0] * len(entering)
    for position in reversed(range(len(entering))):
        for source in entering[position]:
            if source != IMAGES:
                distance[source] = max(distance[source], distance[position] + 1)
    met: dict[int, int] = {}
    waiting = [len(entering) - 1]
    while waiting:
        position = waiting.pop()
        if position != IMAGES and position not in met:
            met[position] = len(met)
            waiting += reversed(entering[position])
    return sorted(met, key=lambda position: (-distance[position], met[position]))


def model_name(name: str) -> str:
    """A name that Keras takes for a model."""
    return re.sub(r"[^A-Za-z0-9_.-]", "_", name)


def fitting(weights: Weights, key: str, shape: tuple[int, ...], name: str) -> NDArray[np.float32]:
    """A weight of the network `name`.

    Raises:
        SpecError: it is missing or has another shape.
    """
    array = weights.get(key)
    if array is None or array.shape != shape:
        found = "none" if array is None else str(array.shape)
        raise SpecError(
            f"weight {key!r} of {name!r} must have the shape {shape}, but got {found}. "
            "Give the weights of this architecture."
        )
    return array

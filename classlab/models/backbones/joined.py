"""Two networks, one behind the other, as one: an entrance before a backbone, a head behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from classlab.models.keras_config import layer_config
from classlab.models.keras_runtime import keras
from classlab.models.weights import weight_specs
from classlab.records.architecture import IMAGES, Architecture, KerasArchitecture
from classlab.records.layers import joins

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from classlab.models.imported_model import ImportedModel

    Weights = Mapping[str, NDArray[np.float32]]


def joined(
    first: tuple[Architecture, Weights], second: tuple[Architecture, Weights], *, name: str
) -> tuple[Architecture, dict[str, NDArray[np.float32]]]:
    """What the engine knows, as one architecture with all weights.

    Args:
        first: layers and weights of what takes the images.
        second: of what takes the first one's values.
        name: of the whole.

    Returns:
        The whole, and its weights by `WeightSpec.key`.
    """
    (before, own), (behind, further) = first, second
    count = len(before.layers)
    entering = (
        *before.entering,
        *(tuple(count - 1 if source == IMAGES else source + count for source in each) for each in behind.entering),
    )
    whole = Architecture(
        name=name, input_shape=before.input_shape, layers=(*before.layers, *behind.layers), inputs=entering
    )
    moved = {f"{int(place) + count}.{rest}": value for place, rest, value in _parts(further)}
    return whole, {**own, **moved}


def joined_by_keras(
    first: tuple[KerasArchitecture, Weights], second: tuple[Architecture, Weights], *, name: str
) -> ImportedModel:
    """What only Keras knows, with layers behind it, as one model of the general path.

    Args:
        first: the model that takes the images, and its weights.
        second: layers and weights of what takes the first one's values.
        name: of the whole.
    """
    from classlab.models.keras_import import from_keras

    return from_keras(joined_model(first, second, name=name))


def joined_model(first: tuple[KerasArchitecture, Weights], second: tuple[Architecture, Weights], *, name: str) -> Any:
    """The same as the Keras model itself: the first network as its one inner model, then the second one's layers."""
    from classlab.models.keras_import import rebuild

    (before, own), k = first, keras()
    inner = rebuild(before, own)
    inner.set_weights([own[str(place)] for place in range(len(own))])
    images = k.Input(shape=before.input_shape)
    return k.Model(images, applied(*second, inner(images)), name=name)


def applied(architecture: Architecture, weights: Weights, value: Any) -> Any:
    """Calls an architecture's layers, as Keras's own, on a symbolic value, and gives them their weights."""
    k, values = keras(), {IMAGES: value}
    for position, (layer, sources) in enumerate(zip(architecture.layers, architecture.entering, strict=True)):
        made = k.layers.deserialize(layer_config(layer, layer_name(architecture, position)))
        entering = [values[source] for source in sources]
        values[position] = made(entering if joins(layer) else entering[0])
        arrays = [weights[spec.key] for spec in weight_specs(architecture) if spec.layer == position]
        if arrays:
            made.set_weights(arrays)
    return values[len(architecture.layers) - 1]


def layer_name(architecture: Architecture, position: int) -> str:
    """What `applied` calls a layer."""
    return f"{architecture.name}_{position}"


def _parts(weights: Weights) -> list[tuple[str, str, NDArray[np.float32]]]:
    """Layer position, name within the layer, and values of each weight."""
    return [(place, name, value) for key, value in weights.items() for place, name in [key.split(".", 1)]]

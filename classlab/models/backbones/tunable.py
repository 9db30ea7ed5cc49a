"""A backbone with its trained head as a Keras model whose last layers can learn, each weight with its own name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from classlab.models.backbones.joined import applied, joined, joined_model, layer_name
from classlab.models.backbones.unfrozen import freeze
from classlab.models.keras_runtime import keras
from classlab.models.weights import weight_specs
from classlab.records import Architecture, KerasArchitecture

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from classlab.models.backbones.network import BackboneNetwork

    Weights = Mapping[str, NDArray[np.float32]]


class Tunable(NamedTuple):
    """The model, and whose its weights are.

    Args:
        model: from the scaled pictures to the scores.
        names: of each weight in the order of `get_weights()`: whether it is the backbone's, and its key there.
    """

    model: Any
    names: tuple[tuple[bool, str], ...]


def tunable(network: BackboneNetwork, head: Architecture, weights: Weights, *, layers: int) -> Tunable:
    """Puts a head behind its backbone, all but the last layers frozen.

    Args:
        network: the backbone.
        head: the layers behind it.
        weights: the head's.
        layers: how many of the last layers with weights learn, see `freeze`.

    Raises:
        SpecError: there are not so many layers.
        MissingExtraError: Keras is not installed.
    """
    keras("fine-tuning")
    if isinstance(network.architecture, KerasArchitecture):
        model = joined_model((network.architecture, network.weights), (head, weights), name="tuned")
        inner = model.layers[1]  # behind the Input
        names = {id(weight): (True, str(place)) for place, weight in enumerate(inner.weights)}
        names |= {key: (False, name) for key, name in _named(model, head).items()}
    else:
        whole, given = joined((network.architecture, network.weights), (head, weights), name="tuned")
        images = keras().Input(shape=whole.input_shape)
        model = keras().Model(images, applied(whole, given, images), name="tuned")
        count = len(network.architecture.layers)
        names = {key: _owned(name, count) for key, name in _named(model, whole).items()}
    freeze(model, but=layers, called="fine_tune")
    return Tunable(model, tuple(names[id(weight)] for weight in model.weights))


def _named(model: Any, architecture: Architecture) -> dict[int, str]:
    """The keys of an architecture's weights, by the `id` of Keras's variables."""
    found: dict[int, str] = {}
    for position in {spec.layer for spec in weight_specs(architecture)}:
        own = [spec.key for spec in weight_specs(architecture) if spec.layer == position]
        made = model.get_layer(layer_name(architecture, position))
        found |= {id(weight): key for weight, key in zip(made.weights, own, strict=True)}
    return found


def _owned(key: str, count: int) -> tuple[bool, str]:
    """Of a weight of the whole, whose it is and what it is called there; the backbone has the first layers."""
    place, name = key.split(".", 1)
    return (True, key) if int(place) < count else (False, f"{int(place) - count}.{name}")

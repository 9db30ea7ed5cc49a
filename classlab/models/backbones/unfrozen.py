"""A trained network as a Keras model of which only the last layers are trained further."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from classlab.errors import SpecError
from classlab.models.keras_build import to_keras

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import numpy as np
    from numpy.typing import NDArray

    from classlab.records.architecture import Architecture, KerasArchitecture
    from classlab.records.layers import Normalization, Rescaling


def unfrozen(
    architecture: Architecture | KerasArchitecture,
    weights: Mapping[str, NDArray[np.float32]],
    *,
    input_layer: Rescaling | Normalization,
    layers: int,
) -> Any:
    """Builds a Keras model from raw pixels whose first layers are frozen.

    Batch normalizations are frozen wherever they are: a small batch of few pictures would spoil their statistics.

    Args:
        architecture: the network.
        weights: its arrays.
        input_layer: the preprocessing.
        layers: how many of the last layers with weights are trained, batch normalizations not counted.

    Raises:
        SpecError: there are not so many layers.
        MissingExtraError: Keras is not installed.
    """
    model = to_keras(architecture, weights, input_layer=input_layer)
    freeze(model, but=layers)
    return model


def freeze(model: Any, *, but: int, called: str = "layers") -> None:
    """Freezes a Keras model but for its last layers with weights; batch normalizations rest wherever they are.

    Args:
        model: the model, which is changed.
        but: how many layers are not frozen, batch normalizations not counted.
        called: what the user calls that number.

    Raises:
        SpecError: there are not so many layers.
    """
    own = [each for each in _in_order(model) if each.weights]
    counted = [each for each in own if "Normalization" not in type(each).__name__]
    if not 1 <= but <= len(counted):
        raise SpecError(
            f"`{called}` must be from 1 to the {len(counted)} layers with weights, but got {called}={but}. Give fewer; "
            "2 or 3 are usual."
        )
    for layer in own:
        layer.trainable = False
    for layer in counted[-but:]:
        layer.trainable = True


def _in_order(layer: Any) -> Iterator[Any]:
    """Layers without layers of their own, in their order; Keras's own walk takes those of a model within backwards."""
    for each in getattr(layer, "layers", layer._layers):
        yield from _in_order(each) if each._layers else (each,)

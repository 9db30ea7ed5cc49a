"""A trained network as a Keras model of which only the last layers are trained further."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from classlab.errors import SpecError
from classlab.models.keras_build import to_keras

if TYPE_CHECKING:
    from collections.abc import Mapping

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
    # Keras has no public walk into layers within layers.
    own = [each for each in model._flatten_layers(include_self=False) if each.weights and not each._layers]
    counted = [each for each in own if "Normalization" not in type(each).__name__]
    if not 1 <= layers <= len(counted):
        raise SpecError(
            f"`layers` must be from 1 to the {len(counted)} layers with weights, but got layers={layers}. Give fewer; "
            "2 or 3 are usual."
        )
    for layer in own:
        layer.trainable = False
    for layer in counted[-layers:]:
        layer.trainable = True
    return model

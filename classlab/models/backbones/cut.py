"""A trained `.keras` file as a backbone: cut before its last Dense layer, and framed for other pictures."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from classlab.errors import SpecError, shown
from classlab.models.backbones.entrance import entrance
from classlab.models.backbones.joined import applied, joined
from classlab.models.backbones.network import BackboneNetwork, backbone_network
from classlab.models.keras_file import load_keras_file
from classlab.models.keras_runtime import keras
from classlab.models.leading_layers import leading_to
from classlab.models.preprocessing import own_scaling
from classlab.records.architecture import IMAGES, Architecture, KerasArchitecture
from classlab.records.layers import Activation, Dense, Dropout

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from classlab.models.backbones.entrance import Entrance
    from classlab.records.architecture import ImageShape

    Weights = Mapping[str, NDArray[np.float32]]


def from_file(path: Path, *, image_shape: ImageShape) -> BackboneNetwork:
    """Reads a `.keras` file that may come from anyone, and takes what enters its last Dense layer for features.

    Args:
        path: the file.
        image_shape: `(height, width, channels)` of the pictures, which are brought to what the file takes.

    Raises:
        SpecError: the file does not pass, or has no Dense layer at its end with a layer of weights before it.
        MissingExtraError: it has layers that only Keras knows, which is not installed.
        StorageError: the file cannot be read.
    """
    found = load_keras_file(path, image_shape=image_shape)
    whole = found.architecture
    name = path.stem
    front = entrance(image_shape, whole.input_shape)
    notes = (f"The backbone {name} was frozen while the head trained.", *((front.note,) if front.note else ()))
    if isinstance(whole, KerasArchitecture):
        made = _by_keras(whole, found.weights, front, name=name, image_shape=image_shape, where=shown(path))
        return replace(made, notes=notes)
    body, weights = before_head(whole, found.weights, where=shown(path))
    if front.architecture is not None:
        body, weights = joined((front.architecture, front.weights), (body, weights), name=name)
    return backbone_network(
        name, replace(body, name=name), weights, scaled_by=own_scaling(found.architecture), notes=notes
    )


def before_head(
    architecture: Architecture, weights: Weights, *, where: str
) -> tuple[Architecture, dict[str, NDArray[np.float32]]]:
    """What leads to the last Dense layer of a network, with its weights.

    Args:
        architecture: the network.
        weights: its arrays.
        where: what a sentence calls it.

    Raises:
        SpecError: it does not end in a Dense layer, or has no weights before that.
    """
    head = len(architecture.layers) - 1
    while head > 0 and isinstance(architecture.layers[head], Activation | Dropout):
        (head,) = architecture.entering[head]
    last = architecture.entering[head][0]
    if not isinstance(architecture.layers[head], Dense) or last == IMAGES:
        raise _headless(where)
    body, own = leading_to(architecture, weights, last)
    if not own:
        raise _headless(where)
    return body, own


def _by_keras(
    whole: KerasArchitecture,
    weights: Weights,
    front: Entrance,
    *,
    name: str,
    image_shape: ImageShape,
    where: str,
) -> BackboneNetwork:
    """The same of a network that only Keras knows."""
    from classlab.models.keras_import import from_keras, rebuild

    k = keras(where, because=whole.reason)
    model = rebuild(whole, weights)
    model.set_weights([weights[str(place)] for place in range(len(weights))])
    body = k.Model(model.inputs, _head_of(model, where).input)
    if not body.weights:
        raise _headless(where)
    values = pictures = k.Input(shape=image_shape)
    if front.architecture is not None:
        values = applied(front.architecture, front.weights, values)
    taken = tuple(model.inputs[0].shape[1:])
    if tuple(values.shape[1:]) != taken:  # an Input without channel axis
        values = k.layers.Reshape(taken, name="shape")(values)
    framed = k.Model(pictures, body(values), name="backbone")
    found = from_keras(framed)
    width = framed.output_shape
    if len(width) != 2:
        raise _headless(where)
    return backbone_network(
        name, found.architecture, found.weights, features=int(width[-1]), scaled_by=own_scaling(whole)
    )


def _head_of(model: Any, where: str) -> Any:
    """The Dense layer at the end of a Keras model."""
    passing = ("Activation", "Softmax", "Dropout")
    last = next((layer for layer in reversed(model.layers) if type(layer).__name__ not in passing), None)
    if type(last).__name__ != "Dense":
        raise _headless(where)
    return last


def _headless(where: str) -> SpecError:
    return SpecError(
        f"{where} must be a trained network with a Dense layer at its end and layers with weights before it, to be a "
        "backbone, but it is another. Give the file of such a network, or one of keras.applications by name."
    )

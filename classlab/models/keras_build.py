"""An architecture with its weights into a Keras model that takes raw pixels."""

from __future__ import annotations

import re
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from classlab.errors import SpecError
from classlab.models.keras_import import rebuild
from classlab.models.keras_runtime import keras
from classlab.models.keras_words import INITIALIZERS, Config, layer_names
from classlab.models.weights import WeightSpec, weight_specs
from classlab.records import layers as records
from classlab.records.architecture import IMAGES, Architecture, KerasArchitecture
from classlab.records.layers import joins

_SPATIAL = (
    records.Conv2D,
    records.DepthwiseConv2D,
    records.SeparableConv2D,
    records.MaxPooling2D,
    records.AveragePooling2D,
    records.GlobalAveragePooling2D,
    records.GlobalMaxPooling2D,
    records.SpatialDropout2D,
    records.ZeroPadding2D,
    records.Cropping2D,
    records.UpSampling2D,
    records.Flatten,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    Weights = Mapping[str, NDArray[np.float32]]


def to_keras(
    architecture: Architecture | KerasArchitecture,
    weights: Weights,
    *,
    input_layer: records.Rescaling | records.Normalization,
) -> Any:
    """Builds a Keras model: Input for uint8 pixels, the preprocessing, then the layers with their options.

    A chain of layers becomes a Sequential model, and layers that branch and join a functional one.

    Args:
        architecture: the network.
        weights: arrays by `WeightSpec.key`, or by position in `get_weights()` for a `KerasArchitecture`.
        input_layer: the preprocessing.

    Returns:
        A `keras.Model` from uint8 `(images, height, width, channels)`, for grey images also
        `(images, height, width)`, to float32 `(images, classes)`.

    Raises:
        SpecError: a weight is missing or has another shape.
    """
    k = keras()
    height, width, channels = architecture.input_shape
    entrance = [
        k.Input(shape=(height, width, channels), dtype="uint8", name="pixels"),
        _layer(input_layer, "preprocessing"),
    ]
    name = re.sub(r"[^A-Za-z0-9_.-]", "_", architecture.name)
    if isinstance(architecture, KerasArchitecture):
        inner = rebuild(architecture, weights)
        taken = tuple(inner.inputs[0].shape[1:])
        if taken != architecture.input_shape:
            entrance.append(k.layers.Reshape(taken, name="shape"))
        _set_all(inner, weights, architecture.name)
        return k.Sequential([*entrance, inner], name=f"{name}_on_pixels" if name == inner.name else name)
    layers = [
        _layer(layer, layer_name)
        for layer, layer_name in zip(architecture.layers, layer_names(architecture.layers), strict=True)
    ]
    model = _connected(architecture, entrance, layers, name)
    specs = weight_specs(architecture)
    for position, layer in enumerate(layers):
        mine = [spec for spec in specs if spec.layer == position]
        if mine:
            layer.set_weights([_array(weights, spec, architecture.name) for spec in mine])
    return model


def _connected(architecture: Architecture, entrance: list[Any], layers: list[Any], name: str) -> Any:
    """A Sequential model of a chain, a functional one of a graph."""
    k = keras()
    if architecture.inputs is None:
        return k.Sequential([*entrance, *layers], name=name)
    pixels, preprocessing = entrance
    values = {IMAGES: preprocessing(pixels)}
    for position, (layer, sources) in enumerate(zip(layers, architecture.inputs, strict=True)):
        entering = [values[source] for source in sources]
        values[position] = layer(entering if joins(architecture.layers[position]) else entering[0])
    return k.Model(pixels, values[len(layers) - 1], name=name)


def _array(weights: Weights, spec: WeightSpec, name: str) -> NDArray[np.float32]:
    return _checked(weights, spec.key, spec.shape, name)


def _set_all(model: Any, weights: Weights, name: str) -> None:
    shapes = [tuple(weight.shape) for weight in model.weights]
    model.set_weights([_checked(weights, str(position), shape, name) for position, shape in enumerate(shapes)])


def _checked(weights: Weights, key: str, shape: tuple[int, ...], name: str) -> NDArray[np.float32]:
    array = weights.get(key)
    if array is None or array.shape != shape:
        found = "none" if array is None else str(array.shape)
        raise SpecError(
            f"weight {key!r} of {name!r} must have the shape {shape}, but got {found}. "
            "Give the weights of this architecture."
        )
    return array


def _layer(layer: records.Layer, name: str) -> Any:
    """One layer; float32 and channels last whatever the user's Keras settings are, as the record means them."""
    k = keras()
    kind = getattr(k.layers, layer.kind)
    options: dict[str, Any] = {field.name: getattr(layer, field.name) for field in fields(layer)}
    del options["kind"]
    for option, value in options.items():
        if isinstance(value, records.Initializer):
            options[option] = _initializer(value)
        elif isinstance(value, records.Regularizer):
            options[option] = k.regularizers.L1L2(l1=value.l1, l2=value.l2)
    if isinstance(layer, records.Normalization):
        options = _statistics(layer)
    if isinstance(layer, _SPATIAL):
        options["data_format"] = "channels_last"
    return kind(name=name, dtype="float32", **options)


def _statistics(layer: records.Normalization) -> Config:
    if len(layer.mean) == 1:  # one number holds for every channel
        return {"axis": None, "mean": layer.mean[0], "variance": layer.variance[0]}
    return {"axis": -1, "mean": list(layer.mean), "variance": list(layer.variance)}


def _initializer(record: records.Initializer) -> Any:
    name, arguments = INITIALIZERS[record.name]
    return getattr(keras().initializers, name)(**{argument: getattr(record, argument) for argument in arguments})

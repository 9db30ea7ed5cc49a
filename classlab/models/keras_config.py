"""Layers and models as Keras serialises them: the JSON of `config.json`, made without Keras.

Options that are at Keras's default in every version are left out, so that older and later versions open the file.
"""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from classlab.models.keras_words import INITIALIZERS
from classlab.models.shapes import output_shapes
from classlab.records import layers as records
from classlab.records.architecture import IMAGES
from classlab.records.layers import joins

if TYPE_CHECKING:
    from classlab.models.keras_order import OrderedModel
    from classlab.models.keras_words import Config
    from classlab.records.architecture import ImageShape

PIXELS = "pixels"  # the name of the Input
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


def model_config(model: OrderedModel) -> Config:
    """The whole model: a Sequential one of a chain, a functional one of a graph, which takes uint8 pixels."""
    architecture = model.architecture
    entries = [layer_config(layer, name) for layer, name in zip(architecture.layers, model.names, strict=True)]
    config: Config = {"name": architecture.name, "trainable": True}
    entrance = _input_config(architecture.input_shape)
    if architecture.inputs is None:
        return _entry("keras", "Sequential", {**config, "layers": [entrance, *entries]})
    nodes = _nodes(model)
    connected = [
        {**entry, "name": name, "inbound_nodes": [nodes[name]]}
        for name, entry in zip(model.names, entries, strict=True)
    ]
    config["layers"] = [{**entrance, "name": PIXELS, "inbound_nodes": []}, *connected]
    config |= {"input_layers": [PIXELS, 0, 0], "output_layers": [model.names[-1], 0, 0]}
    return {**_entry("keras.src.models.functional", "Functional", config), "registered_name": "Functional"}


def layer_config(layer: records.Layer, name: str) -> Config:
    """One layer; float32 and channels last whatever the user's Keras settings are, as the record means them."""
    options: Config = {"name": name, "dtype": "float32"}
    options |= {field.name: _option(getattr(layer, field.name)) for field in fields(layer) if field.name != "kind"}
    if isinstance(layer, records.MaxPooling2D | records.AveragePooling2D):
        options["strides"] = options["strides"] or options["pool_size"]
    if isinstance(layer, records.Normalization):
        single = len(layer.mean) == 1  # one number holds for every channel
        options |= {"axis": [], "mean": layer.mean[0], "variance": layer.variance[0]} if single else {"axis": [-1]}
    if isinstance(layer, _SPATIAL):
        options["data_format"] = "channels_last"
    return _entry("keras.layers", layer.kind, options)


def _option(value: Any) -> Any:
    if isinstance(value, records.Initializer):
        name, arguments = INITIALIZERS[value.name]
        return _entry("keras.initializers", name, {argument: getattr(value, argument) for argument in arguments})
    if isinstance(value, records.Regularizer):
        return _entry("keras.regularizers", "L1L2", {"l1": value.l1, "l2": value.l2})
    return value


def _entry(module: str, name: str, config: Config) -> Config:
    return {"module": module, "class_name": name, "config": config, "registered_name": None}


def _input_config(image_shape: ImageShape) -> Config:
    options = {"batch_shape": [None, *image_shape], "dtype": "uint8", "sparse": False, "name": PIXELS}
    return _entry("keras.layers", "InputLayer", options)


def _nodes(model: OrderedModel) -> dict[str, Config]:
    """What each layer of a graph is called on, by its name."""
    architecture = model.architecture
    shapes = output_shapes(architecture)

    def value(source: int) -> Config:
        images = source == IMAGES
        told = {
            "shape": [None, *(architecture.input_shape if images else shapes[source])],
            "dtype": "uint8" if images else "float32",
            "keras_history": [PIXELS if images else model.names[source], 0, 0],
        }
        return {"class_name": "__keras_tensor__", "config": told}

    found: dict[str, Config] = {}
    for name, layer, sources in zip(model.names, architecture.layers, architecture.entering, strict=True):
        values = [value(source) for source in sources]
        found[name] = {"args": [values] if joins(layer) else values, "kwargs": {}}
    return found

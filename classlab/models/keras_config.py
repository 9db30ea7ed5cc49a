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
from classlab.records.preparation import ROUNDING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classlab.models.keras_order import OrderedModel
    from classlab.models.keras_words import Config
    from classlab.records.preparation import Preparation

PIXELS = "pixels"  # the name of the Input
WHOLE = "whole_pixels"  # the name of the last layer that prepares a picture
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
    architecture, done = model.architecture, model.preparation
    entries = [layer_config(layer, name) for layer, name in zip(architecture.layers, model.names, strict=True)]
    config: Config = {"name": architecture.name, "trainable": True}
    entrance = _input_config(architecture.input_shape if done is None else (None, None, done.channels))
    before = [] if done is None else preparation_entries(done)
    if architecture.inputs is None:
        return _entry("keras", "Sequential", {**config, "layers": [entrance, *before, *entries]})
    nodes = _nodes(model)
    connected = [
        {**entry, "name": name, "inbound_nodes": [nodes[name]]}
        for name, entry in zip(model.names, entries, strict=True)
    ]
    chain = [] if done is None else _connected(before, done)
    config["layers"] = [{**entrance, "name": PIXELS, "inbound_nodes": []}, *chain, *connected]
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


def preparation_entries(preparation: Preparation) -> list[Config]:
    """The layers that bring a picture of any size to the network's images, and round it to whole pixels.

    In float64: in float32 one value in 100,000 lies closer to where it is rounded than the noise of the arithmetic, and
    the file would see another pixel than the training did. As an int32 a value loses what is behind its point.
    """
    resizing: Config = {
        "height": preparation.size[0],
        "width": preparation.size[1],
        "interpolation": "bilinear",
        "crop_to_aspect_ratio": preparation.fit == "crop",
        "pad_to_aspect_ratio": preparation.fit == "pad",
        "fill_mode": "constant",
        "fill_value": float(preparation.fill or 0),
        "antialias": True,
        "data_format": "channels_last",
    }
    layers: tuple[tuple[str, str, str, Config], ...] = (
        ("Rescaling", "picture", "float64", {"scale": 1.0, "offset": 0.0}),
        ("Resizing", "resizing", "float64", resizing),
        ("Rescaling", "rounding", "float64", {"scale": 1.0, "offset": 1 - ROUNDING}),
        ("Rescaling", WHOLE, "int32", {"scale": 1.0, "offset": 0.0}),
    )
    return [_entry("keras.layers", kind, {"name": name, "dtype": dtype, **of}) for kind, name, dtype, of in layers]


def _connected(entries: list[Config], preparation: Preparation) -> list[Config]:
    """The same layers as those of a functional model, each called on the one before."""
    before, kind = PIXELS, "uint8"
    size: tuple[int | None, int | None] = (None, None)
    found = []
    for entry in entries:
        config = entry["config"]
        found.append({**entry, "name": config["name"], "inbound_nodes": [
            {"args": [_value(before, (*size, preparation.channels), kind)], "kwargs": {}}
        ]})  # fmt: skip
        size = preparation.size if entry["class_name"] == "Resizing" else size
        before, kind = config["name"], config["dtype"]
    return found


def _value(name: str, shape: Sequence[int | None], dtype: str) -> Config:
    told = {"shape": [None, *shape], "dtype": dtype, "keras_history": [name, 0, 0]}
    return {"class_name": "__keras_tensor__", "config": told}


def _input_config(image_shape: tuple[int | None, ...]) -> Config:
    options = {"batch_shape": [None, *image_shape], "dtype": "uint8", "sparse": False, "name": PIXELS}
    return _entry("keras.layers", "InputLayer", options)


def _nodes(model: OrderedModel) -> dict[str, Config]:
    """What each layer of a graph is called on, by its name."""
    architecture = model.architecture
    shapes = output_shapes(architecture)

    entrance = (PIXELS, "uint8") if model.preparation is None else (WHOLE, "int32")

    def value(source: int) -> Config:
        if source == IMAGES:
            return _value(entrance[0], architecture.input_shape, entrance[1])
        return _value(model.names[source], shapes[source], "float32")

    found: dict[str, Config] = {}
    for name, layer, sources in zip(model.names, architecture.layers, architecture.entering, strict=True):
        values = [value(source) for source in sources]
        found[name] = {"args": [values] if joins(layer) else values, "kwargs": {}}
    return found

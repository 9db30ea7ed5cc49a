"""Every layer of an architecture as nodes of an ONNX graph, in the operators that runtimes know best."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING

import numpy as np

from classlab.models.onnx_graph import Value
from classlab.models.onnx_images import image_layer
from classlab.models.onnx_recurrent import read_by_steps
from classlab.records.layers import (
    GRU,
    LEAKY_RELU_SLOPE,
    LSTM,
    Activation,
    Add,
    Average,
    BatchNormalization,
    Concatenate,
    Dense,
    Dropout,
    Flatten,
    Join,
    LayerNormalization,
    LeakyReLU,
    Maximum,
    Multiply,
    Normalization,
    ReLU,
    Rescaling,
    Reshape,
    SpatialDropout2D,
    Subtract,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from classlab.models.onnx_graph import OnnxGraph
    from classlab.models.shapes import Shape
    from classlab.records.layers import ActivationName, Layer

    Arrays = dict[str, NDArray[np.float32]]

_OPERATORS = {
    "relu": "Relu",
    "sigmoid": "Sigmoid",
    "tanh": "Tanh",
    "softplus": "Softplus",
    "elu": "Elu",
    "selu": "Selu",
}
_LEAST_DEVIATION = 1e-7  # Keras divides by no less


def add_layer(graph: OnnxGraph, layer: Layer, entering: Sequence[Value], shape: Shape, arrays: Arrays) -> Value:
    """Adds a layer's nodes.

    Args:
        graph: where to.
        layer: the layer.
        entering: the values that enter it.
        shape: of what it gives for one image, channels last.
        arrays: its weights by their names in Keras.

    Returns:
        What it gives.
    """
    if isinstance(layer, Join):
        return _joined(graph, layer, entering, shape)
    value = entering[0]
    match layer:
        case Dropout() | SpatialDropout2D():
            return value
        case Activation():
            return activated(graph, value, layer.activation)
        case ReLU():
            return activated(graph, value, "relu")
        case LeakyReLU():
            return value._replace(name=graph.node("LeakyRelu", value.name, alpha=layer.negative_slope))
        case Rescaling() | Normalization():
            return _scaled(graph, layer, value)
        case Flatten() | Reshape():
            return reshaped(graph, value, shape)
        case Dense():
            return _dense(graph, layer, value, arrays)
        case BatchNormalization() | LayerNormalization():
            return _normalized(graph, layer, value, arrays)
        case LSTM() | GRU():
            return read_by_steps(graph, layer, value, shape, arrays)
        case _:
            found = image_layer(graph, layer, value, shape, arrays)
            return activated(graph, found, getattr(layer, "activation", "linear"))


def activated(graph: OnnxGraph, value: Value, name: ActivationName) -> Value:
    """A value behind an activation function."""
    x = value.name
    match name:
        case "linear":
            return value
        case "softmax":
            found = graph.node("Softmax", x, axis=value.channel_axis)
        case "leaky_relu":
            found = graph.node("LeakyRelu", x, alpha=LEAKY_RELU_SLOPE)
        case "silu":
            found = graph.node("Mul", x, graph.node("Sigmoid", x))
        case "gelu":  # x / 2 (1 + erf(x / sqrt(2))); an operator of that name is too young for many runtimes
            root, one, half = (graph.weight("number", np.float32(each)) for each in (sqrt(2), 1, 0.5))
            grown = graph.node("Add", graph.node("Erf", graph.node("Div", x, root)), one)
            found = graph.node("Mul", graph.node("Mul", x, grown), half)
        case _:
            found = graph.node(_OPERATORS[name], x)
    return value._replace(name=found)


def reshaped(graph: OnnxGraph, value: Value, shape: Shape) -> Value:
    """The same values in another shape, the channels varying fastest."""
    if value.shape == shape:
        return value
    last = graph.channels_last(value)
    extents = graph.weight("shape", np.array([0, *shape], np.int64))  # 0: the batch axis as it is
    return Value(graph.node("Reshape", last.name, extents), shape)


def _scaled(graph: OnnxGraph, layer: Rescaling | Normalization, value: Value) -> Value:
    """By one multiplication and one addition, or what Keras computes of mean and deviation."""
    if isinstance(layer, Normalization):
        mean, variance = (np.asarray(each, np.float32) for each in (layer.mean, layer.variance))
        deviation = np.maximum(np.sqrt(variance), np.float32(_LEAST_DEVIATION))
        steps = (("Sub", mean, 0.0), ("Div", deviation, 1.0))
    else:
        scale, offset = (np.asarray(each, np.float32) for each in (layer.scale, layer.offset))
        steps = (("Mul", scale, 1.0), ("Add", offset, 0.0))
    for kind, figures, idle in steps:
        if (figures != idle).any():
            by = graph.weight(kind, value.along_channels(figures))
            value = value._replace(name=graph.node(kind, value.name, by))
    return value


def _dense(graph: OnnxGraph, layer: Dense, value: Value, arrays: Arrays) -> Value:
    last = graph.channels_last(value)
    found = graph.node("MatMul", last.name, graph.weight("kernel", arrays["kernel"]))
    if layer.use_bias:
        found = graph.node("Add", found, graph.weight("bias", arrays["bias"]))
    return activated(graph, Value(found, (*value.shape[:-1], layer.units)), layer.activation)


def _normalized(
    graph: OnnxGraph, layer: BatchNormalization | LayerNormalization, value: Value, arrays: Arrays
) -> Value:
    channels = value.shape[-1:]
    gamma = graph.weight("gamma", arrays["gamma"] if layer.scale else np.ones(channels, np.float32))
    beta = graph.weight("beta", arrays["beta"] if layer.center else np.zeros(channels, np.float32))
    if isinstance(layer, LayerNormalization):
        last = graph.channels_last(value)
        return last._replace(
            name=graph.node("LayerNormalization", last.name, gamma, beta, axis=-1, epsilon=layer.epsilon)
        )
    first = graph.channels_first(value)
    moving = (graph.weight(name, arrays[name]) for name in ("moving_mean", "moving_variance"))
    name = graph.node("BatchNormalization", first.name, gamma, beta, *moving, epsilon=layer.epsilon)
    return first._replace(name=name)


def _joined(graph: OnnxGraph, layer: Join, entering: Sequence[Value], shape: Shape) -> Value:
    """With the channels of all where those of the first are."""
    values = [graph.as_other(each, entering[0]) for each in entering]
    names, joined = [each.name for each in values], Value("", shape, values[0].first)
    match layer:
        case Add():
            found = graph.node("Sum", *names)
        case Average():
            found = graph.node("Mean", *names)
        case Maximum():
            found = graph.node("Max", *names)
        case Concatenate():
            found = graph.node("Concat", *names, axis=joined.channel_axis)
        case Subtract() | Multiply():
            found = names[0]
            for name in names[1:]:
                found = graph.node("Sub" if isinstance(layer, Subtract) else "Mul", found, name)
    return joined._replace(name=found)

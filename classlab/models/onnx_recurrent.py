"""LSTM and GRU as nodes of an ONNX graph, whose operators have the gates in another order than Keras."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classlab.models.onnx_graph import Value
from classlab.records.layers import LSTM

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classlab.models.onnx_graph import OnnxGraph
    from classlab.models.shapes import Shape
    from classlab.records.layers import GRU

    Arrays = dict[str, NDArray[np.float32]]

_ORDER = {"LSTM": (0, 3, 1, 2), "GRU": (0, 1, 2)}  # of Keras's gates in ONNX: input, output, forget, cell; alike
_BACKWARDS = ([-1], [np.iinfo(np.int64).min], [0], [-1])  # of a slice: start, end, axis, step


def read_by_steps(graph: OnnxGraph, layer: LSTM | GRU, value: Value, shape: Shape, arrays: Arrays) -> Value:
    """Adds the nodes of a layer that reads `(steps, features)`.

    Args:
        graph: where to.
        layer: the layer.
        value: what enters it.
        shape: of what it gives for one image.
        arrays: its weights by their names in Keras.
    """
    steps = graph.node("Transpose", graph.channels_last(value).name, perm=[1, 0, 2])
    if layer.go_backwards:  # its own direction "reverse" would give the states in the order of the steps
        steps = graph.node("Slice", steps, *(graph.weight("step", np.array(each, np.int64)) for each in _BACKWARDS))
    kernel, recurrent = (
        graph.weight(name, _gates(layer, arrays[name]).T[None]) for name in ("kernel", "recurrent_kernel")
    )
    bias = graph.weight("bias", _biases(layer, arrays)[None])
    options = {} if isinstance(layer, LSTM) else {"linear_before_reset": 1}  # Keras's `reset_after`
    found = graph.node(
        layer.kind, steps, kernel, recurrent, bias, hidden_size=layer.units, place=0 if layer.return_sequences else 1,
        **options,
    )  # fmt: skip
    direction = graph.weight("direction", np.array([1 if layer.return_sequences else 0], np.int64))
    states = graph.node("Squeeze", found, direction)
    return Value(graph.node("Transpose", states, perm=[1, 0, 2]) if layer.return_sequences else states, shape)


def _gates(layer: LSTM | GRU, array: NDArray[np.float32]) -> NDArray[np.float32]:
    """The gates along the last axis in ONNX's order."""
    parts = np.split(array, len(_ORDER[layer.kind]), axis=-1)
    return np.concatenate([parts[place] for place in _ORDER[layer.kind]], axis=-1)


def _biases(layer: LSTM | GRU, arrays: Arrays) -> NDArray[np.float32]:
    """What the input's gates add, then what the state's add; of an LSTM Keras has their sum alone."""
    both = np.zeros((2, len(_ORDER[layer.kind]) * layer.units), np.float32)
    if layer.use_bias:
        both[: 1 if isinstance(layer, LSTM) else 2] = arrays["bias"]
    return _gates(layer, both).ravel()

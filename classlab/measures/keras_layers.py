"""The layers of a Keras model as the doctor looks at them: kernels, activations, and where values can be read.

Public API of Keras 3, and its record of how a tensor came about where it has one. A model within a model is opened for
its weights; its inner values cannot be read from outside.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import prod
from types import BuiltinFunctionType
from typing import Any

from classlab.measures.layers import FUNCTION_LAYERS, function_behind

_LIBRARIES = ("keras", "torch", "jax", "tensorflow")  # whose functions are what they are called


@dataclass(frozen=True, kw_only=True)
class KerasLayer:
    """One layer without sublayers.

    Args:
        position: its place among all layers, from 0.
        layer: the Keras layer itself.
        kind: its class, as in "Dense".
        name: its name in the model.
        activation: the function behind it, its own or that of the layers after it, by Keras's name.
        values: symbolic tensor of its outputs, see `function_behind`; None where it cannot be read.
        entering: whether `values` are what enters the layer, from which its scores are to be computed: those of a Dense
            layer that applies a softmax by itself show nowhere.
    """

    position: int
    layer: Any
    kind: str
    name: str
    activation: str
    values: Any
    entering: bool = False

    @property
    def kernel(self) -> Any:
        """The largest trainable weight with at least two axes, the last one being units; None where there is none."""
        matrices = [weight for weight in self.layer.trainable_weights if len(weight.shape) >= 2]
        return max(matrices, key=lambda weight: prod(weight.shape), default=None)

    @property
    def config(self) -> dict[str, Any]:
        """The layer's own settings."""
        return dict(self.layer.get_config())


def keras_layers(model: Any) -> tuple[KerasLayer, ...]:
    """Lists a model's layers, those of models within it included, in the order in which the model holds them.

    Args:
        model: a built `keras.Model`.
    """
    flat = _flat(model)
    outer = {id(layer) for layer in model.layers}
    graph = _Graph(model, [layer for layer in flat if id(layer) in outer])
    made = []
    for position, layer in enumerate(flat):
        activation, values = _behind(layer, graph) if id(layer) in outer else (own_activation(layer), None)
        kind = type(layer).__name__
        entering = kind == "Dense" and own_activation(layer) == "softmax" and id(layer) in outer
        made.append(
            KerasLayer(
                position=position,
                layer=layer,
                kind=kind,
                name=layer.name,
                activation=activation,
                values=graph.enters(layer) if entering else values,
                entering=entering,
            )
        )
    return tuple(made)


def own_activation(layer: Any) -> str:
    """Keras's name of the function that a layer applies to its own sum.

    Returns:
        "linear" where it applies none; "unknown" for a function that is not Keras's.
    """
    kind = type(layer).__name__
    if kind in FUNCTION_LAYERS:
        return FUNCTION_LAYERS[kind]
    function = getattr(layer, "activation", None)
    if function is None:
        return "linear"
    name, home = getattr(function, "__name__", ""), str(getattr(function, "__module__", ""))
    theirs = isinstance(function, BuiltinFunctionType) or home.partition(".")[0] in _LIBRARIES
    return name if theirs and name != "<lambda>" else "unknown"


def _flat(model: Any) -> list[Any]:
    found: list[Any] = []
    for layer in model.layers:
        found += _flat(layer) if getattr(layer, "layers", None) else [layer]
    return found


def output_of(layer: Any) -> Any:
    """A layer's symbolic output; None without a graph, and for a layer that is used more than once."""
    try:
        output = layer.output
    except (AttributeError, ValueError):
        return None
    return output if hasattr(output, "shape") else None


def _input(layer: Any) -> Any:
    try:
        return layer.input
    except (AttributeError, ValueError):
        return None


class _Graph:
    """What enters and leaves each layer, and which layers read it.

    A Sequential model that grew by `add` has called its layers once for each that came later. The first output of one
    is then not the first input of the next, and a model of all first outputs would compute the first layers again for
    each: what counts is the graph that ends at the model's own output.

    Args:
        model: a built `keras.Model`.
        layers: of its own.
    """

    def __init__(self, model: Any, layers: list[Any]) -> None:
        import keras

        self._traced: dict[int, tuple[Any, Any]] = {}
        self._readers: dict[int, list[Any]] = {}
        if isinstance(model, keras.Sequential):
            self._traced = _traced(model)
            self._readers = {id(one): [other] for one, other in pairwise(model.layers)}
            return
        reading: dict[int, list[Any]] = {}
        for layer in layers:
            given = self.enters(layer)
            for tensor in given if isinstance(given, list | tuple) else [given]:
                reading.setdefault(id(tensor), []).append(layer)
        self._readers = {id(layer): reading.get(id(output_of(layer)), []) for layer in layers}

    def enters(self, layer: Any) -> Any:
        """The symbolic tensor that enters a layer, or several; None without a graph."""
        return self._traced[id(layer)][0] if id(layer) in self._traced else _input(layer)

    def leaves(self, layer: Any) -> Any:
        """The one that leaves it."""
        return self._traced[id(layer)][1] if id(layer) in self._traced else output_of(layer)

    def readers(self, layer: Any) -> list[Any]:
        """Which layers read it."""
        return self._readers.get(id(layer), [])


def _traced(model: Any) -> dict[int, tuple[Any, Any]]:
    """What enters and leaves the layers of a chain, by their identity, from its output as far back as Keras tells."""
    found: dict[int, tuple[Any, Any]] = {}
    try:
        (tensor,) = model.outputs
        while (history := getattr(tensor, "_keras_history", None)) is not None:
            (given,) = history.operation._inbound_nodes[history.node_index].input_tensors
            found[id(history.operation)] = given, tensor
            tensor = given
    except (AttributeError, ValueError, TypeError):  # an input's node has no inputs; a version may trace otherwise
        pass
    return found


def _behind(layer: Any, graph: _Graph) -> tuple[str, Any]:
    """The function behind a layer and the tensor that carries its outputs; None where only a softmax shows."""
    following, tensors, last = [], [graph.leaves(layer)], layer
    while tensors[-1] is not None and len(readers := graph.readers(last)) == 1:
        last = readers[0]
        following.append((type(last).__name__, own_activation(last)))
        tensors.append(graph.leaves(last))
    own = own_activation(layer)
    function, passed = function_behind(own, following)
    return function, None if own == "softmax" else tensors[passed]


def is_chain(model: Any) -> bool:
    """Whether each layer reads the one before it, with nothing between them, up to the model's output.

    A model within it counts as its layers in a row, where it is such a chain itself.
    """
    import keras

    if not all(is_chain(layer) for layer in model.layers if getattr(layer, "layers", None)):
        return False
    if isinstance(model, keras.Sequential):
        return True
    try:
        outputs = [layer.output for layer in model.layers]
        inputs = [layer.input for layer in model.layers if type(layer).__name__ != "InputLayer"]
    except (AttributeError, ValueError):
        return False
    if outputs[-1] is not model.outputs[0] or inputs[0] is not model.inputs[0]:
        return False
    readers = inputs[1:] if len(inputs) == len(outputs) else inputs
    return all(read is given for read, given in zip(readers, outputs, strict=False))

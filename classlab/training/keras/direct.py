"""A Keras model on PyTorch, its layers computed without what Keras does around each of them.

Around every layer Keras checks shapes and types, looks for arguments, masks and scopes, and opens names: in a small
network that takes as long as a fifth of a step. For layers of Keras's own that need none of it, their computation is
called directly, in the order of Keras's own graph, and that of the most frequent ones is written anew, see `computed`;
all others are called as Keras calls them.

In bfloat16, what a convolution gives stays so narrow up to the first layer that is to compute in float32. In a model
that no longer learns, neighbors become one computation, see `folded`.
"""

from __future__ import annotations

import inspect
import sys
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from classlab.models.keras_runtime import keras
from classlab.training.keras.computed import computation
from classlab.training.keras.folded import Chain, chains
from classlab.training.keras.kinds import direct_kinds, is_narrow, starts_narrow
from classlab.training.tensor.device import gains_from_bfloat16

if TYPE_CHECKING:
    from collections.abc import Callable

_FUNCTIONAL, _VARIABLES = "keras.src.models.functional", "keras.src.backend.common.variables"
_FLOATS = (torch.float32, torch.bfloat16)


class DirectModel:
    """Calls a Keras model; gives what the model would give.

    It uses private names of Keras. Where a version of Keras has them no more, it calls the model as it is.

    Args:
        model: a model of Keras that is built, with one input and one output.
        dtype: bfloat16 for narrow values in training, where the device computes with them; see `kinds`.
        learns: whether weights may change from call to call; gradients are asked for then alone.
    """

    def __init__(self, model: Any, *, dtype: torch.dtype = torch.float32, learns: bool = True) -> None:
        self._model, self._dtype, self._learns = model, dtype, learns
        self._kinds = direct_kinds()
        self._together: dict[int, dict[int, Callable[..., Any]]] = {}
        self._calls: dict[tuple[int, bool, bool], Callable[..., Any]] = {}
        self._rows: dict[int, list[Any]] = {}
        graph = _graph_of(model)
        self.is_direct = graph is not None and len(graph.outputs) == 1
        self._entrance = _entrance(model, lambda images, training: self._through(graph, images, training, outer=True))

    def __call__(self, images: Tensor, *, training: bool) -> Tensor:
        """What the model gives, as it comes: float32, or what the model's own last layer makes of it.

        Args:
            images: float32, `(batch, ...)` in the shape that the model takes.
            training: whether dropout drops and the statistics of the batch count.
        """
        found: Tensor = (self._entrance if self.is_direct else self._model)(images, training=training)
        return found

    def _through(self, graph: Any, inputs: Tensor, training: bool, *, outer: bool = False) -> Any:
        together = {} if self._learns else self._chains_of(graph)
        narrow = self._dtype == torch.bfloat16 and gains_from_bfloat16(inputs.device) and _scope() is not None

        def call_of(operation: Any) -> Callable[..., Any]:
            if id(operation) in together:
                return together[id(operation)]
            key = id(operation), training, narrow
            if key not in self._calls:
                self._calls[key] = self._call_of(operation, training=training, narrow=training and narrow)
            return self._calls[key]

        if len(graph.outputs) > 1:
            return graph._run_through_graph([inputs], operation_fn=call_of)
        if id(graph) not in self._rows:
            self._rows[id(graph)] = _in_order(graph)
        values = {id(graph.inputs[0]): inputs}
        for node in self._rows[id(graph)]:
            arguments, options = node.arguments.fill_in(values)
            found = call_of(node.operation)(*arguments, **options)
            given = (found,) if isinstance(found, Tensor) else _flat(found)
            values |= {id(symbol): value for symbol, value in zip(node.outputs, given, strict=True)}
        single = values[id(graph.outputs[0])]
        return _widened(single) if outer else single

    def _chains_of(self, graph: Any) -> dict[int, Callable[..., Any]]:
        if id(graph) not in self._together:
            found = chains(graph, fits=_is_ordinary)
            self._together[id(graph)] = {key: _alone(chain) for key, chain in found.items()}
        return self._together[id(graph)]

    def _call_of(self, operation: Any, *, training: bool, narrow: bool) -> Callable[..., Any]:
        by_keras = sys.modules[_FUNCTIONAL].operation_fn(operation, training=training)

        def widely(*arguments: Any, **options: Any) -> Any:
            return by_keras(*_widened(arguments), **_widened(options))

        graph = _graph_of(operation) if _is_ordinary(operation) else None
        if graph is not None:
            return _where_plain(lambda inputs: self._through(graph, inputs, training), widely, lists=False)
        if type(operation) in self._kinds and _is_ordinary(operation):
            narrow = narrow and is_narrow(operation)
            # Convolutions alone are to compute in bfloat16, which those of Keras do, see `quick_convolutions`.
            rounded = training and self._dtype == torch.bfloat16 and not narrow and starts_narrow(operation)
            own = None if rounded else computation(operation)
            if own is None:
                own = _computing(operation, training=training, narrow=narrow)
            elif narrow:
                own = _narrowed(operation, own)
            else:
                own = _widened_first(own)
            return _where_plain(own, widely)
        return widely


def _where_plain(
    direct: Callable[[Any], Any], otherwise: Callable[..., Any], *, lists: bool = True
) -> Callable[..., Any]:
    """One of two: `direct` for inputs that Keras would hand on as they are, and without further arguments.

    A graph holds a layer's `mask` that was None as it was made, and a `training`, which the model's own overrules.
    """

    def call(*arguments: Any, **options: Any) -> Any:
        further = [name for name, value in options.items() if name != "training" and value is not None]
        if further or len(arguments) != 1:
            return otherwise(*arguments, **options)
        (given,) = arguments
        tensors = given if lists and isinstance(given, list | tuple) else (given,)
        # A mask travels along with a tensor in Keras's own calls.
        if all(
            isinstance(x, Tensor) and x.dtype in _FLOATS and getattr(x, "_keras_mask", None) is None for x in tensors
        ):
            return direct(given)
        return otherwise(given, **options)

    return call


def _alone(chain: Chain | None) -> Callable[..., Any]:
    """A chain, or nothing at all, called as Keras calls a layer: what it says of training and masks does not count."""
    return lambda values, **_: values if chain is None else chain(values)


def _computing(layer: Any, *, training: bool, narrow: bool) -> Callable[[Any], Any]:
    """The layer's own `call` for a tensor or a list of tensors."""
    options = {"training": training} if "training" in inspect.signature(layer.call).parameters else {}
    if not narrow:
        return lambda given: layer.call(_widened(given), **options)
    starts, scope = starts_narrow(layer), _scope()

    def call(given: Any) -> Any:
        tensors = given if isinstance(given, list | tuple) else (given,)
        if not starts and any(x.dtype != torch.bfloat16 for x in tensors):
            return layer.call(_widened(given), **options)
        # Weights stay float32 and are rounded as they are used, so that their gradients are float32 as well.
        with scope("bfloat16"):
            found: Tensor = layer.call(given.bfloat16() if isinstance(given, Tensor) else given, **options)
        return found.bfloat16()  # normalizations compute and give float32

    return call


def _narrowed(layer: Any, compute: Callable[[Tensor], Tensor]) -> Callable[[Any], Any]:
    """A computation that gives bfloat16 for it; a convolution's for float32, too."""
    return (lambda given: compute(given.bfloat16())) if starts_narrow(layer) else compute


def _widened_first(compute: Callable[[Tensor], Tensor]) -> Callable[[Any], Any]:
    return lambda given: compute(_widened(given))


def _scope() -> Any:
    """Keras's scope in which weights are rounded as they are used; None where a version has it no more."""
    return getattr(sys.modules.get(_VARIABLES), "AutocastScope", None)


def _in_order(graph: Any) -> list[Any]:
    """The calls of a graph, each behind those whose values it takes, as Keras runs through them."""
    known, found = {id(symbol) for symbol in graph.inputs}, []
    for depth in sorted(graph._nodes_by_depth, reverse=True):
        for node in graph._nodes_by_depth[depth]:
            if node.operation and not node.is_input and all(id(symbol) in known for symbol in node.input_tensors):
                found.append(node)
                known |= {id(symbol) for symbol in node.outputs}
    return found


def _flat(found: Any) -> list[Any]:
    """The tensors of what a layer gives."""
    return list(keras().tree.flatten(found))


def _entrance(model: Any, through: Callable[[Tensor, bool], Any]) -> Any:
    """A layer of Keras around the model, for what Keras does once per call: a new step's losses, its context."""

    class Entrance(keras().layers.Layer):  # type: ignore[misc]  # Keras ships no types
        def __init__(self) -> None:
            super().__init__(dtype="float32")
            self.model, self.built = model, True

        def call(self, images: Tensor, training: bool = False) -> Any:
            return through(images, training)

    return Entrance()


def _graph_of(model: Any) -> Any:
    """The graph of a model of Keras's own classes with one float32 input; None for anything else."""
    module: Any = sys.modules.get(_FUNCTIONAL)
    functional = getattr(module, "Functional", None)
    graph: Any = getattr(model, "_functional", None) if type(model) is keras().Sequential else model
    known = functional is not None and type(graph) is functional
    names = ("_run_through_graph", "_nodes_by_depth")
    if not known or not all(hasattr(graph, name) for name in names) or not hasattr(module, "operation_fn"):
        return None
    (one, *others) = graph.inputs
    return None if others or one.dtype != "float32" else graph


def _is_ordinary(layer: Any) -> bool:
    """Whether Keras's call of a layer does no more than compute, given inputs of the right type without a mask."""
    return (
        isinstance(layer, keras().layers.Layer)
        and type(layer).__call__ is keras().layers.Layer.__call__
        and layer.built
        and layer.compute_dtype == layer.variable_dtype == "float32"
        and layer.activity_regularizer is None
        and getattr(layer, "quantization_mode", None) is None
        and getattr(layer, "_remat_mode", None) is None
        and not getattr(layer, "lora_enabled", False)
    )


def _widened(given: Any) -> Any:
    """The same with float32 for bfloat16 that came of a convolution, in lists and tables too."""
    if isinstance(given, Tensor):
        return given.float() if given.dtype == torch.bfloat16 else given
    if type(given) in (list, tuple):
        return type(given)(_widened(one) for one in given)
    if type(given) is dict:
        return {name: _widened(one) for name, one in given.items()}
    return given

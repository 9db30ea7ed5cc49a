"""Functions of symbolic tensors: activations, losses, and what becomes of a tensor otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from classlab.doctor.audit.layers import after_operation, extend, merged, obscured, operation
from classlab.doctor.audit.library.arrays import OPERATORS
from classlab.doctor.audit.trainings import LossCall
from classlab.doctor.audit.values import Array, CallResult, Items, SymbolicTensor, Value

if TYPE_CHECKING:
    from classlab.doctor.audit.library.request import Request

_ACTIVATIONS: Final = (
    "softmax", "sigmoid", "relu", "tanh", "elu", "selu", "gelu", "leaky_relu", "swish", "silu", "softplus",
    "log_softmax", "relu6",
)  # fmt: skip
_SAME: Final = (
    "cast", "identity", "reshape", "flatten", "squeeze", "expand_dims", "stop_gradient", "convert_to_tensor", "dropout",
    "asarray", "array", "copy", "ensure_shape",
)  # fmt: skip


def tensors_in(value: Value) -> list[SymbolicTensor]:
    """The symbolic tensors that a value is or holds."""
    inside = value.items if isinstance(value, Items) else (value,)
    return [each for each in inside if isinstance(each, SymbolicTensor)]


def on_tensors(request: Request, tensors: list[SymbolicTensor]) -> Value:
    """What a library function of symbolic tensors gives."""
    if request.name.startswith("keras.losses."):
        return _loss(request)
    if request.kind in OPERATORS and len(request.args) == 2:
        return after_operation(request.interpreter, OPERATORS[request.kind](), *request.args, request.node)
    if request.kind in _ACTIVATIONS:
        return extend(tensors[0], operation(f"operation.{request.kind}", {}, request.location))
    if len(tensors) == 1:
        return tensors[0] if request.kind in _SAME else obscured(tensors[0], request.location)
    return merged(tensors, request.location)


def _loss(request: Request) -> Value:
    """`keras.losses.sparse_categorical_crossentropy(y, p, from_logits=True)` inside a function of the author's."""
    predicted, labels = request.get(1, "y_pred"), request.get(0, "y_true")
    settings = {name: value for name, value in request.kwargs.items() if name.startswith("from")}
    loss = CallResult(request.name, (), settings, request.location)
    if isinstance(predicted, SymbolicTensor):
        facts = labels.facts if isinstance(labels, Array) else None
        applied = LossCall(loss, predicted.layers, predicted.certain, facts, request.location)
        request.interpreter.trace.losses.append(applied)
    return loss

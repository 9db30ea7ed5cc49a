"""Functions of tensors: activations and losses on symbolic tensors, casts and conversions on arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.doctor.audit.facts import Facts, scaled
from classlab.doctor.audit.layers import extend, merged, obscured, operation
from classlab.doctor.audit.trainings import LossCall
from classlab.doctor.audit.values import NONE, UNKNOWN, Array, CallResult, Const, Items, Symbol, SymbolicTensor, Value

if TYPE_CHECKING:
    from classlab.doctor.audit.library.request import Request, Table

_ACTIVATIONS = (
    "softmax", "sigmoid", "relu", "tanh", "elu", "selu", "gelu", "leaky_relu", "swish", "silu", "softplus",
    "log_softmax", "relu6",
)  # fmt: skip
_SAME = (
    "cast",
    "identity",
    "reshape",
    "flatten",
    "squeeze",
    "expand_dims",
    "stop_gradient",
    "convert_to_tensor",
    "dropout",
)


def on_tensors(request: Request, tensors: list[SymbolicTensor]) -> Value:
    """What a library function of symbolic tensors gives."""
    if request.name.startswith("keras.losses."):
        return loss_function(request)
    if request.kind in _ACTIVATIONS and tensors:
        made = operation(f"operation.{request.kind}", {}, request.location)
        return extend(tensors[0], made)
    if len(tensors) == 1:
        return tensors[0] if request.kind in _SAME else obscured(tensors[0], request.location)
    return merged(tensors, request.location)


def loss_function(request: Request) -> Value:
    """`keras.losses.sparse_categorical_crossentropy(y, p, from_logits=True)` inside a function of the author's."""
    predicted = request.get(1, "y_pred")
    loss = CallResult(
        request.name,
        (),
        {name: value for name, value in request.kwargs.items() if name.startswith("from")},
        request.location,
    )
    if isinstance(predicted, SymbolicTensor):
        labels = request.get(0, "y_true")
        note_loss(request, loss, predicted, labels.facts if isinstance(labels, Array) else None)
    return loss


def note_loss(request: Request, loss: CallResult, predicted: SymbolicTensor, labels: object) -> None:
    """Notes a loss that is applied to a model's output."""
    facts = labels if isinstance(labels, Facts) else None
    request.interpreter.trace.losses.append(
        LossCall(loss, predicted.layers, predicted.certain, facts, request.location)
    )


def _converted(request: Request) -> Value:
    """`tf.image.convert_image_dtype(x, tf.float32)` divides whole numbers by 255 and leaves fractions alone."""
    array = request.array()
    if array is None:
        return UNKNOWN
    facts = array.facts
    if facts.high is not None and facts.high > 1 and not any(step.factor != 1 for step in facts.steps):
        if facts.whole_numbers is False:
            return Array(facts)
        return Array(scaled(facts, 1 / 255, request.location, request.words()))
    return Array(facts)


def _cast(request: Request) -> Value:
    from dataclasses import replace

    value = request.first()
    if isinstance(value, Array):
        wanted = request.get(1, "dtype")
        text = wanted.name if isinstance(wanted, Symbol) else str(wanted.value) if isinstance(wanted, Const) else ""
        return Array(replace(value.facts, whole_numbers=False if "float" in text else value.facts.whole_numbers))
    return value if isinstance(value, SymbolicTensor | Items) else UNKNOWN


_LIBRARIES = ("tensorflow", "keras.ops", "keras.backend")
NAMES: Table = {
    "tensorflow.image.convert_image_dtype": _converted,
    **{f"{lib}.cast": _cast for lib in _LIBRARIES},
    "tensorflow.print": lambda _request: NONE,
}

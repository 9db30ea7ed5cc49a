"""Gradients of a Keras model's loss on any of its backends, without a trace left in the model.

Each backend has its own public way: PyTorch's `Tensor.backward`, JAX's `jax.value_and_grad` over Keras's
`stateless_call`, TensorFlow's `GradientTape`. Nothing is trained, no metric is updated, no random number is drawn.
"""

from __future__ import annotations

from contextlib import nullcontext
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    import numpy as np
    from numpy.typing import NDArray

Outcome = tuple[list[Any], list[Any]]
"""Outputs of a model, and for each of its trainable weights the gradient; None for a weight that the loss ignores."""


def outputs_and_gradients(
    model: Any, images: NDArray[np.generic], loss_of: Callable[[Any], Any] | None
) -> tuple[list[NDArray[np.floating[Any]]], list[NDArray[np.floating[Any]] | None]]:
    """Outputs of a model in evaluation mode, and the gradient of a loss of its first output.

    Args:
        model: a model with a list of outputs.
        images: `(images, ...)`.
        loss_of: the mean loss of a batch as a function of the first output; None for outputs alone.

    Returns:
        The outputs; the gradients in the order of `model.trainable_weights`, empty without a loss.
    """
    import keras

    ways = {"torch": _torch, "jax": _jax, "tensorflow": _tensorflow}
    way = ways.get(keras.backend.backend())
    if loss_of is None or way is None:
        with _without_gradients():
            outputs, gradients = _listed(model(images, training=False)), list[Any]()
    else:
        outputs, gradients = way(model, images, loss_of)
    array = keras.ops.convert_to_numpy
    return [array(output) for output in outputs], [None if given is None else array(given) for given in gradients]


def _without_gradients() -> AbstractContextManager[object]:
    """A forward pass of PyTorch that keeps nothing for a backward one; other backends keep nothing by themselves."""
    import keras

    torch = keras.backend.backend() == "torch"
    no_grad: AbstractContextManager[object] = import_module("torch").no_grad() if torch else nullcontext()
    return no_grad


def _listed(outputs: Any) -> list[Any]:
    return list(outputs) if isinstance(outputs, list | tuple) else [outputs]


def _torch(model: Any, images: Any, loss_of: Callable[[Any], Any]) -> Outcome:
    weights = [weight.value for weight in model.trainable_weights]
    kept = [weight.grad for weight in weights]
    try:
        for weight in weights:
            weight.grad = None
        outputs = _listed(model(images, training=False))
        loss_of(outputs[0]).backward()
        return [output.detach() for output in outputs], [weight.grad for weight in weights]
    finally:
        for weight, gradient in zip(weights, kept, strict=True):
            weight.grad = gradient


def _jax(model: Any, images: Any, loss_of: Callable[[Any], Any]) -> Outcome:
    others = [weight.value for weight in model.non_trainable_variables]

    def run(values: list[Any]) -> tuple[Any, list[Any]]:
        outputs, _ = model.stateless_call(values, others, images, training=False)
        return loss_of(_listed(outputs)[0]), _listed(outputs)

    values = [weight.value for weight in model.trainable_variables]
    (_, outputs), gradients = import_module("jax").value_and_grad(run, has_aux=True)(values)
    return outputs, gradients


def _tensorflow(model: Any, images: Any, loss_of: Callable[[Any], Any]) -> Outcome:
    weights = [weight.value for weight in model.trainable_weights]
    with import_module("tensorflow").GradientTape() as tape:
        outputs = _listed(model(images, training=False))
        loss = loss_of(outputs[0])
    return outputs, tape.gradient(loss, weights)

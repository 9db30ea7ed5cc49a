"""What a Keras model's layers say of themselves, as far as they can be believed.

A list of layers tells how a network is wired only where the layers follow each other. Elsewhere, in subclassed models
and around operations that are no layers, a function may stand where the list shows none; a rule that trusted the list
would find fault with healthy networks.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from classlab.doctor.keras_setup import described
from classlab.doctor.layer_facts import LayerFacts
from classlab.measures.keras_layers import is_chain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from classlab.measures.keras_layers import KerasLayer

_SUM = 1e-3  # float32 probabilities sum to 1 far closer than this; bfloat16 ones just so


def known_layers(
    model: Any, layers: Sequence[KerasLayer], *, width: int | None, predictions: NDArray[np.floating[Any]] | None
) -> tuple[LayerFacts, ...]:
    """The layers as far as their activations are known.

    Args:
        model: a built model.
        layers: its layers.
        width: numbers that it says of an image.
        predictions: what it says of some images, `(images, width)`; None where there are none to ask about.

    Returns:
        All layers of a chain; all layers with unknown functions between them where they branch; the head alone, as its
        predictions show it, where the wiring cannot be read; nothing without predictions either.
    """
    facts = described(layers)
    outputs = getattr(model, "outputs", None)
    if outputs and len(outputs) == 1:
        if is_chain(model):
            return facts
        if len(model.layers) == len(layers) and leads_out(model, layers):
            return _unsure(facts)
    if width is None or predictions is None:
        return ()
    function = shown_activation(predictions)
    return (LayerFacts(position=len(layers) - 1, kind="Dense", activation=function, width=width),)


def leads_out(model: Any, layers: Sequence[KerasLayer]) -> bool:
    """Whether from the last layer with a kernel on there are layers only, up to the model's output."""
    last = next((place for place in reversed(range(len(layers))) if layers[place].kernel is not None), None)
    if last is None:
        return False
    try:
        tail = [found.layer for found in layers[last:]]
        joined = all(later.input is earlier.output for earlier, later in pairwise(tail))
        return joined and tail[-1].output is model.outputs[0]
    except (AttributeError, ValueError):
        return False


def shown_activation(predictions: NDArray[np.floating[Any]]) -> str:
    """The function that predictions look as if they came from: softmax, sigmoid or none.

    Args:
        predictions: `(images, width)`.

    Example:
        >>> shown_activation(np.array([[0.25, 0.75], [0.5, 0.5]]))
        'softmax'
        >>> shown_activation(np.array([[-1.0, 3.0]]))
        'linear'
    """
    if not np.isfinite(predictions).all() or predictions.min() < 0 or predictions.max() > 1:
        return "linear"
    if not predictions.any():
        return "linear"
    sums = predictions.sum(axis=-1, dtype=np.float64)
    return "softmax" if predictions.shape[-1] > 1 and np.abs(sums - 1).max() < _SUM else "sigmoid"


def _unsure(facts: tuple[LayerFacts, ...]) -> tuple[LayerFacts, ...]:
    """The same layers, with every function before the last layer with weights unknown where none was named."""
    last = max((place for place, layer in enumerate(facts) if layer.weighted), default=-1)
    return tuple(
        replace(layer, activation="unknown")
        if layer.weighted and layer.activation == "linear" and place < last
        else layer
        for place, layer in enumerate(facts)
    )

"""Remedies that change a network's layers: another function, another start, a scaling less."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar, get_args

from classlab.errors import SpecError
from classlab.models.weights import output_shapes
from classlab.records.layers import (
    GLOROT_UNIFORM,
    ZEROS,
    Activation,
    ActivationName,
    BatchNormalization,
    Conv2D,
    Dense,
    Dropout,
    Initializer,
    InitializerName,
    Layer,
    LeakyReLU,
    Normalization,
    Regularizer,
    ReLU,
    Rescaling,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from classlab.records import Architecture
    from classlab.records.finding import Setting

Layers = tuple[Layer, ...]
Word = TypeVar("Word", bound=str)
_FUNCTIONS = (Activation, ReLU, LeakyReLU)


def with_layers(architecture: Architecture, word: str, value: Setting) -> Architecture:
    """Applies one remedy to a network.

    Args:
        architecture: the network.
        word: one of `LAYER_WORDS`.
        value: what the remedy wants.

    Raises:
        SpecError: the value is impossible, or the network has nothing that the remedy could change.
    """
    layers = LAYER_WORDS[word](architecture.layers, value)
    if layers == architecture.layers:
        raise SpecError(
            f"the remedy {word}={value!r} must change the network {architecture.name!r}, but it has nothing to change. "
            "Change it by hand."
        )
    remedied = replace(architecture, layers=layers)
    output_shapes(remedied)
    return remedied


def without_scaling(layers: Layers) -> Layers:
    """Takes every scaling out that stands before the first layer with weights: preprocessing is to do it alone."""
    first = next((place for place, layer in enumerate(layers) if _has_weights(layer)), len(layers))
    return (*(layer for layer in layers[:first] if not isinstance(layer, Rescaling | Normalization)), *layers[first:])


def _activation(layers: Layers, value: Setting) -> Layers:
    """Sets every hidden function: within the layer, or in the layer behind it where it stands alone."""
    name = _known(value, "activation", get_args(ActivationName))
    head = _head(layers)
    found: list[Layer] = []
    for place, layer in enumerate(layers):
        if place >= head:
            found.append(layer)
        elif isinstance(layer, _FUNCTIONS):
            found.append(Activation(activation=name))
        elif isinstance(layer, Dense | Conv2D) and not _function_follows(layers[place + 1 :]):
            found.append(replace(layer, activation=name))
        else:
            found.append(layer)
    return tuple(found)


def _initializer(layers: Layers, value: Setting) -> Layers:
    """Kernels start as asked for, Keras's default being Glorot's uniform distribution, and biases at zero."""
    name = "glorot_uniform" if value == "default" else value
    start = Initializer(name=_known(name, "initializer", get_args(InitializerName)))
    start = GLOROT_UNIFORM if start.name == "glorot_uniform" else start
    return tuple(
        replace(layer, kernel_initializer=start, bias_initializer=ZEROS) if isinstance(layer, Dense | Conv2D) else layer
        for layer in layers
    )


def _dropout(layers: Layers, value: Setting) -> Layers:
    rate = float(_number(value, "dropout"))
    if rate == 0:
        return tuple(layer for layer in layers if not isinstance(layer, Dropout))
    return tuple(replace(layer, rate=rate) if isinstance(layer, Dropout) else layer for layer in layers)


def _penalty_factor(layers: Layers, value: Setting) -> Layers:
    factor = float(_number(value, "penalty_factor"))

    def less(rule: Regularizer | None) -> Regularizer | None:
        return None if rule is None or factor == 0 else Regularizer(l1=rule.l1 * factor, l2=rule.l2 * factor)

    return tuple(
        replace(
            layer,
            kernel_regularizer=less(layer.kernel_regularizer),
            bias_regularizer=less(layer.bias_regularizer),
        )
        if isinstance(layer, Dense | Conv2D)
        else layer
        for layer in layers
    )


def _remove_regularizers(layers: Layers, _: Setting) -> Layers:
    return _penalty_factor(layers, 0)


def _head_activation(layers: Layers, value: Setting) -> Layers:
    """The last layer's function; functions that stand behind it go."""
    name = _known(value, "head_activation", get_args(ActivationName))
    head = _head(layers)
    last = layers[head]
    behind = (layer for layer in layers[head + 1 :] if not isinstance(layer, _FUNCTIONS))
    return (*layers[:head], replace(last, activation=name), *behind) if isinstance(last, Dense | Conv2D) else layers


def _head_units(layers: Layers, value: Setting) -> Layers:
    head = _head(layers)
    last = layers[head]
    units = int(_number(value, "head_units"))
    return (*layers[:head], replace(last, units=units), *layers[head + 1 :]) if isinstance(last, Dense) else layers


def _remove_softmax(layers: Layers, _: Setting) -> Layers:
    """Keeps the last layer's own softmax, or the first one behind it."""
    head = _head(layers)
    kept = list(layers[: head + 1])
    softmax = isinstance(layers[head], Dense | Conv2D) and getattr(layers[head], "activation", "") == "softmax"
    for layer in layers[head + 1 :]:
        again = isinstance(layer, Activation) and layer.activation == "softmax"
        if not (again and softmax):
            kept.append(layer)
        softmax = softmax or again
    return tuple(kept)


def _batch_normalization(layers: Layers, _: Setting) -> Layers:
    """Batch normalisation between every hidden kernel and its function."""
    head = _head(layers)
    found: list[Layer] = []
    for layer in layers[:head]:
        if isinstance(layer, Dense | Conv2D):
            found += [
                replace(layer, activation="linear"),
                BatchNormalization(),
                Activation(activation=layer.activation),
            ]
        else:
            found.append(layer)
    return (*found, *layers[head:])


LAYER_WORDS: dict[str, Callable[[Layers, Setting], Layers]] = {
    "activation": _activation,
    "initializer": _initializer,
    "dropout": _dropout,
    "penalty_factor": _penalty_factor,
    "remove_regularizers": _remove_regularizers,
    "batch_normalization": _batch_normalization,
    "head_units": _head_units,
    "head_activation": _head_activation,
    "remove_softmax": _remove_softmax,
}


def _head(layers: Layers) -> int:
    """Place of the last layer with a kernel; where there is none, behind the end."""
    places = [place for place, layer in enumerate(layers) if isinstance(layer, Dense | Conv2D)]
    return places[-1] if places else len(layers) - 1


def _has_weights(layer: Layer) -> bool:
    return isinstance(layer, Dense | Conv2D | BatchNormalization)


def _function_follows(rest: Layers) -> bool:
    """Whether the next layer but for normalisation is a function."""
    following = next((layer for layer in rest if not isinstance(layer, BatchNormalization)), None)
    return isinstance(following, _FUNCTIONS)


def _known(value: Setting, word: str, known: tuple[Word, ...]) -> Word:
    found = next((each for each in known if each == value), None)
    if found is None:
        raise SpecError(
            f"the remedy's `{word}` must be one of {', '.join(known)}, but got {word}={value!r}. Change it by hand."
        )
    return found


def _number(value: Setting, word: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise SpecError(f"the remedy's `{word}` must be a number, but got {word}={value!r}. Change it by hand.")
    return value

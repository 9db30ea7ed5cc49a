"""Remedies that change a network's layers: another function, another start, a scaling less."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar, get_args

from classlab.errors import SpecError
from classlab.models.weights import output_shapes
from classlab.records.layers import (
    GLOROT_UNIFORM,
    GRU,
    LSTM,
    ZEROS,
    Activation,
    ActivationName,
    BatchNormalization,
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Dropout,
    Initializer,
    InitializerName,
    Layer,
    LayerNormalization,
    LeakyReLU,
    Normalization,
    Regularizer,
    ReLU,
    Rescaling,
    SeparableConv2D,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from classlab.records import Architecture
    from classlab.records.finding import Setting

Layers = tuple[Layer, ...]
Word = TypeVar("Word", bound=str)
_FUNCTIONS = (Activation, ReLU, LeakyReLU)
_SUMMING = (Dense, Conv2D, DepthwiseConv2D, SeparableConv2D)  # a kernel, then a function that can be chosen
# Words that change a layer and nothing between layers, so that they also hold where layers branch and join.
_IN_PLACE = ("initializer", "dropout", "penalty_factor", "remove_regularizers", "head_units")


def with_layers(architecture: Architecture, word: str, value: Setting) -> Architecture:
    """Applies one remedy to a network.

    Args:
        architecture: the network.
        word: one of `LAYER_WORDS`.
        value: what the remedy wants.

    Raises:
        SpecError: the value is impossible, or the network has nothing that the remedy could change.
    """
    if architecture.inputs is not None and word not in _IN_PLACE:
        raise SpecError(
            f"the remedy {word}={value!r} must have layers that follow one another, but those of {architecture.name!r} "
            "branch and join. Change its layers by hand."
        )
    layers = LAYER_WORDS[word](architecture.layers, value)
    if architecture.inputs is not None and len(layers) != len(architecture.layers):
        raise SpecError(
            f"the remedy {word}={value!r} takes layers out of {architecture.name!r}, whose layers branch and join. "
            "Take them out by hand."
        )
    if layers == architecture.layers:
        raise SpecError(
            f"the remedy {word}={value!r} must change the network {architecture.name!r}, but it has nothing to change. "
            "Change it by hand."
        )
    remedied = replace(architecture, layers=layers)
    output_shapes(remedied)
    return remedied


def without_scaling(architecture: Architecture) -> Architecture:
    """Takes every scaling out that stands before the first layer with weights: preprocessing is to do it alone.

    Raises:
        SpecError: there is one, and the layers branch and join.
    """
    layers = architecture.layers
    first = next((place for place, layer in enumerate(layers) if _has_weights(layer)), len(layers))
    kept = (*(layer for layer in layers[:first] if not isinstance(layer, Rescaling | Normalization)), *layers[first:])
    if kept == layers:
        return architecture
    if architecture.inputs is not None:
        raise SpecError(
            f"the remedy takes a scaling out of {architecture.name!r}, whose layers branch and join. Take it out by "
            "hand, and give preprocessing='unit'."
        )
    return replace(architecture, layers=kept)


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
        elif isinstance(layer, _SUMMING) and not _function_follows(layers[place + 1 :]):
            found.append(replace(layer, activation=name))
        else:
            found.append(layer)
    return tuple(found)


def _initializer(layers: Layers, value: Setting) -> Layers:
    """Kernels start as asked for, Keras's default being Glorot's uniform distribution, and biases at zero."""
    name = "glorot_uniform" if value == "default" else value
    start = Initializer(name=_known(name, "initializer", get_args(InitializerName)))
    start = GLOROT_UNIFORM if start.name == "glorot_uniform" else start
    starts = {f"{name}_initializer": start for name in ("kernel", "depthwise", "pointwise")}
    starts["bias_initializer"] = ZEROS
    return tuple(
        _with(layer, {name: rule for name, rule in starts.items() if hasattr(layer, name)}) for layer in layers
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
        _with(layer, {name: less(rule) for name, rule in vars(layer).items() if isinstance(rule, Regularizer)})
        for layer in layers
    )


def _with(layer: Layer, options: dict[str, Any]) -> Layer:
    return replace(layer, **options) if options else layer


def _remove_regularizers(layers: Layers, _: Setting) -> Layers:
    return _penalty_factor(layers, 0)


def _head_activation(layers: Layers, value: Setting) -> Layers:
    """The last layer's function; functions that stand behind it go."""
    name = _known(value, "head_activation", get_args(ActivationName))
    head = _head(layers)
    last = layers[head]
    behind = (layer for layer in layers[head + 1 :] if not isinstance(layer, _FUNCTIONS))
    return (*layers[:head], replace(last, activation=name), *behind) if isinstance(last, _SUMMING) else layers


def _head_units(layers: Layers, value: Setting) -> Layers:
    head = _head(layers)
    last = layers[head]
    units = int(_number(value, "head_units"))
    return (*layers[:head], replace(last, units=units), *layers[head + 1 :]) if isinstance(last, Dense) else layers


def _remove_softmax(layers: Layers, _: Setting) -> Layers:
    """Keeps the last layer's own softmax, or the first one behind it."""
    head = _head(layers)
    kept = list(layers[: head + 1])
    softmax = isinstance(layers[head], _SUMMING) and getattr(layers[head], "activation", "") == "softmax"
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
        if isinstance(layer, _SUMMING):
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
    places = [place for place, layer in enumerate(layers) if isinstance(layer, _SUMMING)]
    return places[-1] if places else len(layers) - 1


def _has_weights(layer: Layer) -> bool:
    return isinstance(layer, (*_SUMMING, LSTM, GRU, BatchNormalization, LayerNormalization))


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

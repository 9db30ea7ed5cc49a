"""Small changes to a network's layers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from classlab.records.layers import (
    Activation,
    BatchNormalization,
    Conv2D,
    Dense,
    Dropout,
    Initializer,
    Layer,
    LeakyReLU,
    Regularizer,
    Rescaling,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from classlab.records.layers import ActivationName

Layers = tuple[Layer, ...]
UNIT = Rescaling(scale=1 / 255)


def scaled_first(*scales: float) -> Callable[[Layers], Layers]:
    """Scaling layers before all others."""
    return lambda layers: (*(Rescaling(scale=scale) for scale in scales), *layers)


def head(**changed: Any) -> Callable[[Layers], Layers]:
    """Another last layer."""
    return lambda layers: (*layers[:-1], replace(layers[-1], **changed))


def softmax_again(layers: Layers) -> Layers:
    """A softmax behind the softmax."""
    return (*layers, Activation(activation="softmax"))


def hidden(**changed: Any) -> Callable[[Layers], Layers]:
    """Every layer with a kernel, but for the last one, with other settings."""

    def edit(layers: Layers) -> Layers:
        return (*(replace(each, **changed) if weighted(each) else each for each in layers[:-1]), layers[-1])

    return edit


def all_weighted(**changed: Any) -> Callable[[Layers], Layers]:
    """Every layer with a kernel with other settings."""
    return lambda layers: tuple(replace(each, **changed) if weighted(each) else each for each in layers)


def started(name: str, **settings: float) -> Callable[[Layers], Layers]:
    """Kernels that start otherwise."""
    return all_weighted(kernel_initializer=Initializer(name=name, **settings))  # type: ignore[arg-type]


def hidden_biases(value: float) -> Callable[[Layers], Layers]:
    """Hidden biases that start at a value."""
    return hidden(bias_initializer=Initializer(name="constant", value=value))


def penalised(*, l1: float = 0.0, l2: float = 0.0) -> Callable[[Layers], Layers]:
    """A penalty on every kernel."""
    return all_weighted(kernel_regularizer=Regularizer(l1=l1, l2=l2))


def dropped(rate: float) -> Callable[[Layers], Layers]:
    """Dropout behind every hidden layer with a kernel."""
    return behind_hidden(Dropout(rate=rate))


def normalised(layers: Layers) -> Layers:
    """Batch normalisation between every hidden kernel and its function."""
    found: list[Layer] = []
    for layer in layers[:-1]:
        if isinstance(layer, Dense | Conv2D):
            found += [
                replace(layer, activation="linear", use_bias=False),
                BatchNormalization(),
                Activation(activation=layer.activation),
            ]
        else:
            found.append(layer)
    return (*found, layers[-1])


def leaky(layers: Layers) -> Layers:
    """Leaky relus in place of the hidden functions."""
    return behind_hidden(LeakyReLU(negative_slope=0.1))(hidden(activation="linear")(layers))


def activation(name: ActivationName) -> Callable[[Layers], Layers]:
    """Another function behind every hidden kernel."""
    return hidden(activation=name)


def behind_hidden(*added: Layer) -> Callable[[Layers], Layers]:
    """Layers behind every hidden layer with a kernel."""

    def edit(layers: Layers) -> Layers:
        body = (each for layer in layers[:-1] for each in ((layer, *added) if weighted(layer) else (layer,)))
        return (*body, layers[-1])

    return edit


def weighted(layer: Layer) -> bool:
    """Whether a layer has a kernel."""
    return isinstance(layer, Dense | Conv2D)

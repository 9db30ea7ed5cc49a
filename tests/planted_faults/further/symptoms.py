"""Faults of the further set that show in the course of a training."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from classlab.records.layers import Dense, Dropout, Initializer, Rescaling
from classlab.records.optimizers import OPTIMIZERS, SGD
from classlab.records.schedules import Constant, Step
from tests.planted_faults import networks, pictures
from tests.planted_faults.further.images import relabelled
from tests.planted_faults.further.planted import Further, layers

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from tests.planted_faults.setup import Setup

_SHUFFLE = 7


def _labels(name: str, order: Callable[[NDArray[np.int64]], NDArray[np.int64]]) -> Callable[[Setup], Setup]:
    return lambda setup: setup.images(relabelled(setup.dataset, name, order))


def _drawn(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.random.default_rng(_SHUFFLE).permutation(labels)


def _rate(kind: str, rate: float, **settings: Any) -> Callable[[Setup], Setup]:
    chosen = OPTIMIZERS[kind](learning_rate=rate, **settings)  # type: ignore[index]
    return lambda setup: setup.options(optimizer=chosen)


def _second_hidden_biases(given: networks.Layers) -> networks.Layers:
    """Only the second hidden layer starts below zero."""
    places = [place for place, layer in enumerate(given[:-1]) if networks.weighted(layer)]
    low = Initializer(name="constant", value=-10.0)
    changed: list[Any] = list(given)
    changed[places[1]] = replace(changed[places[1]], bias_initializer=low)
    return tuple(changed)


def _dropped_before_the_head(given: networks.Layers) -> networks.Layers:
    return (*given[:-1], Dropout(rate=0.98), given[-1])


def _twelve_tanh(given: networks.Layers) -> networks.Layers:
    start = Initializer(name="random_normal", stddev=0.01)
    hidden = (Dense(units=48, activation="tanh", kernel_initializer=start) for _ in range(12))
    return (given[0], *hidden, given[-1])


_DATA = (
    Further(
        name="labels sorted, images not",
        on="mlp five",
        expected=("A6",),
        change=_labels("sorted labels", lambda labels: np.sort(labels)),
    ),
    Further(
        name="labels in reversed order",
        on="linear five",
        expected=("A6",),
        change=_labels("reversed labels", lambda labels: labels[::-1].copy()),
    ),
    Further(
        name="training labels shuffled, validated on the right ones",
        on="lenet half",
        expected=("A6",),
        change=lambda setup: _labels("shuffled labels", _drawn)(setup).data(validation="test"),
    ),
    Further(
        name="pixels from -1 to 1 divided by 255, not looked for in the input",
        on="lenet half",
        expected=("A1",),
        options={"preprocessing": "symmetric", "optimizer": "sgd"},
        change=layers(lambda given: (Rescaling(scale=1 / 255), *given)),
        without=("A1",),
    ),
    Further(
        name="raw pixels, not looked for in the input",
        on="deep inverted",
        expected=("A2",),
        options={"preprocessing": "none", "optimizer": "sgd", "learning_rate": 0.05},
        without=("A2",),
    ),
)
_HIGH = (
    Further(name="adagrad at 30", on="mlp five", expected=("I2", "I4"), change=_rate("adagrad", 30.0)),
    Further(name="adamw at 3", on="strided half", expected=("I2", "I4", "I5"), change=_rate("adamw", 3.0)),
    Further(
        name="tanh network at 5 in batches of eight",
        on="mlp tinted",
        expected=("I2", "I4"),
        options={"activation": "tanh", "batch_size": 8, "epochs": 4},
        change=_rate("sgd", 5.0),
    ),
    Further(
        name="rmsprop at 0.3 with a momentum of 0.99",
        on="mlp mixture",
        expected=("I2", "I4"),
        change=_rate("rmsprop", 0.3, momentum=0.99),
    ),
    Further(
        name="Nesterov's momentum until numbers overflow",
        on="small tinted",
        expected=("I2", "I4"),
        change=_rate("sgd", 1e15, momentum=0.9, nesterov=True),
    ),
    Further(
        name="single images at 0.5 with momentum",
        on="lenet half",
        expected=("I2", "I4", "I5"),
        options={"batch_size": 1, "epochs": 1, "limit": 1500},
        change=_rate("sgd", 0.5, momentum=0.9),
    ),
    Further(
        name="relus killed by Adam at 0.3", on="strided inverted", expected=("I5", "I2"), change=_rate("adam", 0.3)
    ),
)
_LOW = (
    Further(name="nadam at 1e-8", on="lenet half", expected=("I3",), change=_rate("nadam", 1e-8)),
    Further(
        name="gradients clipped to almost nothing",
        on="mlp inverted",
        expected=("I3",),
        change=_rate("sgd", 0.01, global_clipnorm=1e-6),
    ),
    Further(
        name="rate that is gone after a few steps",
        on="linear mixture",
        expected=("I3",),
        change=lambda setup: setup.options(schedule=Step(every_epochs=0.03, factor=0.1)),
    ),
    Further(
        name="warm-up of a hundred thousand epochs",
        on="mlp five",
        expected=("I3",),
        change=lambda setup: setup.options(optimizer=SGD(), schedule=Constant(warmup_epochs=100_000.0)),
    ),
)
_START = (
    Further(
        name="second hidden layer starts dead",
        on="lenet five",
        expected=("I5", "I7"),
        change=layers(_second_hidden_biases),
    ),
    Further(
        name="sigmoid convolutions under SGD",
        on="lenet mixture",
        expected=("I6",),
        options={"activation": "sigmoid", "optimizer": "sgd"},
    ),
    Further(
        name="twelve tanh layers that start small",
        on="deep half",
        expected=("I6", "I7"),
        options={"optimizer": "sgd"},
        change=layers(_twelve_tanh),
    ),
    Further(
        name="tanh network from zeros",
        on="mlp five",
        expected=("I7",),
        options={"activation": "tanh"},
        change=layers(networks.started("zeros")),
    ),
    Further(name="convolutions from ones", on="lenet half", expected=("I7",), change=layers(networks.started("ones"))),
)
_HELD_BACK = (
    Further(
        name="nearly everything dropped before the head",
        on="lenet inverted",
        expected=("I10",),
        change=layers(_dropped_before_the_head),
    ),
    Further(
        name="absolute penalty of one half",
        on="strided five",
        expected=("I10",),
        change=layers(networks.penalised(l1=0.5)),
    ),
    Further(
        name="weight decay that eats the weights",
        on="mlp half",
        expected=("I10",),
        change=_rate("adamw", 0.001, weight_decay=50.0),
    ),
    Further(
        name="convolutions without a function",
        on="lenet half",
        expected=("I10",),
        change=layers(networks.activation("linear")),
        mild=True,
    ),
    Further(
        name="hundred coloured images learnt by heart",
        on="mlp tinted",
        expected=("I12",),
        change=lambda setup: setup.images(pictures.few(setup.dataset, images=100)).options(epochs=200),
        mild=True,
    ),
    Further(
        name="ended while it still gained",
        on="mlp inverted",
        expected=("I13",),
        options={"learning_rate": 5e-5},
        mild=True,
    ),
)


def symptoms() -> list[Further]:
    """Every symptom."""
    return [replace(each, kind="symptom") for each in (*_DATA, *_HIGH, *_LOW, *_START, *_HELD_BACK)]

"""Faults that show in the course of a training: each leaves a healthy run unable to learn, or learning in vain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from classlab.models.builtin import build
from classlab.records.optimizers import OPTIMIZERS
from tests.planted_faults import networks, pictures
from tests.planted_faults.facts import scaled_within
from tests.planted_faults.recipe import Recipe

if TYPE_CHECKING:
    from collections.abc import Callable

    from classlab.datasets.dataset import Dataset
    from tests.planted_faults.case import Dial
    from tests.planted_faults.setup import Setup


def _rate(optimizer: str, written: float, low: float, high: float, **settings: Any) -> Callable[[Setup, Dial], Setup]:
    def change(setup: Setup, dial: Dial) -> Setup:
        rate = dial(written, low, high)
        return setup.options(optimizer=OPTIMIZERS[optimizer](learning_rate=rate, **settings))  # type: ignore[index]

    return change


def _shuffled(spoil: Callable[[Dataset, np.random.Generator], Dataset]) -> Callable[[Setup, Dial], Setup]:
    return lambda setup, dial: setup.images(spoil(setup.dataset, np.random.default_rng(dial.seed())))


def _layers(edit: Callable[[networks.Layers], networks.Layers]) -> Callable[[Setup, Dial], Setup]:
    return lambda setup, _: setup.layers(edit)


def _deep_sigmoid(setup: Setup, dial: Dial) -> Setup:
    widths = (64,) * dial.whole(5, 4, 8)
    classes = len(setup.dataset.class_names)
    deep = build("mlp", input_shape=setup.dataset.image_shape, classes=classes, units=widths, activation="sigmoid")
    return setup.options(architecture=deep, optimizer=OPTIMIZERS["sgd"]())


def _slow_scaling(setup: Setup, dial: Dial) -> Setup:
    return scaled_within(setup, dial).options(optimizer=OPTIMIZERS["sgd"]())


def _overfitted(setup: Setup, dial: Dial) -> Setup:
    return setup.images(pictures.few(setup.dataset, images=dial.whole(150, 100, 250))).options(epochs=80)


def _too_short(setup: Setup, dial: Dial) -> Setup:
    rate = dial(0.002, 0.001, 0.004)
    return setup.options(optimizer=OPTIMIZERS["sgd"](learning_rate=rate), epochs=6)


_INPUT = (
    Recipe(
        name="doubled scaling, not looked for in the input",
        expected=("A1",),
        kind="symptom",
        change=scaled_within,
        on=("lab fashion",),
        without=("A1",),
    ),
    Recipe(
        name="doubled scaling under SGD, not looked for in the input",
        expected=("A1",),
        kind="symptom",
        change=_slow_scaling,
        on=("mlp mnist5k",),
        held_out=("mlp fashion",),
        without=("A1",),
    ),
    Recipe(
        name="labels in another order than the images",
        expected=("A6",),
        kind="symptom",
        change=_shuffled(pictures.labels_shuffled),
        on=("linear mnist5k", "mlp digits"),
        held_out=("cnn fashion",),
    ),
    Recipe(
        name="images in another order than the labels",
        expected=("A6",),
        kind="symptom",
        change=_shuffled(pictures.images_shuffled),
        on=("cnn fashion",),
        held_out=("mlp mnist5k",),
    ),
    Recipe(
        name="labels off by one image",
        expected=("A6",),
        kind="symptom",
        # digits and mnist5k are stored in an order from which a neighbor's label can be told
        change=lambda setup, _: setup.images(pictures.labels_off_by_one(setup.dataset)),
        on=("mlp fashion",),
        held_out=("cnn fashion",),
    ),
)
_HIGH = tuple(
    Recipe(
        name=f"{name} with a rate far too high",
        expected=("I2", "I4"),
        kind="symptom",
        change=_rate(name.partition(" ")[0], *rates, **settings),
        on=(on,),
        held_out=(held_out,),
    )
    for name, rates, settings, on, held_out in (
        ("sgd", (20.0, 10.0, 50.0), {}, "mlp mnist5k", "mlp fashion"),
        ("adam", (1.0, 0.5, 3.0), {}, "mlp fashion", "mlp mnist5k"),
        ("rmsprop", (1.0, 0.5, 3.0), {}, "mlp digits", "cnn digits"),
        ("nadam", (0.3, 0.2, 1.0), {}, "cnn fashion", "mlp mnist5k"),
        ("sgd with momentum", (3.0, 2.0, 6.0), {"momentum": 0.9}, "cnn mnist5k", "mlp digits"),
    )
)
_LOW = tuple(
    Recipe(
        name=f"{name} with a rate far too low",
        expected=("I3",),
        kind="symptom",
        change=_rate(name, *rates),
        on=(on,),
        held_out=(held_out,),
    )
    for name, rates, on, held_out in (
        ("sgd", (1e-6, 1e-7, 3e-6), "linear mnist5k", "mlp digits"),
        ("adam", (1e-7, 1e-8, 2e-7), "mlp digits", "linear fashion"),
        ("rmsprop", (1e-7, 1e-8, 2e-7), "cnn fashion", "mlp mnist5k"),
        ("adagrad", (1e-6, 1e-7, 3e-6), "mlp fashion", "cnn digits"),
    )
)
_BAD_NUMBERS = (
    Recipe(
        name="numbers that overflow",
        expected=("I2",),
        kind="symptom",
        change=_rate("sgd", 1e25, 1e22, 1e30),
        on=("mlp mnist5k",),
        held_out=("mlp digits",),
    ),
    Recipe(
        name="numbers that overflow after a few steps",
        expected=("I2",),
        kind="symptom",
        change=_rate("sgd", 1e9, 1e8, 1e10, momentum=0.9),
        on=("cnn digits",),
        held_out=("mlp fashion",),
    ),
)
_START = (
    Recipe(
        name="relus that are dead from the start",
        expected=("I7", "I5"),
        kind="symptom",
        change=lambda setup, dial: setup.layers(networks.hidden_biases(-dial(5.0, 4.0, 20.0))),
        on=("mlp mnist5k", "cnn fashion", "mlp digits"),
        held_out=("mlp fashion", "cnn digits"),
    ),
    Recipe(
        name="deep sigmoid network under SGD",
        expected=("I6",),
        kind="symptom",
        change=_deep_sigmoid,
        on=("mlp mnist5k", "mlp digits"),
        held_out=("mlp fashion",),
    ),
    Recipe(
        name="kernels that start at zero",
        expected=("I7",),
        kind="symptom",
        change=_layers(networks.started("zeros")),
        on=("mlp digits", "cnn mnist5k"),
        held_out=("mlp fashion",),
    ),
    Recipe(
        name="kernels that start at one and the same number",
        expected=("I7",),
        kind="symptom",
        change=lambda setup, dial: setup.layers(networks.started("constant", value=dial(0.05, 0.01, 0.3))),
        on=("mlp mnist5k", "mlp fashion"),
        held_out=("cnn digits",),
    ),
)
_HELD_BACK = (
    Recipe(
        name="nearly everything dropped",
        expected=("I10",),
        kind="symptom",
        change=lambda setup, dial: setup.layers(networks.dropped(dial(0.97, 0.95, 0.985))),
        on=("mlp mnist5k", "cnn fashion"),
        held_out=("mlp digits",),
        settings={"activation": "relu"},
    ),
    Recipe(
        name="penalty that outweighs the loss",
        expected=("I10",),
        kind="symptom",
        change=lambda setup, dial: setup.layers(networks.penalised(l2=dial(1.0, 0.5, 5.0))),
        on=("mlp fashion", "cnn mnist5k"),
        held_out=("mlp digits",),
    ),
    Recipe(
        name="hidden layers without a function",
        expected=("I10",),
        kind="symptom",
        change=_layers(networks.activation("linear")),
        on=("mlp digits",),
        held_out=("mlp mnist5k",),
        mild=True,
    ),
    Recipe(
        name="few images learnt by heart",
        expected=("I12",),
        kind="symptom",
        change=_overfitted,
        on=("mlp fashion", "mlp mnist5k"),
        held_out=("mlp fashion",),
        mild=True,  # the run learns, and symptoms within a run that learns stay at INFO by the doctor's own rule
    ),
    Recipe(
        name="ended long before it was done",
        expected=("I13",),
        kind="symptom",
        change=_too_short,
        on=("linear mnist5k", "mlp digits"),
        held_out=("linear fashion",),
        mild=True,
    ),
)
RECIPES = (*_INPUT, *_HIGH, *_LOW, *_BAD_NUMBERS, *_START, *_HELD_BACK)

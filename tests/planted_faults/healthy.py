"""Healthy controls: runs of many kinds with which nothing is wrong."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from classlab.records import EarlyStopping, Loss
from classlab.records.layers import BatchNormalization
from classlab.records.optimizers import OPTIMIZERS
from tests.planted_faults import networks, pictures
from tests.planted_faults.case import Case, Dial
from tests.planted_faults.comparisons import CONTROLS
from tests.planted_faults.grounds import ground
from tests.planted_faults.recipe import all_cases
from tests.planted_faults.setup import Setup, healthy, trained

if TYPE_CHECKING:
    from collections.abc import Callable

    from classlab.records import RunRecord
    from tests.planted_faults.recipe import Part

DRAWN = 30  # controls of the held-out set
_SANE_RATES = {  # what textbooks and Keras's own examples use for networks of this size
    "sgd": (0.02, 0.2),
    "adam": (0.0005, 0.005),
    "adamw": (0.0005, 0.005),
    "rmsprop": (0.0005, 0.003),
    "adagrad": (0.02, 0.1),
    "nadam": (0.0005, 0.003),
}


@dataclass(frozen=True, kw_only=True, eq=False)
class Control:
    """A healthy run.

    Args:
        name: what is special about it.
        on: its ground.
        options: settings beside the ground's own.
        change: what options cannot say.
    """

    name: str
    on: str
    options: dict[str, Any] = field(default_factory=dict)
    change: Callable[[Setup], Setup] = lambda setup: setup

    def case(self) -> Case:
        """The control, ready to be trained."""
        where = ground(self.on)

        def make() -> RunRecord:
            return trained(self.change(where.setup(Dial(), **self.options)))[0]

        return Case(name=self.name, ground=where.label, kind="healthy", make=cache(make))


def _layers(edit: Callable[[networks.Layers], networks.Layers]) -> Callable[[Setup], Setup]:
    return lambda setup: setup.layers(edit)


def _loss(name: Any) -> Callable[[Setup], Setup]:
    return lambda setup: setup.options(loss=Loss(name=name))


def _raw_scores(setup: Setup) -> Setup:
    return setup.layers(networks.head(activation="linear")).options(loss=Loss(from_logits=True))


def _own_scaling(setup: Setup) -> Setup:
    return setup.layers(networks.scaled_first(1 / 255)).data(preprocessing="none")


def _colored(setup: Setup) -> Setup:
    model = "cnn-small" if len(setup.architecture.layers) > 3 else "mlp"
    return healthy(pictures.colored(setup.dataset), model, batch_size=32, epochs=setup.spec.epochs, limit=2000)


def _two_classes(setup: Setup) -> Setup:
    return healthy(pictures.two_classes(setup.dataset), "mlp", units=(32,), batch_size=32, epochs=20)


def _few(setup: Setup) -> Setup:
    patient = EarlyStopping(patience=3)
    return setup.images(pictures.few(setup.dataset, images=600)).options(epochs=40, early_stopping=patient)


def _scheduled(setup: Setup, **options: Any) -> Setup:
    return healthy(setup.dataset, "mlp", units=(64,), batch_size=32, epochs=6, optimizer="sgd", **options)


_INPUTS = (
    Control(name="standardised pixels", on="mlp mnist5k", options={"preprocessing": "standardize"}),
    Control(name="standardised pixels", on="cnn fashion", options={"preprocessing": "standardize"}),
    Control(name="standardised pixels", on="linear digits", options={"preprocessing": "standardize"}),
    Control(name="pixels from -1 to 1", on="mlp fashion", options={"preprocessing": "symmetric"}),
    Control(name="pixels from -1 to 1", on="linear mnist5k", options={"preprocessing": "symmetric"}),
    Control(name="scaled by the network itself", on="mlp digits", change=_own_scaling),
    Control(
        name="raw pixels into batch normalisation",
        on="cnn mnist5k",
        options={"preprocessing": "none"},
        change=_layers(lambda layers: (BatchNormalization(), *layers)),
    ),
    Control(name="colour images", on="cnn digits", change=_colored),
    Control(name="colour images", on="mlp fashion", change=_colored),
    Control(name="two classes", on="mlp mnist5k", change=_two_classes),
    Control(name="few images, stopped early", on="mlp mnist5k", change=_few),
    Control(
        name="slightly unequal classes",
        on="mlp fashion",
        change=lambda setup: setup.images(pictures.imbalanced(setup.dataset, kept=150)),
        options={"epochs": 6},
    ),
)
_RATES = tuple(
    Control(
        name=f"{kind} {rate:g}" + "".join(f", {word} {value:g}" for word, value in extra.items()),
        on=on,
        options={"optimizer": kind, "learning_rate": rate, **extra},
    )
    for kind, rate, extra, on in (
        ("sgd", 0.1, {}, "mlp mnist5k"),
        ("sgd", 0.1, {}, "linear fashion"),
        ("sgd", 0.1, {}, "cnn mnist5k"),
        ("sgd", 0.01, {"momentum": 0.9}, "mlp fashion"),
        ("sgd", 0.05, {"momentum": 0.9}, "cnn digits"),
        ("adam", 0.001, {}, "cnn fashion"),
        ("adam", 0.01, {}, "linear mnist5k"),
        ("adamw", 0.001, {}, "mlp digits"),
        ("rmsprop", 0.001, {}, "mlp fashion"),
        ("rmsprop", 0.001, {}, "lab mnist5k"),
        ("nadam", 0.001, {}, "mlp mnist5k"),
        ("adagrad", 0.05, {}, "mlp digits"),
        ("adam", 0.001, {"clipnorm": 1.0}, "mlp fashion"),
    )
)
_FUNCTIONS = tuple(
    Control(name=f"{word} functions", on=on, options={"activation": word, **extra})
    for word, on, extra in (
        ("sigmoid", "mlp mnist5k", {"epochs": 5}),
        ("tanh", "mlp fashion", {}),
        ("elu", "mlp digits", {}),
        ("selu", "mlp mnist5k", {}),
        ("gelu", "cnn mnist5k", {}),
        ("silu", "mlp fashion", {}),
    )
)
_NETWORKS = (
    Control(name="leaky relu", on="mlp mnist5k", change=_layers(networks.leaky)),
    Control(name="batch normalisation", on="mlp fashion", change=_layers(networks.normalised)),
    Control(name="batch normalisation", on="cnn mnist5k", change=_layers(networks.normalised)),
    Control(name="dropout of a half", on="mlp mnist5k", options={"dropout": 0.5}),
    Control(name="dropout of a fifth", on="cnn fashion", options={"dropout": 0.2}),
    Control(name="small penalty", on="mlp mnist5k", change=_layers(networks.penalised(l2=1e-4))),
    Control(name="He's initialiser", on="mlp fashion", change=_layers(networks.started("he_normal"))),
    Control(name="LeNet-5", on="mlp mnist5k", options={"model": "lenet5", "units": None, "limit": 2500, "epochs": 5}),
    Control(name="four hidden layers", on="mlp digits", options={"units": (64, 64, 64, 64), "epochs": 10}),
    Control(name="one narrow hidden layer", on="mlp mnist5k", options={"units": (16,)}),
    Control(name="scores and a loss that takes them", on="mlp digits", change=_raw_scores),
    Control(name="scores and a loss that takes them", on="linear fashion", change=_raw_scores),
    Control(name="mean squared error behind softmax", on="linear digits", change=_loss("mean_squared_error")),
    Control(name="one-hot cross-entropy", on="mlp fashion", change=_loss("categorical_crossentropy")),
)
_COURSES = (
    Control(name="one epoch", on="mlp mnist5k", options={"epochs": 1}),
    Control(name="one epoch", on="linear digits", options={"epochs": 1}),
    Control(name="eighty epochs", on="linear digits", options={"epochs": 80, "batch_size": 64}),
    Control(name="forty epochs", on="mlp digits", options={"epochs": 40}),
    Control(name="batches of four", on="mlp digits", options={"batch_size": 4, "epochs": 3}),
    Control(name="batches of 512", on="mlp mnist5k", options={"batch_size": 512, "epochs": 20}),
    Control(name="rate along a cosine", on="mlp fashion", change=lambda setup: _scheduled(setup, schedule="cosine")),
    Control(
        name="rate in steps after a warm-up",
        on="mlp digits",
        change=lambda setup: _scheduled(
            setup, schedule="step", step_epochs=2.0, step_factor=0.5, warmup_epochs=1.0, learning_rate=0.1
        ),
    ),
    Control(name="early stopping", on="mlp digits", options={"early_stopping": 3, "epochs": 30}),
    Control(name="fifth of the images for validation", on="linear mnist5k", options={"validation": 0.2}),
)
PUBLISHED = (*_INPUTS, *_RATES, *_FUNCTIONS, *_NETWORKS, *_COURSES)


def controls(part: Part, seed: int) -> list[Case]:
    """Every control of a set; those of the held-out set are drawn.

    Args:
        part: which set.
        seed: decides what is drawn.
    """
    studies = all_cases(CONTROLS, part, seed)
    if part == "published":
        return [*(control.case() for control in PUBLISHED), *studies]
    return [*(_drawn(seed, number) for number in range(DRAWN)), *studies]


def _drawn(seed: int, number: int) -> Case:
    """A control whose settings were drawn from what is usual."""
    rng = random.Random(f"{seed} control {number}")  # noqa: S311 - numbers of experiments, not secrets
    dial = Dial(rng=rng)
    family = rng.choice(["linear", "mlp", "mlp", "cnn"])
    where = ground(f"{family} {rng.choice(['digits', 'mnist5k', 'fashion'])}", part=0)
    kind = rng.choice(sorted(_SANE_RATES))
    rate = dial(0.0, *_SANE_RATES[kind])
    options: dict[str, Any] = {
        "preprocessing": rng.choice(["unit", "unit", "symmetric", "standardize"]),
        "batch_size": rng.choice([16, 32, 64]),
        "epochs": rng.choice([2, 4, 8]),
    }
    activation, drop = rng.choice(["relu", "relu", "tanh", "elu", "gelu"]), rng.choice([0.0, 0.0, 0.3])
    if family != "linear":
        options |= {"activation": activation, "dropout": drop or None}
    normalise = family != "linear" and rng.random() < 0.25

    def make() -> RunRecord:
        setup = where.setup(dial, **options).options(optimizer=OPTIMIZERS[kind](learning_rate=rate))  # type: ignore[index]
        return trained(setup.layers(networks.normalised) if normalise else setup)[0]

    words = ", ".join(str(value) for value in options.values() if value is not None)
    return Case(
        name=f"{kind} {rate:g}, {words}{', normalised' if normalise else ''}",
        ground=where.label,
        kind="healthy",
        make=cache(make),
    )

"""Faults that are facts: visible in the images, the labels, the network or the loss before much is trained."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.records import Loss
from classlab.records.layers import Rescaling
from tests.planted_faults import networks, pictures
from tests.planted_faults.recipe import Recipe

if TYPE_CHECKING:
    from collections.abc import Callable

    from classlab.datasets.dataset import Dataset
    from tests.planted_faults.case import Dial
    from tests.planted_faults.setup import Setup

MEAN_SQUARES = Loss(name="mean_squared_error")


def _layers(edit: Callable[[networks.Layers], networks.Layers]) -> Callable[[Setup, Dial], Setup]:
    return lambda setup, _: setup.layers(edit)


def _loss(loss: Loss, edit: Callable[[networks.Layers], networks.Layers] | None = None) -> Callable[..., Setup]:
    return lambda setup, _: (setup if edit is None else setup.layers(edit)).options(loss=loss)


def _two_scaling_layers(setup: Setup, _: Dial) -> Setup:
    return setup.layers(networks.scaled_first(1 / 255, 1 / 255)).data(preprocessing="none")


def scaled_within(setup: Setup, _: Dial) -> Setup:
    """Preprocessing divides by 255, and so does the network."""
    return setup.layers(networks.scaled_first(1 / 255))


def _scaled_by_the_square(setup: Setup, _: Dial) -> Setup:
    return setup.layers(networks.scaled_first(1 / 255**2)).data(preprocessing="none")


def _scaled_late(setup: Setup, _: Dial) -> Setup:
    """The second scaling stands behind Flatten, where no rule about first layers sees it."""
    return setup.layers(lambda layers: (layers[0], Rescaling(scale=1 / 255), *layers[1:]))


def _validated_on_test(spoil: Callable[[Dataset, Dial], Dataset]) -> Callable[[Setup, Dial], Setup]:
    return lambda setup, dial: setup.images(spoil(setup.dataset, dial)).data(validation="test")


def _images(spoil: Callable[[Dataset, Dial], Dataset]) -> Callable[[Setup, Dial], Setup]:
    return lambda setup, dial: setup.images(spoil(setup.dataset, dial))


def _wide(setup: Setup, dial: Dial) -> Setup:
    extra = dial.whole(2, 1, 20)
    return setup.layers(networks.head(units=len(setup.dataset.class_names) + extra))


def _loud(setup: Setup, dial: Dial) -> Setup:
    return setup.layers(networks.started("random_normal", stddev=dial(1.0, 0.7, 2.0)))


_A = (
    Recipe(
        name="pixels scaled by two layers of the network",
        expected=("A1",),
        kind="fact",
        change=_two_scaling_layers,
        on=("linear digits", "mlp mnist5k", "cnn fashion"),
        held_out=("mlp digits", "cnn mnist5k"),
    ),
    Recipe(
        name="pixels scaled by the preprocessing and by the network",
        expected=("A1",),
        kind="fact",
        change=scaled_within,
        on=("mlp fashion", "cnn mnist5k"),
        held_out=("linear mnist5k", "cnn digits"),
    ),
    Recipe(
        name="second scaling behind Flatten",
        expected=("A1",),
        kind="fact",
        change=_scaled_late,
        on=("mlp digits",),
        held_out=("mlp fashion",),
    ),
    Recipe(
        name="pixels multiplied by 1/255²",
        expected=("A1",),
        kind="fact",
        change=_scaled_by_the_square,
        on=("lab fashion",),
        held_out=("linear fashion",),
    ),
    Recipe(
        name="pixels not scaled",
        expected=("A2",),
        kind="fact",
        change=lambda setup, _: setup.data(preprocessing="none"),
        on=("linear mnist5k", "mlp digits", "cnn fashion"),
        held_out=("mlp fashion", "cnn mnist5k"),
    ),
    Recipe(
        name="validation images divided by 255 before they became whole numbers",
        expected=("A3",),
        kind="fact",
        change=_validated_on_test(lambda dataset, _: pictures.test_divided_by_255(dataset)),
        on=("mlp fashion", "linear mnist5k"),
        held_out=("cnn digits",),
    ),
    Recipe(
        name="validation images darker than the training images",
        expected=("A3",),
        kind="fact",
        change=_validated_on_test(lambda dataset, dial: pictures.test_dimmed(dataset, factor=dial.whole(8, 4, 16))),
        on=("mlp digits",),
        held_out=("linear fashion",),
    ),
    Recipe(
        name="one class outnumbers the others",
        expected=("A7",),
        kind="fact",
        change=_images(
            lambda dataset, dial: pictures.imbalanced(dataset, kept=dial.whole(4, 3, 5), favoured=dial.whole(0, 0, 9))
        ),
        on=("linear mnist5k", "mlp fashion"),
        held_out=("mlp mnist5k",),
        settings={"epochs": 8},
    ),
    Recipe(
        name="test images among the training images",
        expected=("A8",),
        kind="fact",
        change=_images(lambda dataset, dial: pictures.test_in_train(dataset, share=dial(0.05, 0.03, 0.5))),
        on=("mlp mnist5k", "linear digits"),
        held_out=("cnn digits",),
    ),
    Recipe(
        name="training images that occur twice, divided afterwards",
        expected=("A8", "C5"),
        kind="fact",
        change=_images(lambda dataset, dial: pictures.training_images_twice(dataset, share=dial(0.2, 0.1, 0.5))),
        on=("linear mnist5k",),
        held_out=("mlp fashion",),
    ),
    Recipe(
        name="validation images are training images",
        expected=("C5", "A8"),
        kind="fact",
        change=_validated_on_test(lambda dataset, _: pictures.tested_on_training_rows(dataset)),
        on=("mlp fashion",),
        held_out=("linear mnist5k",),
    ),
)
_B = (
    Recipe(
        name="raw scores into a loss for probabilities",
        expected=("B1",),
        kind="fact",
        change=_loss(Loss(), networks.head(activation="linear")),
        on=("mlp mnist5k", "linear digits"),
        held_out=("cnn fashion",),
    ),
    Recipe(
        name="softmax behind softmax",
        expected=("B2",),
        kind="fact",
        change=_layers(networks.softmax_again),
        on=("mlp digits",),
        held_out=("linear mnist5k",),
    ),
    Recipe(
        name="softmax into a loss that applies its own",
        expected=("B2",),
        kind="fact",
        change=_loss(Loss(from_logits=True)),
        on=("cnn mnist5k", "mlp fashion"),
        held_out=("linear digits",),
    ),
    Recipe(
        name="more units than classes",
        expected=("B3",),
        kind="fact",
        change=_wide,
        on=("mlp fashion", "linear digits"),
        held_out=("cnn digits",),
    ),
    Recipe(
        name="relu head with the mean squared error",
        expected=("B4",),
        kind="fact",
        change=_loss(MEAN_SQUARES, networks.head(activation="relu")),
        on=("mlp mnist5k",),
        held_out=("linear fashion",),
    ),
    Recipe(
        name="tanh head with the mean squared error",
        expected=("B4",),
        kind="fact",
        change=_loss(MEAN_SQUARES, networks.head(activation="tanh")),
        on=("linear mnist5k",),
        held_out=("mlp digits",),
    ),
    Recipe(
        name="relu head with the cross-entropy",
        expected=("B4",),
        kind="fact",
        change=_loss(Loss(), networks.head(activation="relu")),
        on=("cnn digits",),
        held_out=("mlp mnist5k",),
    ),
    Recipe(
        name="kernels started far too large",
        expected=("B7", "I7"),
        kind="fact",
        change=_loud,
        on=("mlp mnist5k", "cnn fashion"),
        held_out=("mlp digits",),
    ),
)
_C = (
    Recipe(
        name="test images as validation images",
        expected=("C3",),
        kind="fact",
        change=lambda setup, _: setup.data(validation="test"),
        on=("linear mnist5k", "cnn digits"),
        held_out=("mlp fashion",),
    ),
)
RECIPES = (*_A, *_B, *_C)

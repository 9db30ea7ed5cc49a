"""Faults of the further set that are facts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classlab.records import Loss
from classlab.records.layers import Activation, Normalization, Rescaling
from tests.planted_faults import networks, pictures
from tests.planted_faults.further.images import repainted
from tests.planted_faults.further.planted import Further, layers

if TYPE_CHECKING:
    from collections.abc import Callable

    from classlab.datasets.dataset import Dataset
    from classlab.records.run import LossName
    from tests.planted_faults.setup import Setup


def _in_front(*added: Rescaling | Normalization) -> Callable[[Setup], Setup]:
    return layers(lambda given: (*added, *given))


def _spoiled(spoil: Callable[[Dataset], Dataset], *, on_test: bool = False) -> Callable[[Setup], Setup]:
    def change(setup: Setup) -> Setup:
        spoiled = setup.images(spoil(setup.dataset))
        return spoiled.data(validation="test") if on_test else spoiled

    return change


def _ending(activation: str, loss: LossName) -> Callable[[Setup], Setup]:
    """Another function of the last layer, and a loss that takes probabilities."""
    return lambda setup: setup.layers(networks.head(activation=activation)).options(loss=Loss(name=loss))


def _cast(dataset: Dataset) -> Dataset:
    return repainted(dataset, "zeros and ones", lambda pixels: np.rint(pixels / 255).astype(np.uint8))


def _negatives(dataset: Dataset) -> Dataset:
    return repainted(dataset, "test images as negatives", lambda pixels: 255 - pixels, test_only=True)


def _dark(dataset: Dataset) -> Dataset:
    return repainted(dataset, "test images three times darker", lambda pixels: pixels // 3, test_only=True)


_INPUT = (
    Further(
        name="pixels from -1 to 1, divided again",
        on="mlp tinted",
        expected=("A1",),
        options={"preprocessing": "symmetric"},
        change=_in_front(Rescaling(scale=1 / 127.5)),
    ),
    Further(
        name="standardised pixels divided by 255",
        on="lenet inverted",
        expected=("A1",),
        options={"preprocessing": "standardize"},
        change=_in_front(Rescaling(scale=1 / 255)),
    ),
    Further(
        name="pixels divided by 255, cast to whole numbers and divided again",
        on="mlp inverted",
        expected=("A1",),
        change=_spoiled(_cast),
    ),
    Further(
        name="statistics of raw pixels applied to scaled ones",
        on="mlp five",
        expected=("A1",),
        change=_in_front(Normalization(mean=(72.0,), variance=(8100.0,))),
    ),
    Further(
        name="pixels centred but not divided",
        on="small five",
        expected=("A2",),
        options={"preprocessing": "none"},
        change=_in_front(Rescaling(scale=1.0, offset=-128.0)),
    ),
    Further(
        name="scaling undone by the network",
        on="mlp mixture",
        expected=("A2",),
        change=_in_front(Rescaling(scale=255.0)),
    ),
    Further(
        name="raw pixels under SGD",
        on="lenet half",
        expected=("A2",),
        options={"preprocessing": "none", "optimizer": "sgd"},
    ),
    Further(
        name="validation images are negatives",
        on="mlp half",
        expected=("A3",),
        change=_spoiled(_negatives, on_test=True),
    ),
    Further(
        name="validation images three times darker",
        on="mlp tinted",
        expected=("A3",),
        change=_spoiled(_dark, on_test=True),
    ),
    Further(
        name="one of two classes is rare",
        on="mlp shirts",
        expected=("A7",),
        change=_spoiled(lambda dataset: pictures.imbalanced(dataset, kept=8)),
    ),
    Further(
        name="every test image among the training images",
        on="lenet half",
        expected=("A8",),
        change=_spoiled(lambda dataset: pictures.test_in_train(dataset, share=1.0)),
    ),
    Further(
        name="every training image twice, divided afterwards",
        on="small tinted",
        expected=("A8", "C5"),
        change=_spoiled(lambda dataset: pictures.training_images_twice(dataset, share=1.0)),
    ),
    Further(
        name="validation images are training images",
        on="strided tinted",
        expected=("C5", "A8"),
        change=_spoiled(pictures.tested_on_training_rows, on_test=True),
    ),
)
_HEAD = (
    Further(
        name="raw scores into the one-hot cross-entropy",
        on="lenet mixture",
        expected=("B1",),
        change=_ending("linear", "categorical_crossentropy"),
    ),
    Further(
        name="tanh head into the cross-entropy",
        on="mlp half",
        expected=("B4", "B1"),
        change=_ending("tanh", "sparse_categorical_crossentropy"),
    ),
    Further(
        name="elu head into the one-hot cross-entropy",
        on="linear tinted",
        expected=("B4", "B1"),
        change=_ending("elu", "categorical_crossentropy"),
    ),
    Further(
        name="three softmaxes: head, layer and loss",
        on="small tinted",
        expected=("B2",),
        change=lambda setup: setup.layers(lambda given: (*given, Activation(activation="softmax"))).options(
            loss=Loss(from_logits=True)
        ),
    ),
    Further(
        name="a hundred units for ten classes",
        on="lenet inverted",
        expected=("B3",),
        change=layers(networks.head(units=100)),
    ),
    Further(
        name="kernels between -1 and 1",
        on="deep mixture",
        expected=("B7", "I7"),
        change=layers(networks.started("random_uniform", minval=-1.0, maxval=1.0)),
    ),
)
_CHOICE = (
    Further(
        name="early stopping by the test images",
        on="mlp mixture",
        expected=("C3", "C4"),
        options={"validation": "test", "early_stopping": 3, "epochs": 12},
    ),
)


def facts() -> list[Further]:
    """Every fact."""
    from dataclasses import replace

    return [replace(each, kind="fact") for each in (*_INPUT, *_HEAD, *_CHOICE)]

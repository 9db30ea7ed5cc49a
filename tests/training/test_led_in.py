"""Layers that only move or average pixels, done in NumPy, against PyTorch."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from classlab.datasets.dataset import Split
from classlab.models.backbones.entrance import entrance
from classlab.models.backbones.joined import joined
from classlab.records.architecture import IMAGES, Architecture
from classlab.records.layers import Dense, Flatten, Rescaling
from classlab.records.run import Loss
from classlab.training import measure
from classlab.training.backend import MeasureRequest
from classlab.training.led_in import led_in
from classlab.training.loop.initial_weights import initial_weights


def scaled_first(architecture: Architecture) -> dict[str, Any]:
    """The same layers behind a Rescaling, as a written file has them."""
    moved = tuple(tuple(source + 1 for source in each) for each in architecture.entering)
    return {"layers": (Rescaling(scale=1.0), *architecture.layers), "inputs": ((IMAGES,), *moved)}


def request_of(pictures, wanted, scaling) -> MeasureRequest:
    front = entrance(pictures, wanted)
    layers = (Rescaling(scale=0.5), Flatten(), Dense(units=3, activation="softmax"))
    network = Architecture(name="net", input_shape=wanted, layers=layers)
    front = replace(front, architecture=replace(front.architecture, **scaled_first(front.architecture)))
    front = replace(front, weights={f"{int(key[0]) + 1}{key[1:]}": value for key, value in front.weights.items()})
    whole, weights = joined((front.architecture, front.weights), (network, initial_weights(network, 0)), name="whole")
    images = np.random.default_rng(0).integers(0, 256, (5, *pictures)).astype(np.uint8)
    return MeasureRequest(
        architecture=whole,
        weights=[weights],
        split=Split(images=images, labels=np.zeros(5, np.int64)),
        input_layer=scaling,
        loss=Loss(),
        top_k=None,
        probabilities=True,
        device="cpu",
    )


@pytest.mark.needs("torch")
@pytest.mark.parametrize(
    ("pictures", "wanted", "left"),
    [((5, 4, 1), (17, 15, 1), 4), ((11, 9, 1), (4, 4, 1), 4), ((4, 4, 1), (4, 4, 3), 4), ((6, 6, 3), (15, 13, 1), 5)],
)
def test_what_is_done_beforehand_is_what_the_layers_do(pictures, wanted, left):
    asked = request_of(pictures, wanted, Rescaling(scale=1 / 255))
    done = led_in(asked)
    assert len(done.architecture.layers) == left
    (one,), (other,) = (
        measure(each.architecture, each.weights, each.split, input_layer=each.input_layer, loss=each.loss)
        for each in (asked, done)
    )
    np.testing.assert_allclose(one.probabilities, other.probabilities, atol=1e-6)


@pytest.mark.light
def test_a_frame_of_zeros_behind_a_scaling_that_moves_zero_is_left_to_others():
    asked = request_of((5, 4, 1), (17, 15, 1), Rescaling(scale=1 / 127.5, offset=-1.0))
    assert next(layer.kind for layer in led_in(asked).architecture.layers[1:]) == "ZeroPadding2D"


@pytest.mark.light
def test_other_networks_are_measured_as_they_are():
    network = Architecture(name="net", input_shape=(4, 4, 1), layers=(Flatten(), Dense(units=3)))
    images = np.zeros((2, 4, 4, 1), np.uint8)
    asked = MeasureRequest(
        architecture=network,
        weights=[initial_weights(network, 0)],
        split=Split(images=images, labels=np.zeros(2, np.int64)),
        input_layer=Rescaling(scale=1.0),
        loss=Loss(),
        top_k=None,
        probabilities=True,
        device="cpu",
    )
    assert led_in(asked) is asked

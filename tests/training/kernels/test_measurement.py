"""Trained members evaluated in the kernels, and on PyTorch."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from classlab.records.layers import (
    AveragePooling2D,
    BatchNormalization,
    Conv2D,
    Dense,
    Dropout,
    Normalization,
    Regularizer,
    Rescaling,
)
from classlab.records.run import Loss
from classlab.training import evaluate, measure, predict
from classlab.training.kernels import backend
from classlab.training.loop.initial_weights import initial_weights

UNIT = Rescaling(scale=1 / 255)
NETWORKS = {"linear": (), "relu": ((12, "relu"),), "three layers": ((13, "tanh"), (90, "sigmoid"))}


@pytest.fixture
def looks(workbench, monkeypatch):
    """How often the kernels were asked."""
    asked = []
    original = backend.measure_in_kernels

    def noted(*arguments):
        asked.append(arguments)
        return original(*arguments)

    monkeypatch.setattr(backend, "measure_in_kernels", noted)
    return asked


@pytest.fixture
def on_pytorch(monkeypatch):
    def call(function, *arguments, **options):
        with monkeypatch.context() as switched:
            switched.setenv("CLASSLAB_KERNELS", "off")
            return function(*arguments, **options)

    return call


@pytest.mark.parametrize("hidden", NETWORKS.values(), ids=list(NETWORKS))
@pytest.mark.parametrize("lit", [0.2, 0.9], ids=["listed", "whole"])
@pytest.mark.parametrize("count", [1, 127, 128, 129, 4096, 4097])
def test_figures_and_probabilities_are_those_of_pytorch(workbench, looks, on_pytorch, hidden, lit, count):
    """One image, whole batches and one more, a whole block and one more."""
    network = workbench.network(*hidden)
    split = workbench.images(count, (6, 6, 1), lit=lit, classes=10, seed=5)
    weights = [initial_weights(network, seed) for seed in range(3)]
    options = {"input_layer": UNIT, "loss": Loss(), "top_k": 3}
    found = measure(network, weights, split, **options)
    assert len(looks) == 1
    for one, other in zip(found, on_pytorch(measure, network, weights, split, **options), strict=True):
        assert one.figures.images == other.figures.images == count
        assert one.figures.loss == pytest.approx(other.figures.loss, rel=1e-5)
        # An image whose two highest scores are within rounding of each other may count differently.
        assert one.figures.accuracy == pytest.approx(other.figures.accuracy, abs=1.01 / count if count > 1000 else 0)
        assert one.figures.top_k_accuracy == pytest.approx(other.figures.top_k_accuracy, abs=1.01 / count)
        assert one.probabilities.dtype == np.float32
        np.testing.assert_allclose(one.probabilities, other.probabilities, rtol=1e-4, atol=1e-6)
    assert len(looks) == 1


@pytest.mark.parametrize(
    "layer", [Rescaling(scale=2 / 255, offset=-1.0), Normalization(mean=(9.0, 8.0, 7.0), variance=(90.0, 80.0, 70.0))]
)
def test_predictions_of_coloured_images_are_those_of_pytorch(workbench, looks, on_pytorch, layer):
    network = workbench.network((7, "relu"), shape=(5, 4, 3))
    images = workbench.images(50, (5, 4, 3), lit=0.5, classes=10, seed=5).images
    weights = initial_weights(network, 0)
    found = predict(network, weights, images, input_layer=layer)
    assert len(looks) == 1
    np.testing.assert_allclose(found, on_pytorch(predict, network, weights, images, input_layer=layer), rtol=1e-4)


def test_logits_become_probabilities(workbench, looks, on_pytorch):
    network = workbench.network((7, "relu"))
    network = replace(network, layers=(*network.layers[:-1], Dense(units=10)))
    split = workbench.images(40, (6, 6, 1), lit=0.2, classes=10, seed=5)
    weights = initial_weights(network, 0)
    found = predict(network, weights, split.images, input_layer=UNIT, from_logits=True)
    assert len(looks) == 1
    np.testing.assert_allclose(found.sum(1), 1, rtol=1e-5)
    wanted = on_pytorch(predict, network, weights, split.images, input_layer=UNIT, from_logits=True)
    np.testing.assert_allclose(found, wanted, rtol=1e-4)
    one, other = (
        call(evaluate, network, weights, split, input_layer=UNIT, loss=Loss(from_logits=True))
        for call in (lambda function, *a, **o: function(*a, **o), on_pytorch)
    )
    assert one.loss == pytest.approx(other.loss, rel=1e-5)


def test_scores_far_apart_give_finite_figures(workbench, looks):
    network = workbench.network()
    split = workbench.images(40, (6, 6, 1), lit=0.2, classes=10, seed=5)
    weights = {key: array * np.float32(1e4) for key, array in initial_weights(network, 0).items()}
    (found,) = measure(network, [weights], split, input_layer=UNIT, loss=Loss())
    assert np.isfinite(found.figures.loss)
    assert found.figures.loss > 50
    np.testing.assert_allclose(found.probabilities.sum(1), 1, rtol=1e-5)


def test_what_the_kernels_do_not_know_is_measured_on_pytorch(workbench, looks):
    network = workbench.network((7, "relu"))
    network = replace(network, layers=(*network.layers, BatchNormalization()))
    split = workbench.images(40, (6, 6, 1), lit=0.2, classes=10, seed=5)
    measure(network, [initial_weights(network, 0)], split, input_layer=UNIT, loss=Loss(from_logits=True))
    assert looks == []


@pytest.mark.parametrize("penalty", [None, Regularizer(l1=0.01, l2=0.1)])
@pytest.mark.parametrize("loss", [Loss(), Loss(name="mean_squared_error")])
def test_chains_are_measured_as_on_pytorch(workbench, looks, on_pytorch, loss, penalty):
    network = workbench.network((7, "gelu"))
    first, hidden, last = network.layers
    convolution = Conv2D(filters=6, activation="tanh", kernel_regularizer=penalty)
    network = replace(network, layers=(convolution, AveragePooling2D(), first, hidden, Dropout(rate=0.9), last))
    split = workbench.images(301, (6, 6, 1), lit=0.2, classes=10, seed=5)
    weights = [initial_weights(network, seed) for seed in range(3)]
    options = {"input_layer": UNIT, "loss": loss, "top_k": 3}
    found = measure(network, weights, split, **options)
    assert len(looks) == 1
    for one, other in zip(found, on_pytorch(measure, network, weights, split, **options), strict=True):
        assert one.figures.loss == pytest.approx(other.figures.loss, rel=1e-5)
        assert one.figures.accuracy == other.figures.accuracy
        assert one.figures.top_k_accuracy == pytest.approx(other.figures.top_k_accuracy, abs=1.01 / 301)
        np.testing.assert_allclose(one.probabilities, other.probabilities, rtol=1e-4, atol=1e-6)


def test_one_thread_and_several_give_the_same_bits(workbench, threads):
    network = workbench.network((9, "relu"))
    split = workbench.images(9000, (6, 6, 1), lit=0.2, classes=10, seed=5)
    weights = [initial_weights(network, seed) for seed in range(2)]
    found = []
    for count in (1, 2, 3):
        threads(count)
        assert torch.get_num_threads() == count
        found.append(measure(network, weights, split, input_layer=UNIT, loss=Loss()))
    for other in found[1:]:
        for one, same in zip(found[0], other, strict=True):
            assert one.figures == same.figures
            assert one.probabilities.tobytes() == same.probabilities.tobytes()

from __future__ import annotations

import numpy as np
import pytest

from classlab.datasets import load
from classlab.models import build
from classlab.records.layers import Rescaling
from classlab.records.run import Loss
from classlab.training import evaluate, measure, predict
from classlab.training.loop.initial_weights import initial_weights

SCALING = Rescaling(scale=1 / 255)


@pytest.mark.parametrize("model", ["linear", "mlp", "cnn-small"])
@pytest.mark.parametrize("loss", ["sparse_categorical_crossentropy", "mean_squared_error"])
def test_members_measured_together_have_the_figures_and_probabilities_of_each_alone(model, loss):
    digits = load("digits")
    network = build(model, input_shape=(8, 8, 1), classes=10)
    weights = [initial_weights(network, seed) for seed in range(3)]
    rule = Loss(name=loss)
    together = measure(network, weights, digits.test, input_layer=SCALING, loss=rule, top_k=3)
    for own, found in zip(weights, together, strict=True):
        alone = evaluate(network, own, digits.test, input_layer=SCALING, loss=rule, top_k=3)
        assert (found.figures.images, found.figures.accuracy) == (alone.images, alone.accuracy)
        assert found.figures.top_k_accuracy == alone.top_k_accuracy
        assert found.figures.loss == pytest.approx(alone.loss, rel=1e-6)
        wanted = predict(network, own, digits.test.images, input_layer=SCALING)
        np.testing.assert_allclose(found.probabilities, wanted, rtol=1e-5, atol=1e-7)


def test_probabilities_are_left_out_where_nobody_wants_them():
    digits = load("digits")
    network = build("linear", input_shape=(8, 8, 1), classes=10)
    start = initial_weights(network, 0)
    (found,) = measure(network, [start], digits.test, input_layer=SCALING, loss=Loss(), probabilities=False)
    assert found.probabilities is None

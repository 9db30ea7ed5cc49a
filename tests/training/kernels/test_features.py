"""Features as float32 in place of pixels: the same arithmetic, so the same bits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from classlab.datasets.dataset import Division, Split
from classlab.records.layers import Conv2D, Dense, Flatten, Rescaling
from classlab.records.optimizers import SGD
from classlab.records.run import Loss
from classlab.training import measure, train_population
from classlab.training.kernels.library import kernels

UNIT, AS_THEY_ARE = Rescaling(scale=1 / 255), Rescaling(scale=1.0)
pytestmark = pytest.mark.skipif(kernels() is None, reason="the kernels were not built")


def as_features(division: Division) -> Division:
    """The same images, scaled beforehand as the kernels scale them."""

    def scaled(split: Split) -> Split:
        return replace(split, images=split.images.astype(np.float32) * np.float32(1 / 255))

    return Division(train=scaled(division.train), validation=scaled(division.validation), test=scaled(division.test))


@pytest.mark.parametrize("hidden", [(), ((9, "relu"),)], ids=["linear", "mlp"])
@pytest.mark.parametrize("seeds", [(0,), (0, 0, 1)], ids=["one member", "three members"])
def test_heads_on_features_have_the_bits_of_networks_on_pixels(workbench, hidden, seeds):
    division = workbench.division(lit=0.9)  # so many pixels that none are listed: whole images, as features are
    spec = workbench.spec(workbench.network(*hidden))
    specs = [replace(spec, seed=seed, optimizer=SGD(learning_rate=0.1 + 0.1 * n)) for n, seed in enumerate(seeds)]
    on_pixels = train_population(specs, division, input_layer=UNIT)
    on_features = train_population(specs, as_features(division), input_layer=AS_THEY_ARE)
    assert workbench.epochs
    for one, other in zip(on_pixels, on_features, strict=True):
        assert one.history == other.history
        for key, values in one.weights.items():
            np.testing.assert_array_equal(other.weights[key], values)


def test_chains_take_features_too(workbench):
    division = workbench.division()
    layers = (Conv2D(filters=8), Flatten(), Dense(units=10, activation="softmax"))
    spec = workbench.spec(replace(workbench.network(), layers=layers))
    (on_pixels,) = train_population([spec], division, input_layer=UNIT)
    (on_features,) = train_population([spec], as_features(division), input_layer=AS_THEY_ARE)
    for key, values in on_pixels.weights.items():
        np.testing.assert_array_equal(on_features.weights[key], values)


def test_negative_features_and_rare_zeros_are_taken_as_they_are(workbench):
    rng = np.random.default_rng(0)
    features = rng.normal(size=(50, 1, 1, 7)).astype(np.float32)
    features[rng.uniform(size=features.shape) < 0.8] = 0  # pixels so would be listed
    split = Split(images=features, labels=np.zeros(50, np.int64))
    network = replace(workbench.network(classes=3), input_shape=(1, 1, 7))
    kernel, bias = rng.normal(size=(7, 3)).astype(np.float32), rng.normal(size=3).astype(np.float32)
    (found,) = measure(
        network, [{"1.kernel": kernel, "1.bias": bias}], split, input_layer=AS_THEY_ARE, loss=Loss(from_logits=False)
    )
    scores = features.reshape(50, 7) @ kernel + bias
    shares = np.exp(scores - scores.max(1, keepdims=True))
    np.testing.assert_allclose(found.probabilities, shares / shares.sum(1, keepdims=True), atol=1e-6)

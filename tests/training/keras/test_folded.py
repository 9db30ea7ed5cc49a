"""Layers computed as one where nothing is learned, beside the same layers as Keras computes them."""

import numpy as np
import pytest
import torch

from classlab.models.keras_runtime import keras
from classlab.training.keras.direct import DirectModel
from classlab.training.keras.folded import chains


def normalization(k, **options):
    """With figures of its own in every place."""
    drawn = k.initializers.RandomUniform
    return k.layers.BatchNormalization(
        beta_initializer=drawn(-1, 1, seed=1),
        gamma_initializer=drawn(0.5, 2, seed=2),
        moving_mean_initializer=drawn(-1, 1, seed=3),
        moving_variance_initializer=drawn(0.5, 2, seed=4),
        **options,
    )


def row(k, name):
    """Layers from images `(8, 6, 4)`, and how many of them become one, by the place of the first."""
    layers, n = k.layers, normalization
    return {
        "all": ([layers.Conv2D(6, 3, use_bias=False), n(k), layers.ReLU(6.0)], {0: 3}),
        "biases": ([layers.Conv2D(6, 3, strides=2, padding="same", bias_initializer="ones"), n(k)], {0: 2}),
        "depth": ([layers.DepthwiseConv2D(3, depth_multiplier=2, use_bias=False), n(k), layers.Activation("silu")],
                  {0: 3}),
        "groups": ([layers.Conv2D(6, 3, groups=2, dilation_rate=2), n(k, scale=False, center=False)], {0: 2}),
        "behind": ([n(k), layers.Activation("relu"), layers.Conv2D(3, 1)], {0: 2, 2: 1}),
        "inside": ([layers.Conv2D(6, 3, activation="relu"), n(k)], {0: 1, 1: 1}),
        "unknown": ([layers.Conv2D(6, 3, activation="tanh"), layers.ReLU(negative_slope=0.1)], {}),
        "leaky": ([layers.Conv2D(6, 3), layers.ReLU(negative_slope=0.1)], {0: 1}),
        "penalty": ([layers.Conv2D(6, 3), n(k, activity_regularizer="l2"), layers.ReLU()], {0: 1}),
        "front": ([layers.Conv2D(6, 3, data_format="channels_first"), n(k, axis=1)], {}),
    }[name]  # fmt: skip


@pytest.mark.parametrize(
    "name", ["all", "biases", "depth", "groups", "behind", "inside", "unknown", "leaky", "penalty", "front"]
)
def test_layers_in_a_row_give_what_keras_gives(name):
    k = keras()
    k.utils.set_random_seed(0)
    layers, lengths = row(k, name)
    model = k.Sequential([k.Input((8, 6, 4)), *layers])
    images = torch.from_numpy(np.random.default_rng(0).normal(size=(5, 8, 6, 4)).astype(np.float32))
    direct = DirectModel(model, learns=False)
    with torch.no_grad():
        wanted, found = model(images, training=False), direct(images, training=False)
    torch.testing.assert_close(found, wanted, rtol=1e-5, atol=1e-5)
    (graph,) = direct._together.values()
    assert len(graph) == sum(lengths.values())
    places = {id(layer): place for place, layer in enumerate(layers)}
    together = chains(model._functional, fits=lambda layer: layer.activity_regularizer is None)
    assert {places[key]: each.length for key, each in together.items() if each is not None} == lengths


def test_values_that_are_read_twice_or_given_are_not_overwritten():
    k = keras()
    images = k.Input((8, 6, 4))
    convolved = k.layers.Conv2D(4, 3, padding="same")(images)
    normal = normalization(k)(convolved)
    model = k.Model(images, k.layers.Add()([k.layers.ReLU()(normal), normal, convolved]))
    values = torch.from_numpy(np.random.default_rng(0).normal(size=(5, 8, 6, 4)).astype(np.float32))
    kept = values.clone()
    with torch.no_grad():
        wanted, found = model(values, training=False), DirectModel(model, learns=False)(values, training=False)
    torch.testing.assert_close(found, wanted, rtol=1e-5, atol=1e-5)
    assert torch.equal(values, kept)


def test_a_model_that_learns_is_computed_layer_by_layer():
    k = keras()
    model = k.Sequential([k.Input((8, 6, 4)), k.layers.Conv2D(4, 3), normalization(k)])
    direct = DirectModel(model)
    values = torch.ones(2, 8, 6, 4)
    before = direct(values, training=False)
    model.layers[-1].beta.assign(model.layers[-1].beta + 1.0)
    torch.testing.assert_close(direct(values, training=False), before + 1)

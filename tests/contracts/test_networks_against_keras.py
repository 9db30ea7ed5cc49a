"""Small ones of the networks that people bring from Keras: read, fifty steps give Keras's weights, and they resume.

Their normalizations, shortcuts, ReLU, pooling and dropout are what the kernels compute in one pass.
"""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from benchmarks.networks.in_keras import keras_network
from classlab.models import from_keras
from classlab.models.keras_runtime import keras
from classlab.models.keras_words import layer_names
from classlab.records.architecture import Architecture
from classlab.records.optimizers import SGD, Adam
from classlab.training import train_population
from classlab.training.loop.randomness import SeedGroups
from classlab.training.tensor.layers.dropout import Dropout as EngineDropout
from classlab.training.tensor.passes import Pass
from tests.contracts.conftest import division
from tests.contracts.in_keras import UNIT


def _convnet() -> Any:
    layers = keras().layers
    return keras().Sequential(
        [
            keras().Input((12, 12, 1)),
            layers.Conv2D(8, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(8, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(10, activation="softmax"),
        ]
    )


def _vgg() -> Any:
    layers = keras().layers
    network = [keras().Input((8, 8, 3))]
    for filters in (4, 5):
        for _ in range(2):
            network += [
                layers.Conv2D(filters, 3, padding="same"),
                layers.BatchNormalization(),
                layers.Activation("relu"),
            ]
        network += [layers.MaxPooling2D(2), layers.Dropout(0.25)]
    network += [layers.Flatten(), layers.Dense(12, activation="relu"), layers.Dropout(0.5)]
    return keras().Sequential([*network, layers.Dense(10, activation="softmax")])


def _residual() -> Any:
    layers = keras().layers

    def normalized(x: Any, filters: int, strides: int = 1) -> Any:
        return layers.BatchNormalization()(layers.Conv2D(filters, 3, strides=strides, padding="same")(x))

    images = keras().Input((8, 8, 3))
    x = layers.Activation("relu")(normalized(images, 4))
    for filters, strides in ((4, 1), (6, 2)):
        inner = layers.Activation("relu")(normalized(x, filters, strides))
        inner = normalized(inner, filters)
        beside = x if strides == 1 else layers.Conv2D(filters, 1, strides=strides, padding="same")(x)
        x = layers.Activation("relu")(layers.Add()([inner, beside]))
    x = layers.GlobalAveragePooling2D()(x)
    return keras().Model(images, layers.Dense(10, activation="softmax")(x))


def _separable() -> Any:
    layers = keras().layers
    network = [
        keras().Input((8, 8, 3)),
        layers.Conv2D(4, 3, padding="same"),
        layers.BatchNormalization(),
        layers.Activation("relu"),
    ]
    for filters, strides in ((6, 1), (8, 2)):
        network += [
            layers.DepthwiseConv2D(3, strides=strides, padding="same"),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.Conv2D(filters, 1),
            layers.BatchNormalization(),
            layers.Activation("relu"),
        ]
    return keras().Sequential([*network, layers.GlobalAveragePooling2D(), layers.Dense(10, activation="softmax")])


def _lstm() -> Any:
    layers = keras().layers
    return keras().Sequential(
        [keras().Input((8, 8, 1)), layers.Reshape((8, 8)), layers.LSTM(6), layers.Dense(10, activation="softmax")]
    )


SMALL = {"convnet": _convnet, "vgg": _vgg, "residual": _residual, "separable": _separable, "lstm": _lstm}
CONVOLUTIONAL = [name for name in SMALL if name != "lstm"]
GENTLE = SGD(learning_rate=0.02)


def read(name: str) -> Architecture:
    found = from_keras(SMALL[name]())
    assert isinstance(found.architecture, Architecture), name
    return found.architecture


def with_masks(architecture: Architecture) -> Any:
    """Replaces every Dropout of Keras's by a layer that applies the engine's masks, so that the two can be compared."""
    positions = {name: position for position, name in enumerate(layer_names(architecture.layers))}

    class Masks(keras().layers.Layer):
        step = 0

        def __init__(self, engine: EngineDropout) -> None:
            super().__init__(autocast=False)
            self.engine = engine

        def call(self, x: Any, training: bool = False) -> Any:
            if not training:
                return x
            run = Pass(SeedGroups((0,)), slice(0, 1), training=True, epoch=0, step=self.step)
            mask = self.engine.forward(torch.ones(1, *x.shape), run)[0]
            self.step += 1
            return x * mask.to(x.dtype)

    def instead(layer: Any) -> Any:
        if isinstance(layer, keras().layers.Dropout):
            return Masks(EngineDropout(layer.rate, positions[layer.name]))
        return layer.__class__.from_config(layer.get_config())

    def change(model: Any) -> Any:
        changed = keras().models.clone_model(model, clone_function=instead)
        changed.set_weights(model.get_weights())
        return changed

    return change


@pytest.mark.parametrize("name", SMALL)
def test_the_whole_network_is_read_for_the_engine(name):
    keras()  # with the backend of these tests, which building a network takes for granted
    whole = from_keras(keras_network(name)).architecture
    assert isinstance(whole, Architecture)
    small = [layer.kind for layer in read(name).layers]
    assert set(small) == {layer.kind for layer in whole.layers}


@pytest.mark.parametrize("name", [name for name in SMALL if name not in ("vgg", "residual")])
def test_fifty_steps_give_keras_weights(oracle, name):
    architecture = read(name)
    oracle.check(architecture, optimizer=GENTLE, change=with_masks(architecture), extra=5)


@pytest.mark.parametrize("name", ["vgg", "residual"])
def test_fifty_steps_in_float64_give_keras_weights(oracle, name):
    """In float32 one value that rounds to the other side of a ReLU's edge moves every weight by a visible amount."""
    architecture = read(name)
    change = with_masks(architecture)
    oracle.check_population(architecture, [(GENTLE, 0)], precision="float64", change=change)


@pytest.mark.parametrize("name", CONVOLUTIONAL)
def test_members_of_a_population_train_as_if_alone(oracle, name):
    architecture = read(name)
    specs = [oracle.spec(architecture, optimizer=GENTLE, seed=seed) for seed in (0, 0, 1)]
    specs[1] = replace(specs[1], optimizer=Adam())
    data = division(architecture.input_shape)
    together = train_population(specs, data, input_layer=UNIT, device="cpu")
    for spec, outcome in zip(specs, together, strict=True):
        (alone,) = train_population([spec], data, input_layer=UNIT, device="cpu")
        for key, values in alone.weights.items():
            np.testing.assert_allclose(outcome.weights[key], values, rtol=1e-5, atol=1e-6)


class KilledError(Exception):
    """Stands for a process that ends without warning."""


class KillAfterOne:
    """An observer that ends the training after an epoch, once its checkpoint is on disk."""

    def epoch_finished(self, report: Any) -> None:
        raise KilledError


def test_a_residual_network_resumes_to_the_bit(oracle, tmp_path):
    architecture = read("residual")
    specs = [replace(oracle.spec(architecture, seed=seed), epochs=2) for seed in (0, 1)]
    data, path = division(architecture.input_shape), tmp_path / "checkpoint.safetensors"
    straight = train_population(specs, data, input_layer=UNIT)
    with pytest.raises(KilledError):
        train_population(specs, data, input_layer=UNIT, checkpoint=path, observer=KillAfterOne())
    resumed = train_population(specs, data, input_layer=UNIT, checkpoint=path, resume=True)
    for one, other in zip(straight, resumed, strict=True):
        assert one.history == other.history
        for key, values in one.weights.items():
            assert values.tobytes() == other.weights[key].tobytes()

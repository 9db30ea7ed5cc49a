from typing import Any

import numpy as np
import pytest
import torch

from classlab.models.keras_runtime import keras
from classlab.records.architecture import Architecture
from classlab.records.layers import (
    Activation,
    AveragePooling2D,
    BatchNormalization,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    GlobalAveragePooling2D,
    LeakyReLU,
    MaxPooling2D,
    Normalization,
    Regularizer,
    ReLU,
    Rescaling,
)
from classlab.records.optimizers import SGD
from classlab.training.loop.randomness import SeedGroups
from classlab.training.tensor.layers.dropout import Dropout as EngineDropout
from classlab.training.tensor.passes import Pass

SHAPE = (9, 8, 2)
CONV = Conv2D(filters=4)
# Batch normalization takes the mean away, so a bias in front of it has no gradient but rounding: nothing to compare.
BARE_CONV = Conv2D(filters=4, use_bias=False)
LAST = Dense(units=10, activation="softmax")
HEAD = (Flatten(), LAST)
ACTIVATIONS = ["relu", "sigmoid", "tanh", "leaky_relu", "elu", "selu", "gelu", "silu", "softplus", "softmax", "linear"]


def network(*layers: Any, shape: tuple[int, int, int] = SHAPE) -> Architecture:
    return Architecture(name="net", input_shape=shape, layers=layers)


LAYERS = {
    "dense without bias": (
        Flatten(),
        Dense(units=9, use_bias=False, activation="relu"),
        LAST,
    ),
    "dense on images": (Dense(units=5, activation="relu"), *HEAD),
    "dense on maps": (CONV, Dense(units=5, activation="tanh"), *HEAD),
    "conv": (Conv2D(filters=4, activation="relu"), *HEAD),
    "conv same": (Conv2D(filters=4, padding="same", activation="tanh"), *HEAD),
    "conv strided": (Conv2D(filters=4, kernel_size=(3, 2), strides=(2, 1)), *HEAD),
    "conv strided same": (CONV, Conv2D(filters=3, kernel_size=(2, 4), strides=(2, 2), padding="same"), *HEAD),
    "conv without bias": (CONV, Conv2D(filters=3, use_bias=False), *HEAD),
    "two convs": (Conv2D(filters=3, activation="relu"), Conv2D(filters=5, activation="relu"), *HEAD),
    "max pooling": (CONV, MaxPooling2D(), *HEAD),
    "max pooling overlapping": (CONV, MaxPooling2D(pool_size=(3, 2), strides=(1, 2)), *HEAD),
    "max pooling same": (CONV, MaxPooling2D(pool_size=(2, 3), padding="same"), *HEAD),
    "average pooling": (CONV, AveragePooling2D(), *HEAD),
    "average pooling same": (CONV, AveragePooling2D(pool_size=(2, 3), padding="same"), *HEAD),
    "global average pooling": (CONV, GlobalAveragePooling2D(), LAST),
    "batch normalization": (
        Flatten(),
        Dense(units=8, use_bias=False),
        BatchNormalization(),
        ReLU(),
        LAST,
    ),
    "batch normalization of maps": (BARE_CONV, BatchNormalization(momentum=0.8, epsilon=0.01), ReLU(), *HEAD),
    "batch normalization bare": (BARE_CONV, BatchNormalization(center=False, scale=False), ReLU(), *HEAD),
    "batch normalization first": (BatchNormalization(), CONV, *HEAD),
    "relu layer": (CONV, ReLU(), *HEAD),
    "leaky relu layer": (CONV, LeakyReLU(), *HEAD),
    "two activations in a row": (Conv2D(filters=4, activation="relu"), Activation(activation="tanh"), *HEAD),
    "activation of pixels": (Activation(activation="tanh"), CONV, *HEAD),
    "activation after flatten": (
        Conv2D(filters=4, activation="relu"),
        Flatten(),
        Activation(activation="sigmoid"),
        *HEAD[1:],
    ),
    "rescaling": (Rescaling(scale=2.0, offset=-1.0), CONV, Rescaling(scale=0.5), *HEAD),
    "normalization": (Normalization(mean=(0.4, 0.5), variance=(0.1, 0.2)), CONV, *HEAD),
    "pooling first": (MaxPooling2D(), AveragePooling2D(), *HEAD),
    "softmax as a layer": (Flatten(), Dense(units=10), Activation(activation="softmax")),
    "l2 and l1": (
        Conv2D(filters=4, kernel_regularizer=Regularizer(l2=0.01), bias_regularizer=Regularizer(l1=0.01)),
        Flatten(),
        Dense(units=10, activation="softmax", kernel_regularizer=Regularizer(l1=0.001, l2=0.002)),
    ),
}


@pytest.mark.parametrize("layers", list(LAYERS.values()), ids=list(LAYERS))
def test_fifty_steps_through_each_layer_give_keras_weights(oracle, layers):
    oracle.check(network(*layers), optimizer=SGD(learning_rate=0.05, momentum=0.5))


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_fifty_steps_through_each_activation_give_keras_weights(oracle, name):
    layers = (Flatten(), Dense(units=9, activation=name), LAST)
    oracle.check(network(*layers), optimizer=SGD(learning_rate=0.05))


@pytest.mark.parametrize(
    "name", ["conv same", "batch normalization of maps", "dense on images", "batch normalization first", "l2 and l1"]
)
def test_layers_in_a_population_train_as_if_alone(oracle, name):
    oracle.check_population(
        network(*LAYERS[name]), [(SGD(learning_rate=rate), seed) for seed in (0, 3) for rate in (0.01, 0.1)]
    )


def with_masks(rate: float, position: int) -> Any:
    """Replaces Keras's Dropout by a layer that applies the engine's masks, so that the two can be compared."""
    engine = EngineDropout(rate, position)

    class Masks(keras().layers.Layer):
        step = 0

        def call(self, x: Any, training: bool = False) -> Any:
            if not training:
                return x
            ones = np.ones((1, *x.shape), np.float32)
            run = Pass(SeedGroups((0,)), slice(0, 1), training=True, epoch=0, step=self.step)
            mask = engine.forward(torch.from_numpy(ones), run)[0].numpy()
            self.step += 1
            return x * keras().ops.convert_to_tensor(mask)

    def change(model: Any) -> Any:
        layers = [Masks() if isinstance(layer, keras().layers.Dropout) else layer for layer in model.layers]
        return keras().Sequential([keras().Input(shape=SHAPE, dtype="uint8"), *layers])

    return change


def test_fifty_steps_through_dropout_give_keras_weights_under_the_same_masks(oracle):
    layers = (Flatten(), Dense(units=12, activation="relu"), Dropout(rate=0.3), LAST)
    oracle.check(network(*layers), optimizer=SGD(learning_rate=0.05), change=with_masks(0.3, 2))

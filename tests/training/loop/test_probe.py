"""Which function stands behind a layer, and which of its weights is measured."""

from __future__ import annotations

import pytest

from classlab.models.weights import weight_specs
from classlab.records.architecture import IMAGES, Architecture
from classlab.records.layers import (
    GRU,
    Activation,
    Add,
    BatchNormalization,
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Flatten,
    LayerNormalization,
    MaxPooling2D,
    ReLU,
    Reshape,
    SeparableConv2D,
)
from classlab.training.loop.probe import function_of, is_measured


def residual() -> Architecture:
    return Architecture(
        name="residual",
        input_shape=(6, 6, 1),
        layers=(
            Conv2D(filters=2, padding="same"),
            Conv2D(filters=2, padding="same"),
            BatchNormalization(),
            Activation(activation="tanh"),
            Conv2D(filters=2, padding="same"),
            BatchNormalization(),
            Add(),
            ReLU(),
            Flatten(),
            Dense(units=3),
        ),
        inputs=((IMAGES,), (0,), (1,), (2,), (3,), (4,), (0, 5), (6,), (7,), (8,)),
    )


@pytest.mark.parametrize(
    ("position", "function"),
    [
        (0, "linear"),  # two layers read its values
        (1, "tanh"),  # behind the normalization
        (4, "linear"),  # the relu is that of the sum
        (9, "linear"),
    ],
)
def test_a_function_belongs_to_a_layer_up_to_where_layers_branch_or_join(position, function):
    assert function_of(residual(), position)[0] == function


def test_a_function_stands_behind_a_layer_normalization():
    layers = (Conv2D(filters=2), LayerNormalization(), ReLU(), MaxPooling2D(), Flatten(), Dense(units=3))
    assert function_of(Architecture(name="chain", input_shape=(6, 6, 1), layers=layers), 0)[0] == "relu"


def test_a_recurrent_layer_answers_within_the_bounds_of_tanh():
    layers = (Reshape(target_shape=(6, 6)), GRU(units=2), Dense(units=3))
    assert function_of(Architecture(name="steps", input_shape=(6, 6, 1), layers=layers), 1)[0] == "tanh"


def test_one_kernel_stands_for_each_layer():
    layers = (
        DepthwiseConv2D(kernel_size=(2, 2)),
        SeparableConv2D(filters=2, kernel_size=(2, 2)),
        Reshape(target_shape=(4, 8)),
        GRU(units=2),
        Dense(units=3),
    )
    chain = Architecture(name="chain", input_shape=(6, 6, 1), layers=layers)
    assert [spec.key for spec in weight_specs(chain) if is_measured(spec)] == [
        "0.depthwise_kernel",
        "1.depthwise_kernel",
        "3.kernel",
        "4.kernel",
    ]

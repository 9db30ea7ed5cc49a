"""What follows a layer, for the place where its outputs are measured."""

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
from classlab.training.loop.probe import behind, function_of, is_measured


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
    ("position", "kinds", "function"),
    [
        (0, [], ("linear", 0)),  # two layers read its values
        (1, ["BatchNormalization", "Activation", "Conv2D", "BatchNormalization"], ("tanh", 2)),
        (4, ["BatchNormalization"], ("linear", 0)),  # the relu is that of the sum
        (9, [], ("linear", 0)),
    ],
)
def test_a_walk_ends_where_layers_branch_or_join(position, kinds, function):
    assert [layer.kind for layer in behind(residual(), position)] == kinds
    assert function_of(residual(), position) == function


def test_a_chain_is_walked_to_its_end():
    layers = (Conv2D(filters=2), LayerNormalization(), ReLU(), MaxPooling2D(), Flatten(), Dense(units=3))
    chain = Architecture(name="chain", input_shape=(6, 6, 1), layers=layers)
    assert list(behind(chain, 0)) == list(layers[1:])
    assert function_of(chain, 0) == ("relu", 3)


def test_a_recurrent_layer_answers_within_the_bounds_of_tanh():
    layers = (Reshape(target_shape=(6, 6)), GRU(units=2), Dense(units=3))
    assert function_of(Architecture(name="steps", input_shape=(6, 6, 1), layers=layers), 1) == ("tanh", 0)


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

"""Shapes and counts against Keras, which builds the same layers on its own."""

import re

import numpy as np
import pytest

from classlab.errors import SpecError
from classlab.models import build, class_count, input_layer, output_shapes, parameter_count, summary, to_keras
from classlab.models.builtin import MODEL_NAMES
from classlab.models.weights import weight_specs
from classlab.records import Architecture, KerasArchitecture
from classlab.records.layers import (
    AveragePooling2D,
    BatchNormalization,
    Conv2D,
    Dense,
    Flatten,
    GlobalAveragePooling2D,
    Layer,
    MaxPooling2D,
    Normalization,
    ReLU,
)

NOTHING = input_layer("none", np.zeros((1, 1, 1, 1), np.uint8))


def network(*layers: Layer, shape: tuple[int, int, int] = (11, 9, 3)) -> Architecture:
    return Architecture(name="net", input_shape=shape, layers=layers)


CASES = [
    *(build(name, input_shape=(28, 28, 1), classes=10) for name in MODEL_NAMES),
    network(Conv2D(filters=4, strides=(2, 3), padding="same"), BatchNormalization(), GlobalAveragePooling2D()),
    network(MaxPooling2D(pool_size=(3, 2), strides=(2, 1), padding="same"), Flatten(), Dense(units=2, use_bias=False)),
    network(AveragePooling2D(pool_size=(2, 3)), BatchNormalization(center=False), ReLU(), BatchNormalization()),
    network(BatchNormalization(scale=False), Dense(units=7), Conv2D(filters=2, kernel_size=(1, 4), use_bias=False)),
]


@pytest.mark.parametrize("architecture", CASES, ids=lambda case: case.name)
def test_shapes_names_and_counts_equal_keras(architecture: Architecture) -> None:
    weights = {spec.key: np.zeros(spec.shape, np.float32) for spec in weight_specs(architecture)}
    model = to_keras(architecture, weights, input_layer=NOTHING)
    layers = model.layers[1:]  # the first is the preprocessing
    table = summary(architecture)
    assert [row.name for row in table.rows] == [layer.name for layer in layers]
    assert [row.kind for row in table.rows] == [type(layer).__name__ for layer in layers]
    assert [row.output_shape for row in table.rows] == [tuple(layer.output.shape) for layer in layers]
    assert [row.parameters for row in table.rows] == [layer.count_params() for layer in layers]
    assert table.total == parameter_count(architecture) == model.count_params()
    assert table.trainable == sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)
    assert table.non_trainable == sum(int(np.prod(weight.shape)) for weight in model.non_trainable_weights)
    assert [spec.shape for spec in weight_specs(architecture)] == [tuple(weight.shape) for weight in model.weights]


def test_a_weight_has_a_key_and_a_size() -> None:
    kernel, bias = weight_specs(network(Flatten(), Dense(units=2)))
    assert (kernel.key, kernel.size, bias.key, bias.size) == ("1.kernel", 11 * 9 * 3 * 2, "1.bias", 2)


def test_the_last_layer_says_how_many_classes() -> None:
    assert class_count(build("cnn", input_shape=(28, 28, 1), classes=7)) == 7


@pytest.mark.parametrize(
    ("layers", "sentence"),
    [
        (
            (Flatten(), MaxPooling2D()),
            "layer 1 of 'net' (MaxPooling2D) needs images (height, width, channels), but the layer before it gives "
            "(297,). Put it before Flatten.",
        ),
        (
            (Conv2D(filters=1, kernel_size=(12, 3)),),
            "layer 0 of 'net' (Conv2D) has a window of 12x3, but only 11x9 values reach it. Use a smaller window, "
            "fewer layers or padding='same'.",
        ),
        (
            (Normalization(mean=(0.0, 0.0), variance=(1.0, 1.0)),),
            "layer 0 of 'net' (Normalization) has 2 means for 3 channels. Give one per channel.",
        ),
    ],
)
def test_layers_that_cannot_follow_are_refused(layers: tuple[Layer, ...], sentence: str) -> None:
    with pytest.raises(SpecError, match=f"^{re.escape(sentence)}$"):
        output_shapes(network(*layers))


def test_class_scores_must_be_one_row() -> None:
    sentence = (
        "the architecture 'net' must end in one row of class scores, but its last layer gives (11, 9, 2). "
        "Add Flatten or GlobalAveragePooling2D and a Dense layer with one unit per class."
    )
    with pytest.raises(SpecError, match=f"^{re.escape(sentence)}$"):
        class_count(network(Dense(units=2)))


def test_a_model_of_the_general_path_has_no_summary_of_ours() -> None:
    sentence = (
        "the summary needs layers that the engine knows, but 'theirs' trains through Keras: it branches. "
        "Call the Keras model's own summary()."
    )
    with pytest.raises(SpecError, match=f"^{re.escape(sentence)}$"):
        summary(KerasArchitecture(name="theirs", input_shape=(4, 4, 1), config={}, reason="it branches"))

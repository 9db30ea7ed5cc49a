"""Shapes and counts against Keras, which builds the same layers on its own."""

import re

import numpy as np
import pytest

from classlab.errors import SpecError
from classlab.models import build, class_count, input_layer, output_shapes, parameter_count, summary, to_keras
from classlab.models.builtin import MODEL_NAMES
from classlab.models.weights import weight_specs
from classlab.records import Architecture, KerasArchitecture
from classlab.records.architecture import IMAGES
from classlab.records.layers import (
    GRU,
    LSTM,
    Add,
    AveragePooling2D,
    BatchNormalization,
    Concatenate,
    Conv2D,
    Cropping2D,
    Dense,
    DepthwiseConv2D,
    Flatten,
    GlobalAveragePooling2D,
    GlobalMaxPooling2D,
    Initializer,
    Layer,
    LayerNormalization,
    MaxPooling2D,
    Multiply,
    Normalization,
    ReLU,
    Reshape,
    SeparableConv2D,
    SpatialDropout2D,
    Subtract,
    UpSampling2D,
    ZeroPadding2D,
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
    network(
        DepthwiseConv2D(kernel_size=(2, 3), depth_multiplier=2, strides=(2, 2)), SpatialDropout2D(rate=0.5), Flatten()
    ),
    network(DepthwiseConv2D(kernel_size=(3, 3), padding="same", use_bias=False), LayerNormalization(center=False)),
    network(SeparableConv2D(filters=5, kernel_size=(3, 2), depth_multiplier=2), GlobalMaxPooling2D()),
    network(ZeroPadding2D(padding=((1, 2), (0, 3))), Cropping2D(cropping=((2, 0), (1, 1))), UpSampling2D(size=(2, 3))),
    network(Reshape(target_shape=(11, 27)), LSTM(units=4, return_sequences=True), GRU(units=3), Dense(units=2)),
    network(Reshape(target_shape=(27, 11)), GRU(units=3, use_bias=False), LayerNormalization(scale=False)),
    network(Reshape(target_shape=(27, 11)), LSTM(units=3, use_bias=False)),
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


def gated() -> Architecture:
    """Squeeze and excitation, and a skip."""
    return Architecture(
        name="gated",
        input_shape=(6, 5, 3),
        layers=(
            Conv2D(filters=4, padding="same"),
            GlobalAveragePooling2D(),
            Reshape(target_shape=(1, 1, 4)),
            Dense(units=4, activation="sigmoid"),
            Multiply(),
            Concatenate(),
            Flatten(),
            Dense(units=2),
        ),
        inputs=((IMAGES,), (0,), (1,), (2,), (0, 3), (4, IMAGES, 0), (5,), (6,)),
    )


def test_shapes_weights_and_connections_of_a_graph_equal_keras() -> None:
    architecture = gated()
    weights = {spec.key: np.zeros(spec.shape, np.float32) for spec in weight_specs(architecture)}
    model = to_keras(architecture, weights, input_layer=NOTHING)
    table = summary(architecture)
    for row in table.rows:
        layer = model.get_layer(row.name)
        assert (row.kind, row.parameters) == (type(layer).__name__, layer.count_params())
        assert row.output_shape == tuple(layer.output.shape)
        entering = layer.input if isinstance(layer.input, list) else [layer.input]
        names = [each._keras_history.operation.name for each in entering]
        assert row.connected_to == tuple("images" if name == "preprocessing" else name for name in names)
    assert table.total == model.count_params()
    assert all(row.connected_to == () for row in summary(network(Flatten())).rows)


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
        (
            (Cropping2D(cropping=((6, 5), (0, 0))),),
            "layer 0 of 'net' (Cropping2D) must leave a row and a column, but it takes 11 rows and 0 columns away from "
            "11x9 values. Crop less.",
        ),
        (
            (Reshape(target_shape=(5, 5)),),
            "layer 0 of 'net' (Reshape) must keep the number of values, but it turns (11, 9, 3) into (5, 5). Give a "
            "shape of 297 values.",
        ),
        (
            (UpSampling2D(size=(2**30, 2**30)), UpSampling2D(size=(2**30, 2**30))),
            "layer 0 of 'net' (UpSampling2D) gives (11811160064, 9663676416, 3), more values than any memory holds. "
            "Use smaller layers.",
        ),
        (
            (LSTM(units=2),),
            "layer 0 of 'net' (LSTM) reads values of (steps, features), but the layer before it gives (11, 9, 3). Put "
            "a Reshape before it.",
        ),
    ],
)
def test_layers_that_cannot_follow_are_refused(layers: tuple[Layer, ...], sentence: str) -> None:
    with pytest.raises(SpecError, match=f"^{re.escape(sentence)}$"):
        output_shapes(network(*layers))


@pytest.mark.parametrize(
    ("join", "sentence"),
    [
        (
            Add(),
            "layer 2 of 'net' (Add) joins values of one shape, but got (6, 5, 4) and (4,). Bring them to one shape "
            "before.",
        ),
        (
            Concatenate(),
            "layer 2 of 'net' (Concatenate) puts values side by side that differ in their last axis alone, but got "
            "(6, 5, 4) and (4,). Bring them to one height and width before.",
        ),
        (
            Multiply(),
            "layer 2 of 'net' (Multiply) multiplies values of one shape, or of length 1 where they differ, but got "
            "(6, 5, 4) and (4,). Bring them to one shape before.",
        ),
    ],
)
def test_values_that_cannot_be_joined_are_refused(join: Layer, sentence: str) -> None:
    layers = (Conv2D(filters=4, padding="same"), GlobalMaxPooling2D(), join)
    graph = Architecture(name="net", input_shape=(6, 5, 3), layers=layers, inputs=((IMAGES,), (0,), (0, 1)))
    with pytest.raises(SpecError, match=f"^{re.escape(sentence)}$"):
        output_shapes(graph)


def test_a_difference_is_that_of_two_values() -> None:
    graph = Architecture(
        name="net",
        input_shape=(6, 5, 3),
        layers=(ReLU(), Subtract()),
        inputs=((IMAGES,), (0, IMAGES, 0)),
    )
    sentence = "layer 1 of 'net' (Subtract) takes two values, but 3 enter it. Connect two layers to it."
    with pytest.raises(SpecError, match=f"^{re.escape(sentence)}$"):
        output_shapes(graph)


def test_a_bias_cannot_start_orthogonal() -> None:
    sentence = (
        "the bias of layer 1 (Dense) must start otherwise than orthogonal, which needs two axes. Give another "
        "initializer."
    )
    with pytest.raises(SpecError, match=f"^{re.escape(sentence)}$"):
        weight_specs(network(Flatten(), Dense(units=2, bias_initializer=Initializer(name="orthogonal"))))


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

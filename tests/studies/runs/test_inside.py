"""A look inside the network of a run: every way of computing gives the same values."""

from __future__ import annotations

import re

import numpy as np
import pytest

import classlab
from classlab.errors import DataError, SpecError
from classlab.lab.layers import Network
from classlab.models.keras_runtime import keras as open_keras
from classlab.records.architecture import Architecture
from classlab.records.layers import Conv2D, Dense, Flatten, MaxPooling2D


@pytest.fixture(scope="module")
def convolutional(digits):
    network = Architecture(
        name="small",
        input_shape=(8, 8, 1),
        layers=(
            Conv2D(filters=4, activation="relu"),
            Conv2D(filters=8, kernel_size=(2, 2), activation="relu"),
            MaxPooling2D(),
            Flatten(),
            Dense(units=12, activation="relu"),
            Dense(units=10, activation="softmax"),
        ),
    )
    return classlab.fit(digits, network, epochs=2, seed=0)


@pytest.mark.light
def test_activations_are_those_of_the_second_implementation(convolutional, digits):
    image = digits.test.images[3]
    found = convolutional.inside.activations(image)
    record = convolutional.record
    expected = Network(
        architecture=record.spec.architecture, weights=convolutional.weights, input_layer=record.input_layer
    ).outputs(image[None])
    assert [(layer.layer, layer.kind) for layer in found.layers] == [
        (0, "Conv2D"), (1, "Conv2D"), (2, "MaxPooling2D"), (4, "Dense"), (5, "Dense"),
    ]  # fmt: skip
    for layer in found.layers:
        np.testing.assert_allclose(layer.values, expected[layer.layer][0], rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(found.layers[-1].values, convolutional.predict(image[None])[0], atol=1e-6)


def test_activations_of_a_graph_are_those_of_keras(digits, tmp_path):
    keras = open_keras()
    images = keras.Input((8, 8, 1))
    first = keras.layers.Conv2D(3, 3, padding="same", activation="relu")(images)
    second = keras.layers.BatchNormalization()(keras.layers.Conv2D(3, 1)(first))
    joined = keras.layers.Add()([first, second])
    scores = keras.layers.Dense(10, activation="softmax")(keras.layers.GlobalAveragePooling2D()(joined))
    run = classlab.fit(digits, keras.Model(images, scores), epochs=1)
    found = run.inside.activations(digits.test.images[0])
    shown = ["Conv2D", "Conv2D", "Add", "GlobalAveragePooling2D", "Dense"]
    assert [layer.kind for layer in found.layers] == shown
    run.to_keras(tmp_path / "graph.keras")
    model = keras.saving.load_model(tmp_path / "graph.keras")
    outputs = [layer.output for layer in model.layers if type(layer).__name__ in shown]
    expected = keras.Model(model.inputs, outputs).predict(digits.test.images[:1], verbose=0)
    for layer, values in zip(found.layers, expected, strict=True):
        np.testing.assert_allclose(layer.values, values[0], rtol=1e-4, atol=1e-5)


@pytest.mark.light
def test_chosen_layers_are_shown_and_others_refused(convolutional, digits):
    found = convolutional.inside.activations(digits.test.images[0], layers=(3,))
    assert [(layer.kind, layer.values.shape) for layer in found.layers] == [("Flatten", (32,))]
    with pytest.raises(SpecError) as refusal:
        convolutional.inside.activations(digits.test.images[0], layers=(6,))
    assert str(refusal.value) == "`layers` must be positions from 0 to 5, but got 6. `classlab model` lists the layers."


@pytest.mark.light
def test_what_is_inside_says_what_it_can_be_asked(trained):
    assert re.fullmatch(
        r"<Inside of \S+, \d+ layers?: first_layer\(\), activations\(image\), occlusion\(image\)>", repr(trained.inside)
    )


@pytest.mark.light
def test_the_weights_of_a_linear_classifier_are_pictures_of_its_classes(trained):
    found = trained.inside.first_layer()
    assert (found.kind, found.names, found.pictures.shape) == ("class", trained.class_names, (10, 8, 8, 1))
    np.testing.assert_array_equal(found.pictures[3].reshape(-1), trained.weights[f"{found.layer}.kernel"][:, 3])


@pytest.mark.light
def test_occlusion_follows_the_predicted_class_and_covers_with_the_border(trained, digits):
    image = digits.test.images[0]
    found = trained.inside.occlusion(image)
    scores = trained.predict(image[None])[0]
    assert (found.label, found.score) == (scores.argmax(), pytest.approx(scores.max()))
    assert found.fill == round(255 * trained.border)
    covered = image.copy()
    row, column, fall = found.most
    covered[row : row + found.side, column : column + found.side] = found.fill
    assert scores[found.label] - trained.predict(covered[None])[0][found.label] == pytest.approx(fall, abs=1e-5)


@pytest.mark.light
def test_an_image_of_another_size_is_refused(trained):
    with pytest.raises(DataError, match="images must be uint8 of shape"):
        trained.inside.occlusion(np.zeros((9, 9), np.uint8))

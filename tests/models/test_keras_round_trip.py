from collections import Counter
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from random_architectures import random_architecture, random_graph, random_weights

from classlab.models import build, from_keras, input_layer, load_keras_file, to_keras, write_keras
from classlab.models.builtin import MODEL_NAMES
from classlab.records import Architecture, from_json, to_json
from classlab.records.architecture import IMAGES
from classlab.records.layers import Conv2D, Dense, Flatten, Layer, MaxPooling2D, Normalization, Rescaling
from classlab.training import predict

PIXELS = Rescaling(scale=1 / 255)


def check_round_trip(architecture: Architecture) -> None:
    weights = random_weights(architecture)
    read = from_keras(to_keras(architecture, weights, input_layer=PIXELS))
    assert isinstance(read.architecture, Architecture)
    assert read.architecture.layers == (PIXELS, *architecture.layers)
    assert read.architecture.entering == ((IMAGES,), *(tuple(s + 1 for s in each) for each in architecture.entering))
    assert read.architecture.input_shape == architecture.input_shape
    assert read.architecture.name == architecture.name
    shifted = {f"{int(key.partition('.')[0]) + 1}.{key.partition('.')[2]}": array for key, array in weights.items()}
    assert read.weights.keys() == shifted.keys()
    for key, array in shifted.items():
        np.testing.assert_array_equal(read.weights[key], array)
    assert read.notes == ()


@pytest.mark.parametrize("number", range(40))
def test_a_random_network_survives_keras(number: int) -> None:
    architecture = random_architecture(number)
    assert from_json(Architecture, to_json(architecture), where="here") == architecture
    check_round_trip(architecture)


@pytest.mark.parametrize("number", range(20))
def test_a_random_graph_survives_keras(number: int) -> None:
    architecture = random_graph(number)
    assert from_json(Architecture, to_json(architecture), where="here") == architecture
    weights = random_weights(architecture)
    written = to_keras(architecture, weights, input_layer=PIXELS)
    read = from_keras(written)
    assert isinstance(read.architecture, Architecture)
    # Keras lists its layers in an order of its own, so the two are compared by what they compute and by their parts.
    again = to_keras(read.architecture, read.weights, input_layer=Rescaling(scale=1.0))
    pixels = np.random.default_rng(1).integers(0, 256, (3, *architecture.input_shape), dtype=np.uint8)
    np.testing.assert_allclose(again.predict(pixels, verbose=0), written.predict(pixels, verbose=0), rtol=1e-5)
    assert Counter(read.architecture.layers) == Counter((PIXELS, *architecture.layers))


@pytest.mark.parametrize("number", range(0, 20, 4))
def test_a_random_graph_survives_its_file(tmp_path: Path, number: int) -> None:
    architecture = random_graph(number)
    weights = random_weights(architecture)
    pixels = np.random.default_rng(1).integers(0, 256, (3, *architecture.input_shape), dtype=np.uint8)
    expected = to_keras(architecture, weights, input_layer=PIXELS).predict(pixels, verbose=0)
    write_keras(
        tmp_path / "net.keras",
        architecture,
        weights,
        input_layer=PIXELS,
        class_names=("a", "b", "c", "d"),
        provenance={},
        probe_images=pixels,
        expected=expected,
        predict=predict,
    )
    read = load_keras_file(tmp_path / "net.keras")
    assert isinstance(read.architecture, Architecture)
    assert read.architecture.inputs is not None
    found = to_keras(read.architecture, read.weights, input_layer=Rescaling(scale=1.0)).predict(pixels, verbose=0)
    np.testing.assert_allclose(found, expected, rtol=1e-5)


@pytest.mark.parametrize("name", MODEL_NAMES)
def test_a_built_in_network_survives_keras(name: str) -> None:
    check_round_trip(build(name, input_shape=(28, 28, 3), classes=5))


def test_random_networks_cover_every_layer() -> None:
    networks = [*map(random_architecture, range(40)), *map(random_graph, range(20))]
    assert {type(layer) for network in networks for layer in network.layers} == set(get_args(Layer))


def test_the_keras_model_computes_convolution_pooling_and_dense_on_raw_pixels() -> None:
    network = Architecture(
        name="small",
        input_shape=(6, 6, 2),
        layers=(
            Conv2D(filters=3, kernel_size=(2, 2), activation="relu"),
            MaxPooling2D(pool_size=(5, 5)),
            Flatten(),
            Dense(units=4, activation="softmax"),
        ),
    )
    weights = random_weights(network)
    pixels = np.random.default_rng(1).integers(0, 256, (5, 6, 6, 2), dtype=np.uint8)
    statistics = Normalization(mean=(100.0, 120.0), variance=(400.0, 900.0))
    got = to_keras(network, weights, input_layer=statistics).predict(pixels, verbose=0)

    values = (pixels - np.array(statistics.mean)) / np.sqrt(statistics.variance)
    windows = np.lib.stride_tricks.sliding_window_view(values, (2, 2), axis=(1, 2))  # (n, 5, 5, c, 2, 2)
    maps = np.einsum("nhwcij,ijcf->nhwf", windows, weights["0.kernel"]) + weights["0.bias"]
    scores = np.maximum(maps, 0).max(axis=(1, 2)) @ weights["3.kernel"] + weights["3.bias"]
    chances = np.exp(scores - scores.max(axis=1, keepdims=True))
    np.testing.assert_allclose(got, chances / chances.sum(axis=1, keepdims=True), rtol=1e-5, atol=1e-6)


def test_grey_images_may_lack_the_channel_axis() -> None:
    network = build("linear", input_shape=(5, 4, 1), classes=3)
    model = to_keras(network, random_weights(network), input_layer=PIXELS)
    pixels = np.random.default_rng(1).integers(0, 256, (6, 5, 4, 1), dtype=np.uint8)
    np.testing.assert_array_equal(model.predict(pixels, verbose=0), model.predict(pixels[..., 0], verbose=0))


def test_standardize_of_colour_images_survives_keras() -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (9, 5, 4, 3), dtype=np.uint8)
    layer = input_layer("standardize", pixels)
    network = build("linear", input_shape=(5, 4, 3), classes=3)
    read = from_keras(to_keras(network, random_weights(network), input_layer=layer)).architecture
    assert isinstance(read, Architecture)
    assert read.layers[0] == layer

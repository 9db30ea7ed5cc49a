"""The preparation inside a `.keras` file: written, opened by Keras on pictures of any size, and taken off again."""

from __future__ import annotations

import copy
import json

import numpy as np
import pytest
from picture_folder import folder_of_pictures, pixels_of

import classlab
from classlab.datasets import read_picture
from classlab.datasets.preparation import prepared
from classlab.models import load_keras_file
from classlab.models.keras_config import model_config
from classlab.models.keras_order import ordered_model
from classlab.models.keras_preparation import without_preparation
from classlab.models.keras_runtime import keras
from classlab.models.weights import weight_specs
from classlab.records.architecture import Architecture
from classlab.records.layers import Dense, Flatten, Rescaling
from classlab.records.preparation import Preparation

NETWORK = Architecture(name="net", input_shape=(8, 6, 3), layers=(Flatten(), Dense(units=2)))


def _config(preparation):
    weights = {spec.key: np.zeros(spec.shape, np.float32) for spec in weight_specs(NETWORK)}
    ordered = ordered_model(NETWORK, weights, input_layer=Rescaling(scale=1 / 255), preparation=preparation)
    return json.loads(json.dumps(model_config(ordered)))


def _branching(keras, layers):
    images = keras.Input((12, 10, 3))
    flat = layers.Flatten()(images)
    both = layers.Add()([layers.Dense(5, activation="relu")(flat), layers.Dense(5)(flat)])
    return keras.Model(images, layers.Dense(2, activation="softmax")(both))


def _general(keras, layers):
    images = keras.Input((12, 10, 3))
    return keras.Model(images, layers.Dense(2, activation="softmax")(layers.ELU(alpha=0.5)(layers.Flatten()(images))))


@pytest.mark.parametrize("fit", ["stretch", "crop", "pad"])
@pytest.mark.parametrize("grey", [True, False])
def test_the_file_says_to_every_picture_what_the_run_says(tmp_path, fit, grey):
    root = folder_of_pictures(tmp_path, grey=grey)
    run = classlab.fit(str(root), "linear", size=(12, 10), fit=fit, epochs=1)
    proof = run.to_keras(tmp_path / "net.keras")
    model = keras().saving.load_model(tmp_path / "net.keras")
    assert proof.max_difference <= 1e-5
    for picture in sorted(root.glob("*/*.png")):
        expected = run.predict(prepared(read_picture(picture), run.preparation)[None])
        got = np.asarray(model.predict(pixels_of(picture, run)[None], verbose=0))
        assert np.abs(got - expected).max() <= 1e-5


@pytest.mark.parametrize("build", [_branching, _general])
def test_models_that_branch_or_train_through_keras_prepare_pictures_too(tmp_path, build):
    root = folder_of_pictures(tmp_path)
    run = classlab.fit(str(root), build(keras(), keras().layers), size=(12, 10), fit="crop", epochs=1)
    run.to_keras(tmp_path / "net.keras")
    model = keras().saving.load_model(tmp_path / "net.keras")
    model.save(tmp_path / "again.keras")
    for file in ("net", "again"):
        read = load_keras_file(tmp_path / f"{file}.keras")
        assert (read.preparation, read.architecture.input_shape) == (run.record.preparation, (12, 10, 3))
    assert read.notes[-1] == (
        "The file brings pictures to 12x10 pixels (height x width) by cropping itself; the network that is read here "
        "takes them in that size."
    )
    picture = next(root.glob("*/*.png"))
    expected = run.predict(prepared(read_picture(picture), run.preparation)[None])
    assert np.abs(np.asarray(model.predict(pixels_of(picture, run)[None], verbose=0)) - expected).max() <= 1e-5


@pytest.mark.parametrize("fit", ["stretch", "crop", "pad"])
def test_what_is_written_is_found_and_taken_off(fit):
    preparation = Preparation(size=(8, 6), channels=3, fit=fit, fill=7 if fit == "pad" else None)
    plain, found = without_preparation(_config(preparation))
    assert found == preparation
    assert plain == _config(None)


def _layer(config, place):
    return config["config"]["layers"][place]["config"]


@pytest.mark.parametrize(
    "change",
    [
        lambda config: _layer(config, 2).update(height=5000),
        lambda config: _layer(config, 2).update(height=8.0),
        lambda config: _layer(config, 2).update(antialias=False),
        lambda config: _layer(config, 2).update(interpolation="nearest"),
        lambda config: _layer(config, 2).update(pad_to_aspect_ratio=True),
        lambda config: _layer(config, 2).update(dtype="float16"),
        lambda config: _layer(config, 3).update(offset=0.4),
        lambda config: _layer(config, 1).update(more=[1]),
        lambda config: config["config"]["layers"][2].update(module="mine"),
        lambda config: config["config"]["layers"][2].update(registered_name="mine"),
        lambda config: config["config"]["layers"][2].update(compile_config={}),
        lambda config: config["config"]["layers"][2].update(build_config={"input_shape": [None, {"a": 1}]}),
        lambda config: _layer(config, 0).update(batch_shape=[None, None, None, 4]),
        lambda config: config["config"]["layers"].pop(1),
        lambda config: config["config"].update(layers=config["config"]["layers"][:2]),
    ],
)
def test_another_chain_is_left_as_it_is(change):
    config = _config(Preparation(size=(8, 6), channels=3, fit="crop"))
    change(config)
    before = copy.deepcopy(config)
    assert without_preparation(config) == (before, None)

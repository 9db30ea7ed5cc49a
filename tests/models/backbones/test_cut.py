"""Trained files cut before their last Dense layer."""

from __future__ import annotations

import numpy as np
import pytest

import classlab
from classlab.datasets import load
from classlab.errors import RecordError, SpecError
from classlab.models.backbones.backbone_file import read_backbone, write_backbone
from classlab.models.backbones.cut import before_head, from_file
from classlab.models.keras_runtime import keras
from classlab.records.architecture import IMAGES, Architecture, KerasArchitecture
from classlab.records.layers import Add, Conv2D, Dense, Dropout, Flatten, GlobalAveragePooling2D, Rescaling
from classlab.training import scoring
from classlab.training.loop.initial_weights import initial_weights

SOFTMAX = Dense(units=3, activation="softmax")


def with_six(*layers: object, shape: tuple[int, ...] = (8, 8, 1)):
    """A Keras model with an activation that only Keras knows."""
    k = keras()
    known = [k.layers.Conv2D(4, 3), k.layers.ReLU(max_value=6.0), k.layers.Flatten()]
    return k.Sequential([k.Input(shape), k.layers.Rescaling(1 / 255), *known, *layers])


def test_a_graph_keeps_what_leads_to_its_head():
    branching = Architecture(
        name="graph",
        input_shape=(4, 4, 1),
        layers=(
            Conv2D(filters=2, padding="same"),
            Conv2D(filters=2, padding="same"),
            Add(),
            GlobalAveragePooling2D(),
            SOFTMAX,
            Dropout(rate=0.1),
        ),
        inputs=((IMAGES,), (0,), (1, 0), (2,), (3,), (4,)),
    )
    weights = initial_weights(branching, 0)
    body, own = before_head(branching, weights, where="here")
    assert body.layers == branching.layers[:4]
    assert body.inputs == branching.inputs[:4]
    assert list(own) == ["0.kernel", "0.bias", "1.kernel", "1.bias"]


@pytest.mark.needs("keras", "torch")
def test_a_file_that_only_keras_knows_is_a_backbone_and_its_export_one_model(tmp_path, monkeypatch):
    digits = load("digits")
    monkeypatch.setenv("CLASSLAB_CACHE", str(tmp_path / "cache"))
    model, file = with_six(keras().layers.Dense(10, activation="softmax")), tmp_path / "six.keras"
    model.save(file)
    network = from_file(file, image_shape=(8, 8, 1))
    assert isinstance(network.architecture, KerasArchitecture)
    images = digits.test.images[:20]
    cut = keras().Sequential(model.layers[:-1])
    features = scoring(network.architecture, network.weights, input_layer=Rescaling(scale=1.0))(images)
    np.testing.assert_allclose(features, cut.predict(images, verbose=0), atol=1e-5)
    run = classlab.fit(digits, "linear", backbone=str(file), epochs=1, limit=200)
    np.testing.assert_allclose(run.predict(digits.test.images), run.predictions.probabilities, atol=1e-5)
    assert run.to_keras(tmp_path / "whole.keras").max_difference < 1e-5


@pytest.mark.needs("keras", "torch")
@pytest.mark.parametrize("shape", [(8, 8), (12, 12, 3)], ids=["without a channel axis", "larger and coloured"])
def test_a_file_that_only_keras_knows_is_framed(tmp_path, shape):
    layers = [keras().layers.Reshape((8, 8, 1))] if len(shape) == 2 else []
    known = [keras().layers.Conv2D(4, 3), keras().layers.ReLU(max_value=6.0), keras().layers.Flatten()]
    model = keras().Sequential([keras().Input(shape), *layers, *known, keras().layers.Dense(10)])
    model.save(tmp_path / "six.keras")
    network = from_file(tmp_path / "six.keras", image_shape=(8, 8, 1))
    compute = scoring(network.architecture, network.weights, input_layer=Rescaling(scale=1.0))
    features = compute(np.zeros((2, 8, 8, 1), np.uint8))
    assert features.shape == (2, network.record.features)


@pytest.mark.needs("keras", "torch")
def test_a_file_that_only_keras_knows_needs_a_head_too(tmp_path):
    file = tmp_path / "six.keras"
    with_six().save(file)
    with pytest.raises(SpecError) as refusal:
        from_file(file, image_shape=(8, 8, 1))
    assert str(refusal.value) == (
        f"{file} must be a trained network with a Dense layer at its end and layers with weights before it, to be a "
        "backbone, but it is another. Give the file of such a network, or one of keras.applications by name."
    )


@pytest.mark.light
def test_features_must_be_one_row(tmp_path):
    network = Architecture(
        name="map", input_shape=(8, 8, 1), layers=(Conv2D(filters=2), Dense(units=2), Flatten(), SOFTMAX)
    )
    body, own = before_head(network, initial_weights(network, 0), where="here")
    from classlab.models.backbones.network import backbone_network

    assert backbone_network("map", body, own).record.features == 72
    inner = Architecture(name="map", input_shape=(8, 8, 1), layers=body.layers[:1])
    with pytest.raises(SpecError) as refusal:
        backbone_network("map", inner, own)
    assert str(refusal.value) == (
        "the backbone 'map' must make one row of features of a picture, but its last layer gives (6, 6, 2). Let the "
        "network end in Flatten or GlobalAveragePooling2D and a Dense layer, before which it is cut."
    )


@pytest.mark.light
def test_a_file_of_another_backbone_is_refused(tmp_path):
    from classlab.models.backbones.network import backbone_network

    network = Architecture(name="one", input_shape=(8, 8, 1), layers=(Flatten(), Dense(units=5)))
    one, other = (backbone_network("one", network, initial_weights(network, seed)) for seed in (0, 1))
    file = tmp_path / "backbone.safetensors"
    write_backbone(file, one)
    assert read_backbone(file, one.record).architecture == network
    with pytest.raises(RecordError) as refusal:
        read_backbone(file, other.record)
    assert str(refusal.value) == (
        f"{file} must hold the backbone 'one' that the run was trained on, but it holds another. Restore the file or "
        "train the run again."
    )


@pytest.mark.needs("keras", "torch")
def test_the_last_layers_of_a_run_are_trained_further(tmp_path, monkeypatch):
    monkeypatch.setenv("CLASSLAB_CACHE", str(tmp_path / "cache"))
    digits = load("digits")
    k = keras()
    known = [k.layers.Conv2D(4, 3), k.layers.BatchNormalization(), k.layers.Flatten(), k.layers.Dense(16)]
    model = k.Sequential([k.Input((8, 8, 1)), k.layers.Rescaling(1 / 255), *known, k.layers.Dense(10)])
    model.save(tmp_path / "own.keras")
    head = classlab.fit(digits, "linear", backbone=str(tmp_path / "own.keras"), epochs=5, learning_rate=0.01)
    before = head.unfrozen(2)
    assert [layer.name for layer in before.layers if layer.trainable and layer.weights] == ["dense", "dense_1"]
    tuned = classlab.fit(digits, before, learning_rate=1e-4, epochs=1)
    assert tuned.record.test.loss < head.record.test.loss
    moved = [not np.array_equal(one, tuned.weights[str(place)]) for place, one in enumerate(before.get_weights())]
    assert moved == [False] * 6 + [True] * 4
    for layers in (0, 4):
        with pytest.raises(SpecError) as refusal:
            head.unfrozen(layers)
        assert str(refusal.value) == (
            f"`layers` must be from 1 to the 3 layers with weights, but got layers={layers}. Give fewer; 2 or 3 are "
            "usual."
        )

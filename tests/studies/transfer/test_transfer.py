"""A network trained on one set of digits stands behind heads for another, and back."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import classlab
from classlab import training
from classlab.datasets import load
from classlab.datasets.dataset import Dataset
from classlab.errors import SpecError, StorageError
from classlab.models.builtin import build
from classlab.records import DataSpec, KerasArchitecture, identity
from classlab.records.architecture import Architecture
from classlab.records.layers import Dense, Flatten, Rescaling
from classlab.studies.asked.network_fit import check_fit
from classlab.studies.runs.run_folder import read_run
from classlab.studies.store import merge_stores, open_store
from classlab.studies.transfer import features, kept
from classlab.studies.transfer.chosen import chosen_backbone
from classlab.studies.transfer.features import feature_division
from classlab.studies.transfer.whole import whole_network

UNIT = Rescaling(scale=1 / 255)


@pytest.fixture(scope="module")
def trained(tmp_path_factory) -> Path:
    """A small network of the large digits."""
    file = tmp_path_factory.mktemp("trained") / "large.keras"
    classlab.fit("mnist5k", "mlp", units=(24,), epochs=3, limit=500).to_keras(file)
    return file


@pytest.fixture(scope="module")
def back(tmp_path_factory) -> Path:
    """One of the small digits."""
    file = tmp_path_factory.mktemp("trained") / "small.keras"
    classlab.fit("digits", "mlp", units=(24,), epochs=10).to_keras(file)
    return file


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("CLASSLAB_CACHE", str(tmp_path / "cache"))
    kept._placed.clear()
    kept._read.cache_clear()
    return tmp_path / "cache"


@pytest.mark.light
def test_a_trained_network_makes_features_of_other_images(trained, digits):
    run = classlab.fit(digits, "linear", backbone=str(trained), epochs=15, learning_rate=0.01)
    assert run.record.spec.architecture.input_shape == (1, 1, 24)
    assert run.record.spec.data.backbone.input_shape == (8, 8, 1)
    assert run.record.test.accuracy > 0.7
    assert run.record.notes[-2:] == (
        "The backbone large was frozen while the head trained.",
        "The pictures are enlarged 3 times, framed with zeros.",
    )
    np.testing.assert_allclose(run.predict(digits.test.images), run.predictions.probabilities, atol=1e-5)
    assert run.evaluate(digits.test).accuracy == run.record.test.accuracy


@pytest.mark.light
def test_and_back(back):
    run = classlab.fit("mnist5k", "mlp", units=(32,), backbone=str(back), epochs=10, learning_rate=0.01, limit=1000)
    assert run.record.spec.data.backbone.input_shape == (28, 28, 1)
    assert run.record.notes[-1] == "The pictures are averaged over windows of 4 x 4 pixels, framed with zeros."
    assert run.record.test.accuracy > 0.6


@pytest.mark.light
def test_a_run_of_a_merged_store_brings_its_backbone_along(trained, digits, tmp_path, cache):
    run = classlab.fit(digits, "linear", backbone=str(trained), epochs=1, folder=tmp_path / "run")
    stored, name = read_run(tmp_path / "run"), run.record.identity
    with open_store(tmp_path / "a", write=True) as store:
        store.add([stored], opening=None)
    shutil.rmtree(tmp_path / "run")
    shutil.rmtree(cache)
    kept._placed.clear()
    kept._read.cache_clear()
    assert merge_stores(tmp_path / "b", [tmp_path / "a"])[0].runs == 1
    (tmp_path / "a" / "runs" / name / kept.BACKBONE_FILE).unlink()
    kept._placed.clear()
    kept._read.cache_clear()
    (sentence,) = merge_stores(tmp_path / "c", [tmp_path / "a"])[0].left_out
    assert sentence.startswith("the backbone 'large' must be at hand, but it is not in ")
    with open_store(tmp_path / "b", write=False) as store:
        predicted = store.run(name).predict(digits.test.images)
    np.testing.assert_allclose(predicted, stored.predictions.probabilities, atol=1e-5)


@pytest.mark.light
def test_the_folder_of_a_run_is_enough_to_predict(trained, digits, tmp_path, cache):
    run = classlab.fit(digits, "linear", backbone=str(trained), epochs=1, folder=tmp_path / "run")
    wanted = run.predict(digits.test.images)
    for file in cache.rglob("*.safetensors"):
        file.unlink()
    kept._read.cache_clear()
    again = classlab.open_run(tmp_path / "run")
    np.testing.assert_array_equal(again.predict(digits.test.images), wanted)
    (tmp_path / "run" / kept.BACKBONE_FILE).unlink()
    with pytest.raises(StorageError) as refusal:
        classlab.open_run(tmp_path / "run").predict(digits.test.images)
    assert str(refusal.value) == (
        f"the backbone 'large' must be at hand, but it is not in {tmp_path / 'run' / kept.BACKBONE_FILE} and not in "
        f"{cache / 'backbones'}. Restore the file, or train the run again with the backbone given."
    )


@pytest.mark.needs("keras", "torch")
def test_the_exported_file_is_one_model_from_the_pixels(trained, digits, tmp_path):
    run = classlab.fit(digits, "linear", backbone=str(trained), epochs=1)
    assert run.to_keras(tmp_path / "whole.keras").max_difference < 1e-5
    from classlab.models.keras_runtime import keras

    whole = keras().saving.load_model(tmp_path / "whole.keras")
    assert whole.input_shape == (None, 8, 8, 1)
    scores = whole.predict(digits.test.images, verbose=0)
    np.testing.assert_allclose(scores, run.predictions.probabilities, atol=1e-5)


@pytest.mark.needs("keras", "torch")
def test_features_are_what_keras_gives_before_the_last_layer(trained):
    from classlab.models.keras_runtime import keras

    images = load("mnist5k").test.images[:50]
    network = chosen_backbone(str(trained), image_shape=(28, 28, 1))
    found = training.scoring(network.architecture, network.weights, input_layer=Rescaling(scale=1.0))(
        images
    )  # its own is inside
    model = keras().saving.load_model(trained)
    cut = keras().Sequential(model.layers[:-1])
    np.testing.assert_allclose(found, cut.predict(images, verbose=0), atol=1e-5)


@pytest.mark.light
def test_a_sweep_trains_heads_and_judges_them(trained, tmp_path):
    study = classlab.Study(
        "heads",
        data="digits",
        backbone=str(trained),
        model=["linear", "mlp"],
        learning_rate=[0.01, 0.1],
        seeds=2,
        epochs=2,
    )
    result = study.run(tmp_path / "store")
    assert [arm.settings["model"] for arm in result.record.spec.arms] == ["linear", "linear", "mlp", "mlp"]
    assert len({identity(run.spec) for run in result.record.runs}) == 8
    assert result.best
    files = list((tmp_path / "store" / "runs").glob(f"*/{kept.BACKBONE_FILE}"))
    assert len(files) == 8
    assert len({file.stat().st_ino for file in files}) == 1  # one file under eight names


@pytest.mark.light
def test_features_are_computed_once_and_an_interruption_costs_one_piece(trained, digits, monkeypatch):
    monkeypatch.setattr(features, "_PIECE", 100 * 64)  # a hundred images
    network = chosen_backbone(str(trained), image_shape=digits.image_shape)
    data = DataSpec(name="digits", digest=digits.digest, preprocessing="none", backbone=network.record)
    counted, real = [], training.scoring

    def scoring(*given, **more):
        compute = real(*given, **more)

        def computed(images):
            counted.append(len(images))
            if len(counted) == 3:
                raise KeyboardInterrupt
            return compute(images)

        return computed

    monkeypatch.setattr(training, "scoring", scoring)
    told = []
    with pytest.raises(KeyboardInterrupt):
        feature_division(digits, data, input_layer=UNIT, say=told.append)
    found = feature_division(digits, data, input_layer=UNIT)
    assert sum(counted) == len(digits.train) + len(digits.test) + 100
    assert told == [f"Computing the features of {len(digits.train):,} images by large."]
    counted.clear()
    same = feature_division(digits, data, input_layer=UNIT)
    assert counted == []
    np.testing.assert_array_equal(same.train.images, found.train.images)
    plain = digits.divide(validation=0.1)
    np.testing.assert_array_equal(found.validation.labels, plain.validation.labels)
    whole = real(network.architecture, network.weights, input_layer=UNIT)(plain.validation.images)
    np.testing.assert_allclose(found.validation.images[:, 0, 0], whole, atol=1e-6)


@pytest.mark.light
def test_damaged_features_and_backbones_are_made_again(trained, digits, cache):
    run = classlab.fit(digits, "linear", backbone=str(trained), epochs=1)
    for file in cache.rglob("*.safetensors"):
        content = bytearray(file.read_bytes())
        content[-1] ^= 1
        file.write_bytes(content)
    again = classlab.fit(digits, "linear", backbone=str(trained), epochs=1)
    np.testing.assert_array_equal(again.weights["1.kernel"], run.weights["1.kernel"])


@pytest.mark.light
def test_the_backbone_is_part_of_what_a_run_is(trained, back, digits):
    one, other = (classlab.fit(digits, "linear", backbone=str(file), epochs=1).record for file in (trained, back))
    assert one.identity != other.identity
    assert one.spec.data.backbone.digest != other.spec.data.backbone.digest


def refusal_of(dataset: Dataset, model: object = "linear", **options: object) -> str:
    with pytest.raises(SpecError) as refusal:
        classlab.fit(dataset, model, **options)
    return str(refusal.value)


@pytest.mark.light
def test_what_cannot_be_a_backbone_or_a_head_is_refused(trained, digits, tmp_path):
    assert refusal_of(digits, backbone="mobilenetv2").startswith(
        "`backbone` must be a network of keras.applications or a .keras file, but got backbone='mobilenetv2'. "
        "Did you mean 'mobilenet_v2'? Known are mobilenet_v2, "
    )
    assert refusal_of(digits, backbone=str(trained), backbone_weights="none") == (
        "`backbone_weights` must be left out for a .keras file, which has its own weights, but got "
        "backbone_weights='none'. Leave it out."
    )
    assert refusal_of(digits, backbone_weights="none") == (
        "`backbone_weights` has no effect without `backbone`, but got backbone_weights='none' alone. Give it as well, "
        "for example backbone='mobilenet_v2'."
    )
    assert refusal_of(digits, "cnn", backbone=str(trained)) == (
        f"`backbone` must be left out for a model that takes pixels, but got backbone={str(trained)!r} with "
        "model='cnn'. It goes with linear and mlp, and with an architecture for its features."
    )
    assert refusal_of(digits, backbone=str(trained), start="given") == (
        f"`start` must be left out for the head of the backbone {str(trained)!r}, which has no weights before its "
        "training, but got start='given'. It belongs to Keras models and .keras files."
    )
    assert refusal_of(digits, backbone=str(trained), preprocessing="unit") == (
        "`preprocessing` must be none for the backbone 'large', whose own Rescaling layer scales the images already, "
        "but got preprocessing='unit': they would be scaled twice. Give preprocessing='none'."
    )
    head = Architecture(name="own", input_shape=(1, 1, 9), layers=(Flatten(), Dense(units=10, activation="softmax")))
    assert refusal_of(digits, head, backbone=str(trained)) == (
        f"`backbone` must be left out for the model 'own', which takes (1, 1, 9), but got backbone={str(trained)!r}, "
        "which makes 24 features. Build the model for (1, 1, 24)."
    )
    assert refusal_of(digits, head, backbone=str(trained), units=(3,)) == (
        "`units` must be left out for a model that is given with its layers, but got units=[3]. Change the layers "
        "themselves."
    )
    headless = tmp_path / "linear.keras"
    classlab.fit(digits, "linear", epochs=1).to_keras(headless)
    assert refusal_of(digits, backbone=str(headless)) == (
        f"{headless} must be a trained network with a Dense layer at its end and layers with weights before it, to be "
        "a backbone, but it is another. Give the file of such a network, or one of keras.applications by name."
    )


@pytest.mark.light
def test_an_architecture_of_ones_own_may_be_the_head(trained, digits):
    layers = (Flatten(), Dense(units=7, activation="relu"), Dense(units=10, activation="softmax"))
    head = Architecture(name="own", input_shape=(1, 1, 24), layers=layers)
    assert classlab.fit(digits, head, backbone=str(trained), epochs=1).record.spec.architecture == head


@pytest.mark.light
def test_a_renamed_file_is_the_same_backbone(trained, digits, tmp_path):
    other = tmp_path / "other.keras"
    other.write_bytes(trained.read_bytes())
    one, renamed = (classlab.fit(digits, "linear", backbone=str(file), epochs=1).record for file in (trained, other))
    assert one.identity == renamed.identity


@pytest.mark.light
def test_specifications_by_hand_are_checked_too(trained, digits):
    run = classlab.fit(digits, "linear", backbone=str(trained), epochs=1)
    other = replace(run.record.spec, architecture=build("linear", input_shape=(1, 1, 9), classes=10))
    with pytest.raises(SpecError) as refusal:
        check_fit(other, digits)
    assert str(refusal.value) == (
        "the head 'linear' must take the 24 features of the backbone 'large', but it takes (1, 1, 9). Build it for "
        "(1, 1, 24)."
    )
    foreign = KerasArchitecture(name="foreign", input_shape=(1, 1, 24), config={}, reason="")
    with pytest.raises(SpecError) as refusal:
        whole_network(replace(run.record.spec, architecture=foreign), {}, folder=None)
    assert str(refusal.value) == (
        "the head 'foreign' must be made of layers that classlab knows, to stand behind a backbone, but it is a model "
        "of Keras's. Train it from its layers."
    )


@pytest.mark.light
def test_a_run_is_not_written_without_its_backbone(trained, digits, tmp_path, cache):
    run = classlab.fit(digits, "linear", backbone=str(trained), epochs=1)
    for file in cache.rglob("*.safetensors"):
        file.unlink()
    with pytest.raises(StorageError, match="the backbone 'large' must be at hand"):
        run.save(tmp_path / "run")

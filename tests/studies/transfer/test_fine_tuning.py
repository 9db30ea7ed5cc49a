"""The second stage of a training on a backbone: its last layers learn with the head."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

import classlab
from classlab.cli.main import main
from classlab.datasets import load
from classlab.errors import RecordError, SpecError
from classlab.files.tensor_file import read_arrays
from classlab.models.backbones.tunable import tunable
from classlab.models.keras_runtime import keras
from classlab.records.layers import Rescaling
from classlab.studies.runs.run import Run
from classlab.studies.transfer.kept import kept_backbone
from classlab.studies.transfer.whole import BACKBONE, whole_network
from classlab.training import scoring

pytestmark = pytest.mark.needs("keras", "torch")
FIVE = {"epochs": 5, "learning_rate": 0.01}
STAGE = {"fine_tune": 2, "fine_tune_epochs": 2, "fine_tune_rate": 1e-3}


@pytest.fixture(autouse=True)
def cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("CLASSLAB_CACHE", str(tmp_path_factory.getbasetemp() / "fine-tuning"))


@pytest.fixture(scope="module")
def digits():
    return load("digits")


@pytest.fixture(scope="module", params=["engine", "keras"])
def backbone(request, tmp_path_factory):
    """A file of layers that the engine knows, and one with a layer that only Keras knows."""
    k = keras()
    k.utils.set_random_seed(0)
    noise = [k.layers.GaussianNoise(0.1)] if request.param == "keras" else []
    body = [k.layers.Conv2D(4, 3), *noise, k.layers.BatchNormalization(), k.layers.Flatten(), k.layers.Dense(16)]
    model = k.Sequential([k.Input((8, 8, 1)), k.layers.Rescaling(1 / 255), *body, k.layers.Dense(10)])
    file = tmp_path_factory.mktemp("backbones") / f"{request.param}.keras"
    model.save(file)
    return str(file)


def test_a_fine_tuned_run_is_one_network_wherever_it_is_used(backbone, digits, tmp_path):
    head = classlab.fit(digits, "linear", backbone=backbone, **FIVE)
    tuned = classlab.fit(digits, "linear", backbone=backbone, folder=tmp_path / "run", **FIVE, **STAGE)
    assert tuned.record.identity != head.record.identity
    assert tuned.record.history == head.record.history
    assert tuned.record.validation.loss < head.record.validation.loss
    images = digits.test.images
    np.testing.assert_allclose(tuned.predict(images), tuned.predictions.probabilities, atol=1e-6)
    again = Run.load(tmp_path / "run")
    np.testing.assert_array_equal(again.predict(images), tuned.predict(images))
    assert tuned.to_keras(tmp_path / "whole.keras").max_difference < 1e-5
    whole = keras().saving.load_model(tmp_path / "whole.keras")
    np.testing.assert_allclose(whole.predict(images, verbose=0), tuned.predict(images), atol=1e-5)
    said = tuned.record.notes[-1]
    assert said.startswith(
        "Once the head was trained, the last 2 layers with weights went on learning for 2 epochs at a rate of 0.001; "
        "the validation loss was "
    )
    assert said.endswith(f" after the first and {tuned.record.validation.loss:.4g} in the end.")


def test_the_last_layers_move_and_the_others_rest(backbone, digits):
    tuned = classlab.fit(digits, "linear", backbone=backbone, **FIVE, **STAGE)
    first = kept_backbone(tuned.record.spec.data.backbone)
    moved = {key.removeprefix(BACKBONE): array for key, array in tuned.weights.items() if key.startswith(BACKBONE)}
    assert sorted(array.shape for array in moved.values()) == [(16,), (144, 16)]  # the Dense layer before the head
    assert not any(np.array_equal(first.weights[key], array) for key, array in moved.items())


def test_the_stage_is_what_keras_does_with_the_same_layers_frozen(backbone, digits):
    """One step on all images at once, whose order then does not matter."""
    once = {"batch_size": 5000, "fine_tune_epochs": 1, "fine_tune_rate": 1e-3}
    spoken = {"backbone": backbone, "epochs": 1, "validation": "test"}
    if "keras" in backbone.rsplit("/", 1)[-1].removesuffix(".keras"):
        pytest.skip("noise is drawn anew")
    head = classlab.fit(digits, "linear", batch_size=5000, **spoken)
    tuned = classlab.fit(digits, "linear", fine_tune=2, **once, **spoken)
    model = head.unfrozen(2)
    model.compile(keras().optimizers.Adam(1e-3), keras().losses.SparseCategoricalCrossentropy())
    model.fit(digits.train.images, digits.train.labels, batch_size=5000, verbose=0)
    wanted = model.predict(digits.test.images, verbose=0)
    np.testing.assert_allclose(tuned.predict(digits.test.images), wanted, atol=1e-5)


def test_heads_with_and_without_are_arms_of_one_study(backbone, digits, tmp_path):
    study = classlab.Study(
        "stages", data=digits, model="linear", backbone=backbone, fine_tune=[0, 2], fine_tune_rate=1e-3, seeds=2, **FIVE
    )
    record = study.run(tmp_path / "store").record
    assert [arm.spec.fine_tuning is None for arm in record.spec.arms] == [True, False]
    assert record.spec.arms[1].name.startswith("fine tune 2")
    for before, after in zip(record.runs_of(0), record.runs_of(1), strict=True):
        assert after.history == before.history
        assert after.fitted.loss < before.fitted.loss
    assert study.run(tmp_path / "store").record.runs == record.runs


def test_fine_tuning_from_the_command_line(backbone, tmp_path, capsys):
    place = str(tmp_path / "run")
    words = ["--backbone", backbone, "--model", "linear", "--epochs", "1", "--fine-tune", "1", "-o", place]
    assert main(["train", "--data", "digits", *words]) == 0
    assert "Heads that are fine-tuned then go on with it on the pictures, one by one." in capsys.readouterr().err
    assert main(["evaluate", place, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["images"] == 359
    assert main(["report", place, "-o", str(tmp_path / "report.html")]) == 0
    assert main(["doctor", place]) in (0, 8)
    assert main(["export", place, "-o", str(tmp_path / "whole.keras")]) == 0


def test_layers_within_layers_are_counted_in_their_order():
    k = keras()
    base = k.applications.MobileNetV2(include_top=False, weights=None, pooling="avg", input_shape=(32, 32, 3))
    from classlab.models.backbones.unfrozen import freeze

    images = k.Input((32, 32, 3))
    model = k.Model(images, k.layers.Dense(3)(base(images)))
    freeze(model, but=3)
    learning = [each.name for each in (*base.layers, *model.layers) if each.weights and each.trainable]
    assert [name for name in learning if name != base.name] == ["block_16_project", "Conv_1", model.layers[-1].name]


def test_what_cannot_be_fine_tuned_is_one_sentence(backbone, digits):
    with pytest.raises(SpecError) as refusal:
        classlab.fit(digits, "linear", fine_tune=2)
    assert str(refusal.value) == (
        "`fine_tune` has no effect without `backbone`, but got fine_tune=2 alone. Give it as well, for example "
        "backbone='mobilenet_v2'."
    )
    with pytest.raises(SpecError) as refusal:
        classlab.fit(digits, "linear", backbone=backbone, epochs=1, fine_tune=9)
    assert str(refusal.value) == (
        "`fine_tune` must be from 1 to the 3 layers with weights, but got fine_tune=9. Give fewer; 2 or 3 are usual."
    )
    spec = classlab.fit(digits, "linear", backbone=backbone, epochs=1, fine_tune=1).record.spec
    with pytest.raises(SpecError) as refusal:
        replace(spec, data=replace(spec.data, backbone=None))
    assert str(refusal.value) == (
        "`fine_tuning` must be left out where there is no backbone, but got 1 layers to fine-tune. Give a backbone, or "
        "leave it out."
    )


def test_weights_of_another_backbone_are_refused(backbone, digits, tmp_path):
    run = classlab.fit(digits, "linear", backbone=backbone, epochs=1, fine_tune=1)
    strange = {**run.weights, f"{BACKBONE}strange": np.zeros(3, np.float32)}
    with pytest.raises(RecordError) as refusal:
        whole_network(run.record.spec, strange, folder=None)
    name = run.record.spec.data.backbone.name
    assert str(refusal.value) == (
        f"the weights of a fine-tuned run must be those of its backbone {name!r}, but it has no 'strange' of the shape "
        "(3,). Restore the run's files or train it again."
    )
    run.save(tmp_path / "run")
    assert not [key for key in read_arrays(tmp_path / "run" / "weights.safetensors")[0] if key.startswith(BACKBONE)]


def test_a_tunable_network_gives_what_the_run_gives(backbone, digits):
    run = classlab.fit(digits, "linear", backbone=backbone, epochs=1)
    spec = run.record.spec
    made = tunable(kept_backbone(spec.data.backbone), spec.architecture, run.weights, layers=1)
    assert [weight.shape for weight in made.model.trainable_weights] == [(16, 10), (10,)]
    assert sum(of_backbone for of_backbone, _ in made.names) == len(kept_backbone(spec.data.backbone).weights)
    images = digits.test.images[:20]
    scores = made.model.predict(images.astype(np.float32), verbose=0)
    head = scoring(*whole_network(spec, run.weights, folder=None), input_layer=Rescaling(scale=1.0))(images)
    np.testing.assert_allclose(scores, head, atol=1e-5)

"""Real trainings by Keras's `fit` on each of its backends, healthy and sick, with a Doctor beside them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

SCENES = Path(__file__).with_name("keras_scenes.py")
ROOT = Path(__file__).parents[2]
# PyTorch's backend is what classlab installs. JAX and TensorFlow compile every model anew, so they get fewer scenes;
# `python tests/doctor/keras_scenes.py` runs them all.
HEALTHY = {
    "torch": [
        "mlp_with_adam",
        "nothing_handed_over",
        "standardised_images",
        "raw_pixels_scaled_in_the_model",
        "raw_pixels_normalised_by_their_statistics",
        "raw_scores_and_one_hot_labels",
        "shortcuts_and_operations_in_a_graph",
        "subclassed_model_that_scales_inside",
        "frozen_model_in_a_model",
        "words_instead_of_pictures",
        "a_focal_loss",
        "shortcuts_and_batch_statistics",
        "two_classes_and_one_unit",
        "numbers_instead_of_classes",
        "two_outputs",
        "no_metric_and_several_steps_at_once",
        "training_continued_on_purpose",
    ],
    "jax": ["mlp_with_adam", "subclassed_model_without_arrays", "no_metric_and_several_steps_at_once"],
    "tensorflow": [
        "mlp_with_adam",
        "raw_pixels_scaled_in_the_model",
        "subclassed_model_that_scales_inside",
        "no_metric_and_several_steps_at_once",
    ],
}
SICK = {
    "torch": [
        "divided_twice",
        "raw_pixels",
        "validation_scaled_differently",
        "labels_scaled_like_pixels",
        "raw_scores_as_probabilities",
        "softmax_twice",
        "one_unit_behind_softmax",
        "binary_accuracy_of_ten_classes",
        "rmsprop_that_is_adam",
        "test_images_as_validation",
        "training_images_as_validation",
        "trained_before",
        "equal_weights_without_arrays",
        "rate_far_too_high",
        "not_finite",
        "an_image_without_numbers",
        "units_to_spare",
        "dead_units",
        "no_activation",
    ],
    "jax": ["divided_twice", "softmax_twice", "not_finite", "dead_units"],
    "tensorflow": ["divided_twice", "softmax_twice", "not_finite", "dead_units"],
}
PAIRS = [(backend, scene) for backend, scenes in HEALTHY.items() for scene in scenes]
FAULTS = [(backend, scene) for backend, scenes in SICK.items() for scene in scenes]


@pytest.fixture(scope="module")
def told():
    """What the doctor of each scene said, by backend; a backend's scenes run together, once."""
    reports: dict[str, dict] = {}

    def of(backend: str) -> dict:
        if find_spec(backend) is None:
            pytest.skip(f"{backend} is not installed; classlab installs PyTorch as Keras's backend")
        if backend not in reports:
            reports[backend] = run(backend, [*HEALTHY[backend], *SICK[backend]])
        return reports[backend]

    return of


def run(backend: str, scenes: list[str]) -> dict:
    place = {**os.environ, "KERAS_BACKEND": backend, "PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run([sys.executable, str(SCENES), *scenes], env=place, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout.splitlines()[-1])
    assert report["backend"] == backend
    return report


@pytest.mark.parametrize(("backend", "scene"), PAIRS)
def test_a_healthy_training_is_told_nothing_above_info(told, backend, scene):
    said = told(backend)["told"][scene]
    assert said["gave_up"] == ""
    assert [finding for finding in said["findings"] if finding[1] != "INFO"] == []
    assert said["checked"]


@pytest.mark.parametrize(("backend", "scene"), FAULTS)
def test_a_sick_training_is_told_of_its_fault(told, backend, scene):
    report = told(backend)
    said = report["told"][scene]
    assert said["gave_up"] == ""
    assert report["sick"][scene] in [rule for rule, severity, _ in said["findings"] if severity != "INFO"]


@pytest.mark.parametrize("backend", ["torch", "jax", "tensorflow"])
def test_every_rule_is_either_checked_or_left_out_with_a_reason(told, backend):
    from classlab.doctor.symptoms import SYMPTOMS

    for said in told(backend)["told"].values():
        assert sorted([*said["checked"], *said["unchecked"]]) == sorted(symptom.RULE for symptom in SYMPTOMS)
        assert all(said["unchecked"].values())


def test_a_model_that_names_no_classes_is_not_judged_as_if_it_did(told):
    said = told("torch")["told"]["numbers_instead_of_classes"]
    reason = "the model does not name one class per image, as far as its loss and labels say"
    assert {said["unchecked"][rule] for rule in ("A1", "B1", "B7", "I1", "I13")} == {reason}
    assert {"I4", "C5", "A3"} <= set(said["checked"])


def test_a_model_whose_wiring_cannot_be_read_is_not_judged_by_its_list_of_layers(told):
    said = told("torch")["told"]["subclassed_model_that_scales_inside"]
    assert said["unchecked"]["I10"] == "the order of the model's layers cannot be read from outside"
    assert said["unchecked"]["A1"] == (
        "what the model does to images before its first layer with weights cannot be read from outside"
    )
    assert {"B1", "B2"} <= set(said["checked"])  # its predictions show the softmax at its end

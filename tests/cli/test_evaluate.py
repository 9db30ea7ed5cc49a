from __future__ import annotations

import json

import numpy as np
import pytest

from classlab.studies.runs.run import Run


def test_the_runs_own_test_images_give_its_own_figures(classlab, run_folder):
    test = Run.load(run_folder).record.test
    answer = classlab("evaluate", run_folder)
    shown = ["digits", "test", "359", f"{test.loss:.4f}", f"{test.accuracy:.4f}"]
    assert answer.out.splitlines()[1].split() == shown
    document = json.loads(classlab("evaluate", run_folder, "--json").out)
    assert document["accuracy"] == test.accuracy
    assert document["split"] == "test"


def test_top_k_accuracy_is_shown_where_it_was_asked_for(classlab, top_2_folder):
    test = Run.load(top_2_folder).record.test
    answer = classlab("evaluate", top_2_folder)
    assert answer.out.splitlines()[1].split()[-1] == f"{test.top_k_accuracy:.4f}"


@pytest.mark.parametrize(("split", "images"), [("validation", 144), ("training", 1294)])
def test_other_splits_are_those_of_the_training(classlab, run_folder, split, images):
    document = json.loads(classlab("evaluate", run_folder, "--split", split, "--json").out)
    assert document["images"] == images
    if split == "validation":
        assert document["accuracy"] == pytest.approx(Run.load(run_folder).record.validation.accuracy)


def npz(tmp_path, classes: int):
    labels = np.arange(40) % classes
    images = np.zeros((40, 8, 8), np.uint8)
    np.savez(tmp_path / "d.npz", x_train=images, y_train=labels, x_test=images, y_test=labels)
    return tmp_path / "d.npz"


def test_other_data_of_the_same_classes_is_measured(classlab, run_folder, tmp_path):
    document = json.loads(classlab("evaluate", run_folder, "--data", npz(tmp_path, 10), "--json").out)
    assert document["images"] == 40
    assert document["accuracy"] == 0.1  # all images are alike, so one class in ten is right


def test_data_of_other_classes_is_refused(classlab, run_folder, tmp_path):
    path = npz(tmp_path, 4)
    answer = classlab("evaluate", run_folder, "--data", path)
    assert (answer.code, answer.err) == (
        3,
        f"classlab: the data must have the 10 classes that the run was trained on, but {path} has 4. "
        "Choose data of the same classes.\n",
    )


def test_data_that_changed_since_the_training_is_said(classlab, run_folder, tmp_path, monkeypatch):
    from classlab.datasets import catalogue, from_arrays, load

    digits = load("digits")
    changed = from_arrays(
        digits.train.images,
        digits.train.labels,
        255 - digits.test.images,
        digits.test.labels,
        class_names=[f"digit {name}" for name in digits.class_names],
        name="digits",
    )
    monkeypatch.setattr(catalogue, "load", lambda *_args, **_options: changed)
    answer = classlab("evaluate", run_folder)
    assert answer.code == 0
    assert answer.err == (
        "The classes of digits have other names than those of the training; they are matched by position.\n"
        "The images of digits are not those of the training any more; the figures will differ.\n"
    )
    assert classlab("evaluate", run_folder, "--quiet").err == ""

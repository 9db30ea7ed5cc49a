from __future__ import annotations

import json

import numpy as np
import pytest

from classlab.models.keras_runtime import keras
from classlab.studies.runs.run import Run


@pytest.mark.needs("keras")
def test_the_exported_file_says_what_the_run_says(classlab, run_folder, tmp_path):
    from classlab.datasets import load

    path = tmp_path / "m.keras"
    answer = classlab("export", run_folder, "--to", "keras", "-o", path)
    assert (answer.code, answer.out) == (0, f"{path}\n")
    assert "Keras agrees with the run on 64 random images" in answer.err
    said = np.asarray(keras().saving.load_model(path).predict(load("digits").test.images, verbose=0))
    np.testing.assert_allclose(said, Run.load(run_folder).predictions.probabilities, atol=1e-5)


def test_the_file_lies_in_the_run_folder_by_default(classlab, run_folder):
    document = json.loads(classlab("export", run_folder, "--json", "--quiet").out)
    assert document["file"] == str(run_folder / "model.keras")
    assert document["proof"]["images"] == 64
    (run_folder / "model.keras").unlink()


def test_a_folder_that_is_not_there_is_named(classlab, run_folder, tmp_path):
    answer = classlab("export", run_folder, "-o", tmp_path / "gone" / "m.keras", "--quiet")
    assert answer.code == 5
    assert str(tmp_path / "gone" / "m.keras") in answer.err


def test_a_file_of_another_kind_is_a_usage_error_before_anything_is_read(classlab):
    answer = classlab("export", "no-such-run", "-o", "x.h5")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err == ("classlab export: the file must end in .keras, but got x.h5. See `classlab export --help`.\n")


def test_an_exported_file_is_trained_on_without_more_words(classlab, run_folder, tmp_path):
    file = tmp_path / "own.keras"
    assert classlab("export", run_folder, "-o", file, "--quiet").code == 0
    said = "scales the images, so it takes them as pixels from 0 to 255 (preprocessing none)."
    words = ("--data", "digits", "--model", file, "--epochs", 1, "-o", tmp_path / "on")
    answer = classlab("train", *words)
    assert answer.code == 0, answer.err
    assert f"note: The network's own Rescaling layer {said}" in answer.out
    refused = classlab("train", *words, "--preprocessing", "unit", "--again")
    assert (refused.code, "they would be scaled twice" in refused.err) == (4, True)

from __future__ import annotations

import json
import sys

import numpy as np
import pytest
from PIL import Image

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


@pytest.mark.parametrize(
    ("words", "endings"),
    [
        (["-o", "x.h5"], ".keras, .onnx, .tflite or .html"),
        (["--to", "onnx", "-o", "x.keras"], ".onnx"),
        (["--to", "keras", "-o", "x.onnx"], ".keras"),
    ],
)
def test_a_file_of_another_kind_is_a_usage_error_before_anything_is_read(classlab, words, endings):
    answer = classlab("export", "no-such-run", *words)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err == (
        f"classlab export: the file must end in {endings}, but got {words[-1]}. See `classlab export --help`.\n"
    )


@pytest.mark.needs("onnx", "onnxruntime")
@pytest.mark.parametrize("words", [["--to", "onnx"], ["-o", "{place}/model.onnx"]])
def test_an_onnx_file_says_what_the_run_says(classlab, run_folder, words):
    import onnxruntime

    from classlab.datasets import load

    path = run_folder / "model.onnx"
    answer = classlab("export", run_folder, *(word.format(place=run_folder) for word in words))
    assert (answer.code, answer.out) == (0, f"{path}\n")
    assert answer.err.startswith(f"Writing {path} and opening it in onnxruntime to compare predictions.\n")
    assert "onnxruntime agrees with the run on 64 random images: largest difference" in answer.err
    (said,) = onnxruntime.InferenceSession(path).run(None, {"images": load("digits").test.images})
    np.testing.assert_allclose(said, Run.load(run_folder).predictions.probabilities, atol=1e-5)
    path.unlink()


@pytest.mark.needs("onnx", "onnxruntime")
def test_a_file_of_images_of_one_size_says_how_pictures_come_to_it(classlab, tmp_path):
    photos = tmp_path / "photos"
    for number in range(12):
        folder = photos / "ab"[number % 2]
        folder.mkdir(parents=True, exist_ok=True)
        pixels = np.random.default_rng(number).integers(0, 256, (9, 12, 3), np.uint8)
        Image.fromarray(pixels).save(folder / f"{number}.png")
    run = tmp_path / "run"
    words = ("--data", photos, "--size", "8x6", "--fit", "crop", "--model", "linear", "--epochs", 1, "-o", run)
    assert classlab("train", *words).code == 0
    answer = classlab("export", run, "--to", "onnx")
    assert answer.code == 0, answer.err
    assert answer.err.endswith(
        "The file takes images of 8x6 pixels (height x width): pictures are brought to that size by cropping before, "
        "as `classlab predict` does.\n"
    )
    assert "brought to that size" not in classlab("export", run).err


def test_what_cannot_be_converted_is_one_sentence_and_no_more(classlab, run_folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorflow", None)
    answer = classlab("export", run_folder, "--to", "tflite")
    assert (answer.code, answer.out) == (4, "")
    assert answer.err.startswith("classlab: an export to TensorFlow Lite needs TensorFlow, whose converter")


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


def test_a_page_is_written_and_says_how_it_is_proven(classlab, run_folder, tmp_path):
    path = tmp_path / "page.html"
    answer = classlab("export", run_folder, "-o", path)
    assert (answer.code, answer.out) == (0, f"{path}\n"), answer.err
    first, second = answer.err.splitlines()
    assert first == f"Writing {path} and opening it with classlab's own reader to compare predictions."
    assert second.startswith(
        "classlab's own reader finds the run's layers and weights in it and agrees with the run on 64 "
    )
    assert second.endswith(
        ". Whenever the page is opened, its script is compared with the run on images of noise, and answers nothing "
        "where it differs."
    )
    assert path.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")

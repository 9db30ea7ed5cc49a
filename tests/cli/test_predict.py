from __future__ import annotations

import json
import re
import shutil

import numpy as np
import pytest
from PIL import Image

from classlab import fit
from classlab.datasets import load
from classlab.studies.runs.run import Run
from classlab.studies.shown.unlike import NOT_CALIBRATED
from tests.datasets.own_drawings import KINDS, drawings


@pytest.fixture
def seven(tmp_path):
    """A dark 7 on white paper, larger than the network's input."""
    pixels = np.full((64, 64), 255, np.uint8)
    pixels[8:16, 12:52] = 0
    for row in range(16, 58):
        column = 46 - (row - 16) // 2
        pixels[row, column : column + 6] = 0
    Image.fromarray(pixels).save(tmp_path / "seven.png")
    return tmp_path / "seven.png"


def test_the_most_probable_classes_are_printed(classlab, run_folder, seven):
    answer = classlab("predict", run_folder, seven, "--invert")
    assert answer.code == 0
    assert re.fullmatch(rf"{re.escape(str(seven))}: \d \d+\.\d %, \d \d+\.\d %, \d \d+\.\d %\n", answer.out)
    assert f"{seven} (64x64), seen as 8x8:" in answer.err
    assert "--invert" not in answer.err


def test_a_contradicting_background_is_said_where_turning_it_helps(classlab, run_folder, tmp_path):
    image = load("digits").test.images[0, ..., 0]
    Image.fromarray(255 - (image.astype(int) * 255 // image.max()).astype(np.uint8)).save(tmp_path / "white.png")
    answer = classlab("predict", run_folder, tmp_path / "white.png")
    assert answer.err.endswith(
        "white.png: the border is bright, but the training images have a dark one. "
        "Try --invert so that the network sees the picture as it saw its training images.\n"
    )
    assert json.loads(classlab("predict", run_folder, tmp_path / "white.png", "--json").out)[0]["warning"]


def test_a_picture_unlike_the_training_images_is_not_to_be_trusted(classlab, run_folder, tmp_path):
    noise = np.random.default_rng(0).integers(0, 256, (30, 30), np.uint8)
    Image.fromarray(noise).save(tmp_path / "noise.png")
    answer = classlab("predict", run_folder, tmp_path / "noise.png")
    (document,) = json.loads(classlab("predict", run_folder, tmp_path / "noise.png", "--json").out)
    best = f"{document['predicted']} at {100 * max(document['probabilities'].values()):.0f} %"
    assert document["warning"] == (
        f"{tmp_path / 'noise.png'} is unlike the training images (its score is above that of 95 % of the 144 "
        f"validation images): its answer, {best}, is not to be trusted."
    )
    assert answer.err.endswith(f"{document['warning']}\n")
    unlike = document["unlike"]
    assert unlike["score"] > unlike["threshold"]
    assert (unlike["false_alarm_rate"], unlike["validation_images"], unlike["flagged"]) == (0.05, 144, True)


def test_a_run_without_calibration_says_so(classlab, run_folder, seven, tmp_path):
    older = tmp_path / "older"
    shutil.copytree(run_folder, older)
    (older / "likeness.safetensors").unlink()
    assert classlab("predict", older, seven).err.endswith(f"{NOT_CALIBRATED}\n")
    assert json.loads(classlab("predict", older, seven, "--json").out)[0]["unlike"] is None


def test_test_images_saved_as_pictures_are_predicted_as_in_the_run(classlab, run_folder, tmp_path):
    from classlab.datasets import load

    images = load("digits").test.images[:3, ..., 0]
    files = [tmp_path / f"{position}.png" for position in range(3)]
    for image, file in zip(images, files, strict=True):
        Image.fromarray(image).save(file)
    documents = json.loads(classlab("predict", run_folder, *files, "--json").out)
    said = [list(document["probabilities"].values()) for document in documents]
    np.testing.assert_allclose(said, Run.load(run_folder).predictions.probabilities[:3], rtol=1e-5)


def test_pictures_of_what_was_seen_are_written(classlab, run_folder, seven, tmp_path):
    other = tmp_path / "other" / "seven.png"
    other.parent.mkdir()
    other.write_bytes(seven.read_bytes())
    answer = classlab("predict", run_folder, seven, other, "--invert", "--show", tmp_path / "out")
    names = ["seven-prediction-2.png", "seven-prediction.png"]
    assert sorted(entry.name for entry in (tmp_path / "out").iterdir()) == names
    assert f"Wrote {tmp_path / 'out' / names[0]}." in answer.err
    with Image.open(tmp_path / "out" / names[0]) as picture:
        assert picture.format == "PNG"


def test_quiet_leaves_only_the_classes(classlab, run_folder, seven):
    answer = classlab("predict", run_folder, seven, "--quiet")
    assert answer.err == ""
    assert answer.out.count("\n") == 1


@pytest.mark.parametrize("content", [b"", b"no picture", b"\x89PNG\r\n\x1a\n" + bytes(100)])
def test_a_file_that_is_no_picture_is_refused(classlab, run_folder, tmp_path, content):
    (tmp_path / "a.png").write_bytes(content)
    answer = classlab("predict", run_folder, tmp_path / "a.png")
    assert answer.code == 3
    assert answer.err.startswith(f"classlab: {tmp_path / 'a.png'} ")
    assert answer.err.count("\n") == 1


def test_missing_pictures_and_runs_are_named(classlab, run_folder, tmp_path):
    assert classlab("predict", run_folder, tmp_path / "gone.png").code == 5
    assert classlab("predict", tmp_path, tmp_path / "gone.png").code == 5


@pytest.fixture(scope="module")
def ink_run(tmp_path_factory):
    """A small network of images of centred ink."""
    return fit("mnist5k", "mlp", epochs=5, folder=tmp_path_factory.mktemp("ink") / "run")


@pytest.mark.parametrize("kind", KINDS)
def test_own_drawings_of_every_kind_are_named_with_no_option(classlab, ink_run, tmp_path, kind):
    files = [tmp_path / f"{digit}.png" for digit in range(10)]
    for file, drawing in zip(files, drawings(kind, seed=0), strict=True):
        drawing.save(file)
    documents = json.loads(classlab("predict", ink_run.folder, *files, "--json").out)
    assert sum(document["predicted"] == str(digit) for digit, document in enumerate(documents)) >= 9
    assert {document["righting"] for document in documents} == {"righted"}
    assert sum(document["warning"] is not None for document in documents) <= 1


def test_as_is_leaves_the_ink_where_it_is(classlab, ink_run, seven, tmp_path):
    plain = classlab("predict", ink_run.folder, seven, "--as-is")
    assert "seven.png is unlike the training images (its score is above" in plain.err
    assert json.loads(classlab("predict", ink_run.folder, seven, "--as-is", "--json").out)[0]["righting"] is None
    righted = classlab("predict", ink_run.folder, seven, "--show", tmp_path / "out")
    assert righted.out.startswith(f"{seven}: 7 ")
    assert f"{seven} (64x64), its ink righted as the training images', seen as 28x28:" in righted.err
    told = classlab("predict", ink_run.folder, seven, "--invert", "--quiet")
    assert told.out == righted.out
    with Image.open(tmp_path / "out" / "seven-prediction.png") as both:
        assert both.width == 4 * 16 + 280 + 16 + 280 + 130 + 260 + 64
    Image.fromarray(np.full((20, 30), 255, np.uint8)).save(tmp_path / "white.png")
    blank = classlab("predict", ink_run.folder, tmp_path / "white.png")
    assert "white.png (30x20), no ink found in it, seen as 28x28:" in blank.err

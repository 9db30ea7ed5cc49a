from __future__ import annotations

import csv
import json
import re
import shutil

import numpy as np
import pytest
from PIL import Image

from classlab.datasets import load
from classlab.studies.fit import fit as fit_
from classlab.studies.runs.run import Run
from classlab.studies.shown.pictures import picture_files, read_foreign_picture
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
    assert f"{seven} (64x64), its ink righted as the training images', seen as 8x8:" in answer.err
    assert "--invert" not in answer.err


def test_a_contradicting_background_is_said_where_turning_it_helps(classlab, run_folder, tmp_path):
    image = load("digits").test.images[0, ..., 0]
    Image.fromarray(255 - (image.astype(int) * 255 // image.max()).astype(np.uint8)).save(tmp_path / "white.png")
    answer = classlab("predict", run_folder, tmp_path / "white.png", "--as-is")
    assert answer.err.endswith(
        "white.png: the border is bright, but the training images have a dark one. "
        "Try --invert so that the network sees the picture as it saw its training images.\n"
    )
    assert json.loads(classlab("predict", run_folder, tmp_path / "white.png", "--as-is", "--json").out)[0]["warning"]


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


def test_a_run_without_calibration_is_calibrated_once(classlab, run_folder, seven, tmp_path):
    older = tmp_path / "older"
    shutil.copytree(run_folder, older)
    (older / "likeness.safetensors").unlink()
    expected = json.loads(classlab("predict", run_folder, seven, "--json").out)[0]["unlike"]
    assert json.loads(classlab("predict", older, seven, "--json").out)[0]["unlike"] == pytest.approx(expected)
    assert Run.load(older).calibrated


def test_a_run_that_cannot_be_calibrated_says_why(classlab, seven, tmp_path):
    own = own_images(tmp_path)
    fit_(str(own), "linear", epochs=1, folder=tmp_path / "few", limit=100)
    assert classlab("predict", tmp_path / "few", seven).err.endswith(
        "Pictures that are unlike the training images are not told, because its 10 validation images are fewer than "
        "the 100 that a threshold needs.\n"
    )
    fit_(str(own), "linear", epochs=1, folder=tmp_path / "own-run", validation=0.4)
    (tmp_path / "own-run" / "likeness.safetensors").unlink()
    assert classlab("predict", tmp_path / "own-run", seven).err.endswith(
        "Pictures that are unlike the training images are not told, because the run's folder has no calibration and "
        f"names its images by a path, {own}, which is not followed.\n"
    )


def test_a_study_s_run_on_own_images_is_calibrated_when_it_is_asked(classlab, seven, tmp_path):
    own, store = own_images(tmp_path), tmp_path / "store"
    sweep = ("--data", own, "--model", "linear", "--epochs", 1, "--seeds", 2, "--validation", 0.4, "--name", "own")
    assert classlab("sweep", *sweep, "--store", store).code == 0
    told = classlab("predict", "own", seven, "--store", store, "--json")
    assert json.loads(told.out)[0]["unlike"]["validation_images"] == 128
    own.unlink()  # what was learnt is kept with the run
    assert json.loads(classlab("predict", "own", seven, "--store", store, "--json").out) == json.loads(told.out)


def own_images(folder):
    """A file of 400 images of noise in two classes."""
    rng = np.random.default_rng(0)
    np.savez(folder / "own.npz", x=rng.integers(0, 256, (400, 6, 6), np.uint8), y=np.arange(400) % 2)
    return folder / "own.npz"


def test_test_images_saved_as_pictures_are_predicted_as_in_the_run(classlab, run_folder, tmp_path):
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


def test_a_broken_file_is_one_line_among_the_others(classlab, run_folder, seven, tmp_path):
    broken = tmp_path / "photos" / "deep" / "b.png"
    broken.parent.mkdir(parents=True)
    broken.write_bytes(b"no picture")
    (tmp_path / "photos" / "a.png").write_bytes(seven.read_bytes())
    answer = classlab("predict", run_folder, tmp_path / "photos", seven)
    lines = answer.out.splitlines()
    assert [line.partition(":")[0] for line in lines] == [str(tmp_path / "photos" / "a.png"), str(broken), str(seven)]
    assert lines[1] == (
        f"{broken}: not predicted: cannot be read as a PNG, JPEG, BMP, GIF, WebP, TIFF or AVIF picture. It is "
        "damaged or of another kind."
    )
    assert answer.code == 0  # nobody named the broken file
    assert answer.err.endswith("1 of 3 files were not predicted.\n")
    assert classlab("predict", run_folder, broken, seven).code == 3
    assert classlab("predict", run_folder, broken.parent, tmp_path / "gone.png").code == 3
    assert classlab("predict", run_folder, seven, tmp_path / "gone.png").code == 5


def test_what_was_said_is_written_as_csv_and_json(classlab, run_folder, seven, tmp_path):
    (tmp_path / "b.png").write_bytes(b"no picture")
    table, document = tmp_path / "out" / "said.csv", tmp_path / "said.json"
    assert classlab("predict", run_folder, seven, tmp_path / "b.png", "-o", table).code == 3
    with table.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == [
        "file",
        "predicted",
        "probability",
        *(f"p_{digit}" for digit in range(10)),
        "righting",
        "unlike",
        "unlike_score",
        "unlike_threshold",
        "warning",
        "error",
    ]
    shares = [float(rows[0][f"p_{digit}"]) for digit in range(10)]
    assert rows[0]["predicted"] == str(int(np.argmax(shares)))
    assert float(rows[0]["probability"]) == max(shares)
    assert (rows[1]["predicted"], rows[1]["p_0"], rows[1]["unlike"]) == ("", "", "")
    above = float(rows[0]["unlike_score"]) > float(rows[0]["unlike_threshold"])
    assert (rows[0]["righting"], rows[0]["unlike"]) == ("righted", "true" if above else "false")
    assert "cannot be read" in rows[1]["error"]
    printed = classlab("predict", run_folder, seven, tmp_path / "b.png", "-o", document, "--json").out
    assert json.loads(document.read_text()) == json.loads(printed)
    assert json.loads(printed)[1]["error"] == rows[1]["error"]


def test_the_output_s_ending_says_its_format(classlab, run_folder, seven):
    answer = classlab("predict", run_folder, seven, "-o", "said.xml")
    assert answer.code == 2
    assert "the file must end in .csv or .json, but got said.xml" in answer.err


def test_an_empty_folder_is_refused(classlab, run_folder, tmp_path):
    answer = classlab("predict", run_folder, tmp_path)
    assert (answer.code, answer.err) == (
        3,
        f"classlab: the folder must hold a picture, but {tmp_path} holds none. Name another one.\n",
    )


@pytest.mark.parametrize("fit", ["stretch", "crop", "pad"])
def test_pictures_are_seen_as_the_training_saw_them(classlab, tmp_path, fit):
    rng = np.random.default_rng(0)
    for place in range(20):
        file = tmp_path / "photos" / ("a", "b")[place % 2] / f"{place}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        pixels = rng.integers(0, 256, (*rng.integers(9, 40, 2), 3), np.uint8)
        Image.fromarray(pixels).save(file)
    data = load(str(tmp_path / "photos"), size=(8, 10), fit=fit)
    run = fit_(data, "linear", epochs=1, folder=tmp_path / "run")
    answer = classlab("predict", tmp_path / "run", tmp_path / "photos", "--json")
    said = np.array([list(document["probabilities"].values()) for document in json.loads(answer.out)], np.float32)
    images = np.concatenate([data.train.images, data.test.images])
    expected = run.predict(images)
    seen = [read_foreign_picture(path, run.preparation).pixels for path, _ in picture_files([tmp_path / "photos"])]
    order = [next(place for place, image in enumerate(images) if (image == each).all()) for each in seen]
    assert sorted(order) == list(range(20))  # each is, pixel for pixel, an image of the dataset
    assert np.array_equal(said, expected[order])


def test_missing_pictures_and_runs_are_named(classlab, run_folder, tmp_path):
    assert classlab("predict", run_folder, tmp_path / "gone.png").code == 5
    assert classlab("predict", tmp_path, tmp_path / "gone.png").code == 5


@pytest.fixture(scope="module")
def ink_run(tmp_path_factory):
    """A small network of images of centred ink."""
    return fit_("mnist5k", "mlp", epochs=5, folder=tmp_path_factory.mktemp("ink") / "run")


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

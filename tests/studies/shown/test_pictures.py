from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import classlab
from classlab.datasets import load
from classlab.errors import DataError, StorageError
from classlab.records import RunRecord, from_json, to_json
from classlab.records.picture_reading import PictureReading
from classlab.records.preparation import Preparation
from classlab.studies.shown.pictures import (
    ForeignPicture,
    background_warning,
    picture_files,
    prediction_picture,
    read_foreign_picture,
)

PREPARED = Preparation(size=(28, 28), channels=1, fit="pad")


def saved(path: Path, pixels: np.ndarray) -> Path:
    Image.fromarray(pixels).save(path)
    return path


def test_a_picture_of_the_right_size_is_left_alone(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (28, 28), np.uint8)
    picture = read_foreign_picture(saved(tmp_path / "a.png", pixels), PREPARED)
    np.testing.assert_array_equal(picture.pixels[..., 0], pixels)
    inverted = read_foreign_picture(tmp_path / "a.png", PREPARED, invert=True)
    np.testing.assert_array_equal(inverted.pixels, 255 - picture.pixels)


@pytest.mark.parametrize("size", [(56, 56), (200, 100), (3, 90), (1, 1), (10, 30)])
@pytest.mark.parametrize("channels", [1, 3])
def test_any_size_and_colour_is_brought_to_the_network(tmp_path, size, channels):
    pixels = np.full((*size, 3), (200, 100, 50), np.uint8)
    picture = read_foreign_picture(saved(tmp_path / "a.png", pixels), replace(PREPARED, channels=channels))
    assert picture.pixels.shape == (28, 28, channels)
    assert picture.size == size
    # One colour stays one colour: the frame that fills up is the mean of the border. 124 is its BT.601 luminance.
    expected = [124] if channels == 1 else [200, 100, 50]
    assert np.unique(picture.pixels.reshape(-1, channels), axis=0).tolist() == [expected]


def test_proportions_are_kept(tmp_path):
    pixels = np.zeros((40, 80), np.uint8)
    pixels[10:30, 30:50] = 255  # a square
    picture = read_foreign_picture(saved(tmp_path / "a.png", pixels), PREPARED)
    bright = picture.pixels[..., 0] > 127
    # 20 pixels times 28/80 are 7; the edges fall between pixels.
    assert abs(int(bright.any(0).sum()) - 7) <= 1
    assert abs(int(bright.any(1).sum()) - 7) <= 1


def test_grey_is_repeated_for_a_network_of_colours(tmp_path):
    pixels = np.arange(16, dtype=np.uint8).reshape(4, 4)
    picture = read_foreign_picture(saved(tmp_path / "a.png", pixels), Preparation(size=(4, 4), channels=3))
    assert all(np.array_equal(picture.pixels[..., c], pixels) for c in range(3))


def test_a_file_that_is_no_picture_is_refused(tmp_path):
    (tmp_path / "a.png").write_text("no picture")
    with pytest.raises(DataError, match=r"a\.png cannot be read as a PNG, JPEG, BMP, GIF, WebP, TIFF or AVIF picture"):
        read_foreign_picture(tmp_path / "a.png", PREPARED)


def test_twelve_bits_and_bright_ink_are_read_as_the_training_pictures_were(tmp_path):
    rng = np.random.default_rng(0)
    for number in range(8):
        bright = 4095 if number < 4 else 200  # some pictures alone would pass for ones of eight bits
        deep = Image.fromarray(rng.integers(0, bright, (6, 6), dtype=np.uint16))
        ink = Image.fromarray(rng.integers(0 if number == 7 else 200, 256 if number < 7 else 60, (6, 6, 4), np.uint8))
        for name, image in (("a", deep), ("b", ink)):
            (tmp_path / name).mkdir(exist_ok=True)
            image.save(tmp_path / name / f"{number}.png")
    run = classlab.fit(str(tmp_path), "linear", epochs=1, quiet=True)
    assert run.record.reading == PictureReading(bits=12, paper="black")
    kept = from_json(RunRecord, to_json(run.record), where="here")
    assert kept.reading == run.record.reading
    dataset = load(str(tmp_path))
    for split in (dataset.train, dataset.test):
        for file, image in zip(split.files, split.images, strict=True):
            seen = read_foreign_picture(tmp_path / file, run.preparation, reading=kept.reading)
            assert (seen.pixels == image).all()


def test_folders_give_their_files_in_order_and_hidden_ones_do_not_count(tmp_path):
    for name in ("b/2.png", "b/1.png", "a.png", ".hidden/3.png", ".4.png", "b/c/5.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "b" / "round").symlink_to(tmp_path)
    named = tmp_path / "b" / "1.png"
    found = [(path.relative_to(tmp_path).as_posix(), own) for path, own in picture_files([named, tmp_path])]
    inside = [(name, False) for name in ("a.png", "b/1.png", "b/2.png", "b/c/5.png")]
    assert [each for each in found if "round" not in each[0]] == [("b/1.png", True), *inside]


def test_a_folder_that_cannot_be_read_is_named(tmp_path, monkeypatch):
    def walk(place, onerror):
        onerror(PermissionError(13, "Permission denied", str(place)))
        return iter(())

    monkeypatch.setattr("classlab.studies.shown.pictures.os.walk", walk)
    with pytest.raises(StorageError) as refused:
        picture_files([tmp_path])
    assert str(refused.value) == (
        f"{tmp_path} must be readable, but the system says: Permission denied. Check the path and its permissions."
    )


@pytest.mark.parametrize(
    ("value", "training", "sentence"),
    [
        (255, 0.0, "the border is bright, but the training images have a dark one. Try --invert"),
        (0, 0.9, "the border is dark, but the training images have a bright one. Try --invert"),
        (0, 0.0, None),
        (255, None, None),
        (120, 0.2, None),
    ],
)
def test_a_contradicting_background_is_said(value, training, sentence):
    picture = ForeignPicture(name="a.png", size=(2, 2), pixels=np.full((2, 2, 1), value, np.uint8))
    warning = background_warning(picture, training, remedy="Try --invert")
    expected = f"a.png: {sentence} so that the network sees the picture as it saw its training images."
    assert warning == (None if sentence is None else expected)


BLUE = (52, 102, 196)
GREY = (170, 178, 190)


def drawn(pixels: np.ndarray, shares: list[float], names: list[str] | None = None) -> np.ndarray:
    names = names or [str(position) for position in range(len(shares))]
    png = prediction_picture(pixels, np.array(shares, np.float32), names, title="a.png: 1")
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))


def width_of(picture: np.ndarray, colour: tuple[int, int, int]) -> int:
    return int((picture == colour).all(-1).sum(1).max())


def test_bars_are_as_long_as_the_probabilities():
    picture = drawn(np.zeros((28, 28, 1), np.uint8), [0.25, 0.75])
    assert width_of(picture, BLUE) == 0.75 * 260 + 1  # both ends are drawn
    assert width_of(picture, GREY) == 0.25 * 260 + 1


def test_the_input_is_shown_enlarged():
    pixels = np.zeros((28, 28, 3), np.uint8)
    pixels[:14] = (255, 0, 255)
    assert width_of(drawn(pixels, [0.5, 0.5]), (255, 0, 255)) == 280


@pytest.mark.parametrize("shares", [[float("nan"), 0.5], [-3.0, 7.0], [0.001] * 1000])
def test_odd_scores_and_many_classes_are_drawn_too(shares):
    assert drawn(np.zeros((8, 300, 1), np.uint8), shares, ["name\n" * 30] * len(shares)).shape[2] == 3

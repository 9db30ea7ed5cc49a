from __future__ import annotations

import os
import unicodedata
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from classlab.datasets import load
from classlab.errors import DataError, OptionError, StorageError


def _picture(path, value, *, shape=(4, 5), colour=False):
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.full((*shape, 3), value, np.uint8)
    if colour:
        pixels[0, 0] = (1, 2, 3)
    Image.fromarray(pixels if colour else pixels[..., 0]).save(path)


@pytest.fixture
def pets(tmp_path):
    """Four pictures of each of two classes."""
    root = tmp_path / "pets"
    for label, name in enumerate(("cat", "dog")):
        for number in range(4):
            _picture(root / name / f"{number}.png", 100 * label + number)
    return root


def _refusal(path, **options):
    with pytest.raises(DataError) as refusal:
        load(str(path), **options)
    return str(refusal.value).replace(str(path), "ROOT")


def test_class_folders_become_classes_in_alphabetical_order(pets):
    dataset = load(str(pets))
    assert (dataset.class_names, dataset.image_shape) == (("cat", "dog"), (4, 5, 1))
    assert (len(dataset.train), len(dataset.test)) == (6, 2)
    for split in (dataset.train, dataset.test):
        assert (split.labels == (split.images[:, 0, 0, 0] >= 100)).all()
    assert dataset.source == f"the folder {pets}"


def test_train_and_test_folders_are_the_official_splits(tmp_path):
    for split, base in (("train", 0), ("test", 50)):
        for label, name in enumerate("ab"):
            for number in range(3):
                _picture(tmp_path / split / name / f"{number}.png", base + 10 * label + number)
    dataset = load(str(tmp_path))
    assert dataset.train.images[:, 0, 0, 0].tolist() == [0, 1, 2, 10, 11, 12]
    assert dataset.test.images[:, 0, 0, 0].tolist() == [50, 51, 52, 60, 61, 62]
    assert dataset.test.labels.tolist() == [0, 0, 0, 1, 1, 1]
    assert dataset.notes == ()


def test_other_folders_beside_train_are_named(tmp_path):
    for split in ("train", "test", "drafts"):
        for name in "ab":
            _picture(tmp_path / split / name / "1.png", 1)
    assert load(str(tmp_path)).notes == (f"{tmp_path} also holds drafts, which was not read.",)


def test_one_colour_picture_makes_all_colour(pets):
    _picture(pets / "cat" / "9.png", 7, colour=True)
    dataset = load(str(pets))
    assert dataset.image_shape == (4, 5, 3)
    grey = dataset.train.images[dataset.train.images[:, 0, 0, 0] == 100]
    assert (grey == 100).all()


def test_unreadable_files_are_counted_and_named(pets):
    for number in range(6):
        (pets / "dog" / f"bad{number}.png").write_bytes(b"nothing")
    note = load(str(pets)).notes[0]
    assert note == (
        "6 of 14 files could not be read as a PNG, JPEG, BMP, GIF, WebP, TIFF or AVIF picture and were left out: "
        "dog/bad0.png, dog/bad1.png, dog/bad2.png, dog/bad3.png, dog/bad4.png and 1 more. "
        f"`classlab data {pets} --json` lists each with the reason."
    )


def test_one_unreadable_file_is_told_in_the_singular(pets):
    (pets / "cat" / "notes.txt").write_text("Tom")
    assert load(str(pets)).notes[0] == (
        "1 of 9 files could not be read as a PNG, JPEG, BMP, GIF, WebP, TIFF or AVIF picture and was left out: "
        f"cat/notes.txt. `classlab data {pets} --json` lists each with the reason."
    )


def test_hidden_files_and_folders_are_passed_over(pets):
    (pets / "cat" / ".DS_Store").write_bytes(b"x")
    _picture(pets / ".cache" / "1.png", 1)
    (pets / "readme.txt").write_text("pets")
    dataset = load(str(pets))
    assert dataset.class_names == ("cat", "dog")
    assert len(dataset.notes) == 1  # the one about the test set made here


def test_links_in_a_circle_are_safe(pets):
    (pets / "loop").symlink_to(pets)
    (pets / "cat" / "inner").symlink_to(pets)
    (pets / "cat" / "self.png").symlink_to(pets / "cat" / "self.png")
    dataset = load(str(pets))
    assert dataset.class_names == ("cat", "dog")
    assert "was left out: cat/self.png." in dataset.notes[0]
    assert "Too many levels of symbolic links" in dataset.left_out[0].reason
    assert len(dataset.train) + len(dataset.test) == 8  # inner leads back to the whole, and is not read


def test_names_in_any_script_are_read(tmp_path):
    for name in ("猫", unicodedata.normalize("NFD", "chö")):
        for number in range(3):
            _picture(tmp_path / name / f"{number}.png", number)
    assert load(str(tmp_path)).class_names == ("chö", "猫")


@pytest.mark.skipif(os.path.normcase("A") == "a", reason="the file system does not tell the two folders apart")
def test_names_that_differ_only_in_case_are_refused(pets):
    _picture(pets / "Cat" / "1.png", 1)
    assert _refusal(pets) == (
        "class names must differ in more than case or the encoding of accents, but ROOT holds 'Cat' and 'cat'. "
        "Rename or merge the folders."
    )


def test_mixed_sizes_are_refused_with_two_files_and_a_way_out(pets):
    _picture(pets / "dog" / "big.png", 1, shape=(6, 7))
    assert _refusal(pets) == (
        "all pictures must have one size, but ROOT/cat/0.png has 4x5 pixels (height x width) and ROOT/dog/big.png has "
        "6x7. Give a size to bring them to, as in size=(32, 32)."
    )


def test_a_size_brings_all_pictures_to_it(pets):
    _picture(pets / "dog" / "big.png", 1, shape=(6, 7))
    dataset = load(str(pets), size=(3, 2))
    assert dataset.image_shape == (3, 2, 1)
    assert dataset.notes[0] == "Pictures were brought to 3x2 pixels (height x width) by stretching."


@pytest.mark.parametrize(
    ("fit", "note", "row"),
    [
        ("stretch", "stretching", [10, 10, 10]),
        ("crop", "cropping", [10, 10, 10]),
        ("pad", "padding with brightness 0", [1, 8, 1]),
    ],
)
def test_pictures_of_other_proportions_are_fitted_as_asked(tmp_path, fit, note, row):
    for name in ("a", "b"):
        for place in range(3):
            _picture(tmp_path / name / f"{place}.png", 0, shape=(3, 3))
        _picture(tmp_path / name / "tall.png", 10, shape=(9, 3))
    dataset = load(str(tmp_path), size=(3, 3), fit=fit)
    assert dataset.notes[0] == f"Pictures were brought to 3x3 pixels (height x width) by {note}."
    images = np.concatenate([dataset.train.images, dataset.test.images])
    tall = images[images.max(axis=(1, 2, 3)) > 0]
    assert len(tall) == 2
    assert (tall[:, 1, :, 0] == row).all()


def test_a_later_load_repeats_an_earlier_preparation(tmp_path):
    rng = np.random.default_rng(0)
    for name in ("a", "b"):
        for place in range(4):
            pixels = rng.integers(0, 256, (5 + place, 9, 3), np.uint8)
            (tmp_path / name).mkdir(exist_ok=True)
            Image.fromarray(pixels).save(tmp_path / name / f"{place}.png")
    first = load(str(tmp_path), size=[4, 6], fit="pad")
    again = load(str(tmp_path), preparation=first.preparation)
    assert (again.digest, again.preparation) == (first.digest, first.preparation)
    grey = load(str(tmp_path), preparation=replace(first.preparation, channels=1))
    assert grey.image_shape == (4, 6, 1)


def test_a_fit_without_a_size_is_refused(pets):
    with pytest.raises(OptionError) as refused:
        load(str(pets), fit="crop")
    assert str(refused.value) == (
        "`fit` has no effect without `size`, but got fit='crop'. Give a size, or leave it out."
    )


def test_an_empty_class_folder_is_said_and_no_class(pets):
    (pets / "fish").mkdir()
    (pets / "bird").mkdir()
    (pets / "bird" / "1.png").write_bytes(b"")
    dataset = load(str(pets))
    assert dataset.class_names == ("cat", "dog")
    assert dataset.notes[0] == "No picture could be read of 'bird', 'fish', which are no classes therefore."


def test_an_empty_class_folder_leaves_one_class_too_few(tmp_path):
    _picture(tmp_path / "cat" / "1.png", 1)
    (tmp_path / "dog").mkdir()
    assert (
        _refusal(tmp_path)
        == "a classifier needs at least 2 classes, but ROOT has only 'cat'. Add images of another class."
    )


def test_one_class_is_not_enough(tmp_path):
    _picture(tmp_path / "cat" / "1.png", 1)
    assert (
        _refusal(tmp_path)
        == "a classifier needs at least 2 classes, but ROOT has only 'cat'. Add images of another class."
    )


def test_a_folder_without_class_folders_is_refused(tmp_path):
    _picture(tmp_path / "1.png", 1)
    assert _refusal(tmp_path) == (
        "ROOT must hold one folder of pictures per class, but holds 1 picture and no folder. Sort the pictures into "
        "folders that are named after the classes, or put a labels.csv with the columns file and label beside them."
    )


def test_class_folders_without_pictures_are_refused(tmp_path):
    for name in "ab":
        (tmp_path / name).mkdir()
    assert _refusal(tmp_path) == (
        "ROOT must hold one folder of pictures per class, but holds no folder with files. Sort the pictures into "
        "folders."
    )
    sentence = (
        "ROOT holds no readable picture of a class. Put PNG, JPEG, BMP, GIF, WebP, TIFF or AVIF files into its class "
        "folders. Not readable: a/x.png is empty. Get it again."
    )
    (tmp_path / "a" / "x.png").write_bytes(b"")
    assert _refusal(tmp_path) == sentence
    (tmp_path / "b" / "y.png").write_bytes(b"")
    assert _refusal(tmp_path) == f"{sentence} 1 file more is not readable."
    (tmp_path / "b" / "z.png").write_bytes(b"")
    assert _refusal(tmp_path) == f"{sentence} 2 files more are not readable."


def test_a_folder_that_may_not_be_listed_is_a_matter_of_storage(pets, monkeypatch):
    def refuse(_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.iterdir", refuse)
    with pytest.raises(StorageError) as refusal:
        load(str(pets))
    assert str(refusal.value) == (
        f"{pets} must be readable, but the system says: Permission denied. Check the path and its permissions."
    )


def test_progress_is_told(pets):
    said = []
    load(str(pets), say=said.append)
    assert said == [f"Reading pictures of 2 classes in {pets}."]

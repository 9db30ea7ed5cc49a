from __future__ import annotations

import pytest

from classlab.datasets import load
from classlab.datasets.split_folders import split_kind
from tests.datasets.drawn_folders import draw, draw_classes, refusal, values


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("train", ("train", "")),
        ("TRAINING", ("train", "")),
        ("Train_Set", ("train", "")),
        ("training-images", ("train", "")),
        ("asl_alphabet_train", ("train", "asl alphabet")),
        ("testing", ("test", "")),
        ("Test", ("test", "")),
        ("valid", ("validation", "")),
        ("Validation", ("validation", "")),
        ("dev", ("validation", "")),
        ("cats", None),
        ("trained", None),
        ("latest", None),
        ("train_val", None),
        ("", None),
    ],
)
def test_names_of_splits_are_known_in_the_usual_spellings(name, said):
    assert split_kind(name) == said


@pytest.mark.parametrize(
    ("train", "test"),
    [("train", "test"), ("training", "testing"), ("Train", "Test"), ("TRAINING", "test"), ("seg_train", "seg_test")],
)
def test_train_and_test_folders_are_the_splits(tmp_path, train, test):
    draw_classes(tmp_path / train, first=10)
    draw_classes(tmp_path / test, first=50)
    dataset = load(str(tmp_path))
    assert (values(dataset.train), values(dataset.test)) == (list(range(10, 18)), list(range(50, 58)))
    assert (dataset.class_names, dataset.notes, dataset.validation) == (("a", "b"), (), None)
    assert dataset.test.files[:2] == (f"{test}/a/0.png", f"{test}/a/1.png")


@pytest.mark.parametrize("name", ["val", "valid", "validation", "Validation", "dev"])
def test_validation_folders_are_used_with_and_without_test(tmp_path, name):
    draw_classes(tmp_path / "train", first=10)
    draw_classes(tmp_path / name, first=30)
    dataset = load(str(tmp_path))
    assert values(dataset.validation) == list(range(30, 38))
    assert (len(dataset.train), len(dataset.test)) == (6, 2)  # a fifth of the training images is set aside
    draw_classes(tmp_path / "test", first=50)
    dataset = load(str(tmp_path))
    assert [len(split) for split in (dataset.train, dataset.validation, dataset.test)] == [8, 8, 8]
    division = dataset.divide()
    assert (values(division.validation), values(division.test)) == (list(range(30, 38)), list(range(50, 58)))


def test_a_folder_in_a_folder_of_its_own_is_passed_through(tmp_path):
    draw_classes(tmp_path / "png" / "training")
    draw_classes(tmp_path / "png" / "testing")
    (tmp_path / "README.txt").write_text("digits")
    dataset = load(str(tmp_path))
    assert (len(dataset.train), len(dataset.test)) == (8, 8)
    assert dataset.notes == ("The classes were looked for in png, the only folder there.",)
    assert dataset.train.files[0] == "png/training/a/0.png"


def test_a_split_in_a_folder_of_its_own_is_passed_through(tmp_path):
    draw_classes(tmp_path / "train" / "train")
    draw_classes(tmp_path / "test")
    dataset = load(str(tmp_path))
    assert dataset.class_names == ("a", "b")
    assert dataset.notes == ("The classes were looked for in train/train, the only folder there.",)


def test_training_pictures_alone_get_a_test_set(tmp_path):
    draw_classes(tmp_path / "train")
    assert load(str(tmp_path)).notes == (
        f"{tmp_path} has no test set of its own: 2 of its 8 images, a stratified fifth fixed by the images themselves, "
        "were set aside as test images.",
    )


def test_test_pictures_alone_are_read_as_classes(tmp_path):
    draw_classes(tmp_path / "test")
    dataset = load(str(tmp_path))
    assert dataset.class_names == ("a", "b")
    assert dataset.notes[0] == "The classes were looked for in test, the only folder there."


def test_a_class_may_be_called_train(tmp_path):
    draw_classes(tmp_path, ("car", "train", "test"))
    assert load(str(tmp_path)).class_names == ("car", "test", "train")


def test_valid_and_invalid_are_classes(tmp_path):
    draw_classes(tmp_path, ("valid", "invalid"))
    assert load(str(tmp_path)).class_names == ("invalid", "valid")


def test_splits_without_training_pictures_are_refused(tmp_path):
    draw_classes(tmp_path / "test")
    draw_classes(tmp_path / "val")
    assert refusal(tmp_path) == (
        "a dataset must have training pictures, but ROOT holds only test and val. Put the training pictures into a "
        "folder named train beside it, or give the folder of the classes."
    )


def test_two_folders_for_one_split_are_refused(tmp_path):
    for name in ("train", "val", "Validation"):
        draw_classes(tmp_path / name)
    assert refusal(tmp_path) == (
        "each split must lie in one folder, but ROOT holds 'Validation' and 'val'. Merge the two, or give the folder "
        "that holds the right one."
    )


def test_test_pictures_without_labels_are_not_used_and_said(tmp_path):
    draw_classes(tmp_path / "train")
    for number in range(3):
        draw(tmp_path / "test" / f"{number}.png")
    dataset = load(str(tmp_path))
    assert (len(dataset.train), len(dataset.test)) == (6, 2)
    assert dataset.notes[0] == (
        f"test of {tmp_path} holds 3 files but no class folders, so that there are no test images from it. "
        "`classlab predict` takes pictures without labels."
    )


def test_training_pictures_without_labels_are_refused(tmp_path):
    draw(tmp_path / "train" / "1.png")
    draw(tmp_path / "test" / "1.png")
    assert refusal(tmp_path) == (
        "ROOT/train must hold one folder of pictures per class, but holds 1 picture and no folder. Sort the pictures "
        "into folders that are named after the classes, or put a labels.csv with the columns file and label beside "
        "them."
    )

from __future__ import annotations

import pytest

from classlab.datasets import load
from classlab.datasets.left_out import LeftOut
from tests.datasets.drawn_folders import draw, draw_classes, refusal, values


def test_folders_inside_a_class_are_pictures_of_the_class(tmp_path):
    draw_classes(tmp_path)
    draw(tmp_path / "a" / "2019" / "spring" / "x.png", 90)
    draw(tmp_path / "a" / "2019" / "y.png", 91)
    dataset = load(str(tmp_path))
    everything = dict(
        zip(values(dataset.train) + values(dataset.test), dataset.train.files + dataset.test.files, strict=True)
    )
    assert (everything[90], everything[91]) == ("a/2019/spring/x.png", "a/2019/y.png")
    assert dataset.notes[0] == "Folders inside class folders were read as pictures of the class: a/2019."


def test_splits_may_lie_inside_the_class_folders(tmp_path):
    for name, first in (("a", 10), ("b", 50)):
        draw_classes(tmp_path / name, ("train", "val", "Test"), first=first)
    dataset = load(str(tmp_path))
    assert dataset.class_names == ("a", "b")
    assert values(dataset.train) == [*range(10, 14), *range(50, 54)]
    assert values(dataset.validation) == [*range(14, 18), *range(54, 58)]
    assert values(dataset.test) == [*range(18, 22), *range(58, 62)]
    assert dataset.train.labels.tolist() == [0] * 4 + [1] * 4
    assert dataset.notes == ()


def test_a_folder_of_several_datasets_is_refused(tmp_path):
    for name in ("mnist", "letters"):
        draw_classes(tmp_path / name / "Train")
        draw_classes(tmp_path / name / "Test")
    assert refusal(tmp_path) == (
        "ROOT must hold one dataset, but letters/Train holds the classes of another. Give the folder around it instead."
    )


def test_the_order_of_pictures_is_that_of_keras(tmp_path):
    dataset_utils = pytest.importorskip("keras.src.utils.dataset_utils")
    draw_classes(tmp_path / "train", ("b", "a", "10"))
    draw(tmp_path / "train" / "a" / "inner" / "0.png", 99)
    draw_classes(tmp_path / "test", ("b", "a", "10"))
    paths, labels, names = dataset_utils.index_directory(
        str(tmp_path / "train"), labels="inferred", formats=(".png",), shuffle=False, verbose=False
    )
    ours = load(str(tmp_path))
    assert ours.class_names == tuple(names)
    assert list(ours.train.files) == [path[len(str(tmp_path)) + 1 :] for path in paths]
    assert ours.train.labels.tolist() == labels.tolist()


@pytest.mark.parametrize(
    "rubbish",
    [
        *(".ipynb_checkpoints/x.png", "__MACOSX/a/x.png", "__pycache__/x.pyc", "@eaDir/x.png", "README.txt"),
        *("Thumbs.db", "a/Thumbs.db", "a/desktop.ini", "a/._0.png", "a/__MACOSX/x.png"),
        "a/.ipynb_checkpoints/0-checkpoint.png",
    ],
)
def test_what_systems_leave_behind_is_passed_over(tmp_path, rubbish):
    draw_classes(tmp_path)
    before = load(str(tmp_path))
    (tmp_path / rubbish).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / rubbish).write_bytes(b"rubbish")
    after = load(str(tmp_path))
    assert (after.digest, after.notes, after.left_out) == (before.digest, before.notes, ())


def test_numbered_classes_are_in_the_order_of_their_numbers(tmp_path):
    draw_classes(tmp_path, tuple(str(number) for number in range(1, 13)))
    dataset = load(str(tmp_path))
    assert dataset.class_names == tuple(str(number) for number in range(1, 13))
    assert dataset.notes[0] == (
        "The class names are whole numbers and are ordered by their value: label 1 is class 2, which by the alphabet, "
        "as Keras orders folders, would be 10."
    )


@pytest.mark.parametrize("names", [("0", "1", "2"), ("01", "02", "10"), ("1", "10", "2b")])
def test_numbers_that_the_alphabet_orders_too_need_no_remark(tmp_path, names):
    draw_classes(tmp_path, names)
    dataset = load(str(tmp_path))
    assert dataset.class_names == names
    assert len(dataset.notes) == 1  # the one about the test set made here


def test_test_pictures_of_a_class_that_was_not_trained_on_are_left_out(tmp_path):
    draw_classes(tmp_path / "train")
    draw_classes(tmp_path / "test", ("a", "b", "unknown"), count=2)
    dataset = load(str(tmp_path))
    assert (dataset.class_names, len(dataset.test)) == (("a", "b"), 4)
    assert dataset.notes == (
        "2 test pictures of 'unknown' were left out, because there are no training pictures of that: figures on the "
        "others say nothing of it.",
    )
    reason = "is of a class without training pictures."
    assert dataset.left_out == tuple(LeftOut(path=f"test/unknown/{number}.png", reason=reason) for number in (0, 1))


def test_a_class_under_two_names_is_refused(tmp_path):
    draw_classes(tmp_path / "train", ("cat", "dog"))
    draw_classes(tmp_path / "test", ("cats", "dog"))
    assert refusal(tmp_path) == (
        "test pictures must be of the classes of the training pictures, but those of ROOT have 'cats', which the "
        "training pictures lack, and lack 'cat'. Give a class one name in both, or take its pictures away."
    )


def test_a_class_without_test_pictures_is_said(tmp_path):
    draw_classes(tmp_path / "train", "abc")
    draw_classes(tmp_path / "test", "ab")
    assert load(str(tmp_path)).notes == ("There are no test images of 'c'.",)


def test_accents_may_be_composed_in_one_split_and_not_in_the_other(tmp_path):
    draw_classes(tmp_path / "train", ("caf\u00e9", "\u732b mit Hut"))
    draw_classes(tmp_path / "test", ("cafe\u0301", "\u732b mit Hut"))
    dataset = load(str(tmp_path))
    assert dataset.class_names == ("caf\u00e9", "\u732b mit Hut")
    assert (len(dataset.test), dataset.notes) == (8, ())


def test_a_class_of_one_picture_is_refused_in_a_sentence(tmp_path):
    draw_classes(tmp_path)
    draw(tmp_path / "c" / "0.png")
    assert refusal(tmp_path) == (
        "every class must have at least 2 images, one to train on and one to test on, but got 1 of class 'c' in ROOT. "
        "Add images."
    )


def test_images_to_measure_need_not_be_divided(tmp_path):
    draw_classes(tmp_path)
    divided = load(str(tmp_path))
    assert load(str(tmp_path), to_measure=True).digest == divided.digest
    assert sorted(values(divided.everything)) == list(range(10, 18))
    assert divided.everything.files == (*divided.train.files, *divided.test.files)
    draw(tmp_path / "c" / "0.png", 90)
    alone = load(str(tmp_path), to_measure=True)
    assert values(alone.everything) == [*range(10, 18), 90]
    assert (alone.own_test, alone.notes) == (False, ())


def test_every_file_left_out_is_listed_with_its_reason(tmp_path):
    draw_classes(tmp_path)
    for number in range(16):
        (tmp_path / "a" / f"x{number:02}.jpg").write_bytes(b"<html>" if number % 2 else b"")
    left_out = load(str(tmp_path)).left_out
    assert [one.path for one in left_out] == [f"a/x{number:02}.jpg" for number in range(16)]
    assert {one.reason for one in left_out} == {
        "is empty. Get it again.",
        "is a web page (HTML) and no picture. Get the picture again.",
    }


def test_pictures_beside_the_class_folders_are_left_out_and_said(tmp_path):
    draw_classes(tmp_path / "train")
    draw_classes(tmp_path / "test")
    draw(tmp_path / "cover.jpg")
    draw(tmp_path / "test" / "0.png")
    (tmp_path / "train" / "README.md").write_text("pets")
    dataset = load(str(tmp_path))
    assert (len(dataset.train), len(dataset.test)) == (8, 8)
    assert dataset.notes == (
        "2 pictures lie beside the class folders and were left out: cover.jpg, test/0.png. "
        f"`classlab data {tmp_path} --json` lists each with the reason.",
    )
    assert [one.path for one in dataset.left_out] == ["cover.jpg", "test/0.png"]


def test_files_stay_with_their_images(tmp_path):
    draw_classes(tmp_path)
    division = load(str(tmp_path)).divide(validation=0.3)
    for split in (division.train, division.validation, division.test, division.train.spread(2)):
        expected = [10 + 4 * "ab".index(file[0]) + int(file[2]) for file in split.files]
        assert values(split) == expected

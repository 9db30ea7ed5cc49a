from __future__ import annotations

import pytest

from classlab.datasets import load
from classlab.datasets.left_out import LeftOut
from tests.datasets.drawn_folders import draw_classes, refusal, values

# Pictures 0 to 3 of class a are of brightness 10 to 13, those of class b of 14 to 17.


@pytest.mark.parametrize("cell", ["{}/{}.png", "{}/{}", "images/{}/{}.png", "./images/{}/{}.png"])
@pytest.mark.parametrize("place", ["", "meta/"])
def test_lists_beside_class_folders_divide_the_pictures(tmp_path, cell, place):
    draw_classes(tmp_path / "images")
    (tmp_path / "meta").mkdir()
    for name, numbers in (("train", (0, 3)), ("val", (2,)), ("test", (1,))):
        rows = [cell.format(label, number) for label in "ab" for number in numbers]
        (tmp_path / f"{place}{name}.txt").write_text("\n".join(rows) + "\n")
    (tmp_path / "meta" / "classes.txt").write_text("a\nb\n")
    dataset = load(str(tmp_path))
    assert (values(dataset.train), values(dataset.validation), values(dataset.test)) == (
        [10, 13, 14, 17],
        [12, 16],
        [11, 15],
    )
    lists = " and ".join(f"{place}{name}.txt" for name in ("test", "train", "val"))
    assert dataset.notes[-1] == f"The splits were read from {lists}."
    assert dataset.class_names == ("a", "b")


def test_what_no_list_names_is_trained_on_where_none_is_of_training_pictures(tmp_path):
    draw_classes(tmp_path)
    (tmp_path / "testing_list.txt").write_text("a/0.png\nb/3.png\n")
    dataset = load(str(tmp_path))
    assert (values(dataset.train), values(dataset.test)) == ([11, 12, 13, 14, 15, 16], [10, 17])


def test_and_left_out_else(tmp_path):
    draw_classes(tmp_path)
    (tmp_path / "train.txt").write_text("a/0.png\na/1.png\nb/0.png\nb/1.png\n")
    (tmp_path / "test.txt").write_text("a/2.png\nb/2.png\n")
    dataset = load(str(tmp_path))
    assert (values(dataset.train), values(dataset.test)) == ([10, 11, 14, 15], [12, 16])
    assert dataset.left_out == tuple(LeftOut(path=f"{c}/3.png", reason="is in none of the lists.") for c in "ab")
    assert dataset.notes[-1] == "2 pictures in none of the lists were left out: a/3.png, b/3.png."


@pytest.mark.parametrize("text", ["", "This is a test.\nIt says nothing of pictures.\n", "a/9.png\nb/9.png\n"])
def test_other_texts_divide_nothing(tmp_path, text):
    draw_classes(tmp_path)
    whole = load(str(tmp_path))
    (tmp_path / "test.txt").write_text(text)
    assert load(str(tmp_path)).digest == whole.digest


def test_a_picture_in_two_lists_is_refused(tmp_path):
    draw_classes(tmp_path)
    for name in ("train", "test"):
        (tmp_path / f"{name}.txt").write_text("a/0.png\nb/0.png\n")
    assert refusal(tmp_path) == (
        "each picture must be in one list, but a/0.png is in test.txt and train.txt of ROOT. Take it out of one."
    )

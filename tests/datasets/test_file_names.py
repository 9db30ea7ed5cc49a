from __future__ import annotations

import pytest

from classlab.datasets import load
from classlab.errors import DataError
from tests.datasets.drawn_folders import draw, refusal


@pytest.mark.parametrize("called", ["{}.{}.png", "{}_{:03}.png", "{} ({}).png", "{}{}.png"])
def test_classes_stand_in_the_names_of_files_where_the_user_says_so(tmp_path, called):
    for number in range(8):
        draw(tmp_path / called.format(("cat", "big dog")[number % 2], number), 10 + number)
    assert refusal(tmp_path) == (
        "ROOT must hold one folder of pictures per class, but holds 8 pictures and no folder. Sort the pictures into "
        "folders that are named after the classes, or put a labels.csv with the columns file and label beside them, or "
        "take for classes what the files' names begin with (big dog, cat), as in 'ROOT#labels=names'."
    )
    dataset = load(f"{tmp_path}#labels=names")
    assert dataset.class_names == ("big dog", "cat")
    for split in (dataset.train, dataset.test):
        assert (split.labels == 1 - split.images[:, 1, 1, 0] % 2).all()
    assert dataset.notes[0] == "The classes were read from the beginnings of the files' names."


def test_pictures_of_another_split_without_a_class_are_listed(tmp_path):
    for number in range(8):
        draw(tmp_path / "train" / f"{'cat' if number % 2 else 'dog'}.{number}.jpg", 10 + number)
        draw(tmp_path / "test" / f"{number}.jpg", 30 + number)
    dataset = load(f"{tmp_path}#labels=names")
    assert len(dataset.train) + len(dataset.test) == 8
    assert [each.path for each in dataset.left_out] == [f"test/{number}.jpg" for number in range(8)]


@pytest.mark.parametrize("names", [("1.png", "2.png", "3.png", "4.png"), ("a1.png", "a2.png"), ("a1.png", "b1.png")])
def test_names_that_tell_no_classes_are_not_offered(tmp_path, names):
    for name in names:
        draw(tmp_path / name)
    assert "names begin with" not in refusal(tmp_path)
    with pytest.raises(DataError, match="no table beside its pictures names them"):
        load(f"{tmp_path}#labels=names")

"""Lists of images to leave out: written, edited, read, and refused where they are for other images."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from classlab.datasets import Dataset, from_arrays
from classlab.datasets.leave_out import KEEP, Suspect, read_leave_out, write_leave_out
from classlab.errors import DataError, StorageError


@pytest.fixture
def dataset() -> Dataset:
    images = np.arange(20, dtype=np.uint8)[:, None, None] * np.ones((1, 2, 2), np.uint8)
    return from_arrays(images, np.arange(20) % 2, images[:4], np.arange(4) % 2)


@pytest.fixture
def pictures(dataset) -> Dataset:
    files = tuple(f"class {place % 2}/{place}.png" for place in range(20))
    return replace(dataset, train=replace(dataset.train, files=files))


def suspect(index: int, **more) -> Suspect:
    return Suspect(**{"index": index, "file": "", "given": "0", "suggested": "1", "probability": 0.75} | more)


@pytest.fixture
def read(tmp_path):
    def read(content: bytes | str, dataset: Dataset) -> tuple[int, ...]:
        path = tmp_path / "list.csv"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return read_leave_out(path, dataset)

    return read


def mark(dataset: Dataset) -> str:
    return f"sha256:{dataset.digest[:16]}"


def test_what_is_written_comes_back(read, dataset):
    written = write_leave_out([suspect(7), suspect(3, action=KEEP), suspect(5)], dataset)
    assert written.decode().splitlines()[:2] == [
        "action,index,file,given,suggested,probability,dataset",
        f"leave out,7,,0,1,0.7500,{mark(dataset)}",
    ]
    assert read(written, dataset) == (5, 7)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_spreadsheets_may_separate_order_and_mark_columns_their_own_way(read, dataset, separator):
    rows = [
        ("Dataset", "Index", "Action"),
        (mark(dataset), "7", "Leave_Out"),
        ("", "", ""),
        (mark(dataset), "3", "keep"),
    ]
    text = "\ufeff" + "\r\n".join(separator.join(row) for row in rows)
    assert read(text, dataset) == (7,)


def test_a_list_of_files_needs_nothing_else(read, pictures):
    assert read("file\nclass 1/3.png\nclass 0/0.png\n", pictures) == (0, 3)


def test_a_list_of_files_holds_at_any_size_and_not_for_other_files(read, pictures):
    written = write_leave_out([suspect(7, file="class 1/7.png")], pictures)
    larger = replace(pictures, digest="of larger pictures")
    assert read(written, larger) == (7,)
    train = replace(pictures.train, files=(*pictures.train.files[:-1], "class 1/another.png"))
    with pytest.raises(DataError, match="must be a list for the images of arrays"):
        read(written, replace(pictures, train=train))


def test_no_name_is_a_formula_and_files_are_found_all_the_same(read, dataset):
    files = tuple(f"={place}.png" for place in range(20))
    named = replace(dataset, train=replace(dataset.train, files=files))
    written = write_leave_out([suspect(7, file="=7.png", given="@class")], named)
    assert written.decode().splitlines()[1].startswith("leave out,7,'=7.png,'@class,1,")
    assert read(written.replace(b",7,", b",,"), named) == (7,)


def test_without_lines_nothing_is_left_out(read, dataset):
    assert read("action,index,dataset\n", dataset) == ()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "name,label\na,b\n",
            "LIST must be a list with a column index or file, as `classlab clean` writes it, but it has neither. Give "
            "that list.",
        ),
        (
            b"\xff\xfe\x00",
            "LIST must be a list with a column index or file, as `classlab clean` writes it, but it has neither. Give "
            "that list.",
        ),
        (
            "index,dataset\n3,sha256:0123456789abcdef\n",
            "LIST must be a list for the images of arrays (MARK), but it is one for others "
            "('sha256:0123456789abcdef'). Make a new one with `classlab clean`.",
        ),
        (
            "index\n3\n",
            "LIST, line 2: a list of indices must name its images in a column dataset, but this line does not. Write "
            "MARK if they are those of arrays.",
        ),
        (
            "index,dataset,action\n3,MARK,perhaps\n",
            "LIST, line 2: the action must be leave out or keep, but got 'perhaps'. Write one of them.",
        ),
        (
            "index,dataset\n3,MARK\n20,MARK\n",
            "LIST, line 3: every line must name a training image of arrays, but it has no image with the index '20'. "
            "Correct or remove the line.",
        ),
        (
            "file,dataset\ngone.png,MARK\n",
            "LIST, line 2: every line must name a training image of arrays, but it has no image with the file "
            "'gone.png'. Correct or remove the line.",
        ),
    ],
)
def test_what_is_wrong_with_a_list_is_one_sentence(read, dataset, tmp_path, text, sentence):
    content = text.replace("MARK", mark(dataset)) if isinstance(text, str) else text
    with pytest.raises(DataError) as refusal:
        read(content, dataset)
    assert str(refusal.value) == sentence.replace("LIST", str(tmp_path / "list.csv")).replace("MARK", mark(dataset))


def test_an_index_of_thousands_of_digits_is_no_image(read, dataset):
    with pytest.raises(DataError, match="it has no image with the index '999"):
        read(f"index,dataset\n{'9' * 5000},{mark(dataset)}\n", dataset)


def test_a_list_that_is_not_there_is_said(dataset, tmp_path):
    with pytest.raises(StorageError):
        read_leave_out(tmp_path / "none.csv", dataset)


@pytest.mark.parametrize("way", [{}, {"validation": 0.3}, {"limit": 12}, {"folds": 4, "fold": 1}])
def test_what_is_left_out_is_in_no_split_and_moves_no_other_image(dataset, way):
    whole, less = dataset.divide(**way), dataset.divide(**way, leave_out=(3, 8))
    for name in ("train", "validation"):
        before, after = (getattr(each, name).images[:, 0, 0, 0].tolist() for each in (whole, less))
        assert after == [each for each in before if each not in (3, 8)]
    assert less.test is dataset.test


def test_folds_know_the_positions_of_their_images(dataset):
    found = dataset.fold_positions(4, leave_out=(3, 8))
    for fold, positions in enumerate(found):
        validation = dataset.divide(folds=4, fold=fold, leave_out=(3, 8)).validation
        assert positions.tolist() == validation.images[:, 0, 0, 0].tolist()
    assert sum(map(len, found)) == 18


@pytest.mark.parametrize(
    ("leave_out", "sentence"),
    [
        (
            range(0, 20, 2),
            "what is left out must leave every class an image to train on, but of arrays it leaves none of class '0'. "
            "Leave fewer images out.",
        ),
        (
            "validation",
            "what is left out must leave images to validate on, but of arrays it leaves none. Leave fewer images out.",
        ),
    ],
)
def test_leaving_too_much_out_is_refused(dataset, leave_out, sentence):
    if leave_out == "validation":
        leave_out = dataset.divide().validation.images[:, 0, 0, 0].tolist()
    with pytest.raises(DataError) as refusal:
        dataset.divide(leave_out=tuple(leave_out))
    assert str(refusal.value) == sentence

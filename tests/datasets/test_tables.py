from __future__ import annotations

import gzip
import sys

import numpy as np
import pytest

from classlab.datasets import load
from classlab.datasets.safe_read import pixel_table
from classlab.errors import DataError

RNG = np.random.default_rng(8)
IMAGES = RNG.integers(0, 256, (40, 6, 6), np.uint8)
IMAGES[:, 0, 0] = IMAGES[:, -1, -1] = 0  # the corners of most images are all the same
IMAGES[0, 0, 1] = 255
LABELS = np.arange(40) % 4
PIXELS = [f"pixel{place}" for place in range(36)]


def _csv(names=None, *, label=0, images=IMAGES, labels=LABELS, delimiter=",", end="\n"):
    rows = [list(map(str, image.ravel().tolist())) for image in images]
    for row, value in zip(rows, labels, strict=True):
        row.insert(len(row) if label < 0 else label, str(value))
    return end.join(delimiter.join(row) for row in ([names] if names else []) + rows) + end


def _write(path, text):
    path.write_bytes(gzip.compress(text.encode()) if path.name.endswith(".gz") else text.encode())
    return path


def _images(dataset):
    joined = np.concatenate([dataset.train.images, dataset.test.images])[..., 0]
    return sorted(map(bytes, joined))


def _refusal(path):
    with pytest.raises(DataError) as refusal:
        load(str(path))
    return str(refusal.value).replace(str(path), "FILE").replace(str(path.parent), "FOLDER")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("train.csv", _csv(["label", *PIXELS])),
        ("train.csv.gz", _csv(["label", *PIXELS])),
        ("a.csv", _csv([*PIXELS, "class"], label=-1)),
        ("a.csv", _csv([*(f"{row}x{column}" for row in range(1, 7) for column in range(1, 7)), "y"], label=-1)),
        ("a.csv", _csv([str(place) for place in range(37)])),
        ("a.csv", _csv()),
        ("a.csv", _csv(label=-1)),
        ("a.tsv", _csv(["target", *PIXELS], delimiter="\t", end="\r\n")),
        ("a.csv", _csv(["label", *PIXELS], delimiter=";")),
        ("a.csv", "\ufeff" + _csv(["label", *PIXELS])),
        ("a.csv", _csv(['"label"', *(f'"{name}"' for name in PIXELS)])),
        ("a", _csv(["label", *PIXELS])),
        ("zip.train.gz", _csv(delimiter=" ", end=" \n", labels=LABELS.astype(float))),
    ],
)
def test_tables_of_pixels_are_read_in_all_their_forms(tmp_path, name, text):
    dataset = load(str(_write(tmp_path / name, text)))
    assert _images(dataset) == sorted(map(bytes, IMAGES))
    assert (dataset.class_names, dataset.image_shape) == (("0", "1", "2", "3"), (6, 6, 1))
    assert dataset.notes[0] == f"{name} came flat, with 36 pixels for each image, and was brought to 6 x 6."


def test_the_tables_of_other_splits_are_read_with_it(tmp_path):
    _write(tmp_path / "mnist_train.csv", _csv(["label", *PIXELS]))
    _write(tmp_path / "mnist_test.csv", _csv(["label", *PIXELS], images=IMAGES[:8], labels=LABELS[:8]))
    dataset = load(str(tmp_path / "mnist_train.csv"))
    assert (len(dataset.train), len(dataset.test)) == (40, 8)
    assert dataset.source == f"mnist_test.csv, mnist_train.csv in {tmp_path}"
    assert load(str(tmp_path)).digest == dataset.digest


def test_a_competition_s_test_table_without_labels_is_passed_over(tmp_path):
    _write(tmp_path / "train.csv", _csv(["label", *PIXELS]))
    lines = [",".join(PIXELS), *(",".join(map(str, image.ravel().tolist())) for image in IMAGES[:3])]
    _write(tmp_path / "test.csv", "\n".join(lines))
    assert load(str(tmp_path / "train.csv")).notes[0] == "test.csv beside train.csv has no labels and was not read."


def test_other_columns_are_named_and_words_become_classes(tmp_path):
    lines = _csv(["label", *PIXELS], labels=np.array(["ant", "bee"])[LABELS % 2]).splitlines()
    text = "\n".join([f"id,{lines[0]}", *(f"{place},{line}" for place, line in enumerate(lines[1:]))])
    dataset = load(str(_write(tmp_path / "a.csv", text)))
    assert dataset.class_names == ("ant", "bee")
    assert dataset.notes[0] == "a.csv also has the column id, which was not used."


def test_shares_of_255_are_turned_back(tmp_path):
    lines = [",".join(["label", *PIXELS])]
    lines += [
        ",".join([str(label), *(repr(value / 255) for value in image.ravel().tolist())])
        for image, label in zip(IMAGES, LABELS, strict=True)
    ]
    assert _images(load(str(_write(tmp_path / "a.csv", "\n".join(lines))))) == sorted(map(bytes, IMAGES))


def test_emnist_s_table_is_turned_upright(tmp_path):
    turned = _csv(images=IMAGES.transpose(0, 2, 1), labels=LABELS + 1)
    dataset = load(str(_write(tmp_path / "emnist-letters-train.csv", turned)))
    assert _images(dataset) == sorted(map(bytes, IMAGES))
    assert dataset.class_names == ("1", "2", "3", "4")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            _csv(["kind", *PIXELS]).replace("kind,", "kind,extra,", 1).replace("\n0,", "\n0,7,", 1),
            "it must be clear which column holds the labels, but kind, extra of FILE may. Say it behind the name of "
            "the file, as in 'FILE#labels=kind'.",
        ),
        (
            "\n".join(line.partition(",")[2] for line in _csv(["label", *PIXELS]).splitlines()),
            "FILE must have a column of labels, but none is called so. Give the table that has one.",
        ),
        (
            "file,label\n1.png,cat\n",
            "FILE must have a column for each pixel, or name pictures that lie in its folder, but no row of it names a "
            "file in FOLDER and a class. Put it into the folder of its pictures.",
        ),
        (
            "\n" + _csv(["label", *PIXELS]).replace("\n3,", "\n3,white", 1),
            "every line of FILE must hold a number for each pixel, but line 6 does not. Get the file again, or leave "
            "that line out.",
        ),
        (
            _csv(["label", *PIXELS]).rpartition(",")[0],
            "every line of FILE must hold a number for each pixel, but line 41 does not. Get the file again, or leave "
            "that line out.",
        ),
        (
            ",".join(["label", *PIXELS]) + "\n",
            "FILE must hold an image in each line, but it holds none. Get the file again.",
        ),
        (
            "\n".join(f"{row % 3},{row * 7 % 251},{row % 5},9,{row % 3}" for row in range(30)),
            "it must be clear which column holds the labels, but the first and the last of FILE may. Say its number, "
            "as in 'FILE#labels=1' or 'FILE#labels=5'.",
        ),
        (
            "\n".join(f"0,{row * 7 % 251},{row % 3},{row % 5},9,0" for row in range(30)),
            "a table without a header line must have its labels in the first column or the last, but column 1 of FILE "
            "holds 0 throughout. Give it a header line that calls the labels label, or say the number of their column, "
            "as in 'FILE#labels=3'.",
        ),
    ],
)
def test_other_tables_are_refused_with_what_works(tmp_path, text, sentence):
    assert _refusal(_write(tmp_path / "a.csv", text)) == sentence


def test_the_column_of_labels_may_be_said(tmp_path):
    text = _csv(["kind", *PIXELS])
    path = _write(tmp_path / "a.csv", text.replace("kind,", "kind,extra,", 1).replace("\n", "\n0,")[:-2])
    assert load(f"{path}#labels=extra").class_names == ("0", "1", "2", "3")
    with pytest.raises(DataError) as refusal:
        load(f"{path}#labels=none")
    assert str(refusal.value) == (
        f"{path} must have the column 'none' that was asked for, but it has kind, extra, pixel0, pixel1, pixel2 and so "
        "on. Name one of these."
    )


def test_the_column_of_labels_may_be_said_by_its_number(tmp_path):
    text = "\n".join(f"0,{row * 7 % 251},{row % 3},9,0" for row in range(30))
    path = _write(tmp_path / "a.csv", text)
    dataset = load(f"{path}#labels=3")
    assert (dataset.class_names, dataset.image_shape) == (("0", "1", "2"), (2, 2, 1))
    with pytest.raises(DataError) as refusal:
        load(f"{path}#labels=kind")
    assert str(refusal.value) == (
        f"{path} must have the column 'kind' that was asked for, but without a header line its columns are 1 to 5. "
        "Name one of these."
    )


def test_a_bomb_and_an_endless_line_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(pixel_table, "ALWAYS_BYTES", 1000)
    path = _write(tmp_path / "a.csv.gz", "label," + "1," * 200_000)
    stored = path.stat().st_size
    assert _refusal(path) == (
        f"a table of pixels must not hold more than {pixel_table.amount(100 * stored)} of text, but FILE does. Use "
        "fewer images."
    )
    monkeypatch.setattr(pixel_table, "_MAX_LINE", 500)
    assert _refusal(_write(tmp_path / "a.csv", "label," + "1," * 400)) == (
        "a table of pixels must not hold more than 500 bytes in one line, but FILE does. Use fewer images."
    )


def test_more_images_than_fit_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(pixel_table, "MAX_BYTES", 1400)
    path = tmp_path / "a.csv.gz"
    monkeypatch.setattr(pixel_table, "_LINES", 10)
    monkeypatch.setattr(pixel_table, "_lines", lambda *_: iter(_csv(["label", *PIXELS]).splitlines()))
    path.write_bytes(gzip.compress(b"1,2,3"))
    assert _refusal(path) == ("images must not need more than 1.367 KiB of memory, but FILE holds more. Use fewer.")


def test_a_line_that_does_not_part_into_cells_is_refused(tmp_path):
    path = tmp_path / "images.csv"
    path.write_bytes(b"label,0,1,2,3\r4,5,6,7,8\n")
    with pytest.raises(DataError) as refusal:
        load(str(path))
    assert str(refusal.value).startswith(
        f"{path} must be a table whose lines part into cells, but one does not (new-line character seen in unquoted "
    )
    assert str(refusal.value).endswith("). Get the file again.")


def test_gzip_data_that_end_early_are_refused(tmp_path):
    path = _write(tmp_path / "a.csv.gz", _csv(["label", *PIXELS]))
    path.write_bytes(path.read_bytes()[:-9])
    assert _refusal(path) == "FILE is damaged: its gzip data end early or do not unpack. Get the file again."


def test_parquet_without_pyarrow_says_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    (tmp_path / "train-00000-of-00001.parquet").write_bytes(b"PAR1")
    assert _refusal(tmp_path / "train-00000-of-00001.parquet") == (
        "FILE needs the package pyarrow to be read, but it is not installed. Install it with "
        '`pip install "classlab[parquet]"`.'
    )


def test_all_pixels_in_one_cell_and_a_column_of_splits_are_read(tmp_path):
    rows = [
        f"{label},{' '.join(map(str, image.ravel().tolist()))},{usage}"
        for image, label, usage in zip(
            IMAGES, LABELS, ["Training"] * 24 + ["PublicTest"] * 8 + ["PrivateTest"] * 8, strict=True
        )
    ]
    dataset = load(str(_write(tmp_path / "fer.csv", "\n".join(["emotion,pixels,Usage", *rows]))))
    assert (dataset.train.images[..., 0] == IMAGES[:24]).all()
    assert (dataset.validation.images[..., 0] == IMAGES[24:32]).all()
    assert (dataset.test.images[..., 0] == IMAGES[32:]).all()
    (tmp_path / "c.csv").write_text("label,a,b,c,d\n1,2,3,4,5\n", encoding="utf-16")
    assert _refusal(tmp_path / "c.csv") == "a table must be text in UTF-8, but FILE is in UTF-16. Save it as UTF-8."
    assert _refusal(_write(tmp_path / "b.csv", "label,pixels\n1,2 3 4 x\n")) == (
        "every line of FILE must hold a number for each pixel, but line 2 does not. Get the file again, or leave that "
        "line out."
    )

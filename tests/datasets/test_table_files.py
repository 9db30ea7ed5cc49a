from __future__ import annotations

import json

import pytest

from classlab.datasets import load
from classlab.datasets.left_out import LeftOut
from classlab.errors import DataError
from tests.datasets.drawn_folders import draw, draw_classes, refusal, values


def _flat(folder, count=8, first=10):
    for number in range(count):
        draw(folder / f"p{number}.png", first + number)


def _rows(header, rows, join=","):
    return "\n".join(join.join(map(str, row)) for row in ([header, *rows] if header else rows)) + "\n"


def _labelled(dataset):
    """Class name by file, over training and test images."""
    splits = (dataset.train, dataset.test)
    return {
        file: dataset.class_names[label]
        for split in splits
        for file, label in zip(split.files, split.labels.tolist(), strict=True)
    }


WORDS = {f"p{number}.png": "cat" if number % 2 else "dog" for number in range(8)}


@pytest.mark.parametrize(
    ("header", "cell", "join"),
    [
        (("file", "label"), "{}.png", ","),
        (("filename", "class"), "./{}.png", ";"),
        (("Image_Path", "Category"), "{}.png", "\t"),
        (("id", "breed"), "{}", ","),  # without the ending, as on Kaggle
        (("a", "b"), "pictures\\{}.png", ","),  # names that say nothing
        (None, "{}.png", ","),
    ],
)
def test_a_table_labels_the_pictures_beside_it(tmp_path, header, cell, join):
    _flat(tmp_path)
    rows = [(cell.format(file[:-4]), label) for file, label in WORDS.items()]
    (tmp_path / "labels.csv").write_text(_rows(header, rows, join))
    dataset = load(str(tmp_path))
    assert dataset.class_names == ("cat", "dog")
    assert _labelled(dataset) == WORDS
    column = "" if header is None else f"the column {header[1]!r} of "
    assert dataset.notes[0] == f"The classes were read from {column}labels.csv."
    assert dataset.left_out == ()


def test_a_table_beside_pictures_of_any_format_is_one_of_labels(tmp_path):
    for number in range(8):
        draw(tmp_path / f"{number}.avif", 10 + number)
    (tmp_path / "labels.csv").write_text(_rows(("file", "label"), [(f"{n}.avif", n % 2) for n in range(8)]))
    assert load(str(tmp_path)).class_names == ("0", "1")


def test_the_pictures_may_lie_in_a_folder(tmp_path):
    _flat(tmp_path / "images")
    (tmp_path / "metadata.csv").write_text(
        _rows(("file_name", "label"), [(f"images/{one}", WORDS[one]) for one in WORDS])
    )
    assert _labelled(load(str(tmp_path))) == {f"images/{one}": WORDS[one] for one in WORDS}


def test_labels_that_are_numbers_are_in_the_order_of_their_numbers(tmp_path):
    _flat(tmp_path, 22)
    rows = [(f"p{number}.png", f"{number // 2}.0") for number in range(22)]
    (tmp_path / "labels.csv").write_text(_rows(("file", "label"), rows))
    dataset = load(str(tmp_path))
    assert dataset.class_names == tuple(str(number) for number in range(11))
    assert _labelled(dataset)["p20.png"] == "10"


def test_numbers_of_classes_are_not_taken_for_names_of_files(tmp_path):
    for number in range(8):
        draw(tmp_path / f"{number}.png", 10 + number)
    (tmp_path / "labels.csv").write_text(_rows(("label", "id"), [(number % 2, number) for number in range(8)]))
    assert _labelled(load(str(tmp_path))) == {f"{number}.png": str(number % 2) for number in range(8)}


def test_words_say_more_than_numbers_beside_them(tmp_path):
    _flat(tmp_path)
    rows = [(number, one, len(WORDS[one]), WORDS[one]) for number, one in enumerate(WORDS)]
    (tmp_path / "labels.csv").write_text(_rows(("", "file", "label", "class_name"), rows))
    assert load(str(tmp_path)).class_names == ("cat", "dog")


def test_one_column_for_each_class(tmp_path):
    _flat(tmp_path)
    rows = [(one, *((0, 1) if WORDS[one] == "cat" else (1, 0))) for one in WORDS]
    (tmp_path / "_classes.csv").write_text(_rows(("filename", " dog", " cat"), rows))
    assert _labelled(load(str(tmp_path))) == WORDS


@pytest.mark.parametrize("titles", [True, False])
def test_two_columns_that_may_be_the_labels_are_asked_about(tmp_path, titles):
    _flat(tmp_path)
    rows = [(one, WORDS[one], "spring") for one in WORDS]
    (tmp_path / "labels.csv").write_text(_rows(("file", "animal", "season") if titles else None, rows))
    if not titles:
        assert refusal(tmp_path) == (
            "one column of ROOT/labels.csv must hold the classes, but any of number 2, number 3 may. Give the table a "
            "first line with titles, and call the right one label."
        )
        return
    assert refusal(tmp_path) == (
        "one column of ROOT/labels.csv must hold the classes, but any of animal, season may. Say which behind the "
        "data's name, as in 'FOLDER#labels=animal'."
    )
    assert _labelled(load(f"{tmp_path}#labels=animal")) == WORDS
    for said, sentence in {
        "labels=anima": f"the column 'anima' must be in {tmp_path}/labels.csv, but it has animal, season beside the "
        "files. Name one that is there.",
        "images=x": f"`images` behind # is for arrays, but {tmp_path} holds pictures, of which `labels` alone may name "
        "the column of a table. Leave it out.",
    }.items():
        with pytest.raises(DataError) as asked:
            load(f"{tmp_path}#{said}")
        assert str(asked.value) == sentence


def test_of_two_usual_names_that_say_different_things_one_is_asked_for(tmp_path):
    _flat(tmp_path)
    rows = [(one, WORDS[one], ("red", "green", "blue")[place % 3]) for place, one in enumerate(WORDS)]
    (tmp_path / "labels.csv").write_text(_rows(("file", "label", "class"), rows))
    assert "but any of label, class may." in refusal(tmp_path)
    assert _labelled(load(f"{tmp_path}#labels=label")) == WORDS


def test_a_column_is_not_named_where_classes_are_folders(tmp_path):
    for name in ("cat", "dog"):
        (tmp_path / name).mkdir()
        _flat(tmp_path / name)
    with pytest.raises(DataError) as asked:
        load(f"{tmp_path}#labels=species")
    assert str(asked.value) == (
        f"`labels` behind # names a column of a table of labels, but of {tmp_path} its classes are folders. "
        "Leave it out."
    )


def test_a_column_of_splits_divides_the_pictures(tmp_path):
    _flat(tmp_path, 12)
    parts = ["train"] * 4 + ["Validation"] * 4 + ["test"] * 4
    rows = [(f"p{number}.png", "ab"[number % 2], part) for number, part in enumerate(parts)]
    (tmp_path / "labels.csv").write_text(_rows(("file", "label", "split"), rows))
    dataset = load(str(tmp_path))
    assert values(dataset.train) == [10, 11, 12, 13]
    assert values(dataset.validation) == [14, 15, 16, 17]
    assert values(dataset.test) == [18, 19, 20, 21]


def test_a_table_for_each_split(tmp_path):
    for name, first in (("train", 10), ("test", 50)):
        _flat(tmp_path / name, first=first)
        (tmp_path / f"{name}.csv").write_text(_rows(("file", "label"), WORDS.items()))
    dataset = load(str(tmp_path))
    assert (values(dataset.train), values(dataset.test)) == (list(range(10, 18)), list(range(50, 58)))
    assert dataset.notes == (
        "The classes were read from the column 'label' of train.csv and the column 'label' of test.csv.",
    )


def test_a_table_for_each_split_of_pictures_in_one_folder(tmp_path):
    _flat(tmp_path / "images", 12)
    rows = [(f"p{number}.png", "ab"[number % 2]) for number in range(12)]
    (tmp_path / "train_labels.csv").write_text(_rows(("file", "label"), rows[:8]))
    (tmp_path / "test_labels.csv").write_text(_rows(("file", "label"), rows[8:]))
    dataset = load(str(tmp_path))
    assert (values(dataset.train), values(dataset.test)) == (list(range(10, 18)), list(range(18, 22)))
    assert dataset.left_out == ()


def test_a_table_in_each_folder(tmp_path):
    for name, first in (("train", 10), ("valid", 30)):
        _flat(tmp_path / name, first=first)
        (tmp_path / name / "labels.csv").write_text(_rows(("file", "label"), WORDS.items()))
    dataset = load(str(tmp_path))
    assert values(dataset.validation) == list(range(30, 38))
    assert dataset.notes[0] == (
        "The classes were read from the column 'label' of train/labels.csv and the column 'label' of valid/labels.csv."
    )


def test_a_competition_has_no_labels_for_its_test_pictures(tmp_path):
    _flat(tmp_path / "train")
    for number in range(3):
        draw(tmp_path / "test" / f"q{number}.png")
    (tmp_path / "labels.csv").write_text(_rows(("id", "breed"), [(one[:-4], label) for one, label in WORDS.items()]))
    (tmp_path / "sample_submission.csv").write_text(
        _rows(("id", "cat", "dog"), [(f"q{n}", 0.5, 0.5) for n in range(3)])
    )
    dataset = load(str(tmp_path))
    assert (len(dataset.train), len(dataset.test)) == (6, 2)
    assert dataset.notes[1] == (
        f"No table gives labels to the files in test of {tmp_path}, so that there are no test images from it. "
        "`classlab predict` takes pictures without labels."
    )


def test_what_has_no_partner_is_left_out_and_listed(tmp_path):
    _flat(tmp_path, 12)
    rows = [
        *WORDS.items(),
        ("gone.png", "cat"),
        ("p8.png", ""),
        ("p9.png", "cat"),
        ("p9.png", "dog"),
        ("p0.png", "dog"),
    ]
    (tmp_path / "labels.csv").write_text(_rows(("file", "label"), rows))
    dataset = load(str(tmp_path))
    assert _labelled(dataset) == WORDS
    assert dataset.left_out == (
        LeftOut(path="gone.png", reason="stands in labels.csv, but there is no such file."),
        LeftOut(path="p8.png", reason="has no label in labels.csv."),
        LeftOut(path="p9.png", reason="has rows with different labels in labels.csv."),
        LeftOut(path="p10.png", reason="has no row in labels.csv."),
        LeftOut(path="p11.png", reason="has no row in labels.csv."),
    )
    assert dataset.notes[1] == (
        "5 files and rows of tables give no picture with a label and were left out: gone.png, p8.png, p9.png, "
        "p10.png, p11.png. "
        f"`classlab data {tmp_path} --json` lists each with the reason."
    )


def test_labels_that_differ_only_in_case_are_refused(tmp_path):
    _flat(tmp_path)
    rows = [(one, label.title() if one == "p0.png" else label) for one, label in WORDS.items()]
    (tmp_path / "labels.csv").write_text(_rows(("file", "label"), rows))
    assert refusal(tmp_path) == (
        "class names must differ in more than case or the encoding of accents, but the table labels.csv of ROOT holds "
        "'Dog' and 'dog'. Write one of them throughout."
    )


def test_class_folders_count_for_more_than_a_table(tmp_path):
    draw_classes(tmp_path)
    (tmp_path / "labels.csv").write_text(_rows(("file", "label"), [("a/0.png", "x"), ("b/0.png", "y")]))
    dataset = load(str(tmp_path))
    assert dataset.class_names == ("a", "b")
    assert dataset.notes[0] == "The folders were taken for the classes, and labels.csv was not read."


def test_a_table_of_other_files_is_of_no_use(tmp_path):
    _flat(tmp_path, 3)
    (tmp_path / "labels.csv").write_text(_rows(("file", "label"), [("x.png", "cat"), ("y.png", "dog")]))
    assert refusal(tmp_path) == (
        "ROOT must hold one folder of pictures per class, but holds 3 pictures, and no row of labels.csv names one of "
        "them. Sort the pictures into folders that are named after the classes, or put a labels.csv with the columns "
        "file and label beside them."
    )


@pytest.mark.parametrize("encoding", ["utf-8-sig", "latin-1"])
def test_tables_of_spreadsheets_are_read(tmp_path, encoding):
    _flat(tmp_path)
    rows = [(one, "K\u00e4fer" if WORDS[one] == "cat" else "Biene") for one in WORDS]
    (tmp_path / "labels.csv").write_bytes(_rows(("file", "label"), rows, ";").replace("\n", "\r\n").encode(encoding))
    assert load(str(tmp_path)).class_names == ("Biene", "K\u00e4fer")


@pytest.mark.parametrize(
    "content", [b"", b"file,label\n", b"file\np0.png\np1.png\n", b'"' + b"x" * 200_000, b"\0\0\n\0"]
)
def test_what_is_no_table_of_labels_is_of_no_use(tmp_path, content):
    _flat(tmp_path, 3)
    (tmp_path / "labels.csv").write_bytes(content)
    assert "and no row of labels.csv names one of them." in refusal(tmp_path)


def test_a_table_may_be_given_itself(tmp_path):
    _flat(tmp_path / "pictures")
    (tmp_path / "train.csv").write_text(_rows(("file", "kind"), [("p1.png", "other")]))
    (tmp_path / "mine.csv").write_text(_rows(("id", "kind"), [(file[:-4], label) for file, label in WORDS.items()]))
    dataset = load(str(tmp_path / "mine.csv"))
    assert {file.removeprefix("pictures/"): name for file, name in _labelled(dataset).items()} == WORDS
    assert dataset.left_out == ()


def test_a_table_that_is_given_itself_labels_each_picture_once(tmp_path):
    _flat(tmp_path)
    (tmp_path / "mine.csv").write_text(_rows(("id", "kind"), [(file[:-4], label) for file, label in WORDS.items()]))
    dataset = load(str(tmp_path / "mine.csv"))
    assert (len(dataset.train), len(dataset.test), dataset.validation) == (6, 2, None)


def test_a_table_none_of_whose_files_are_there_is_refused(tmp_path):
    _flat(tmp_path)
    table = tmp_path / "mine.csv"
    table.write_text(_rows(("path", "label"), [(f"/elsewhere/{letter}.png", letter) for letter in "abcd"]))
    assert refusal(table) == (
        f"ROOT must have a column for each pixel, or name pictures that lie in its folder, but no row of it names a "
        f"file in {tmp_path} and a class. Put it into the folder of its pictures."
    )


@pytest.mark.parametrize("name", ["labels.txt", "val.txt", "list.lst"])
@pytest.mark.parametrize("folder", ["", "images", "with blanks"])
def test_a_list_labels_pictures(tmp_path, name, folder):
    _flat(tmp_path / folder)
    (tmp_path / name).write_text("".join(f"{folder}/{file} {label}\n".lstrip("/") for file, label in WORDS.items()))
    (tmp_path / "README.txt").write_text("Pictures of cats and dogs.\nHave fun.\n")
    found = _labelled(load(str(tmp_path)))
    assert {file.rpartition("/")[2]: label for file, label in found.items()} == WORDS


def test_a_list_for_each_split(tmp_path):
    _flat(tmp_path / "images")
    for name, files in (("train", list(WORDS)[:4]), ("test", list(WORDS)[4:])):
        (tmp_path / f"{name}.txt").write_text("".join(f"images/{file} {WORDS[file]}\n" for file in files))
    dataset = load(str(tmp_path))
    assert (values(dataset.train), values(dataset.test)) == ([10, 11, 12, 13], [14, 15, 16, 17])


def test_lines_of_json_label_pictures(tmp_path):
    _flat(tmp_path / "train")
    rows = [json.dumps({"file_name": file, "label": label, "width": 5}) for file, label in WORDS.items()]
    (tmp_path / "train" / "metadata.jsonl").write_text("\n".join(rows) + "\n")
    found = _labelled(load(str(tmp_path)))
    assert {file.removeprefix("train/"): label for file, label in found.items()} == WORDS


def test_validation_pictures_may_have_a_table_where_training_pictures_have_folders(tmp_path):
    draw_classes(tmp_path / "train", ("n01", "n02"))
    for number in range(4):
        draw(tmp_path / "val" / "images" / f"val_{number}.png", 30 + number)
        draw(tmp_path / "test" / "images" / f"test_{number}.png", 40 + number)
    rows = [f"val_{number}.png\tn0{1 + number % 2}\t0\t32\t44\t62\n" for number in range(4)]
    (tmp_path / "val" / "val_annotations.txt").write_text("".join(rows))
    dataset = load(str(tmp_path))
    assert values(dataset.validation) == [30, 31, 32, 33]
    assert dataset.validation.labels.tolist() == [0, 1, 0, 1]
    assert "The classes of the validation pictures were read from val/val_annotations.txt." in dataset.notes
    assert (
        f"test of {tmp_path} holds 4 files but no class folders, so that there are no test images from it. `classlab "
        "predict` takes pictures without labels." in dataset.notes
    )


def test_one_folder_of_all_pictures_is_no_class(tmp_path):
    _flat(tmp_path / "images")
    (tmp_path / "annotations").mkdir()
    (tmp_path / "annotations" / "instances.json").write_text("{}")
    assert refusal(tmp_path) == (
        "ROOT must hold one folder of pictures per class, but holds 8 pictures in one folder, images. Sort the "
        "pictures into folders that are named after the classes, or put a labels.csv with the columns file and label "
        "beside them."
    )


def test_archives_in_a_folder_are_named(tmp_path):
    (tmp_path / "train-000000.tar").write_bytes(b"x")
    assert refusal(tmp_path) == (
        "ROOT must hold one folder of pictures per class, but holds archives, which are not read: train-000000.tar. "
        "Unpack them."
    )

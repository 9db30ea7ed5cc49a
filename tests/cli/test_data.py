from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image

from classlab.cli.data import add_parser
from classlab.cli.parser import Parser
from classlab.datasets import Inspection, inspect, load
from classlab.errors import DataError, StorageError
from classlab.records import from_json


@pytest.fixture
def classlab(monkeypatch, tmp_path):
    """Runs the command in an empty folder."""
    monkeypatch.chdir(tmp_path)
    parser = Parser(prog="classlab")
    add_parser(parser.add_subparsers())

    def command(*words):
        options = parser.parse_args(["data", *map(str, words)])
        return options.run(options)

    return command


def test_the_report_goes_to_stdout_and_the_rest_to_stderr(classlab, capsys, tmp_path):
    assert classlab("digits") == 0
    out, err = capsys.readouterr()
    assert out.startswith("dataset       digits\nsource        the 1,797 images inside the package scikit-learn\n")
    assert err == "Drew a tile of random training images in digits-tile.png\n"
    with Image.open(tmp_path / "digits-tile.png") as image:
        assert image.format == "PNG"


def test_json_is_one_document_with_the_files(classlab, capsys):
    classlab("digits", "--json", "--quiet", "--validation", "0.2", "--show", "train:3", "three.png", "--show", "test:0")
    out, err = capsys.readouterr()
    document = json.loads(out)
    dataset = load("digits")
    labels = dataset.train.labels[3], dataset.test.labels[0]
    assert document.pop("files") == [
        {"what": f"train image 3 (label {labels[0]})", "file": "three.png", "split": "train", "index": 3,
         "label": str(labels[0])},
        {"what": f"test image 0 (label {labels[1]})", "file": "digits-test-0.png", "split": "test", "index": 0,
         "label": str(labels[1])},
        {"what": "a tile of random training images", "file": "digits-tile.png", "seed": 0},
    ]  # fmt: skip
    assert from_json(Inspection, json.dumps(document), where="stdout") == inspect(dataset, validation=0.2)
    assert err == ""


def test_no_tile_writes_nothing(classlab, tmp_path, capsys):
    classlab("digits", "--no-tile", "--quiet")
    assert list(tmp_path.iterdir()) == []
    assert capsys.readouterr().err == ""


def test_the_tile_goes_where_it_is_told_and_shows_the_seed(classlab, tmp_path):
    classlab("digits", "--tile", "new/a.png", "--seed", "1", "--quiet")
    classlab("digits", "--tile", "new/b.png", "--quiet")
    assert (tmp_path / "new/a.png").read_bytes() != (tmp_path / "new/b.png").read_bytes()


def test_a_folder_of_mixed_pictures_is_read_at_a_size(classlab, tmp_path, capsys):
    for name in "ab":
        (tmp_path / "mine" / name).mkdir(parents=True)
        for number in range(5):
            pixels = np.full((4 + number, 4), number, np.uint8)
            Image.fromarray(pixels).save(tmp_path / "mine" / name / f"{number}.png")
    with pytest.raises(DataError, match="all pictures must have one size"):
        classlab("mine")
    classlab("mine", "--size", "6x5", "--validation", "test")
    out, err = capsys.readouterr()
    assert "images        6 x 5 pixels, grey (1 channel)" in out
    assert "validation    on the test images" in out
    assert "Reading pictures of 2 classes in mine." in err


def test_a_place_that_cannot_be_written_is_named(classlab, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError, match="must be writable"):
        classlab("digits", "--tile", "file/a.png", "--quiet")


SHARE = "a share between 0 and 1, or the word test"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--validation", "1.5"], f"--validation: must be {SHARE}, but got '1.5'"),
        (["--validation", "tset"], f"--validation: must be {SHARE}, but got 'tset'"),
        (["--size", "28"], "--size: must be height and width, two whole numbers, but got '28'"),
        (["--size", "0x9"], "--size: must be height and width, two whole numbers, but got '0x9'"),
        (["--size", "9x4097"], "--size: must be at most 4,096, but got '9x4097'"),
        (["--no-tile", "--seed", "3"], "`--seed` has no effect with --no-tile"),
        (["--show", "25"], "--show takes SPLIT:INDEX and perhaps a file, as in train:25 two.png, but got 25"),
        (["--show", "train:1", "a", "b"], "--show takes SPLIT:INDEX and perhaps a file, as in train:25 two.png, but "
         "got train:1 a b"),
        (["--show", "train:-1"], "--show takes SPLIT:INDEX and perhaps a file, as in train:25 two.png, but got "
         "train:-1"),
        (["--seed", "-1"], "--seed: must be a whole number from 0 to 2**63 - 1, but got '-1'"),
    ],
)  # fmt: skip
def test_a_wrong_command_line_is_explained(classlab, capsys, words, sentence):
    with pytest.raises(SystemExit) as stop:
        classlab("digits", *words)
    assert stop.value.code == 2
    assert sentence in capsys.readouterr().err

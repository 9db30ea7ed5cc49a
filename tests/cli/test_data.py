from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image

from classlab.cli.commands import add_data
from classlab.cli.data import print_report
from classlab.cli.main import run_command
from classlab.cli.parser import Parser
from classlab.datasets import Inspection, from_arrays, inspect, load
from classlab.errors import DataError, StorageError
from classlab.records import from_json


@pytest.fixture
def classlab(monkeypatch, tmp_path):
    """Runs the command in an empty folder."""
    monkeypatch.chdir(tmp_path)
    parser = Parser(prog="classlab")
    add_data(parser.add_subparsers())

    def command(*words):
        options = parser.parse_args(["data", *map(str, words)])
        return run_command(options)

    return command


def test_the_report_goes_to_stdout_and_the_rest_to_stderr(classlab, capsys, tmp_path):
    assert classlab("digits") == 0
    out, err = capsys.readouterr()
    assert out.startswith(
        "dataset       digits\nsource        1,797 images of UCI's optical digits that come with classlab\n"
    )
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


def test_json_lists_every_file_that_was_left_out_and_the_report_names_five(classlab, tmp_path, capsys):
    for name in "ab":
        (tmp_path / "my pets" / name).mkdir(parents=True)
        for number in range(4):
            Image.fromarray(np.full((4, 4), number, np.uint8)).save(tmp_path / "my pets" / name / f"{number}.png")
    for number in range(16):
        (tmp_path / "my pets" / "a" / f"x{number:02}.jpg").write_bytes(b"")
    classlab("my pets", "--no-tile", "--quiet", "--json")
    left_out = json.loads(capsys.readouterr().out)["left_out"]
    assert left_out == [{"path": f"a/x{number:02}.jpg", "reason": "is empty. Get it again."} for number in range(16)]
    classlab("my pets", "--no-tile", "--quiet")
    out = " ".join(capsys.readouterr().out.split())
    assert "a/x03.jpg, a/x04.jpg and 11 more. `classlab data 'my pets' --json` lists each with the reason." in out


def test_what_is_too_small_for_a_training_is_shown_with_what_was_left_out(classlab, tmp_path, capsys):
    for name in "ab":
        (tmp_path / "pets" / name).mkdir(parents=True)
        for number in range(2):
            Image.fromarray(np.full((4, 4), number, np.uint8)).save(tmp_path / "pets" / name / f"{number}.png")
        (tmp_path / "pets" / name / "bad.png").write_bytes(b"")
    assert classlab("pets", "--no-tile", "--quiet", "--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert [one["path"] for one in document["left_out"]] == ["a/bad.png", "b/bad.png"]
    sentence = (
        "every class must have at least 2 training images, one to train on and one to validate on, but got 1 of class "
        "'a' in pets. Add images, or validate on the test images (--validation test)."
    )
    assert document["notes"][-1] == f"A training will refuse it: {sentence}"
    with pytest.raises(DataError, match="every class must have at least 2 training images"):
        classlab("pets", "--no-tile", "--quiet", "--validation", "0.1")


def test_a_place_that_cannot_be_written_is_named(classlab, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError, match="must be writable"):
        classlab("digits", "--tile", "file/a.png", "--quiet")


SHARE = "a share between 0 and 1, or the word test or own"


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


@pytest.fixture
def doubtful():
    """Ten distinct training images; the test images repeat one of them and repeat each other, one with a new label."""
    rng = np.random.default_rng(4)
    train, other = rng.integers(5, 250, (10, 3, 3), np.uint8), rng.integers(5, 250, (3, 3, 3), np.uint8)
    test = np.stack([train[6], other[0], other[0], other[0], other[1], train[2]])
    return from_arrays(train, [0, 1] * 5, test, [0, 0, 0, 1, 1, 1], class_names=["cat", "dog"], name="pets")


def test_the_report_tells_what_was_found(doubtful, capsys):
    print_report(inspect(doubtful, validation="test"))
    text = capsys.readouterr().out
    assert text.splitlines()[4:] == [
        "official      10 train, 6 test images",
        "validation    on the test images",
        "",
        "split  images  pixels   range    mean  deviation  labels",
        *text.splitlines()[8:10],
        "",
        "class  label  train  test",
        "cat        0      5     3",
        "dog        1      5     3",
        "",
        "duplicates    0 in train, 2 in test (images that equal an earlier image of the same split, pixel for",
        "              pixel)",
        "shared        2 test images in train (the same pixels in two splits)",
        "conflicts     2 pictures carry more than one label (such as test 1 (cat) = test 3 (dog); train 2",
        "              (cat) = test 5 (dog))",
        "",
        "note          2 of the 6 test images also occur among the training images, pixel for pixel.",
    ]


def test_the_report_names_color_notes_and_the_division(capsys):
    images = np.zeros((8, 2, 3, 3), np.uint8)
    print_report(inspect(from_arrays(images, [0, 1] * 4), validation=0.5))
    text = capsys.readouterr().out
    assert "images        2 x 3 pixels, color (3 channels)" in text
    assert "validation    0.5 of the training images, stratified by class" in text
    assert "conflicts     1 picture carries more than one label (such as train " in text
    assert "note          arrays has no test set of its own: 2 of its 8 images" in text


def test_the_report_prints_no_control_characters(capsys):
    images = np.zeros((8, 2, 2), np.uint8)
    print_report(inspect(from_arrays(images, [0, 1] * 4, class_names=["a\x1b[2J", "b\n"])))
    text = capsys.readouterr().out
    assert "\x1b" not in text
    assert "a?[2J" in text

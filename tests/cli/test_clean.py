"""The command that finds doubtful labels: what it prints and writes, and that its list is taken."""

from __future__ import annotations

import csv
import json
import shlex

import numpy as np
import pytest
from PIL import Image

from classlab.cli import clean as command
from classlab.cli.main import parser

LEVELS = (("dark", 40), ("light", 200))


def test_it_prints_writes_and_says_how_to_go_on(classlab, tmp_path):
    words = ("--model", "linear", "--epochs", "3", "--seeds", "1", "--folds", "3", "--limit", "300")
    answer = classlab("clean", "digits", *words, "-o", tmp_path / "found")
    assert answer.code == 0
    lines = answer.out.splitlines()
    assert lines[0].startswith("3 networks (linear, 3 folds x 1 seeds) judged 300 training images of digits, each by ")
    table = next(place for place, line in enumerate(lines) if line.startswith("image "))
    assert lines[table].split() == ["image", "given", "suggested", "probability"]
    narration = answer.err.splitlines()
    assert "Fold 1 of 3 is judged: 100 images." in narration
    path = tmp_path / "found" / "leave-out.csv"
    assert narration[-1] == (
        "Write keep in the list where the given label is right. Go on with: classlab train --data digits --model "
        f"linear --epochs 3 --limit 300 --leave-out {path}"
    )
    rows = list(csv.DictReader(path.read_text().splitlines()))
    assert rows[0]["index"] == lines[table + 1].split()[0]
    pasted = shlex.split(narration[-1].partition("Go on with: classlab ")[2])
    options = parser().parse_args(pasted)
    assert (options.model, options.epochs, options.limit) == ("linear", 3, 300)
    assert str(options.leave_out) == str(path)
    trained = classlab(
        "train", "--data", "digits", "--model", "linear", "--epochs", "1", "--leave-out", path, "-o", tmp_path / "run"
    )
    assert trained.code == 0
    assert f"note: {len(rows)} of the 1,438 training images of digits are left out, as {path} says." in trained.out
    looked = classlab("data", "digits", "--no-tile", "--leave-out", path, "--json")
    sizes = json.loads(looked.out)["splits"]
    assert sizes["train"]["images"] + sizes["validation"]["images"] == 1438 - len(rows)


def test_a_picture_in_the_wrong_folder_is_found_by_its_name(classlab, tmp_path):
    draw, root = np.random.default_rng(0), tmp_path / "pictures"
    for split, name, level in (*(("train", *each) for each in LEVELS), *(("test", *each) for each in LEVELS)):
        (root / split / name).mkdir(parents=True)
        for number in range(30 if split == "train" else 5):
            pixels = draw.integers(level - 20, level + 20, (12, 12)).astype(np.uint8)
            Image.fromarray(pixels).save(root / split / name / f"{number:02}.png")
    (root / "train" / "dark" / "07.png").rename(root / "train" / "light" / "strange.png")
    words = ("--model", "mlp", "--units", "16", "--learning-rate", "0.01", "--batch-size", "8", "--epochs", "20")
    answer = classlab("clean", root, *words, "--seeds", "1", "--size", "8x8", "-o", tmp_path / "found")
    assert answer.code == 0
    path = tmp_path / "found" / "leave-out.csv"
    (row,) = csv.DictReader(path.read_text().splitlines())
    assert (row["file"], row["given"], row["suggested"]) == ("train/light/strange.png", "light", "dark")
    assert f"--data {root} --size 8x8 --model mlp --units 16 " in answer.err
    looked = classlab("data", root, "--no-tile", "--leave-out", path, "--json")  # at another size
    assert looked.code == 0


def test_json_is_one_document(classlab, tmp_path):
    words = ("--model", "linear", "--epochs", "2", "--seeds", "1", "--folds", "2", "--limit", "100")
    answer = classlab("clean", "digits", *words, "--json", "--quiet", "-o", tmp_path)
    document = json.loads(answer.out)
    assert (document["images"], document["folds"], document["data"]) == (100, 2, "digits")
    assert sum(map(sum, document["joint"])) <= 100
    assert len(document["sentences"]) in (2, 3, 4)
    assert answer.err == ""


def test_a_list_for_other_images_is_refused(classlab, tmp_path):
    path = tmp_path / "list.csv"
    path.write_text("index,dataset\n3,sha256:0123456789abcdef\n")
    answer = classlab("train", "--data", "digits", "--model", "linear", "--leave-out", path)
    assert answer.code == 3
    assert answer.err == (
        f"classlab: {path} must be a list for the images of digits (sha256:af984525c6a3cc6c), but it is one for others "
        "('sha256:0123456789abcdef'). Make a new one with `classlab clean`.\n"
    )


def test_a_folder_that_cannot_be_made_is_refused_before_anything_is_trained(classlab, tmp_path, monkeypatch):
    monkeypatch.setattr(command, "clean", lambda *_, **__: pytest.fail("it was trained"))
    answer = classlab("clean", "digits", "-o", str(tmp_path / ("x" * 300)))
    assert answer.code == 5
    assert "must be writable, but the system says: File name too long" in answer.err


def test_a_refusal_leaves_no_folder(classlab, tmp_path):
    assert classlab("clean", str(tmp_path / "nothing"), "-o", str(tmp_path / "suspects")).code == 3
    assert list(tmp_path.iterdir()) == []

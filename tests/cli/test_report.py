from __future__ import annotations

import json
import re
import shutil
from datetime import UTC, datetime

import numpy as np
import pytest
from PIL import Image

from classlab.analysis import analyse
from classlab.errors import StorageError
from classlab.records import StudyRecord
from classlab.studies.store import open_store


@pytest.fixture(scope="module")
def store(tmp_path_factory, request):
    """A store with a small study of two arms and two seeds."""
    from classlab.cli.main import main

    folder = tmp_path_factory.mktemp("report") / "store"
    words = (
        "sweep --name rates --data digits --model linear --optimizer adam --learning-rate 0.01,0.1 --seeds 2 --epochs 2"
    )
    assert main([*words.split(), "--quiet", "--store", str(folder)]) == 0
    return folder


def test_a_study_becomes_one_html_file(classlab, store, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    answer = classlab("report", "rates", "--store", store)
    assert (answer.code, answer.out, answer.err) == (0, "rates.html\n", "The report is in rates.html.\n")
    page = (tmp_path / "rates.html").read_text(encoding="utf-8")
    assert page.startswith("<!DOCTYPE html>")
    with open_store(store, write=False) as opened:
        assert all(arm.name in page for arm in opened.study("rates").spec.arms)
    assert page.count("data:image/svg+xml;base64,") >= 5  # the grid and the training images
    assert list(tmp_path.iterdir()) == [tmp_path / "rates.html"]


def test_the_report_of_a_run_looks_inside_its_network_without_opening_the_test_set(classlab, run_folder, tmp_path):
    before = classlab("report", run_folder, "--json").out
    classlab("report", run_folder, "-o", tmp_path / "r.md")
    text = (tmp_path / "r.md").read_text(encoding="utf-8")
    assert "## Inside the network" in text
    assert "one image that it could train or validate on: training image 0, of class" in text
    names = {path.name.partition("-")[2] for path in (tmp_path / "r-figures").iterdir()}
    assert {"first-layer.svg", "activations.svg", "occlusion.svg"} <= names
    assert classlab("report", run_folder, "--json").out == before


def test_markdown_comes_with_a_folder_of_pictures(classlab, store, tmp_path):
    answer = classlab(
        "report", "rates", "--store", store, "-o", tmp_path / "new" / "r.md", "--rows", 1, "--columns", 2, "--quiet"
    )
    assert (answer.code, answer.err) == (0, "")
    text = (tmp_path / "new" / "r.md").read_text(encoding="utf-8")
    pictures = sorted(path.name for path in (tmp_path / "new" / "r-figures").iterdir())
    assert pictures
    assert all(f"(r-figures/{name})" in text for name in pictures)


def test_the_ledger_is_that_of_the_store_at_the_time_of_the_report(classlab, store, run_folder, tmp_path):
    copy, path = tmp_path / "store", tmp_path / "r.md"
    shutil.copytree(store, copy)
    words = ("--data", "digits", "--model", "linear", "--epochs", 1, "--seeds", 3, "--quiet", "--store", copy)
    classlab("sweep", *words, "--name", "later")
    with open_store(copy, write=False) as opened:
        assert [opening.study for opening in opened.study("rates").openings] == ["rates"]
    before = datetime.now(UTC).replace(microsecond=0)
    classlab("report", "rates", "--store", copy, "-o", path)
    (said,) = re.findall(r"^Until (\S+) the test images of digits were (.*) in all\.", path.read_text(), re.MULTILINE)
    assert said[1] == "opened 2 times, for 7 runs"
    assert before <= datetime.fromisoformat(said[0]) <= datetime.now(UTC)
    classlab("evaluate", run_folder, "--store", copy)
    classlab("report", "rates", "--store", copy, "-o", path)
    assert "the test images of digits were opened 3 times, for 8 runs in all." in path.read_text()


def test_json_gives_the_numbers_and_no_file(classlab, store, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    document = json.loads(classlab("report", "rates", "--store", store, "--json").out)
    with open_store(store, write=False) as opened:
        study: StudyRecord = opened.study("rates")
    expected = [run.validation.accuracy for run in study.runs_of(0)]
    assert document["arms"][0]["selected"] == expected
    assert document["arms"][0]["score"]["mean"] == pytest.approx(np.mean(expected))
    assert tuple(document["sentences"]) == analyse(study).sentences
    assert document["command"].startswith("classlab sweep")
    assert list(tmp_path.iterdir()) == []


def test_every_two_arms_are_shown_where_that_is_asked_for(classlab, store, tmp_path):
    words = ("report", "rates", "--store", store)
    document = json.loads(classlab(*words, "--json", "--pairs", "all").out)
    assert [{pair["first"], pair["second"]} for pair in document["pairs"]] == [
        {"learning rate 0.01", "learning rate 0.1"}
    ]
    assert "pairs" not in json.loads(classlab(*words, "--json").out)
    for name in ("r.html", "r.md"):
        classlab(*words, "-o", tmp_path / name, "--pairs", "all")
        assert "Every two arms" in (tmp_path / name).read_text(encoding="utf-8")


def test_a_run_folder_becomes_a_report_of_one_arm(classlab, run_folder, tmp_path):
    path = tmp_path / "run.html"
    answer = classlab("report", run_folder, "-o", path)
    assert (answer.code, answer.out) == (0, f"{path}\n")
    page = path.read_text(encoding="utf-8")
    assert "<h1>linear on digits</h1>" in page
    assert "There is one arm, so there is nothing to compare it with." in page
    assert "Every arm was trained from one seed only" in page


def test_a_folder_of_seeds_is_one_arm_of_several_seeds(classlab, tmp_path):
    folder = tmp_path / "seeds"
    classlab("train", "--data", "digits", "--model", "linear", "--epochs", 1, "--seeds", 2, "-o", folder, "--quiet")
    document = json.loads(classlab("report", folder, "--json").out)
    assert document["seeds"] == [0, 1]
    assert document["arms"][0]["score"]["n"] == 2


def test_runs_of_several_configurations_in_one_folder_are_refused(classlab, tmp_path):
    for place, epochs in enumerate((1, 2)):
        words = ("--data", "digits", "--model", "linear", "--epochs", epochs, "--seed", place, "--quiet")
        classlab("train", *words, "-o", tmp_path / f"seed-{place}")
    answer = classlab("report", tmp_path)
    assert (answer.code, answer.err) == (
        5,
        f"classlab: {tmp_path / 'seed-0'} must hold runs that differ in their seed alone, but it holds several "
        "configurations. Give one run's folder.\n",
    )


@pytest.mark.parametrize("problem", ["gone", "changed", "unreadable"])
def test_without_the_images_the_report_says_so_and_is_written(classlab, run_folder, tmp_path, monkeypatch, problem):
    from classlab.datasets import from_arrays

    def load(name: str, *, preparation, reading):
        if problem == "unreadable":
            raise StorageError("the file cannot be read. Mend it.")
        images, labels = np.zeros((40, 8, 8), np.uint8), np.arange(40) % 10
        return None if problem == "gone" else from_arrays(images, labels, images, labels, name="digits")

    monkeypatch.setattr("classlab.studies.runs.images_at_hand.load", load)
    assert classlab("report", run_folder, "-o", tmp_path / "r.html").code == 0
    words = {
        "gone": "digits is not on this machine.",
        "changed": "digits is not what it was when the runs were trained.",
        "unreadable": "digits could not be read: the file cannot be read. Mend it.",
    }
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert f"No images are shown, because {words[problem]}" in page
    assert "Random test images" not in page


def test_a_study_whose_runs_were_removed_is_reported_from_its_own_record(classlab, store, tmp_path):
    copy = tmp_path / "store"
    shutil.copytree(store, copy)
    with open_store(copy, write=True) as opened:
        opened.remove([run.identity for run in opened.study("rates").runs])
    classlab("report", "rates", "--store", copy, "-o", tmp_path / "r.html")
    assert "No predictions are at hand" in (tmp_path / "r.html").read_text(encoding="utf-8")


def test_a_run_of_the_store_is_reported_by_its_identity(classlab, store, tmp_path):
    with open_store(store, write=False) as opened:
        record = opened.runs()[0]
    answer = classlab("report", record.identity[:9], "--store", store, "--json", "-o", tmp_path / "r.html")
    document = json.loads(answer.out)
    assert (document["seeds"], document["arms"][0]["selected"]) == ([record.spec.seed], [record.validation.accuracy])


def test_an_unknown_study_is_an_error_with_the_nearest_name(classlab, store):
    answer = classlab("report", "rate", "--store", store)
    assert (answer.code, answer.err) == (
        StorageError.exit_code,
        f"classlab: there is no run 'rate': no folder of that name, and in the store {store} no study of that name and "
        "no run whose identity begins so. Did you mean the study 'rates'?\n",
    )


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("-o", "x.pdf"), "the file must end in .html or .md, but got x.pdf"),
        (("--json", "--rows", "4"), "`--rows` has no effect on numbers alone; give -o for a file as well"),
        (("--seed", "-1"), "--seed: must be a whole number from 0 to 2**63 - 1, but got '-1'"),
    ],
)
def test_a_wrong_command_line_is_a_usage_error(classlab, store, words, complaint):
    answer = classlab("report", "rates", "--store", store, *words)
    assert answer.code == 2
    assert complaint in answer.err


def test_an_impossible_grid_writes_nothing(classlab, store, tmp_path):
    answer = classlab("report", "rates", "--store", store, "--rows", 0, "-o", tmp_path / "r.html")
    assert answer.code == 4
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_no_file_may_have_gives_a_plain_file_name():
    from classlab.cli.text import file_stem

    assert file_stem("which_1.5") == "which_1.5"
    assert re.fullmatch("etc-passwd-[0-9a-f]{8}", file_stem("../../etc/passwd"))
    assert re.fullmatch("report-[0-9a-f]{8}", file_stem("///"))
    names = [".", "..", "雪☃", "雪", "a b", "a-b", "a/b", "a" * 60, "a" * 61, "Ünï"]
    assert len({file_stem(name) for name in names}) == len(names)


@pytest.mark.parametrize("study", [False, True])
def test_a_report_on_own_photographs_shows_them(classlab, tmp_path, study):
    rng = np.random.default_rng(0)
    for place in range(24):
        file = tmp_path / "photos" / ("a", "b")[place % 2] / f"{place}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 256, (*rng.integers(9, 40, 2), 3), np.uint8)).save(file)
    options = ("--data", tmp_path / "photos", "--size", "8x8", "--fit", "pad", "--model", "linear", "--epochs", 1)
    if study:
        store = ("--store", tmp_path / "store")
        assert classlab("sweep", *options, "--seeds", 2, "--name", "s", *store).code == 0
        answer = classlab("report", "s", *store, "-o", tmp_path / "r.md")
    else:
        assert classlab("train", *options, "-o", tmp_path / "run", "--store", tmp_path / "store").code == 0
        answer = classlab("report", tmp_path / "run", "--data", tmp_path / "photos", "-o", tmp_path / "r.md")
    assert answer.code == 0
    text = (tmp_path / "r.md").read_text()
    assert "No images are shown" not in text
    assert any("image" in file.name or "tile" in file.name for file in (tmp_path / "r-figures").iterdir())

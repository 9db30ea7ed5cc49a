from __future__ import annotations

import json

import pytest

from classlab.errors import StorageError
from classlab.studies.fit import fit_seeds

FIGURES = {
    "SGD": "92.18 92.38 92.38 92.64 92.25 92.03 92.23 92.41 92.04 92.21",
    "Momentum": "92.40 92.24 92.26 92.42 92.17 92.13 91.77 92.08 92.16 91.84",
    "Adam": "92.94 92.29 92.53 92.21 92.53 92.28 92.06 92.49 91.89 92.22",
}


@pytest.fixture
def table(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    lines = [f"{arm},{figure}" for arm, figures in FIGURES.items() for figure in figures.split()]
    (tmp_path / "deepobs.csv").write_text("\n".join(["optimizer,test_accuracy", *lines]) + "\n")
    return "deepobs.csv"


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Two arms of two seeds each, as training leaves them."""
    folder = tmp_path_factory.mktemp("judged")
    for arm, rate in (("slow", 0.0001), ("quick", 0.01)):
        fit_seeds("digits", "linear", seeds=2, epochs=2, learning_rate=rate, folder=folder / arm)
    return folder


def test_published_figures_are_judged(classlab, table):
    answer = classlab("judge", table, "--images", 9984)
    assert answer.code == 0
    assert (
        "Adam has the highest mean test accuracy, 92.34 % over 10 runs, but it cannot be told apart from" in answer.out
    )
    assert "about 267 runs of each would tell" in answer.out
    assert "the arms are compared unpaired" in answer.err
    assert "The figures are read as per cent" in answer.err
    assert classlab("judge", table, "--images", 9984, "--quiet").err == ""


def test_json_is_one_document_with_how_it_was_read(classlab, table):
    document = json.loads(classlab("judge", table, "--json", "--pairs", "all", "--quiet").out)
    assert document["verdict"] == "cannot tell"
    assert len(document["pairs"]) == 3
    assert document["paired"] is False
    assert any("per cent" in note for note in document["notes"])


def test_the_report_says_what_the_terminal_says(classlab, table, tmp_path):
    answer = classlab("judge", table, "--report", tmp_path / "new" / "out.html")
    page = (tmp_path / "new" / "out.html").read_text(encoding="utf-8")
    assert answer.out.splitlines()[-3] in page
    assert "deepobs.csv" in page
    assert answer.err.endswith(f"The report is in {tmp_path / 'new' / 'out.html'}.\n")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--report", "x.pdf"), 2, "the report must end in .html, but got x.pdf"),
        (("--images", "0"), 2, "--images must be 1 or more, or a column, but got 0"),
        (("--only", "x"), 2, "--only must be COLUMN=VALUE, but got 'x'"),
        (("--arm", "optimiser"), 3, "deepobs.csv must have the column 'optimiser'"),
        (("--confidence", "2"), 4, "`confidence` must lie between 0 and 1"),
    ],
)
def test_what_is_wrong_is_said_with_its_code(classlab, table, words, code, said):
    answer = classlab("judge", table, *words)
    assert answer.code == code
    assert said in answer.err
    assert answer.out == ""


def test_control_characters_of_a_file_never_reach_the_terminal(classlab, table, tmp_path):
    (tmp_path / "odd.csv").write_text("arm,acc\n\x1b[31mred,0.5\nb,0.6\n")
    answer = classlab("judge", "odd.csv")
    assert "\x1b" not in answer.out + answer.err
    assert "?[31mred" in answer.out


def test_our_own_export_is_judged_as_the_study_is(classlab, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = "sweep --name rates --data digits --model linear --learning-rate 0.001,0.01 --seeds 3 --epochs 2 --quiet"
    assert classlab(*words.split(), "--store", "store").code == 0
    assert classlab("runs", "export", "--to", "csv", "-o", "runs.csv", "--store", "store").code == 0
    found = json.loads(classlab("judge", "runs.csv", "--json", "--quiet").out)
    assert [arm["name"] for arm in found["arms"]] == ["0.01", "0.001"]
    assert (found["metric"], found["paired"], found["images"]) == ("validation_accuracy", True, 144)
    folders = sorted((tmp_path / "store" / "runs").iterdir())
    by_folder = json.loads(classlab("judge", *folders, "--json", "--quiet").out)
    assert [arm["name"] for arm in by_folder["arms"]] == ["linear-adam-0.01", "linear-adam-0.001"]
    means = [[arm["estimate"]["mean"] for arm in each["arms"]] for each in (found, by_folder)]
    assert means[0] == pytest.approx(means[1])


def test_folders_of_runs_are_arms(classlab, runs):
    found = json.loads(classlab("judge", runs / "slow", runs / "quick", "--json", "--quiet").out)
    assert [(arm["name"], arm["estimate"]["n"]) for arm in found["arms"]] == [("quick", 2), ("slow", 2)]
    assert found["images"] == 144  # validation images, as everywhere where arms are chosen
    refused = classlab("judge", runs / "slow", runs / "quick", "--figure", "x")
    assert (refused.code, refused.err) == (
        4, "classlab: run folders must be judged as they are, but got --figure. Leave it out.\n",
    )  # fmt: skip


def test_a_run_without_predictions_is_refused(runs):
    from classlab.cli.judged_runs import run_network
    from classlab.studies.run import Run

    class Empty(Run):
        predictions = None

    run = Empty(Run.load(runs / "slow" / "seed-0")._stored, folder=runs)
    with pytest.raises(StorageError) as refusal:
        run_network(run, "test")
    assert str(refusal.value) == (
        f"{runs} must hold predictions, but its training ended as 'finished' before the first epoch was done. "
        "Train it anew."
    )

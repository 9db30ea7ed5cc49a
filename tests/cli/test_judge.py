from __future__ import annotations

import json
from contextlib import redirect_stdout
from html import unescape
from io import StringIO
from pathlib import Path
from shutil import copytree

import numpy as np
import pytest

from classlab.errors import StorageError
from classlab.studies.fit import fit_seeds

FIGURES = {
    "SGD": "92.18 92.38 92.38 92.64 92.25 92.03 92.23 92.41 92.04 92.21",
    "Momentum": "92.40 92.24 92.26 92.42 92.17 92.13 91.77 92.08 92.16 91.84",
    "Adam": "92.94 92.29 92.53 92.21 92.53 92.28 92.06 92.49 91.89 92.22",
}

DOCS = Path(__file__).parents[2] / "docs" / "judge.md"


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
    arms, pairs, sentences = answer.out.split("\n\n")
    assert [line.split()[0] for line in arms.splitlines()] == ["arm", "Adam", "SGD", "Momentum"]
    assert [line.split()[:2] for line in pairs.splitlines()[1:]] == [["Adam", "SGD"], ["Adam", "Momentum"]]
    shown = DOCS.read_text(encoding="utf-8").partition("```text\n")[2].partition("```")[0]
    assert sentences.split() == shown.split()  # but for where its lines end
    assert answer.err == (
        "Read from deepobs.csv: the arm from 'optimizer', no seed, because no column names it, the figure from "
        "'test_accuracy'.\n"
        "The figures are read as per cent, because they lie above 1 and reach at most 100.\n"
    )
    assert classlab("judge", table, "--images", 9984, "--quiet").err == ""


def test_json_is_one_document_with_how_it_was_read(classlab, table):
    document = json.loads(classlab("judge", table, "--json", "--pairs", "all", "--quiet").out)
    assert (document["verdict"], document["first"]) == ("cannot tell", "Adam")
    assert document["candidates"] == ["Adam", "SGD", "Momentum"]
    assert len(document["judgement"]["ranking"]["pairs"]) == 3
    assert (document["judgement"]["paired"], document["judgement"]["repeat"]) == (False, "run")
    assert document["judgement"]["advice"]["seeds"] > 200
    assert any("per cent" in note for note in document["notes"])


def test_the_report_says_what_the_terminal_says(classlab, table, tmp_path):
    answer = classlab("judge", table, "--images", 9984, "--report", tmp_path / "new" / "out.html")
    page = unescape((tmp_path / "new" / "out.html").read_text(encoding="utf-8"))
    for sentence in answer.out.rpartition("\n\n")[2].splitlines():
        assert sentence in page
    assert "deepobs.csv" in page
    assert answer.err.endswith(f"The report is in {tmp_path / 'new' / 'out.html'}.\n")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--report", "x.pdf"), 2, "the report must end in .html, but got x.pdf"),
        (("--images", "0"), 2, "--images must be 1 or more, or a column, but got 0"),
        (("--only", "x"), 2, "--only must be COLUMN=VALUE, but got 'x'"),
        (("--arm", "optimiser"), 3, "deepobs.csv must have the column 'optimiser'"),
        (("--confidence", "2"), 4, "`--confidence` must lie between 0 and 1"),
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


@pytest.fixture(scope="module")
def swept(tmp_path_factory):
    """The store of a study of two learning rates and two batch sizes, and what the command says of it."""
    from classlab.cli.main import main

    folder = tmp_path_factory.mktemp("swept")
    words = "sweep --name rates --data digits --model linear --learning-rate 0.003,0.01 --batch-size 32,64 --seeds 3"
    with redirect_stdout(StringIO()) as out:
        assert main([*words.split(), "--epochs", "2", "--quiet", "--json", "--store", str(folder / "store")]) == 0
    return folder / "store", json.loads(out.getvalue())


def test_run_folders_of_a_study_are_judged_as_the_study_is(classlab, swept):
    """Image by image: the same order, intervals and verdicts, for other seeds and other images."""
    store, study = swept[0], swept[1]["analysis"]
    found = json.loads(classlab("judge", *sorted((store / "runs").iterdir()), "--json", "--quiet").out)
    names = {
        "learning rate 0.01, batch 32": "linear-adam-0.01 batch 32",
        "learning rate 0.01, batch 64": "linear-adam-0.01 batch 64",
        "learning rate 0.003, batch 32": "linear-adam-0.003 batch 32",
        "learning rate 0.003, batch 64": "linear-adam-0.003 batch 64",
    }
    own, other = study["judgement"], found["judgement"]
    order = [names[own["names"][arm]] for arm in own["ranking"]["order"]]
    assert order == [other["names"][arm] for arm in other["ranking"]["order"]]
    assert found["metric"] == "validation_accuracy"
    for mine, theirs in zip(own["ranking"]["pairs"], other["ranking"]["pairs"], strict=True):
        assert names[own["names"][mine["second"]]] == other["names"][theirs["second"]]
        assert theirs["comparison"]["interval"] == pytest.approx(mine["comparison"]["interval"])
        assert theirs["comparison"]["verdict"] == mine["comparison"]["verdict"]
        assert theirs["comparison"]["holds_for"] == mine["comparison"]["holds_for"] == "seeds and images"
    said = [sentence.partition(" Go on with: ")[0] for sentence in own["sentences"]]
    for name, theirs in names.items():
        said = [sentence.replace(f"'{name}'", f"'{theirs}'") for sentence in said]
    assert said == found["sentences"]


def test_an_export_of_runs_holds_for_other_seeds_alone(classlab, swept, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    store, _ = swept
    assert classlab("runs", "export", "--to", "csv", "-o", "runs.csv", "--store", store).code == 0
    found = json.loads(classlab("judge", "runs.csv", "--json", "--quiet").out)
    assert (found["metric"], found["judgement"]["paired"], found["images"]) == ("validation_accuracy", True, 144)
    assert {pair["comparison"]["holds_for"] for pair in found["judgement"]["ranking"]["pairs"]} == {"seeds"}
    by_folder = json.loads(classlab("judge", *sorted((store / "runs").iterdir()), "--json", "--quiet").out)
    means = [sorted(arm["mean"] for arm in each["judgement"]["ranking"]["estimates"]) for each in (found, by_folder)]
    assert means[0] == pytest.approx(means[1])


def test_folders_of_runs_are_arms(classlab, runs):
    found = json.loads(classlab("judge", runs / "slow", runs / "quick", "--json", "--quiet").out)
    assert (found["judgement"]["names"], found["first"]) == (["slow", "quick"], "quick")
    assert [arm["n"] for arm in found["judgement"]["ranking"]["estimates"]] == [2, 2]
    assert found["images"] == 144  # validation images, as everywhere where arms are chosen
    refused = classlab("judge", runs / "slow", runs / "quick", "--figure", "x")
    assert (refused.code, refused.err) == (
        4, "classlab: run folders must be judged as they are, but got --figure. Leave it out.\n",
    )  # fmt: skip


def test_a_run_that_did_not_end_well_counts_as_in_a_study(classlab, runs, tmp_path):
    """It keeps the figures of its last good epoch, and its arm must not win by them."""
    broken = {"optimizer": "sgd", "learning_rate": 1e38, "epochs": 2}
    fit_seeds("digits", "linear", seeds=2, folder=tmp_path / "broken", **broken)
    answer = classlab("judge", runs / "slow", runs / "quick", tmp_path / "broken")
    assert (answer.code, answer.err) == (
        0,
        "Read what 4 networks predicted on 144 images.\nbroken has no figure for any of its 2 runs; it comes last.\n",
    )
    copytree(tmp_path / "broken", tmp_path / "again")
    refused = classlab("judge", tmp_path / "broken", tmp_path / "again")
    assert (refused.code, refused.err) == (
        3,
        "classlab: some run must have a finite figure, but none of 4 runs has: all failed, are not finished, or have "
        "an empty cell. Wait for them, or name another column with --figure.\n",
    )


def test_one_failed_run_of_an_arm_puts_it_behind(classlab, runs, monkeypatch):
    from classlab.cli import judged_runs

    monkeypatch.setattr(
        judged_runs, "ended_well", lambda run: (run.spec.seed, run.spec.optimizer.learning_rate) != (1, 0.01)
    )
    answer = classlab("judge", runs / "slow", runs / "quick")
    assert "'slow' comes first, because not every run of 'quick' ended well." in answer.out
    assert "quick has no figure for 1 of its 2 runs; it is judged on the others, and comes after" in answer.err


def test_right_and_wrong_of_single_networks_speak_of_these_networks(classlab, tmp_path):
    generator = np.random.default_rng(0)
    np.savez(tmp_path / "right.npz", a=generator.random(500) < 0.9, b=generator.random(500) < 0.6)
    answer = classlab("judge", tmp_path / "right.npz", "--quiet")
    assert answer.out.partition("\n\n")[2].splitlines()[1].endswith("images  better (these networks)")
    assert "With one run per arm this speaks of the trained networks and not of the arms" in answer.out


def test_a_run_without_predictions_is_refused(runs):
    from classlab.cli.judged_runs import run_network
    from classlab.studies.runs.run import Run

    class Empty(Run):
        predictions = None

    run = Empty(Run.load(runs / "slow" / "seed-0")._stored, folder=runs)
    with pytest.raises(StorageError) as refusal:
        run_network(run, "test")
    assert str(refusal.value) == (
        f"{runs} must hold predictions, but its training ended as 'finished' before the first epoch was done. "
        "Train it anew."
    )

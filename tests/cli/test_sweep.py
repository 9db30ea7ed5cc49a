from __future__ import annotations

import itertools
import json
import os
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import classlab as package
from classlab.analysis import analyse
from classlab.cli.interruption import Interruption
from classlab.studies.asked.study_schema import json_schema
from classlab.studies.store import open_store

ROOT = Path(package.__file__).parents[1]
FLAGS = ("--data", "digits", "--model", "linear", "--epochs", "2", "--seeds", "2", "--optimizer", "sgd,adam")


@pytest.fixture
def sweep(classlab, tmp_path):
    return lambda *words: classlab("sweep", *words, "--store", tmp_path / "store")


def test_a_sweep_prints_ranking_verdict_and_where_to_go(sweep, tmp_path):
    answer = sweep(*FLAGS)
    assert answer.code == 0
    lines = answer.out.splitlines()
    assert lines[0].split() == [
        *("arm", "val", "accuracy", "interval", "test", "accuracy", "interval", "gap", "best?", "n", "runs")
    ]
    first, second = lines[1].split()[0], lines[2].split()[0]
    assert {first, second} == {"sgd", "adam"}
    assert lines[3].startswith("Mean ± standard deviation over seeds. Each 95 % interval holds by itself, ")
    assert lines[4] == ""
    with open_store(tmp_path / "store", write=False) as store:
        assert tuple(lines[5:]) == analyse(store.study("digits-linear-optimizer")).sentences
    assert lines[5].startswith(f"'{first}' ")
    narration = answer.err.splitlines()
    assert "Study 'digits-linear-optimizer': 2 arms x 2 seeds, 4 runs in 1 population." in narration
    assert any(line.startswith("0 of 4 runs kept, population 1 of 1, epoch 1/2") for line in narration)
    assert any(line.startswith("4 of 4 runs kept") for line in narration)
    assert narration[-1] == (
        f"The runs are kept in {tmp_path / 'store'}. Go on with: classlab report digits-linear-optimizer "
        f"--store {tmp_path / 'store'}"
    )


def test_the_last_line_is_a_command_that_works(classlab, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = ("--data", "digits", "--model", "linear", "--epochs", "1", "--seeds", "2", "--name", "two words")
    told = classlab("sweep", *words, "--store", "my store").err.splitlines()[-1]
    assert told == ("The runs are kept in my store. Go on with: classlab report 'two words' --store 'my store'")
    assert classlab(*shlex.split(told.split("Go on with: classlab ")[1])).code == 0
    monkeypatch.setenv("CLASSLAB_STORE", "my store")
    told = classlab("sweep", *words).err.splitlines()[-1]
    assert told == "The runs are kept in my store. Go on with: classlab report 'two words'"


def test_another_study_under_a_name_in_use_is_told_before_it_is_trained(sweep):
    first = sweep(*FLAGS, "--name", "s")
    words = ("--data", "digits", "--model", "linear", "--epochs", "2", "--seeds", "2", "--optimizer", "nadam")
    second = sweep(*words, "--name", "s")
    sentence = (
        "notice: The store had a study 's' with 2 other arms; this study takes its place, and the runs of the earlier "
        "one are kept."
    )
    assert "notice: " not in first.err + first.out
    narration = second.err.splitlines()
    assert narration.index(sentence) < next(at for at, line in enumerate(narration) if "runs kept" in line)
    assert second.out.splitlines()[0] == sentence
    assert "notice: " not in sweep(*words, "--name", "s", "--seeds", "3").err  # it only grows


def test_notices_are_not_told_twice_where_nothing_is_trained(sweep):
    words = ("--data", "digits", "--model", "linear", "--epochs", "1", "--seeds", "1")
    notice = "notice: Every arm was trained from one seed only"
    first, second = sweep(*words), sweep(*words)
    assert [notice in first.err, notice in first.out, notice in second.err, notice in second.out] == [
        *(True, True, False, True)
    ]


def test_a_file_and_flags_give_the_same_runs(sweep, tmp_path):
    path = tmp_path / "study.toml"
    path.write_text(
        'name = "s"\ndata = "digits"\nmodel = "linear"\nepochs = 2\nseeds = 2\noptimizer = ["sgd", "adam"]\n'
    )
    sweep(path, "--quiet")
    answer = sweep(*FLAGS, "--resume")
    assert "Study 'digits-linear-optimizer': 2 arms x 2 seeds, 4 runs, all in the store already" in answer.err


@pytest.fixture
def study_file(tmp_path):
    path = tmp_path / "study.toml"
    path.write_text(
        'name = "s"\ndata = "digits"\nmodel = "linear"\nepochs = 2\nseeds = 2\noptimizer = ["sgd", "adam"]\n'
    )
    return path


def test_more_seeds_of_a_file_train_only_what_is_new(sweep, study_file, tmp_path):
    sweep(study_file, "--quiet")
    answer = sweep(study_file, "--seeds", "5", "--question", "Which?")
    assert "Study 's': 2 arms x 5 seeds, 10 runs in 1 population; 4 are in the store already." in answer.err
    with open_store(tmp_path / "store", write=False) as store:
        record, count = store.study("s"), len(store.runs())
    assert (record.spec.seeds, record.spec.question, count) == ((0, 1, 2, 3, 4), "Which?", 10)
    assert [opening.runs for opening in record.openings] == [4, 6]


def test_a_file_ranked_by_another_rule_trains_nothing(sweep, study_file, tmp_path):
    sweep(study_file, "--quiet")
    words = ("--name", "t", "--select", "val_loss", "--margin", "0.01", "--confidence", "0.9")
    answer = sweep(study_file, *words)
    assert "all in the store already" in answer.err
    notice, header, *_ = answer.out.splitlines()
    assert notice.startswith("notice: The margin of 0.01 is one of accuracy and does not count here")
    assert header.split()[1:3] == ["val", "loss"]
    with open_store(tmp_path / "store", write=False) as store:
        spec = store.study("t").spec
    assert (spec.select, spec.margin, spec.confidence) == ("val_loss", 0.01, 0.9)


def advised(answer) -> str | None:
    """The command that the verdict says to go on with."""
    found = re.search(r"Go on with: (classlab sweep .*)$", answer.out, re.MULTILINE)
    return found and found.group(1)


# A difference that two seeds do not tell, and a few more would.
CLOSE = ("--data", "digits", "--model", "linear", "--epochs", "2", "--learning-rate", "0.01,0.02")


@pytest.mark.parametrize("source", ["file", "flags"])
def test_the_command_of_the_advice_goes_on_with_the_same_study(classlab, sweep, tmp_path, source):
    """It says how many seeds would tell; taken at its word, it trains only what is new, in the same store."""
    words: tuple = (*CLOSE, "--seeds", "2")
    if source == "file":
        path = tmp_path / "my study.toml"
        path.write_text(
            'name = "digits-linear-learning_rate"\ndata = "digits"\nmodel = "linear"\nepochs = 2\nseeds = 2\n'
            "learning_rate = [0.01, 0.02]\n"
        )
        words = (path,)
    first = sweep(*words)
    command = advised(first)
    assert command is not None, first.out
    program, *again = shlex.split(command)
    assert (program, again[-2], again.count("--seeds")) == ("classlab", "--seeds", 1)
    assert again[again.index("--store") + 1] == str(tmp_path / "store")
    seeds = int(again[-1])
    assert f"About {seeds} seeds of each instead of 2 would probably tell" in first.out
    second = classlab(*again)
    assert f"2 arms x {seeds} seeds, {2 * seeds} runs" in second.err
    assert "; 4 are in the store already." in second.err
    with open_store(tmp_path / "store", write=False) as store:
        assert [entry.name for entry in store.studies()] == ["digits-linear-learning_rate"]
        assert len(store.study("digits-linear-learning_rate").spec.seeds) == seeds


def test_a_list_of_seeds_is_given_no_command(sweep):
    answer = sweep(*CLOSE, "--seeds", "1,0")  # the seeds of "2", in another order
    assert "seeds of each instead of 2 would probably tell" in answer.out
    assert advised(answer) is None


def test_every_two_arms_are_shown_where_that_is_asked_for(sweep):
    words = ("--data", "digits", "--model", "linear", "--epochs", "2", "--optimizer", "adam,rmsprop,nadam", "--quiet")
    plain, pairs = sweep(*words, "--seeds", "2"), sweep(*words, "--seeds", "2", "--pairs", "all")
    verdict, table = pairs.out.replace(" --pairs all", "").split("\n\nfirst ")
    assert verdict == plain.out.rstrip("\n")
    lines = table.splitlines()
    assert lines[0].split() == ["second", "ahead", "by", "interval", "the", "first", "is"]
    assert len(lines) == 5  # the header, three pairs and a note
    assert lines[-1].startswith("How far the first is ahead of the second, in percentage points. The intervals hold ")
    document = json.loads(sweep(*words, "--seeds", "2", "--pairs", "all", "--json").out)
    ranked = [row["arm"] for row in document["ranking"]]
    assert [(pair["first"], pair["second"]) for pair in document["pairs"]] == list(itertools.combinations(ranked, 2))


def test_too_many_pairs_are_refused_before_anything_is_trained(sweep, tmp_path):
    rates = ",".join(f"0.{place:03}" for place in range(1, 62))
    words = ("--data", "digits", "--model", "linear", "--epochs", "1", "--seeds", "1", "--learning-rate", rates)
    answer = sweep(*words, "--pairs", "all")
    assert (answer.code, answer.out) == (4, "")
    assert answer.err == (
        "classlab: all pairs can be shown of 60 arms at most, but there are 61. Choose --pairs best.\n"
    )
    assert not (tmp_path / "store").exists()


def test_one_arm_makes_no_pairs(sweep):
    answer = sweep(
        "--data", "digits", "--model", "linear", "--epochs", "1", "--seeds", "1", "--quiet", "--pairs", "all"
    )
    assert answer.out.endswith("\n\nFewer than two arms have a figure, so there is no pair.\n")


def test_json_is_one_document_with_every_figure(sweep, tmp_path):
    answer = sweep(*FLAGS, "--json", "--quiet", "--confirm", "2", "--name", "mine", "--question", "Which?")
    document = json.loads(answer.out)
    assert answer.err == ""
    assert (document["study"], document["question"], document["select"]) == ("mine", "Which?", "val_accuracy")
    assert [row["rank"] for row in document["ranking"]] == [1, 2]
    assert [(run["arm"], run["seed"], run["state"]) for run in document["runs"]] == [
        ("sgd", 0, "finished"),
        ("sgd", 1, "finished"),
        ("adam", 0, "finished"),
        ("adam", 1, "finished"),
    ]
    assert [run["seed"] for run in document["confirmation"]] == [2, 3, 2, 3]
    assert "On 2 fresh seeds" in document["verdict"]
    assert document["verdict"] == " ".join(document["analysis"]["sentences"])
    assert "pairs" not in document
    with open_store(tmp_path / "store", write=False) as store:
        record = store.study("mine")
        assert record.command == f"classlab sweep {' '.join(FLAGS)} --json --quiet --confirm 2 --name mine " + (
            f"--question 'Which?' --store {tmp_path / 'store'}"
        )
        assert [run["validation"]["accuracy"] for run in document["runs"]] == [
            run.validation.accuracy for run in record.runs
        ]


def test_notices_come_first_and_a_bad_run_ends_with_seven(sweep):
    words = ("--data", "digits", "--epochs", "2", "--optimizer", "sgd", "--learning-rate", "0.1,1e30", "--seeds", "1")
    answer = sweep(*words)
    assert answer.code == 7
    lines = answer.out.splitlines()
    assert lines[0].startswith("notice: Every arm was trained from one seed only")
    assert lines[-1].startswith("learning rate 1e+30, seed 0: diverged: the loss was not finite at step")


def test_again_trains_anew(sweep, tmp_path):
    def record():
        with open_store(tmp_path / "store", write=False) as store:
            return store.study("digits-linear-optimizer")

    sweep(*FLAGS, "--quiet")
    assert record().seconds > 0
    sweep(*FLAGS, "--quiet")
    assert record().seconds == 0
    answer = sweep(*FLAGS, "--again")
    assert record().seconds > 0
    assert "--again" not in record().command
    assert "2 arms x 2 seeds, 4 runs in 1 population." in answer.err


def test_the_schema_takes_no_study(sweep):
    answer = sweep("--schema", "--epochs", "3")
    assert (answer.code, answer.out) == (2, "")
    assert "`--epochs` has no effect with --schema" in answer.err
    assert "a.toml has no effect with --schema" in sweep("a.toml", "--schema").err


def test_the_schema_is_printed(sweep):
    assert json.loads(sweep("--schema").out) == json_schema()


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        ((), 2, "a study must be given as FILE, or as options with at least --data."),
        (
            ("study.toml", "--seeds", "3", "--data", "digits", "--learning-rate", "0.1"),
            2,
            "data and arms must come from FILE or from options, but got FILE and --data, --learning-rate.",
        ),
        (("--seeds", "3"), 2, "a study must be given as FILE, or as options with at least --data."),
        (("missing.toml",), 5, "missing.toml must be readable, but the system says: No such file or directory."),
        (
            (*FLAGS, "--learning-rate", "fast"),
            2,
            "classlab: `--learning-rate` must be a positive number, but got 'fast'. Write for example --learning-rate "
            "0.001.",
        ),
        (
            (*FLAGS, "--optimizer", "adm"),
            2,
            "classlab: `--optimizer` must be one of sgd, adam, adamw, rmsprop, adagrad, nadam, but got 'adm'. Did you "
            "mean 'adam'?",
        ),
        (
            (*FLAGS, "--units", "128,64/3,0"),
            2,
            "classlab: `--units` must be widths of the hidden layers, whole numbers of at least 1, but got 0. Write "
            "for example --units 128,64.",
        ),
        (
            ("--data", "digits", "--optimizer", "adam,sgd", "--momentum", "0.9", "--seeds", "2"),
            2,
            "classlab: the arm with --optimizer adam, --momentum 0.9: `--momentum` has no effect with --optimizer "
            "adam, but got --momentum 0.9. It belongs to sgd and rmsprop.",
        ),
        (("--data", "nothing-here"), 3, "nothing-here"),
        ((*FLAGS, "--optimiser", "sgd"), 2, "Did you mean --optimizer?"),
        (
            (*FLAGS, "--confirm", "1"),
            2,
            "`--confirm` must be at least 2 fresh seeds, or 0 for none, but got --confirm 1. 5 are usual.",
        ),
    ],
)
def test_what_is_wrong_ends_with_its_code_and_a_sentence(sweep, words, code, sentence):
    answer = sweep(*words)
    assert answer.code == code
    assert sentence in answer.err
    assert answer.out == ""


def test_an_interruption_says_how_to_go_on(sweep, tmp_path, monkeypatch):
    def stop(*_, **__):
        raise Interruption(signal.SIGINT)

    monkeypatch.setattr("classlab.cli.sweep.run_study", stop)
    answer = sweep(*FLAGS)
    store = tmp_path / "store"
    assert answer.code == 130
    assert answer.err.splitlines()[-1] == (
        f"classlab: stopped. What is finished is kept in {store}. Continue with: classlab sweep {' '.join(FLAGS)} "
        f"--store {store} --resume"
    )


# A program of the test's own, which ends itself at a named moment as a power cut would.
KILLED = """
import os, signal, sys
from classlab.cli.main import main
from classlab.files import fault
fault.at({moment!r}, lambda: os.kill(os.getpid(), signal.SIGKILL), passage={passage})
sys.exit(main({words!r}))
"""


@pytest.mark.parametrize(
    ("moment", "passage"),
    [("before-population", 2), ("after-population", 2), ("after-add", 1), ("after-removal", 1), ("before-save", 1)],
)
def test_a_sweep_killed_at_any_moment_ends_as_if_it_had_not_been(classlab, tmp_path, moment, passage):
    words = ["sweep", "--data", "digits", "--model", "linear", "--epochs", "2", "--seeds", "2", "--batch-size", "32,64"]
    code = KILLED.format(moment=moment, passage=passage, words=[*words, "--quiet", "--store", "killed"])
    place = {**os.environ, "PYTHONPATH": str(ROOT)}
    killed = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=place, capture_output=True, text=True)
    assert (killed.returncode, killed.stdout) == (-signal.SIGKILL, "")
    resumed = classlab(*words, "--quiet", "--store", tmp_path / "killed", "--resume")
    whole = classlab(*words, "--quiet", "--store", tmp_path / "whole")
    elsewhere = str(tmp_path / "killed"), str(tmp_path / "whole")
    assert resumed.out.replace(*elsewhere) == whole.out  # an advice names the store that it goes on in
    assert (resumed.code, resumed.err) == (whole.code, whole.err) == (0, "")
    assert "batch 32" in resumed.out


def test_folds_are_narrated_and_in_the_document(sweep):
    words = ("--data", "digits", "--model", "linear", "--epochs", "1", "--seeds", "2", "--limit", "60")
    answer = sweep(*words, "--folds", "3", "--json")
    assert "Study 'digits-linear': 1 arm x 2 seeds x 3 folds, 6 runs in 3 populations." in answer.err.splitlines()
    document = json.loads(answer.out)
    assert [(run["seed"], run["fold"]) for run in document["runs"]] == [(s, f) for s in (0, 1) for f in (0, 1, 2)]
    assert document["analysis"]["folds"] == 3
    assert document["ranking"][0]["n"] == 2


def test_one_training_has_no_folds_and_names_the_command_that_has(classlab):
    answer = classlab("train", "--data", "digits", "--folds", "5")
    assert answer.code == 2
    assert answer.err == (
        "classlab train: one training has one division of its images, so `--folds` is an option of `classlab sweep`, "
        "which cross-validates one arm as well as many. See `classlab train --help`.\n"
    )

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import classlab as package
from classlab.cli.interruption import Interruption
from classlab.studies.store import open_store
from classlab.studies.study_schema import json_schema

ROOT = Path(package.__file__).parents[1]
FLAGS = ("--data", "digits", "--model", "linear", "--epochs", "2", "--seeds", "2", "--optimizer", "sgd,adam")


@pytest.fixture
def sweep(classlab, tmp_path):
    return lambda *words: classlab("sweep", *words, "--store", tmp_path / "store")


def test_a_sweep_prints_ranking_verdict_and_where_to_go(sweep, tmp_path):
    answer = sweep(*FLAGS)
    assert answer.code == 0
    lines = answer.out.splitlines()
    assert lines[0].split() == ["arm", "val", "accuracy", "interval", "test", "accuracy", "gap", "n", "runs"]
    assert {lines[1].split()[0], lines[2].split()[0]} == {"sgd", "adam"}
    assert lines[3:5] == ["mean ± standard deviation and 95 % interval over seeds", ""]
    assert lines[5].startswith(f"'{lines[1].split()[0]}' comes first with a validation accuracy of 0.")
    narration = answer.err.splitlines()
    assert "Study 'digits-linear-optimizer': 2 arms x 2 seeds, 4 runs in 1 population." in narration
    assert any(line.startswith("0 of 4 runs kept, population 1 of 1, epoch 1/2") for line in narration)
    assert any(line.startswith("4 of 4 runs kept") for line in narration)
    assert narration[-1] == (
        f"The runs are kept in {tmp_path / 'store'}. Go on with: classlab report digits-linear-optimizer"
    )


def test_a_file_and_flags_give_the_same_runs(sweep, tmp_path):
    path = tmp_path / "study.toml"
    path.write_text(
        'name = "s"\ndata = "digits"\nmodel = "linear"\nepochs = 2\nseeds = 2\noptimizer = ["sgd", "adam"]\n'
    )
    sweep(path, "--quiet")
    answer = sweep(*FLAGS, "--resume")
    assert "Study 'digits-linear-optimizer': 2 arms x 2 seeds, 4 runs, all in the store already" in answer.err


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


def test_the_schema_is_printed(sweep):
    assert json.loads(sweep("--schema").out) == json_schema()


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        ((), 2, "a study must be given as FILE, or as options with at least --data."),
        (("study.toml", "--seeds", "3"), 2, "a study must come from FILE or from options, but both were given."),
        (("--seeds", "3"), 2, "a study must be given as FILE, or as options with at least --data."),
        (("missing.toml",), 5, "missing.toml must be readable, but the system says: No such file or directory."),
        (
            (*FLAGS, "--learning-rate", "fast"),
            4,
            "classlab: the command line: `learning_rate` must be a positive number, but got 'fast'. Write for example "
            "learning_rate = 0.001.",
        ),
        (
            (*FLAGS, "--optimizer", "adm"),
            4,
            "classlab: the command line: `optimizer` must be one of sgd, adam, adamw, rmsprop, adagrad, nadam, but got "
            "'adm'. Did you mean 'adam'?",
        ),
        (("--data", "nothing-here"), 3, "nothing-here"),
        ((*FLAGS, "--optimiser", "sgd"), 2, "Did you mean --optimizer?"),
        (
            (*FLAGS, "--confirm", "1"),
            4,
            "`confirm` must be at least 2 fresh seeds, or 0 for none, but got confirm=1. 5 are usual.",
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

    monkeypatch.setattr("classlab.studies.sweep.run_study", stop)
    answer = sweep(*FLAGS)
    store = tmp_path / "store"
    assert answer.code == 130
    assert answer.err.splitlines()[-1] == (
        f"classlab: stopped. What is finished is kept in {store}. Continue with: classlab sweep {' '.join(FLAGS)} "
        f"--store {store} --resume"
    )


@pytest.mark.parametrize(
    "moment", ["before-population:2", "after-population:2", "after-add:1", "after-removal:1", "before-save:1"]
)
def test_a_sweep_killed_at_any_moment_ends_as_if_it_had_not_been(classlab, tmp_path, moment):
    words = ["sweep", "--data", "digits", "--model", "linear", "--epochs", "2", "--seeds", "2", "--batch-size", "32,64"]
    command = [sys.executable, "-m", "classlab.cli.main", *words, "--quiet", "--store", "killed"]
    place = {**os.environ, "PYTHONPATH": str(ROOT), "CLASSLAB_FAULT": moment}
    killed = subprocess.run(command, cwd=tmp_path, env=place, capture_output=True, text=True)
    assert (killed.returncode, killed.stdout) == (-signal.SIGKILL, "")
    resumed = classlab(*words, "--quiet", "--store", tmp_path / "killed", "--resume")
    whole = classlab(*words, "--quiet", "--store", tmp_path / "whole")
    assert resumed == whole
    assert resumed.code == 0
    assert "batch 32" in resumed.out

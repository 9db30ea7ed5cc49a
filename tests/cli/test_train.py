from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import classlab as package
from classlab.studies.runs.run import Run
from classlab.studies.runs.training_folder import CHECKPOINT_FILE

PLACE = {**os.environ, "PYTHONPATH": str(Path(package.__file__).parents[1]), "OMP_NUM_THREADS": "1"}
LONG = ["train", "--data", "digits", "--model", "mlp", "--epochs", "100000"]


def test_figures_are_printed_with_the_number_of_images(classlab, tmp_path):
    answer = classlab("train", "--data", "digits", "--model", "linear", "--epochs", 2, "-o", tmp_path / "r")
    assert answer.code == 0
    run = Run.load(tmp_path / "r").record
    rows = [line.split() for line in answer.out.splitlines()[:4]]
    assert rows[0] == ["split", "images", "loss", "accuracy"]
    assert rows[1] == ["training", "1,294", f"{run.training.loss:.4f}", f"{run.training.accuracy:.4f}"]
    assert rows[2] == ["validation", "144", f"{run.validation.loss:.4f}", f"{run.validation.accuracy:.4f}"]
    assert rows[3] == ["test", "359", f"{run.test.loss:.4f}", f"{run.test.accuracy:.4f}"]
    assert "epoch 2/2, loss" in answer.err
    assert f"Run folder: {tmp_path / 'r'}" in answer.err


def test_every_option_reaches_the_specification(classlab, tmp_path):
    words = (
        "--data digits --model mlp --units 7,5 --activation tanh --dropout 0.25 --preprocessing symmetric "
        "--validation 0.2 --limit 500 --optimizer sgd --learning-rate 0.05 --momentum 0.9 --nesterov "
        "--weight-decay 0.01 --global-clipnorm 2 --schedule step --step-epochs 1 --step-factor 0.5 --warmup-epochs 0.5 "
        "--epochs 2 --batch-size 32 --loss mean_squared_error --top-k 3 --early-stopping 4 --monitor val_accuracy "
        "--seed 9 --precision float32 --device cpu --threads 1 --quiet"
    )
    answer = classlab("train", *words.split(), "-o", tmp_path / "r")
    assert answer.code == 0
    assert answer.err == ""
    spec = json.loads((tmp_path / "r" / "run.json").read_text())["spec"]
    assert [layer.get("units") for layer in spec["architecture"]["layers"] if layer["kind"] == "Dense"] == [7, 5, 10]
    assert spec["data"] | {"digest": ""} == {
        "name": "digits",
        "digest": "",
        "validation": 0.2,
        "limit": 500,
        "preprocessing": "symmetric",
        "folds": None,
        "fold": None,
        "backbone": None,
        "leave_out": [],
    }
    assert spec["optimizer"] == {
        "kind": "sgd",
        "learning_rate": 0.05,
        "momentum": 0.9,
        "nesterov": True,
        "weight_decay": 0.01,
        "clipnorm": None,
        "clipvalue": None,
        "global_clipnorm": 2.0,
    }
    assert spec["schedule"] == {"kind": "step", "every_epochs": 1.0, "factor": 0.5, "warmup_epochs": 0.5}
    assert spec["early_stopping"]["patience"] == 4
    assert (spec["epochs"], spec["batch_size"], spec["top_k"], spec["seed"]) == (2, 32, 3, 9)


def test_the_default_folder_names_what_is_inside(classlab, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = ("train", "--data", "digits", "--model", "linear", "--epochs", 1)
    answer = classlab(*words)
    assert re.search(r"^Run folder: runs/digits-linear-[0-9a-f]{8}$", answer.err, re.MULTILINE)
    again = classlab(*words, "--seeds", 2)
    assert re.search(r"^Run folder: runs/digits-linear-[0-9a-f]{8}-2seeds$", again.err, re.MULTILINE)


def test_the_same_run_is_not_trained_twice(classlab, tmp_path):
    words = ("train", "--data", "digits", "--model", "linear", "--epochs", 1, "-o", tmp_path)
    first, second = classlab(*words), classlab(*words)
    assert second.out == first.out
    assert "These runs were trained before (on 2" in second.err
    assert "epoch 1/1" not in second.err
    assert "epoch 1/1" in classlab(*words, "--again").err


def test_several_seeds_give_mean_spread_and_a_row_each(classlab, tmp_path):
    answer = classlab("train", "--data", "digits", "--model", "linear", "--epochs", 1, "--seeds", 3, "-o", tmp_path)
    assert re.search(r"^test +359 +\d\.\d{4} ± \d\.\d{4} +\d\.\d{4} ± \d\.\d{4}$", answer.out, re.MULTILINE)
    assert "mean ± standard deviation over 3 seeds" in answer.out
    assert [line.split()[0] for line in answer.out.splitlines() if re.match(r"\d ", line)] == ["0", "1", "2"]
    assert sorted(entry.name for entry in tmp_path.glob("seed-*")) == ["seed-0", "seed-1", "seed-2"]


def test_json_is_one_document(classlab, tmp_path):
    words = ("train", "--data", "digits", "--model", "linear", "--epochs", 1, "--seeds", 2, "-o", tmp_path, "--json")
    answer = classlab(*words)
    document = json.loads(answer.out)
    assert document["folder"] == str(tmp_path)
    assert document["trained_before"] is False
    assert [run["seed"] for run in document["runs"]] == [0, 1]
    accuracies = [run["test"]["accuracy"] for run in document["runs"]]
    assert document["summary"]["test"]["accuracy_mean"] == pytest.approx(sum(accuracies) / 2)
    assert document["summary"]["test"]["images"] == 359


def test_selection_on_the_test_set_is_flagged(classlab, tmp_path):
    words = ("train", "--data", "digits", "--model", "linear", "--epochs", 1, "--validation", "test", "-o", tmp_path)
    answer = classlab(*words)
    assert "validation (= test)" in answer.out
    assert "selected on the test set" in answer.out


def test_a_diverged_run_is_shown_and_exits_with_seven(classlab, tmp_path):
    words = ("train", "--data", "digits", "--optimizer", "sgd", "--learning-rate", 1e30, "--epochs", 2, "-o", tmp_path)
    answer = classlab(*words, "--quiet")
    assert answer.code == 7
    assert "seed 0: " in answer.out
    document = json.loads(classlab(*words, "--json").out)
    assert document["runs"][0]["state"] == "diverged"
    assert document["summary"] == {}


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (["--data", "digit"], 3, "Did you mean digits?"),
        (["--data", "digits", "--model", "mpl"], 4, "Did you mean 'mlp'?"),
        (
            ["--data", "digits", "--model", "cnn"],
            4,
            "classlab: the model 'cnn' needs larger images than 8 x 8 pixels, of which its windows leave nothing. "
            "Take cnn-small, mlp or linear.",
        ),
        (["--data", "digits", "--momentum", "0.9"], 2, "`--momentum` has no effect with --optimizer adam"),
        (
            ["--data", "digits", "--epochs", "0"],
            2,
            "`--epochs` must be a whole number of at least 1, but got --epochs 0. Write for example --epochs 5.",
        ),
        (["--data", "digits", "--learning-rate", "-1"], 2, "`--learning-rate` must be a positive number"),
        (["--data", "digits", "--validation", "1.5"], 2, "`--validation` must be a share between 0 and 1"),
        (
            ["--data", "digits", "--optimizer", "sgd", "--nesterov"],
            2,
            "`--nesterov` has no effect without `--momentum`, but got --nesterov alone. Give it as well, for example "
            "--momentum 0.9.",
        ),
        (["--data", "digits", "--monitor", "loss"], 2, "`--monitor` has no effect without `--early-stopping`"),
        (["--data", "digits", "--step-epochs", "3"], 2, "`--step-epochs` has no effect with --schedule constant"),
        (["--data", "digits", "--clipnorm", "1", "--clipvalue", "1"], 2, "but got `--clipnorm` and `--clipvalue`."),
        (["--data", "digits", "--model", "resnet"], 4, "no built-in model is called 'resnet'. Built in are linear,"),
        (["--data", "digits", "--model", "missing.keras"], 5, "missing.keras"),
        (["--data", "digits", "--size", "9x9"], 3, "`--size` is for folders of pictures"),
    ],
)
def test_what_cannot_be_trained_is_one_sentence(classlab, tmp_path, monkeypatch, words, code, sentence):
    monkeypatch.chdir(tmp_path)
    answer = classlab("train", *words, "--quiet")
    assert answer.code == code
    assert answer.out == ""
    assert sentence in answer.err
    assert answer.err.count("\n") == 1


def test_a_file_in_the_way_of_the_folder_is_named(classlab, tmp_path):
    (tmp_path / "r").write_text("")
    answer = classlab("train", "--data", "digits", "-o", tmp_path / "r", "--quiet")
    assert answer.code == 5
    assert f"{tmp_path / 'r'} must be writable" in answer.err


def started(folder: Path, *words: str) -> subprocess.Popen[str]:
    """A training in a process of its own, past its first epochs."""
    command = [sys.executable, "-m", "classlab.cli.main", *LONG, "-o", str(folder), *words]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=PLACE)
    deadline = time.monotonic() + 60
    while not (folder / CHECKPOINT_FILE).exists() and time.monotonic() < deadline and process.poll() is None:
        time.sleep(0.02)
    return process


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_stops_in_order_and_says_how_to_go_on(tmp_path, number, code):
    folder = tmp_path / "run"
    with started(folder) as process:
        began = time.monotonic()
        process.send_signal(number)
        out, err = process.communicate(timeout=30)
    assert time.monotonic() - began < 5
    assert process.returncode == code
    assert out == ""
    assert err.splitlines()[-1] == (
        f"classlab: stopped. The last finished epoch is kept in {folder}. "
        f"Continue with: classlab {' '.join(LONG)} -o {folder} --resume"
    )
    assert "Traceback" not in err
    assert {CHECKPOINT_FILE, "spec.json"} <= {path.name for path in folder.iterdir()}


def test_a_second_training_in_the_same_folder_is_refused(classlab, tmp_path):
    folder = tmp_path / "run"
    with started(folder) as process:
        answer = classlab(*LONG, "-o", folder, "--resume", "--quiet")
        process.kill()
        process.communicate()
    assert answer.code == 6
    assert f"only one process may write to {folder}, but process {process.pid} on" in answer.err


def test_a_killed_training_needs_a_word_to_go_on(classlab, tmp_path):
    folder = tmp_path / "run"
    with started(folder) as process:
        process.kill()
        process.communicate()
    answer = classlab(*LONG, "-o", folder, "--quiet")
    assert answer.code == 4
    assert "must be resumed or replaced on purpose" in answer.err


def test_a_refusal_is_not_preceded_by_an_announcement(classlab, tmp_path):
    answer = classlab("train", "--data", "digits", "--model", "linear", "--top-k", 11, "-o", tmp_path / "run")
    assert (answer.code, answer.out) == (4, "")
    assert "Training" not in answer.err
    assert answer.err.endswith("classlab: `--top-k` must be at most the 10 classes, but got --top-k 11. Give less.\n")

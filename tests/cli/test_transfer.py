"""Heads on a backbone from the command line."""

from __future__ import annotations

import json

import pytest

import classlab
from classlab.cli.main import main

pytestmark = pytest.mark.light


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    file = tmp_path_factory.mktemp("trained") / "own.keras"
    classlab.fit("digits", "mlp", units=(16,), epochs=2).to_keras(file)
    return file


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("CLASSLAB_CACHE", str(tmp_path / "cache"))


def test_train_evaluate_and_export(trained, tmp_path, capsys):
    place, whole = str(tmp_path / "run"), str(tmp_path / "whole.keras")
    words = ["--data", "digits", "--backbone", str(trained), "--model", "linear", "--epochs", "1", "-o", place]
    assert main(["train", *words]) == 0
    told = capsys.readouterr()
    assert "note: The backbone own was frozen while the head trained." in told.out
    assert "First own makes the features of every picture that the cache does not hold yet." in told.err
    assert main(["evaluate", place, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["images"] == 359
    assert main(["export", place, "-o", whole]) == 0
    assert main(["report", place, "-o", str(tmp_path / "report.html")]) == 0
    assert main(["doctor", place]) in (0, 8)


def test_a_sweep_of_heads_has_a_verdict_and_names_the_backbone(trained, tmp_path, capsys):
    other = tmp_path / "other.keras"
    classlab.fit("digits", "mlp", units=(8,), epochs=1).to_keras(other)
    words = ["--backbone", f"{trained},{other}", "--model", "linear", "--learning-rate", "0.01", "--epochs", "1"]
    command = ["sweep", "--data", "digits", "--seeds", "2", "--store", str(tmp_path / "store"), *words]
    assert main(command) == 0
    told = capsys.readouterr().out
    assert "own" in told
    assert "other" in told
    assert main(["runs", "--store", str(tmp_path / "store"), "--json"]) == 0


def test_pixels_are_an_arm_beside_features(trained, tmp_path, capsys):
    words = ["--backbone", f"none,{trained}", "--fine-tune", "0", "--model", "linear", "--epochs", "1"]
    store = str(tmp_path / "store")
    assert main(["sweep", "--data", "digits", "--seeds", "2", "--store", store, "--name", "both", *words]) == 0
    told = capsys.readouterr().out
    assert "'no backbone'" in told
    assert "'own'" in told
    assert main(["runs", "--store", store, "--json"]) == 0
    runs = json.loads(capsys.readouterr().out)["runs"]
    shapes = [run["spec"]["architecture"]["input_shape"] for run in runs]
    assert sorted(shapes) == [[1, 1, 16]] * 2 + [[8, 8, 1]] * 2


def test_a_study_file_names_its_backbone_relative_to_itself(trained, tmp_path, capsys):
    text = 'name = "heads"\ndata = "digits"\nbackbone = "own.keras"\nmodel = "linear"\nepochs = 1\nseeds = 2\n'
    (tmp_path / "own.keras").write_bytes(trained.read_bytes())
    (tmp_path / "heads.toml").write_text(text)
    assert main(["sweep", str(tmp_path / "heads.toml"), "--store", str(tmp_path / "store")]) == 0

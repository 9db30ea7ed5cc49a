"""What version 0.1.0 wrote opens, is reported on and is gone on with; `fixtures/version_0_1_0/make.py` made it."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

import classlab
from classlab.analysis.analysis import analyse
from classlab.cli.main import main
from classlab.files.tensor_file import read_arrays
from classlab.records.architecture import KerasArchitecture
from classlab.records.run import SCHEMA_VERSION
from classlab.studies.store import merge_stores, open_store
from tests.fixtures.version_0_1_0.make import keras_model

FILES = Path(__file__).parent / "fixtures" / "version_0_1_0"
NOTE = (
    "Resumed from a checkpoint of an older classlab, which carried no digest: a value that was damaged on the disk "
    "would not have been noticed."
)


@pytest.fixture
def old(tmp_path, monkeypatch) -> Path:
    shutil.copytree(FILES, tmp_path / "old")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "old"


def test_a_run_folder_opens_and_predicts_what_it_predicted(old):
    run = classlab.open_run(old / "run")
    assert run.record.version == 2
    test = classlab.load("digits").test
    assert run.predictions is not None
    assert np.allclose(run.predict(test.images), run.predictions.probabilities, atol=1e-4)
    assert run.evaluate(test).accuracy == pytest.approx(run.record.test.accuracy)


def test_the_commands_work_on_a_run_folder(old):
    folder = str(old / "run")
    assert main(["report", folder, "-o", str(old / "run.html"), "--quiet"]) == 0
    assert main(["evaluate", folder, "--quiet"]) == 0
    assert main(["doctor", folder]) in (0, 8, 9)
    assert main(["export", folder, "-o", str(old / "net.keras"), "--quiet"]) == 0


def test_a_store_opens_and_is_reported_on(old, capsys):
    store = str(old / "store")
    assert main(["runs", "--store", store]) == 0
    assert capsys.readouterr().out.count("finished") == 4
    assert main(["report", "before", "--store", store, "-o", str(old / "before.html"), "--quiet"]) == 0
    with open_store(old / "store", write=False) as opened:
        assert len(analyse(opened.study("before")).arms) == 2


def test_a_store_is_merged_into_one_of_today_once(old):
    found = [merge_stores(old / "new", [old / "store"])[0] for _ in range(2)]
    assert [(each.runs, each.studies, each.openings) for each in found] == [(4, 1, 1), (0, 0, 0)]
    assert [(each.runs_there, each.studies_there, each.openings_there) for each in found] == [(0, 0, 0), (4, 1, 1)]
    assert not any(each.conflicts or each.left_out for each in found)


def test_a_store_is_made_anew_from_its_files(old):
    (old / "store" / "store.sqlite").unlink()
    assert main(["runs", "--rebuild", "--store", str(old / "store")]) == 0
    with open_store(old / "store", write=False) as opened:
        assert len(opened.runs()) == 4
        assert len(opened.openings(opened.runs()[0].spec.data.digest)) == 1


def test_a_study_finds_the_runs_that_it_has_trained(old):
    study = classlab.Study(
        "before", data="digits", model="mlp", units=(8,), optimizer=["adam", "sgd"], limit=100, epochs=1, seeds=3
    )
    result = study.run(old / "store")
    assert sorted(run.version for run in result.record.runs) == [2, 2, 2, 2, SCHEMA_VERSION, SCHEMA_VERSION]


@pytest.mark.parametrize("route", ["kernels", "keras"])
def test_an_interrupted_training_goes_on_to_the_same_weights(old, route):
    network = {"model": "mlp", "units": (8,)} if route == "kernels" else {"model": keras_model(), "start": "fresh"}
    folder = old / f"interrupted_{route}"
    run = classlab.fit("digits", limit=100, epochs=4, folder=folder, resume=True, **network)
    assert run.record.epochs_done == 4
    assert NOTE in run.record.notes
    straight, _ = read_arrays(old / f"straight_{route}.safetensors")
    assert run.weights.keys() == straight.keys()
    assert all(np.allclose(run.weights[name], straight[name], atol=1e-4) for name in straight)
    assert classlab.open_run(folder).record == run.record


def test_a_model_that_was_begun_through_keras_is_not_trained_again_on_the_engine(old):
    folder, model = old / "interrupted_keras", {"model": keras_model(), "start": "fresh"}
    first = classlab.fit("digits", limit=100, epochs=4, folder=folder, resume=True, **model)
    again = classlab.fit("digits", limit=100, epochs=4, folder=folder, model=keras_model(), start="fresh")
    assert isinstance(first.record.spec.architecture, KerasArchitecture)
    assert again.record == first.record

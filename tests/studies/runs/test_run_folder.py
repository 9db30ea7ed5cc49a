from __future__ import annotations

import csv
import json
import shutil

import numpy as np
import pytest

from classlab import fit
from classlab.errors import RecordError, StorageError
from classlab.studies.runs.run import Run
from classlab.studies.runs.run_folder import read_record, read_run


@pytest.fixture
def folder(trained, tmp_path):
    trained.save(tmp_path / "run")
    return tmp_path / "run"


def test_a_run_comes_back_as_it_was(trained, folder):
    stored = read_run(folder)
    assert stored.record == trained.record
    assert stored.border == trained.border
    assert {name: array.tobytes() for name, array in stored.weights.items()} == {
        name: array.tobytes() for name, array in trained.weights.items()
    }
    assert stored.predictions.probabilities.tobytes() == trained.predictions.probabilities.tobytes()
    assert stored.predictions.labels.tolist() == trained.predictions.labels.tolist()


def test_curves_are_a_table_with_a_row_per_epoch(trained, folder):
    with (folder / "curves.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["epoch"] for row in rows] == ["1", "2", "3"]
    assert [float(row["val_loss"]) for row in rows] == trained.history["val_loss"]


@pytest.mark.parametrize("name", ["weights.safetensors", "predictions.safetensors"])
def test_files_of_two_trainings_are_not_read_as_one(trained, folder, tmp_path, digits, name):
    from classlab.studies.fit import fit

    fit(digits, "linear", epochs=1, folder=tmp_path / "other")
    shutil.copy(tmp_path / "other" / name, folder / name)
    with pytest.raises(RecordError) as refusal:
        read_run(folder)
    assert str(refusal.value) == (
        f"{folder / name} must belong to the run.json beside it, but one of the two was changed or comes from another "
        "training. Restore both files or train the run again."
    )


def test_a_changed_record_is_noticed(folder):
    record = json.loads((folder / "run.json").read_text())
    record["test"]["accuracy"] = 0.999
    (folder / "run.json").write_text(json.dumps(record))
    with pytest.raises(RecordError, match="one of the two was changed"):
        read_record(folder)


def test_a_newer_record_asks_for_an_upgrade(folder):
    record = json.loads((folder / "run.json").read_text())
    record["version"] = 99
    (folder / "run.json").write_text(json.dumps(record))
    with pytest.raises(RecordError) as refusal:
        read_record(folder)
    assert str(refusal.value) == (
        f"{folder / 'run.json'} was written by a newer classlab (layout 99, this one reads up to 4). Upgrade classlab."
    )


def test_no_such_folder(tmp_path):
    with pytest.raises(StorageError) as refusal:
        Run.load(tmp_path / "nowhere")
    assert str(refusal.value) == (
        f"{tmp_path / 'nowhere'} must be the folder of a finished run, but there is no such folder. "
        "Check the path, or train a run into it first."
    )


def test_a_file_is_not_a_run_folder(tmp_path):
    (tmp_path / "a").write_text("")
    with pytest.raises(StorageError) as refusal:
        Run.load(tmp_path / "a")
    assert str(refusal.value) == (
        f"{tmp_path / 'a'} must be the folder of a finished run, but it is a file. Give the folder that the training "
        "wrote."
    )


def test_the_folder_of_several_seeds_names_one_of_them(trained, tmp_path):
    trained.save(tmp_path / "seed-0")
    trained.save(tmp_path / "seed-1")
    with pytest.raises(StorageError) as refusal:
        Run.load(tmp_path)
    assert str(refusal.value) == (
        f"{tmp_path} must be the folder of a finished run, but it holds 2 runs, one per seed. "
        f"Give one of them, as in {tmp_path / 'seed-0'}."
    )


def test_an_unfinished_training_is_not_a_run(tmp_path):
    (tmp_path / "spec.json").write_text("{}")
    with pytest.raises(StorageError) as refusal:
        Run.load(tmp_path)
    assert str(refusal.value) == (
        f"{tmp_path} must be the folder of a finished run, but its training has not finished. "
        "Resume the training first."
    )


def test_an_empty_folder_is_not_a_run(tmp_path):
    with pytest.raises(StorageError) as refusal:
        Run.load(tmp_path)
    assert str(refusal.value) == (
        f"{tmp_path} must be the folder of a finished run, but it has no run.json. "
        "Give the folder that a training wrote."
    )


def test_the_making_of_centred_ink_travels_with_the_run(tmp_path):
    run = fit("mnist5k", "linear", epochs=1, limit=500, folder=tmp_path)
    assert run.ink_style is not None
    assert run.ink_style.side == 20
    assert Run.load(tmp_path).ink_style == run.ink_style
    photographs = np.random.default_rng(0).integers(0, 256, (200, 8, 8, 1), dtype=np.uint8)
    assert fit((photographs, np.arange(200) % 2), "linear", epochs=1).ink_style is None

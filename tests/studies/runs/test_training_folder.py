from __future__ import annotations

from pathlib import Path

import pytest

from classlab.errors import RecordError, SpecError, StorageError
from classlab.studies.asked.assignment import assign
from classlab.studies.asked.model_choice import choose_model
from classlab.studies.runs.training_folder import (
    discard_checkpoint,
    folder_state,
    mark_finished,
    mark_started,
    read_started,
    run_folders,
)
from classlab.studies.work.train import train

OTHER = "must be used for one training only, but it holds {} of another specification. " + (
    "Choose another folder, or remove this one if it is not needed."
)


def specs_of(digits, *seeds: int, epochs: int = 1):
    return assign(digits, choose_model("linear", digits), seeds=seeds, options={"epochs": epochs}).specs


def trained_into(folder, digits, *seeds: int):
    assignment = assign(digits, choose_model("linear", digits), seeds=seeds, options={"epochs": 1}, folder=folder)
    return train(assignment)


def test_one_run_lies_in_the_folder_itself_and_several_beside_each_other(tmp_path, digits):
    assert run_folders(tmp_path, specs_of(digits, 4)) == [tmp_path]
    assert run_folders(tmp_path, specs_of(digits, 4, 5)) == [tmp_path / "seed-4", tmp_path / "seed-5"]


def test_a_missing_or_empty_folder_is_new(tmp_path, digits):
    assert folder_state(tmp_path, specs_of(digits, 0)) == "new"
    assert folder_state(tmp_path / "missing", specs_of(digits, 0)) == "new"


def test_a_started_training_is_unfinished_until_it_is_marked_finished(tmp_path, digits):
    specs = specs_of(digits, 0, 1)
    mark_started(tmp_path, specs, created="2026-01-01T00:00:00+00:00")
    (tmp_path / "checkpoint.safetensors").touch()
    (tmp_path / "checkpoint.safetensors.17.partial").touch()
    assert folder_state(tmp_path, specs) == "unfinished"
    assert read_started(tmp_path).specs == tuple(specs)
    mark_finished(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_training_that_another_process_begins_meanwhile_is_unfinished_and_no_stranger(tmp_path, digits, monkeypatch):
    specs, looked_for = specs_of(digits, 0), Path.is_file

    def begun_meanwhile(path):
        found = looked_for(path)
        if path == tmp_path / "spec.json" and not found:
            mark_started(tmp_path, specs, created="2026-01-01T00:00:00+00:00")
        return found

    monkeypatch.setattr(Path, "is_file", begun_meanwhile)
    assert folder_state(tmp_path, specs) == "unfinished"


def test_a_training_that_another_process_finishes_meanwhile_is_finished(tmp_path, digits, monkeypatch):
    trained_into(tmp_path, digits, 0)
    specs, looked_for = specs_of(digits, 0), Path.is_file
    monkeypatch.setattr(Path, "is_file", lambda path: path.name == "spec.json" or looked_for(path))
    assert folder_state(tmp_path, specs) == "finished"


def test_a_checkpoint_alone_is_unfinished(tmp_path, digits):
    (tmp_path / "checkpoint.safetensors").touch()
    assert folder_state(tmp_path, specs_of(digits, 0)) == "unfinished"
    discard_checkpoint(tmp_path)
    assert folder_state(tmp_path, specs_of(digits, 0)) == "new"


@pytest.mark.parametrize("seeds", [(0,), (0, 1)])
def test_finished_runs_are_known_again(tmp_path, digits, seeds):
    trained_into(tmp_path, digits, *seeds)
    assert folder_state(tmp_path, specs_of(digits, *seeds)) == "finished"


def test_a_left_over_checkpoint_does_not_make_a_finished_run_unfinished(tmp_path, digits):
    trained_into(tmp_path, digits, 0)
    (tmp_path / "checkpoint.safetensors").touch()
    assert folder_state(tmp_path, specs_of(digits, 0)) == "finished"


def test_another_unfinished_training_is_refused(tmp_path, digits):
    mark_started(tmp_path, specs_of(digits, 0), created="")
    with pytest.raises(SpecError) as refusal:
        folder_state(tmp_path, specs_of(digits, 0, epochs=2), again=True)
    assert str(refusal.value) == f"{tmp_path} " + OTHER.format("an unfinished training")


def test_another_finished_run_is_refused(tmp_path, digits):
    trained_into(tmp_path, digits, 0)
    with pytest.raises(SpecError) as refusal:
        folder_state(tmp_path, specs_of(digits, 1), again=True)
    assert str(refusal.value) == f"{tmp_path} " + OTHER.format("a finished run")


def test_another_number_of_seeds_is_refused(tmp_path, digits):
    trained_into(tmp_path, digits, 0, 1)
    for seeds in [(0,), (0, 1, 2)]:
        with pytest.raises(SpecError) as refusal:
            folder_state(tmp_path, specs_of(digits, *seeds))
        assert str(refusal.value) == f"{tmp_path} " + OTHER.format("2 finished runs")


def test_a_folder_of_something_else_is_left_alone(tmp_path, digits):
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(StorageError) as refusal:
        folder_state(tmp_path, specs_of(digits, 0), again=True)
    assert str(refusal.value) == (
        f"{tmp_path} must be new, empty or the folder of a training, but it holds 'thesis.tex'. Choose another folder."
    )


def test_a_damaged_run_is_an_error_unless_it_is_going_to_be_replaced(tmp_path, digits):
    trained_into(tmp_path, digits, 0)
    (tmp_path / "run.json").write_text("{")
    with pytest.raises(RecordError, match=r"run\.json is not valid JSON"):
        folder_state(tmp_path, specs_of(digits, 0))
    assert folder_state(tmp_path, specs_of(digits, 0), again=True) == "finished"


def test_a_damaged_note_is_an_error_unless_the_training_starts_anew(tmp_path, digits):
    (tmp_path / "spec.json").write_text("{")
    with pytest.raises(RecordError, match=r"spec\.json is not valid JSON"):
        folder_state(tmp_path, specs_of(digits, 0))
    assert folder_state(tmp_path, specs_of(digits, 0), again=True) == "unfinished"

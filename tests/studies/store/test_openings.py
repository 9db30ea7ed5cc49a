"""Every way to measure test images enters the ledger; which ledger that is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from classlab.datasets import from_arrays
from classlab.records import StudyRecord, from_json, to_plain
from classlab.studies.fit import fit, fit_seeds
from classlab.studies.store import open_store, openings, read_ledger
from classlab.studies.store.openings import ledger_place
from classlab.studies.study import Study


def entries(place: Path) -> list[tuple[str, str, int]]:
    return [(each.dataset, each.purpose, each.runs) for each in read_ledger(place)]


@pytest.fixture
def nowhere(tmp_path, monkeypatch) -> Path:
    """A folder without a store, and no store named: in memory, until something is kept there."""
    monkeypatch.delenv("CLASSLAB_STORE")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(openings, "_in_memory", [])
    return tmp_path


def test_every_training_counts_its_runs_once(own_store, digits, tmp_path):
    fit(digits, "linear", epochs=1)
    fit_seeds(digits, "linear", epochs=1, seeds=3, folder=tmp_path / "three")
    fit_seeds(digits, "linear", epochs=1, seeds=3, folder=tmp_path / "three")  # found there, not measured again
    assert entries(own_store) == [("digits", "training", 1), ("digits", "training", 3)]
    assert {(each.digest, each.study) for each in read_ledger(own_store)} == {(digits.digest, "")}


def test_a_training_without_a_good_epoch_has_measured_nothing(own_store, digits):
    run = fit(digits, "linear", epochs=1, optimizer="sgd", learning_rate=1e38)
    assert run.predictions is None
    assert not own_store.exists()


def test_evaluations_count_where_the_images_are_known_for_test_images(own_store, trained, digits):
    trained.evaluate(digits.train)
    trained.evaluate((digits.test.images[:5], digits.test.labels[:5]))
    division = digits.divide(validation=0.5)
    trained.evaluate(division.validation)
    assert not own_store.exists()
    trained.evaluate(digits.test)
    trained.evaluate(digits.test.spread(20))
    trained.evaluate(digits.divide(validation="test").validation)
    trained.evaluate((digits.test.images, digits.test.labels))  # as Keras hands them out: told by their labels
    other = from_arrays(
        digits.test.images, digits.test.labels, digits.train.images, digits.train.labels, name="swapped"
    )
    trained.evaluate(other.test)
    assert entries(own_store) == [("digits", "evaluation", 1)] * 4 + [("swapped", "evaluation", 1)]
    assert [each.digest for each in read_ledger(own_store)] == [digits.digest] * 4 + [other.digest]


def test_a_run_of_a_store_is_entered_in_that_store(own_store, digits, tmp_path):
    place = tmp_path / "mine"
    result = Study("s", data=digits, model="linear", epochs=1, seeds=1).run(place)
    run = result.run("linear", 0)
    run.evaluate(digits.test)
    assert entries(place) == [("digits", "study", 1), ("digits", "evaluation", 1)]
    run.evaluate(digits.test, store=tmp_path / "named")
    assert entries(tmp_path / "named") == [("digits", "evaluation", 1)]
    assert not own_store.exists()


def test_without_a_store_memory_counts_and_hands_over_to_the_first_ledger(nowhere, digits):
    fit(digits, "linear", epochs=1)
    record = Study("s", data=digits, model="linear", epochs=1, seeds=2).run().record
    assert [(each.purpose, each.study, each.runs) for each in record.openings] == [
        ("training", "", 1), ("study", "s", 2)]  # fmt: skip
    assert list(nowhere.iterdir()) == []
    record = Study("t", data=digits, model="linear", epochs=1, seeds=1).run("other").record
    assert [(each.purpose, each.study) for each in record.openings] == [
        ("training", ""), ("study", "s"), ("study", "t")]  # fmt: skip
    fit(digits, "linear", epochs=1, folder="run")
    assert entries(nowhere / "classlab-store") == [("digits", "training", 1)]  # the store of this folder, from now on
    fit(digits, "linear", epochs=1)
    assert entries(nowhere / "classlab-store") == [("digits", "training", 1)] * 2
    assert openings._in_memory == []


@pytest.mark.parametrize(
    ("named", "folder", "variable", "there", "place"),
    [
        ("named", "run", "env", True, "named"),
        (None, "run", "env", True, "env"),
        (None, None, "env", False, "env"),
        (None, "run", None, False, "classlab-store"),
        (None, None, None, True, "classlab-store"),
        (None, None, None, False, None),
    ],
)
def test_the_ledger_at_hand(nowhere, monkeypatch, named, folder, variable, there, place):
    if variable:
        monkeypatch.setenv("CLASSLAB_STORE", variable)
    if there:
        (nowhere / "classlab-store").mkdir()
    found = ledger_place(store=named and Path(named), folder=folder and Path(folder))
    assert found == (place and Path(place))


def test_a_ledger_that_cannot_be_written_loses_no_training(nowhere, monkeypatch, digits):
    place = nowhere / "file"
    place.write_text("in the way")
    monkeypatch.setenv("CLASSLAB_STORE", str(place))
    sentence = (
        f"The test-set ledger lacks this opening of the test images of digits: {place} must be writable, but the "
        "system says: File exists. Choose another folder, because a file is in the way; nothing half-written was left "
        "behind."
    )
    run = fit(digits, "linear", epochs=1, folder="run")
    assert run.record.notes[-1] == sentence
    assert json.loads((nowhere / "run" / "run.json").read_text())["notes"][-1] == sentence
    with pytest.warns(UserWarning, match="^The test-set ledger lacks this opening") as warned:
        assert run.evaluate(digits.test) == run.record.test
    assert (str(warned[0].message), warned[0].filename) == (sentence, __file__)
    said: list[str] = []
    run.evaluate(digits.test, say=said.append)
    assert said == [sentence]
    with pytest.warns(UserWarning, match="^The test-set ledger lacks"):
        record = Study("s", data=digits, model="linear", epochs=1, seeds=2).run().record
    assert [each.purpose for each in record.openings] == ["training", "evaluation", "evaluation", "study"]
    monkeypatch.setenv("CLASSLAB_STORE", "good")  # nothing is forgotten: the next ledger takes them all
    fit(digits, "linear", epochs=1)
    assert len(entries(nowhere / "good")) == 5


def test_a_damaged_store_does_not_hold_up_a_study_in_memory(own_store, digits):
    with open_store(own_store, write=True):
        pass
    (own_store / "store.sqlite").write_bytes(b"x" * 100)
    record = Study("s", data=digits, model="linear", epochs=1, seeds=2).run().record
    assert [each.purpose for each in record.openings] == ["study"]


def test_a_study_of_the_first_layout_is_read(digits):
    """As it was before trainings were counted."""
    record = Study("s", data=digits, model="linear", epochs=1, seeds=1).run().record
    old = json.dumps({**to_plain(record), "version": 1})
    assert from_json(StudyRecord, old, where="old.json").openings == record.openings

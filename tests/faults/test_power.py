"""R5: every state that a disk can be in after a power cut opens as the old one, the new one, or one on the way."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

import classlab
from classlab.studies.runs.run_folder import read_run
from classlab.studies.store import open_store
from tests.faults.power import Disk, write_state

pytestmark = pytest.mark.faults("R5")

LINEAR = ("--data", "digits", "--limit", "60", "--model", "linear", "--epochs", "1", "--quiet")


@dataclass(frozen=True)
class Recorded:
    """A command, the folder before it and after it, and what it did in between."""

    before: Path
    after: Path
    log: Path


def recorded(disk, tmp_path, first, second) -> Recorded:
    """Runs one command to make the old state, and writes down what a second one does."""
    place, log = tmp_path / "place", tmp_path / "log"
    place.mkdir()
    assert disk.run(*first(place)).code == 0
    shutil.copytree(place, tmp_path / "before")
    done = disk.run(*second(place), watched=place, log=log)
    assert (done.code, done.changes > 5) == (0, True), done.err
    return Recorded(tmp_path / "before", place, log)


def tried(trials, record, tmp_path, opens, *, quick=20):
    """Has every state opened; after the last change only the new one is right."""
    disk, place = Disk(record.before, record.after), tmp_path / "state"
    states = list(disk.states(record.log))
    for number, state in trials.some(states, quick=quick):
        with trials.trial(f"after change {number}"):
            write_state(state, place)
            opens(place)
    for number, state in enumerate(disk.last()):
        with trials.trial(f"the end, state {number}"):
            write_state(state, place)
            assert opens(place) == opens(record.after)


def runs_in(place):
    """The runs of a store by identity, all of whose files are whole; empty before it has a database."""
    if not (place / "store" / "store.sqlite").exists():
        assert not any((place / "store" / "runs").glob("*/run.json"))
        return {}
    with open_store(place / "store", write=False) as store:
        found = {run.identity: run for run in store.runs()}
        for identity in found:
            read_run(store.folder(identity))
        if place.name == "state":
            assert all(len(store.study(each.name).runs) in (0, 2, 4) for each in store.studies())
        return found


@pytest.mark.parametrize("seeds", [1, pytest.param(0, marks=pytest.mark.faults("R5", full=True))])
def test_a_store_opens_with_its_old_runs_and_perhaps_new_ones(disk, tmp_path, trials, seeds):
    def sweep(place, seeds):
        options = ("--optimizer", "sgd,adam", "--seeds", seeds, "--name", "s")
        return ("sweep", *LINEAR, *options, "--store", place / "store") if seeds else ("--version",)

    record = recorded(disk, tmp_path, lambda place: sweep(place, seeds), lambda place: sweep(place, 2))
    old, new = runs_in(record.before), runs_in(record.after)
    assert (len(old), len(new)) == (2 * seeds, 4)

    def opens(place):
        found = runs_in(place)
        assert old.items() <= found.items() <= new.items()
        return found

    tried(trials, record, tmp_path, opens)


@pytest.mark.faults("R5", full=True)
def test_a_training_is_whole_or_goes_on(disk, tmp_path, trials):
    def train(place, seed):
        return ("train", *LINEAR, "--epochs", "3", "--seed", seed, "-o", place / f"run-{seed}")

    record = recorded(disk, tmp_path, lambda place: train(place, 0), lambda place: train(place, 1))
    weights = classlab.open_run(record.after / "run-1").weights

    def opens(place):
        run = place / "run-1"
        if not (run / "run.json").exists():
            again = disk.run(*train(place, 1), "--resume") if run.exists() else disk.run(*train(place, 1))
            assert again.code == 0, again.err
        found = classlab.open_run(run).weights
        assert {name: array.tobytes() for name, array in found.items()} == {
            name: array.tobytes() for name, array in weights.items()
        }
        return True

    tried(trials, record, tmp_path, opens, quick=5)


@pytest.mark.faults("R5", full=True)
@pytest.mark.parametrize(("command", "name"), [("export", "model.keras"), ("report", "report.html")])
def test_a_file_is_the_old_one_or_the_new_one(disk, tmp_path, trials, command, name):
    run = tmp_path / "run"
    assert disk.run("train", *LINEAR, "-o", run).code == 0

    def write(place):
        return (command, run, "--quiet", "-o", place / name)

    place = tmp_path / "place"
    place.mkdir()
    (place / name).write_bytes(b"old")
    shutil.copytree(place, tmp_path / "before")
    assert disk.run(*write(place), watched=place, log=tmp_path / "log").code == 0
    new = (place / name).read_bytes()

    def opens(place):
        found = (place / name).read_bytes()
        assert found in (b"old", new)
        return found

    tried(trials, Recorded(tmp_path / "before", place, tmp_path / "log"), tmp_path, opens)

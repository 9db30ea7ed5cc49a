"""Stores that are merged: everything once, whatever happens on the way, and nothing silently changed."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

import classlab
from classlab.errors import LockedError, RecordError, SpecError, StorageError
from classlab.records import Figures
from classlab.records.run import SCHEMA_VERSION
from classlab.studies.store import Merged, merge_stores, open_store
from classlab.studies.store.ledger import append_lines
from classlab.studies.store.rebuild import rebuild
from classlab.studies.store.schema import renew, row_digest


@pytest.fixture
def other(tmp_path, stored, opening, study) -> Path:
    """A store of another machine: one run and one opening of the first as well, the rest its own."""
    place = tmp_path / "other"
    runs = [stored(seed) for seed in (2, 3, 4)]
    with open_store(place, write=True) as store:
        store.add(runs[:1], opening=opening())
        store.add(runs[1:], opening=opening(3))
        store.save_study(study(runs, name="more"))
    return place


def content(folder):
    with open_store(folder, write=False) as store:
        runs = store.runs(sort="seed")
        for record in runs:
            assert store.run(record.identity).record == record
        return [record.spec.seed for record in runs], [entry.name for entry in store.studies()], store.openings()


def of(store, runs, studies, openings, conflicts=(), left_out=()) -> Merged:
    """What was taken and what was there, in pairs."""
    return Merged(
        store=str(store), runs=runs[0], runs_there=runs[1], studies=studies[0], studies_there=studies[1],
        openings=openings[0], openings_there=openings[1], conflicts=conflicts, left_out=left_out,
    )  # fmt: skip


def test_everything_is_taken_once(folder, other, opening):
    before = content(other)
    assert merge_stores(folder, [other]) == (of(other, (2, 1), (1, 0), (1, 1)),)
    merged = content(folder)
    assert merged == ([0, 1, 2, 3, 4], ["more", "rates"], (opening(), opening(3)))
    assert merge_stores(folder, [other]) == (of(other, (0, 3), (0, 1), (0, 2)),)
    assert content(folder) == merged
    assert content(other) == before
    shutil.rmtree(other)  # nothing of the first lies there
    assert content(folder) == merged
    assert rebuild(folder).runs == 5


def test_a_new_store_is_made_of_several(folder, other, tmp_path, opening):
    merged = merge_stores(tmp_path / "all", [folder, other])
    assert merged == (of(folder, (3, 0), (1, 0), (1, 0)), of(other, (2, 1), (1, 0), (1, 1)))
    assert content(tmp_path / "all") == ([0, 1, 2, 3, 4], ["more", "rates"], (opening(), opening(3)))


def test_a_store_with_nothing_but_a_ledger_gives_it(folder, tmp_path, opening):
    alone = tmp_path / "alone"
    append_lines(alone, [opening(), opening(5)])
    assert merge_stores(folder, [alone]) == (of(alone, (0, 0), (0, 0), (1, 1)),)
    assert content(folder)[2] == (opening(), opening(5))
    assert merge_stores(folder, [alone]) == (of(alone, (0, 0), (0, 0), (0, 2)),)
    assert [file.name for file in alone.iterdir() if not file.name.startswith(".")] == ["ledger.jsonl"]


def test_weights_and_predictions_are_those_of_the_other(folder, other, stored):
    merge_stores(folder, [other])
    run = stored(4)
    with open_store(folder, write=False) as store:
        taken = store.stored(run.record.identity)
    assert (taken.predictions.probabilities == run.predictions.probabilities).all()
    assert {name: array.tobytes() for name, array in taken.weights.items()} == {
        name: array.tobytes() for name, array in run.weights.items()
    }


def test_openings_of_one_second_that_differ_all_count_and_equal_ones_as_often_as_in_either(folder, other, opening):
    def at(fraction: str):
        return replace(opening(5), time=f"2026-03-06T10:00:00.{fraction}+00:00")

    with open_store(folder, write=True) as store:
        store.add([], opening=at("000001"))
        store.add([], opening=opening(1))
    with open_store(other, write=True) as store:
        store.add([], opening=at("000002"))
        for _ in range(2):
            store.add([], opening=opening(1))
    merge_stores(folder, [other])
    assert content(folder)[2] == (opening(), opening(1), opening(1), opening(3), at("000001"), at("000002"))


def test_the_same_run_from_another_machine_is_there_already(folder, tmp_path, stored):
    again = stored(1, created="2031-01-01T00:00:00+00:00", seconds=77.0, command="elsewhere")
    with open_store(tmp_path / "b", write=True) as store:
        store.add([again], opening=None)
    assert merge_stores(folder, [tmp_path / "b"]) == (of(tmp_path / "b", (0, 1), (0, 0), (0, 0)),)
    with open_store(folder, write=False) as store:
        assert store.record(again.record.identity) == stored(1).record


def test_other_figures_are_told_and_the_first_are_kept(folder, tmp_path, stored, study):
    mine = stored(1).record
    found = Figures(images=mine.validation.images, loss=0.5, accuracy=0.125)
    with open_store(tmp_path / "b", write=True) as store:
        store.add([stored(1, validation=found)], opening=None)
        store.save_study(study([stored(8)]))
    done = merge_stores(folder, [tmp_path / "b"])
    conflicts = (
        f"the run {mine.identity} came out otherwise in {tmp_path / 'b'} (validation accuracy 0.1250, not "
        f"{mine.validation.accuracy:.4f}); the one of {folder} was kept.",
        f"the study 'rates' is another one in {tmp_path / 'b'}; the one of {folder} was kept.",
    )
    assert done == (of(tmp_path / "b", (0, 0), (0, 0), (0, 0), conflicts),)
    with open_store(folder, write=False) as store:
        assert store.record(mine.identity) == mine
        assert len(store.study("rates").runs) == 3


def test_a_run_that_failed_gives_way_and_never_takes_one(folder, tmp_path, stored):
    failed = {"state": "failed", "reason": "MemoryError", "validation": None, "test": None}
    with open_store(folder, write=True) as store:
        store.add([stored(5, **failed)], opening=None)
    with open_store(tmp_path / "b", write=True) as store:
        store.add([stored(1, **failed), stored(5)], opening=None)
    assert merge_stores(folder, [tmp_path / "b"]) == (of(tmp_path / "b", (1, 1), (0, 0), (0, 0)),)
    with open_store(folder, write=False) as store:
        assert [store.record(stored(seed).record.identity).state for seed in (1, 5)] == ["finished", "finished"]


def test_a_study_that_was_finished_elsewhere_takes_the_place_of_its_beginning(folder, tmp_path, three, study):
    shutil.copytree(folder, tmp_path / "b")
    with open_store(folder, write=True) as store:
        store.save_study(study(three), unfinished=True)
    assert merge_stores(folder, [tmp_path / "b"])[0].studies == 1
    with open_store(folder, write=False) as store:
        assert [entry.finished for entry in store.studies()] == [True]


def test_a_run_whose_files_are_damaged_is_left_out_and_named(folder, other, stored):
    place = other / "runs" / stored(3).record.identity
    (place / "weights.safetensors").write_bytes(b"short")
    (done,) = merge_stores(folder, [other])
    assert (done.runs, done.runs_there) == (1, 1)
    (sentence,) = done.left_out
    assert sentence.startswith(f"{place / 'weights.safetensors'} is damaged")
    assert content(folder)[0] == [0, 1, 2, 4]


def test_a_study_of_a_newer_classlab_is_left_out_and_named(folder, other):
    connection = sqlite3.connect(other / "store.sqlite", isolation_level=None)
    *cells, _ = connection.execute("SELECT * FROM studies").fetchone()
    cells[-1] = '{"version": 99}'
    connection.execute("UPDATE studies SET record = ?, digest = ?", (cells[-1], row_digest(cells)))
    renew(connection, ["studies"])
    connection.close()
    (done,) = merge_stores(folder, [other])
    assert (done.runs, done.studies) == (2, 0)
    assert done.left_out == (
        f"{other / 'store.sqlite'} was written by a newer classlab (layout 99, this one reads up to {SCHEMA_VERSION}). "
        "Upgrade classlab.",
    )


def test_a_damaged_or_newer_store_is_refused_before_anything_is_taken(folder, other, tmp_path):
    before, path = content(folder), tmp_path / "bad" / "store.sqlite"
    shutil.copytree(other, tmp_path / "bad")
    path.write_bytes(b"garbage" * 1000)
    with pytest.raises(RecordError, match="SQLite says: file is not a database"):
        merge_stores(folder, [other, tmp_path / "bad"])
    shutil.copy(other / "store.sqlite", path)
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 2")
    connection.close()
    with pytest.raises(RecordError) as refusal:
        merge_stores(folder, [other, tmp_path / "bad"])
    assert str(refusal.value) == (
        f"{path} was written by a newer classlab (layout 2, this one reads up to 1). Upgrade classlab."
    )
    with pytest.raises(StorageError, match=r"none must be a store, but it holds no store\.sqlite"):
        merge_stores(folder, [other, tmp_path / "none"])
    assert not (tmp_path / "none").exists()
    assert content(folder) == before


def test_a_store_is_not_merged_with_itself(folder):
    with pytest.raises(SpecError) as refusal:
        merge_stores(folder, [folder / ".." / folder.name])
    assert str(refusal.value) == (
        f"stores that are merged must be different folders, but got {folder} twice. Name it once."
    )


@pytest.mark.parametrize("held", ["first", "other"])
def test_no_other_process_writes_to_either_meanwhile(folder, other, held):
    with open_store(folder if held == "first" else other, write=True), pytest.raises(LockedError):
        merge_stores(folder, [other])
    assert content(folder)[0] == [0, 1, 2]


MERGE = """
import os, sys
from pathlib import Path
from classlab.files.fault import at
from classlab.studies.store import merge, merge_stores
merge._BATCH_RUNS = 1
at(sys.argv[3], lambda: os.kill(os.getpid(), 9), passage=int(sys.argv[4]))
merge_stores(Path(sys.argv[1]), [Path(sys.argv[2])])
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs signals of POSIX")
@pytest.mark.parametrize(
    ("moment", "passage"),
    [("merged-lines-without-rows", 1), ("files-without-rows", 1), ("merged-runs", 1), ("files-without-rows", 2)],
)
def test_a_merge_that_was_killed_goes_on(folder, other, tmp_path, moment, passage):
    shutil.copytree(folder, tmp_path / "whole")
    merge_stores(tmp_path / "whole", [other])
    command = [sys.executable, "-c", MERGE, str(folder), str(other), moment, str(passage)]
    place = {**os.environ, "PYTHONPATH": str(Path(classlab.__file__).parents[1])}
    killed = subprocess.run(command, capture_output=True, text=True, env=place)
    assert killed.returncode == -9, killed.stderr
    content(folder)
    merge_stores(folder, [other])
    assert content(folder) == content(tmp_path / "whole")
    assert len(list((folder / "runs").iterdir())) == 5


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_store_that_nobody_may_write_is_taken_without_its_lock(folder, other):
    for path in (other, *other.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        assert merge_stores(folder, [other])[0].runs == 2
    finally:
        for path in (other, *other.rglob("*")):
            path.chmod(0o755)

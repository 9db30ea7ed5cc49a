"""The test-set ledger's file and rows, and what is read from both together."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from filelock import FileLock

import classlab
from classlab.errors import LockedError, RecordError, StorageError
from classlab.studies.store import ledger, open_store, read_ledger
from classlab.studies.store.ledger import append_lines, read_lines


def test_lines_of_trainings_count_while_a_writer_holds_the_store_and_become_rows(folder, opening):
    """A study may hold the store for hours; a training must be able to enter its opening meanwhile."""
    late = replace(opening(3), study="", purpose="training")
    with open_store(folder, write=True) as store:
        append_lines(folder, [late, late])
        assert store.openings() == (opening(0), late, late)
        store.add([], opening=opening(1))
        assert store.openings() == (opening(0), opening(1), late, late)
    with open_store(folder, write=True):
        pass
    (folder / "ledger.jsonl").unlink()
    with open_store(folder, write=False) as store:
        assert sorted(store.openings(), key=lambda each: each.time) == [opening(0), opening(1), late, late]


def test_a_ledger_without_a_store_is_read_and_a_study_makes_the_store_around_it(tmp_path, opening):
    place = tmp_path / "new"
    append_lines(place, [opening(0)])
    assert read_ledger(place) == (opening(0),)
    with (
        pytest.raises(StorageError, match=r"must be a store, but it holds no store\.sqlite"),
        open_store(place, write=False),
    ):
        pass
    with open_store(place, write=True) as store:
        assert store.openings() == (opening(0),)
    assert read_ledger(place) == (opening(0),)
    with pytest.raises(StorageError, match=r"must be a store, but it holds no store\.sqlite"):
        read_ledger(tmp_path / "nowhere")


def test_a_ledger_beside_runs_without_their_database_is_refused(folder):
    (folder / "store.sqlite").unlink()
    with pytest.raises(RecordError, match="it is missing or empty while runs lies beside it"):
        read_ledger(folder)


APPEND = """
import sys
from pathlib import Path
from classlab.records import Opening
from classlab.studies.store.ledger import append_lines
for number in range(40):
    purpose = "training"
    append_lines(Path(sys.argv[1]), [Opening(time=f"{sys.argv[2]}-{number}", dataset="d" * 9000, digest="d", study="",
                                             purpose=purpose, runs=1)])
"""


def test_processes_that_append_at_once_lose_no_line(tmp_path):
    place = {**os.environ, "PYTHONPATH": str(Path(classlab.__file__).parents[1])}
    words = [sys.executable, "-c", APPEND, str(tmp_path)]
    writers = [subprocess.Popen([*words, str(number)], env=place) for number in range(3)]
    assert [writer.wait() for writer in writers] == [0, 0, 0]
    openings, lost = read_lines(tmp_path)
    assert (len({each.time for each in openings}), len(openings), lost) == (120, 120, 0)


def test_a_ledger_that_stays_busy_is_a_sentence(tmp_path, opening, monkeypatch):
    monkeypatch.setattr(ledger, "_PATIENCE", 0.01)
    with FileLock(tmp_path / ".ledger.jsonl.lock"), pytest.raises(LockedError) as refusal:
        append_lines(tmp_path, [opening(0)])
    assert str(refusal.value) == (
        f"{tmp_path / 'ledger.jsonl'} must be free to be written, but another process kept it busy for 0 s. "
        "Try again when that process has finished."
    )

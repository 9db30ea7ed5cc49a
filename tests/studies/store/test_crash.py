"""A process that dies, a full disk, two writers: the store keeps its old state or has the whole new one."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

import classlab
from classlab.errors import LockedError, StorageError
from classlab.studies.store import database, open_store

if sys.platform == "win32":
    pytest.skip("needs signals and limits of POSIX", allow_module_level=True)

# Adds runs with other seeds, made from one that is there.
ADD = """
import os, resource, signal, sys
from dataclasses import replace
from pathlib import Path
from classlab.errors import StorageError
from classlab.records import Opening, identity
from classlab.studies.runs.run_folder import read_run
from classlab.studies.store import open_store, store

def variant(run, seed):
    spec = replace(run.record.spec, seed=seed)
    return replace(run, record=replace(run.record, spec=spec, identity=identity(spec)))

folder = Path(sys.argv[1])
with open_store(folder, write=True) as target:
    one = read_run(target.folder(target.runs()[0].identity))
    runs = [variant(one, seed) for seed in range(100, 110)] + [one]
    opening = Opening(time="t", dataset="digits", digest="d1", study="", purpose="study", runs=11)
    {before}
    target.add(runs, opening=opening)
    print("added")
"""


def add_in_another_process(folder, before=""):
    place = {**os.environ, "PYTHONPATH": str(Path(classlab.__file__).parents[1])}
    script = ADD.replace("{before}", before)
    return subprocess.run([sys.executable, "-c", script, str(folder)], capture_output=True, text=True, env=place)


def seeds_and_openings(folder):
    with open_store(folder, write=False) as store:
        runs = store.runs(sort="seed")
        for record in runs:
            assert store.run(record.identity).record == record
        return [record.spec.seed for record in runs], len(store.openings())


OLD, NEW = [0, 1, 2], [0, 1, 2, *range(100, 110)]


@pytest.mark.parametrize(
    ("before", "opened"),
    [
        ("from classlab.files import fault; fault.at('files-without-rows', lambda: os.kill(os.getpid(), 9))", 0),
        ("from classlab.studies.store import database; database.renew = lambda *_: os.kill(os.getpid(), 9)", 1),
    ],
    ids=["between-files-and-rows", "within-the-transaction"],
)
def test_a_killed_writer_leaves_the_old_runs_and_the_next_one_finishes(folder, before, opened):
    """An opening whose line was written did happen, though its runs are lost: it counts, and the next one as well."""
    killed = add_in_another_process(folder, before)
    assert killed.returncode == -9, killed.stderr
    assert seeds_and_openings(folder) == (OLD, 1 + opened)
    done = add_in_another_process(folder)
    assert done.stdout == "added\n", done.stderr
    assert seeds_and_openings(folder) == (NEW, 2 + opened)
    assert len(list((folder / "runs").iterdir())) == 13


@pytest.mark.parametrize("room", [1000, 0], ids=["no-room-for-files", "no-room-for-rows"])
def test_a_full_disk_leaves_the_old_state(folder, room):
    limit = room or (folder / "store.sqlite").stat().st_size
    before = f"resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))"
    full = add_in_another_process(folder, before)
    assert full.returncode == 1
    last = full.stderr.splitlines()[-1]
    if room:
        assert last.startswith("classlab.errors.StorageError: ")
        assert "must be writable, but the system says: File too large." in last
    else:
        said = re.fullmatch(
            re.escape(
                f"classlab.errors.StorageError: {folder / 'store.sqlite'} must be readable and writable, but SQLite "
            )
            + r"says: (disk I/O error|database or disk is full)\. "
            + r"(Check the permissions and the disk|Free some space); what was stored before is unchanged\.",
            last,
        )
        assert said, last
    opened = 0 if room else 1  # the line was written before the rows
    assert seeds_and_openings(folder) == (OLD, 1 + opened)
    assert add_in_another_process(folder).stdout == "added\n"
    assert seeds_and_openings(folder) == (NEW, 2 + opened)


def test_a_second_writer_is_turned_away_while_readers_read(folder):
    with open_store(folder, write=True):
        second = add_in_another_process(folder)
        assert second.returncode == 1
        last = second.stderr.splitlines()[-1]
        assert last.startswith(f"classlab.errors.LockedError: only one process may write to {folder}, but process ")
        assert seeds_and_openings(folder) == (OLD, 1)


def test_two_writers_in_one_process_are_two_writers(folder):
    with open_store(folder, write=True), pytest.raises(LockedError), open_store(folder, write=True):
        pass


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_store_on_a_read_only_medium_is_read(folder):
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        assert seeds_and_openings(folder) == (OLD, 1)
        with pytest.raises(StorageError, match="must be writable"), open_store(folder, write=True):
            pass
    finally:
        for path in (folder, *folder.rglob("*")):
            path.chmod(0o755)


def test_a_database_kept_busy_is_waited_for_and_then_named(folder, monkeypatch):
    monkeypatch.setattr(database, "_PATIENCE", 1.0)
    other = sqlite3.connect(folder / "store.sqlite", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(LockedError) as refusal, open_store(folder, write=False):
        pass
    other.execute("ROLLBACK")
    other.close()
    assert str(refusal.value) == (
        f"{folder / 'store.sqlite'} must be free to be read or written, but another process kept it busy for 1 s. "
        "Try again when that process has finished."
    )

"""A large database is read through once, and again as soon as its file was touched."""

from __future__ import annotations

import shutil
import sqlite3

import pytest

from classlab.errors import RecordError
from classlab.studies.store import checked_file, database, open_store
from classlab.studies.store.schema import broken_table


@pytest.fixture
def readings(monkeypatch) -> list[int]:
    """Grows with every reading of all rows; every store counts as a large one."""
    monkeypatch.setattr(checked_file, "ALWAYS_READ", 0)
    seen: list[int] = []
    monkeypatch.setattr(database, "broken_table", lambda opened: (seen.append(1), broken_table(opened))[1])
    return seen


def open_once(folder) -> int:
    with open_store(folder, write=False) as store:
        return store.count()


def test_a_large_database_is_read_through_once(folder, readings):
    assert [open_once(folder), open_once(folder)] == [3, 3]
    assert len(readings) == 1


def test_a_small_one_is_read_through_every_time(folder, readings, monkeypatch):
    monkeypatch.setattr(checked_file, "ALWAYS_READ", 2**20)
    assert [open_once(folder), open_once(folder)] == [3, 3]
    assert len(readings) == 2


def test_what_a_writer_wrote_needs_no_reading(folder, readings, stored):
    with open_store(folder, write=True) as store:
        store.add([stored(7)], opening=None)
    assert open_once(folder) == 4
    assert len(readings) == 1


def test_another_hand_is_noticed(folder, readings):
    open_once(folder)
    connection = sqlite3.connect(folder / "store.sqlite")
    connection.execute("UPDATE runs SET test_accuracy = 1.0")
    connection.commit()
    connection.close()
    with pytest.raises(RecordError, match="the rows of its table 'runs' do not match their digests"):
        open_once(folder)


def test_another_hand_is_noticed_while_a_writer_holds_the_store(folder, readings):
    with open_store(folder, write=True):
        connection = sqlite3.connect(folder / "store.sqlite")
        connection.execute("UPDATE runs SET test_accuracy = 1.0")
        connection.commit()
        connection.close()
    with pytest.raises(RecordError, match="the rows of its table 'runs' do not match their digests"):
        open_once(folder)


def test_a_copy_is_read_through(folder, readings, tmp_path):
    open_once(folder)
    shutil.copytree(folder, tmp_path / "copy")
    assert open_once(tmp_path / "copy") == 3
    assert len(readings) == 2


def test_a_note_that_is_no_note_is_no_proof(folder, readings):
    (folder / ".store-checked.json").write_text("nonsense")
    assert open_once(folder) == 3
    assert len(readings) == 1


def test_a_row_that_decays_later_is_not_read(folder, readings, three):
    """The disk changed what nobody wrote: the file's times are those at which it was found whole."""
    path, identity = folder / "store.sqlite", three[1].record.identity
    connection = sqlite3.connect(path)
    connection.execute("UPDATE runs SET record = replace(record, '0', '1') WHERE identity = ?", (identity,))
    connection.commit()
    connection.close()
    checked_file.note_checked(path)
    with open_store(folder, write=False) as store:
        assert store.record(three[0].record.identity) == three[0].record
        with pytest.raises(RecordError) as refusal:
            store.record(identity)
    assert str(refusal.value) == (
        f"{path} must be as classlab wrote it, but the row of the run {identity} does not match its digest. "
        f"Make it anew from the files beside it with `classlab runs --rebuild --store {folder}`."
    )


def test_seals_stay_right_while_rows_are_replaced_and_removed(folder, readings, stored, study, three):
    with open_store(folder, write=True) as store:
        store.add([stored(1, seconds=9.0), stored(5)], opening=None)
        store.save_study(study(three[:2]))
        store.remove([stored(0).record.identity])
        store.add([stored(1)], opening=None)
    (folder / ".store-checked.json").unlink()
    assert open_once(folder) == 3

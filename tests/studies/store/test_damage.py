"""Whatever happens to the database file: the right records, or a refusal that says how to recover."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import struct
from contextlib import closing

import pytest

from classlab.errors import ClasslabError, RecordError
from classlab.studies.store import open_store
from classlab.studies.store.rebuild import rebuild
from classlab.studies.store.schema import renew, row_digest

RECOVERY = "Make it anew from the files beside it with `classlab runs --rebuild --store {folder}`."


@pytest.fixture
def content(folder):
    """What a sound store says of itself."""
    return _content(folder)


def _content(folder):
    with open_store(folder, write=False) as store:
        return store.runs(), store.study("rates"), store.studies(), store.openings()


def _survives(folder, content):
    """Opens the store; True where it opened with the right content, False where it was refused in a sentence."""
    try:
        found = _content(folder)
    except ClasslabError as refusal:
        sentence = str(refusal)
    else:
        assert found == content
        return True
    assert "store.sqlite" in sentence
    assert sentence.isprintable()
    return False


def test_a_file_cut_anywhere_is_refused(folder, content):
    path = folder / "store.sqlite"
    whole = path.read_bytes()
    offsets = {0, 1, 15, 16, 99, 100, 4095, 4096, len(whole) - 1, *range(0, len(whole), 1777)}
    for offset in sorted(offsets):
        path.write_bytes(whole[:offset])
        assert not _survives(folder, content), offset
    path.write_bytes(whole)
    assert _survives(folder, content)


def test_a_file_longer_than_its_pages_is_refused(folder, content):
    path = folder / "store.sqlite"
    path.write_bytes(path.read_bytes() + bytes(100))
    assert not _survives(folder, content)


def test_a_flipped_bit_never_changes_a_record(folder, content):
    path = folder / "store.sqlite"
    whole, dice = path.read_bytes(), random.Random(0)  # noqa: S311  (a test that repeats)
    places = [*range(100), *range(100, 4096, 41), *(dice.randrange(len(whole)) for _ in range(250))]
    refused = 0
    for place in places:
        broken = bytearray(whole)
        broken[place] ^= 1 << dice.randrange(8)
        path.write_bytes(broken)
        refused += not _survives(folder, content)
    assert refused > len(places) / 3  # the others hit unused bytes


def test_zeroed_and_swapped_pages_are_noticed(folder, content):
    path = folder / "store.sqlite"
    whole = path.read_bytes()
    pages = [whole[start : start + 4096] for start in range(0, len(whole), 4096)]
    refused = 0
    for number in range(1, len(pages)):
        for other in (bytes(4096), pages[number - 1], pages[-number]):
            path.write_bytes(b"".join([*pages[:number], other, *pages[number + 1 :]]))
            refused += not _survives(folder, content)
    assert refused > len(pages)


def test_an_empty_file_beside_runs_is_a_lost_database_and_not_a_new_store(folder):
    path = folder / "store.sqlite"
    for prepare in (lambda: path.write_bytes(b""), path.unlink):
        prepare()
        for write in (False, True):
            with pytest.raises(RecordError) as refusal, open_store(folder, write=write):
                pass
            assert str(refusal.value) == (
                f"{path} must be as classlab wrote it, but it is missing or empty while runs lies beside it. "
                + RECOVERY.format(folder=folder)
            )


@pytest.mark.parametrize("content", [b"not a database at all" * 300, b"\x00" * 8192])
def test_another_kind_of_file_is_refused(folder, content):
    (folder / "store.sqlite").write_bytes(content)
    with pytest.raises(RecordError) as refusal, open_store(folder, write=True):
        pass
    assert str(refusal.value) == (
        f"{folder / 'store.sqlite'} must be as classlab wrote it, but SQLite says: file is not a database. "
        + RECOVERY.format(folder=folder)
    )


def test_a_database_of_another_program_is_refused(tmp_path):
    connection = sqlite3.connect(tmp_path / "store.sqlite")
    connection.execute("CREATE TABLE runs (identity TEXT)")
    connection.close()
    with pytest.raises(RecordError) as refusal, open_store(tmp_path, write=True):
        pass
    assert str(refusal.value) == (
        f"{tmp_path / 'store.sqlite'} must be as classlab wrote it, but it does not bear the mark of a store. "
        + RECOVERY.format(folder=tmp_path)
    )


def _change(folder, *statements, seal=()):
    connection = sqlite3.connect(folder / "store.sqlite", isolation_level=None)
    for statement in statements:
        connection.execute(*statement) if isinstance(statement, tuple) else connection.execute(statement)
    renew(connection, seal)
    connection.close()


def test_a_newer_layout_asks_for_an_upgrade(folder):
    _change(folder, "PRAGMA user_version = 2")
    with pytest.raises(RecordError) as refusal, open_store(folder, write=False):
        pass
    assert str(refusal.value) == (
        f"{folder / 'store.sqlite'} was written by a newer classlab (layout 2, this one reads up to 1). "
        "Upgrade classlab."
    )


@pytest.mark.parametrize(
    ("statement", "how"),
    [
        ("CREATE TABLE more (x)", "its tables are not those of a store"),
        ("CREATE VIEW v AS SELECT * FROM runs", "its tables are not those of a store"),
        ("DROP TRIGGER openings_stay", "its tables are not those of a store"),
        ("PRAGMA user_version = 0", "its tables are not those of a store"),
        ("UPDATE runs SET test_accuracy = 1.0", "the rows of its table 'runs' do not match their digests"),
        (
            "UPDATE runs SET record = replace(record, '0', '1')",
            "the rows of its table 'runs' do not match their digests",
        ),
        ("UPDATE runs SET model = x'ff'", "the rows of its table 'runs' do not match their digests"),
        ("DELETE FROM runs WHERE seed = 1", "the rows of its table 'runs' do not match their digests"),
        ("UPDATE studies SET finished = 0", "the rows of its table 'studies' do not match their digests"),
        ("DELETE FROM study_runs", "the rows of its table 'study_runs' do not match their digests"),
        (
            "INSERT INTO openings VALUES (9, '', '', '', '', '', 1, '')",
            "the rows of its table 'openings' do not match their digests",
        ),
        ("DELETE FROM seals", "the rows of its table 'runs' do not match their digests"),
    ],
)
def test_changes_by_another_hand_are_noticed(folder, statement, how):
    _change(folder, statement)
    with pytest.raises(RecordError) as refusal, open_store(folder, write=False):
        pass
    assert str(refusal.value) == (
        f"{folder / 'store.sqlite'} must be as classlab wrote it, but {how}. " + RECOVERY.format(folder=folder)
    )


def test_a_row_from_an_older_state_is_noticed(folder, three):
    """Well-formed, with a digest of its own, but not the row that was written last."""
    connection = sqlite3.connect(folder / "store.sqlite")
    *cells, _ = connection.execute("SELECT * FROM runs WHERE seed = 0").fetchone()
    connection.close()
    cells[2] = "2020-01-01T00:00:00+00:00"
    _change(
        folder,
        ("UPDATE runs SET created = ?, digest = ? WHERE seed = 0", (cells[2], row_digest(cells))),
    )
    with pytest.raises(RecordError, match="the rows of its table 'runs'"), open_store(folder, write=False):
        pass


def test_a_record_that_is_no_record_is_refused_even_under_a_seal(folder):
    connection = sqlite3.connect(folder / "store.sqlite")
    *cells, _ = connection.execute("SELECT * FROM runs WHERE seed = 0").fetchone()
    connection.close()
    cells[-1] = "{}"
    _change(
        folder,
        ("UPDATE runs SET record = '{}', digest = ? WHERE seed = 0", (row_digest(cells),)),
        seal=("runs",),
    )
    with open_store(folder, write=False) as store, pytest.raises(RecordError, match=r"store\.sqlite is damaged at"):
        store.runs()


def test_a_commit_cut_short_is_taken_back(folder, tmp_path, content):
    """The state after a kill amid a commit: pages overwritten, the journal beside them still there."""
    path, copy = folder / "store.sqlite", tmp_path / "killed"
    before = path.read_bytes()
    shutil.copytree(folder, copy)
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA cache_size = 1")  # pages go to the file before the commit
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("UPDATE runs SET record = record || zeroblob(20000), seed = seed + 100")
    for end in ("", "-journal"):
        shutil.copy(path.with_name(path.name + end), copy / (path.name + end))
    connection.execute("ROLLBACK")
    connection.close()
    assert (copy / "store.sqlite").read_bytes() != before
    assert (copy / "store.sqlite-journal").stat().st_size > 512
    assert _content(copy) == content
    assert not (copy / "store.sqlite-journal").exists()


def plant_super_journal(folder, victim):
    """A journal of no pages that names the file of a transaction over several databases."""
    whole, name, magic = (folder / "store.sqlite").read_bytes(), os.fsencode(victim), bytes.fromhex("d9d505f920a163d7")
    (page,) = struct.unpack_from(">H", whole, 16)
    head = (magic + struct.pack(">5I", 0, 0, len(whole) // page, 512, page)).ljust(512, b"\0")
    named = struct.pack(">I", 2**30 // page + 1) + name + struct.pack(">2I", len(name), sum(name))
    (folder / "store.sqlite-journal").write_bytes(head + named + magic)


@pytest.mark.parametrize("write", [False, True])
def test_a_journal_that_has_sqlite_remove_a_file_is_refused(folder, tmp_path, write):
    victim = tmp_path / "victim"
    victim.write_text("precious")
    plant_super_journal(folder, victim)
    with pytest.raises(RecordError) as refusal, open_store(folder, write=write):
        pass
    assert str(refusal.value) == (
        f"{folder / 'store.sqlite'} must be as classlab wrote it, but store.sqlite-journal beside it names another "
        f"file, which SQLite would remove. {RECOVERY.format(folder=folder)}"
    )
    assert victim.read_text() == "precious"
    rebuild(folder)
    assert victim.read_text() == "precious"
    with open_store(folder, write=write):
        pass


def test_sqlite_itself_removes_the_file_that_a_journal_names(folder, tmp_path):
    """What the refusal above is for; where it fails SQLite has changed, and the refusal may go."""
    victim = tmp_path / "victim"
    victim.write_text("precious")
    plant_super_journal(folder, victim)
    with closing(sqlite3.connect(folder / "store.sqlite")) as connection:
        connection.execute("PRAGMA schema_version").fetchone()
    assert not victim.exists()


@pytest.mark.parametrize("end", ["-journal", "-wal", "-shm"])
@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir, lambda path: path.symlink_to("/dev/zero")])
def test_what_is_no_file_beside_the_database_is_refused_at_once(folder, make, end):
    make(folder / f"store.sqlite{end}")
    with pytest.raises(RecordError, match=f"store.sqlite{end} beside it is no regular file. Make it anew"):
        _content(folder)


@pytest.mark.parametrize("name", ["store.sqlite", "ledger.jsonl"])
@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
def test_a_rebuild_is_a_way_out_where_a_name_leads_to_no_file(folder, content, name, make):
    path = folder / name
    path.unlink()
    make(path)
    said = f"{path} was no regular file; it is kept as {name}.before-rebuild."
    assert rebuild(folder).skipped == (said,)
    assert path.with_name(f"{name}.before-rebuild").exists()
    records, study, entries, openings = _content(folder)
    assert (records, study, entries) == content[:3]
    assert openings == (content[3] if name == "store.sqlite" else ())


def test_a_line_of_the_ledger_without_end_is_a_lost_line(folder, content):
    with (folder / "ledger.jsonl").open("a") as file:
        file.write("[" * 200_000 + "\n")
    assert _content(folder) == content

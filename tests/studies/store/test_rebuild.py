from __future__ import annotations

import shutil
from dataclasses import replace

import pytest

from classlab.errors import RecordError, StorageError
from classlab.studies.runs.run_folder import write_run
from classlab.studies.store import open_store
from classlab.studies.store.rebuild import rebuild


def content(folder):
    with open_store(folder, write=False) as store:
        records = store.runs()
        for record in records:
            store.run(record.identity)
        return records, store.study("rates"), store.studies(), store.openings()


@pytest.mark.parametrize("damage", [b"", b"garbage" * 1000, None], ids=["empty", "garbage", "missing"])
def test_a_rebuilt_store_holds_what_the_lost_one_held(folder, opening, damage):
    with open_store(folder, write=True) as store:
        store.open_test(opening(4, digest="other"))
    before = content(folder)
    path = folder / "store.sqlite"
    path.write_bytes(damage) if damage is not None else path.unlink()
    done = rebuild(folder)
    assert content(folder) == before
    assert (done.runs, done.studies, done.openings, done.skipped) == (3, 1, 2, ())
    if damage is None:
        assert done.aside is None
    else:
        assert (folder / "store.sqlite.before-rebuild").read_bytes() == damage
    assert sorted(entry.name for entry in folder.iterdir() if not entry.name.startswith(".")) == sorted(
        ["ledger.jsonl", "runs", "store.sqlite", "studies"]
        + (["store.sqlite.before-rebuild"] if damage is not None else [])
    )


def test_a_file_system_without_hard_links_keeps_the_former_database_too(folder, monkeypatch):
    before = content(folder)
    (folder / "store.sqlite").write_bytes(b"garbage")
    monkeypatch.setattr("os.link", _refused)
    rebuild(folder)
    assert (folder / "store.sqlite.before-rebuild").read_bytes() == b"garbage"
    assert content(folder) == before


def _refused(*_paths: object) -> None:
    raise PermissionError("Operation not permitted")


def test_an_old_journal_is_not_played_into_the_new_database(folder):
    before = content(folder)
    (folder / "store.sqlite-journal").write_bytes(b"\xd9\xd5\x05\xf9 \xa1c\xd7" + b"\x01" * 2000)
    rebuild(folder)
    assert not (folder / "store.sqlite-journal").exists()
    assert content(folder) == before


def test_damaged_files_are_left_out_and_named(folder, three):
    first, second, third = (folder / "runs" / run.record.identity for run in three)
    (first / "weights.safetensors").write_bytes(b"short")
    second.rename(folder / "runs" / "0123456789abcdef")
    (third / "run.json").unlink()
    (folder / "studies" / "0000.json").write_text("{}")
    shutil.copy(next(folder.glob("studies/*.json")), folder / "studies" / "1111.json")
    with (folder / "ledger.jsonl").open("a") as file:
        file.write('{"half": \nnonsense\n')
    done = rebuild(folder)
    assert (done.runs, done.studies, done.openings) == (0, 1, 1)
    skipped = "\n".join(done.skipped)
    assert f"{first / 'weights.safetensors'} is damaged" in skipped
    assert (
        f"{folder / 'runs' / '0123456789abcdef'} must be named for the run in it, but it holds the run {second.name}. "
        "Rename the folder."
    ) in done.skipped
    assert f"{folder / 'studies' / '0000.json'} is damaged" in skipped
    right = next(name.name for name in folder.glob("studies/*.json") if name.stem not in ("0000", "1111"))
    misnamed = folder / "studies" / "1111.json"
    assert f"{misnamed} must be named for the study in it, but it holds 'rates'. Rename it {right}." in done.skipped
    assert f"{folder / 'ledger.jsonl'}: 2 lines of the test-set ledger could not be read." in done.skipped
    assert len(done.skipped) == 5


def test_a_changed_line_of_the_ledger_is_not_believed(folder):
    path = folder / "ledger.jsonl"
    path.write_text(path.read_text().replace('"runs": 3', '"runs": 1'))
    done = rebuild(folder)
    assert done.openings == 0
    assert done.skipped == (f"{path}: 1 line of the test-set ledger could not be read.",)


def test_of_two_trainings_of_a_run_the_newer_one_is_kept(folder, three):
    record = replace(three[0].record, created="2030-01-01T00:00:00+00:00")
    write_run(folder / "runs" / f"{record.identity}.1", replace(three[0], record=record))
    assert rebuild(folder).runs == 3
    with open_store(folder, write=False) as store:
        assert store.run(record.identity).record.created == "2030-01-01T00:00:00+00:00"


def test_a_line_cut_short_by_a_kill_does_not_spoil_the_next(folder, opening):
    with (folder / "ledger.jsonl").open("a") as file:
        file.write('{"opening": {"da')
    with open_store(folder, write=True) as store:
        store.open_test(opening(1))
    assert rebuild(folder).openings == 2


def test_the_ledger_outlives_the_database_and_the_runs(folder, three, opening):
    with open_store(folder, write=True) as store:
        store.remove([run.record.identity for run in three])
    (folder / "store.sqlite").unlink()
    with pytest.raises(RecordError), open_store(folder, write=True):
        pass
    rebuild(folder)
    with open_store(folder, write=False) as store:
        assert store.openings("d1") == (opening(),)


def test_a_folder_that_is_no_store_is_not_made_one(tmp_path):
    with pytest.raises(StorageError) as refusal:
        rebuild(tmp_path)
    assert str(refusal.value) == (
        f"{tmp_path} must be a store to be rebuilt, but it holds none of a store's files. Check --store."
    )
    assert list(tmp_path.iterdir()) == []

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from classlab.errors import StorageError
from classlab.files.atomic_file import make_folder, read_file, remove_file, write_atomically


def test_a_file_is_replaced_as_a_whole(tmp_path):
    path = tmp_path / "a.json"
    write_atomically(path, b"old")
    write_atomically(path, b"new and longer")
    assert path.read_bytes() == b"new and longer"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.json"]


@pytest.mark.parametrize("call", ["fsync", "replace"])
@pytest.mark.parametrize(
    ("number", "step"),
    [
        (errno.ENOSPC, "Free some space"),
        (errno.EDQUOT, "Free some space"),
        (errno.EROFS, "Choose a folder that you may write to"),
        (errno.EACCES, "Choose a folder that you may write to"),
        (errno.EPERM, "Choose a folder that you may write to"),
        (errno.EIO, "Choose another folder"),
    ],
)
def test_a_refused_write_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch, call, number, step):
    path = tmp_path / "a.json"
    write_atomically(path, b"old")

    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    owner = os if call == "fsync" else Path
    monkeypatch.setattr(owner, call, refuse)
    with pytest.raises(StorageError) as refusal:
        write_atomically(path, b"new")
    assert str(refusal.value) == (
        f"{path} must be writable, but the system says: {os.strerror(number)}. "
        f"{step}; nothing half-written was left behind."
    )
    monkeypatch.undo()
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.json"]


def test_a_write_is_cleaned_up_after_an_interruption(tmp_path, monkeypatch):
    def interrupt(_: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_atomically(tmp_path / "a", b"new")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_cannot_be_made_where_a_file_is(tmp_path):
    (tmp_path / "a").write_text("")
    with pytest.raises(StorageError) as refusal:
        make_folder(tmp_path / "a" / "b")
    assert str(refusal.value) == (
        f"{tmp_path / 'a' / 'b'} must be writable, but the system says: Not a directory. "
        "Choose another folder, because a file is in the way; nothing half-written was left behind."
    )


def test_a_file_cannot_be_written_where_a_folder_is(tmp_path):
    (tmp_path / "a").mkdir()
    with pytest.raises(StorageError) as refusal:
        write_atomically(tmp_path / "a", b"new")
    assert str(refusal.value) == (
        f"{tmp_path / 'a'} must be writable, but the system says: Is a directory. Give the name of a file, because "
        "this is a folder; nothing half-written was left behind."
    )
    assert [entry.name for entry in tmp_path.iterdir()] == ["a"]


def test_a_folder_is_not_a_file_to_remove_or_read(tmp_path):
    with pytest.raises(StorageError, match="must be writable, but the system says"):
        remove_file(tmp_path)
    with pytest.raises(StorageError, match="must be readable, but the system says: Is a directory"):
        read_file(tmp_path, limit=10**6)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(StorageError) as refusal:
        read_file(tmp_path / "a", limit=10)
    assert str(refusal.value) == (
        f"{tmp_path / 'a'} must be readable, but the system says: No such file or directory. "
        "Check the path and its permissions."
    )


def test_a_file_beyond_its_limit_is_not_read(tmp_path):
    (tmp_path / "a").write_bytes(bytes(1001))
    with pytest.raises(StorageError) as refusal:
        read_file(tmp_path / "a", limit=1000)
    assert str(refusal.value) == (
        f"{tmp_path / 'a'} must not be larger than 1,000 bytes, but it has 1,001. It is not a file of a run; "
        "restore the right one."
    )

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

import classlab
from classlab.errors import RecordError, StorageError
from classlab.files.atomic_file import check_place, link_or_copy, make_folder, remove_file, write_atomically
from classlab.files.read_file import read_file


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
        f"{tmp_path / 'a'} must be writable, but the system says: Is a directory. Give the name of a file, or "
        "move this folder away; nothing half-written was left behind."
    )
    assert [entry.name for entry in tmp_path.iterdir()] == ["a"]


def test_a_folder_is_not_a_file_to_remove_or_read(tmp_path):
    with pytest.raises(StorageError, match="must be writable, but the system says"):
        remove_file(tmp_path)
    with pytest.raises(StorageError, match="must be a regular file, but it is a folder"):
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


def test_a_link_stays_and_what_it_names_is_replaced(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a").write_bytes(b"old")
    (tmp_path / "link").symlink_to(tmp_path / "real" / "a")
    (tmp_path / "new").symlink_to(tmp_path / "real" / "b")
    write_atomically(tmp_path / "link", b"new")
    write_atomically(tmp_path / "new", b"made")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "new").is_symlink()
    assert {entry.name: entry.read_bytes() for entry in (tmp_path / "real").iterdir()} == {"a": b"new", "b": b"made"}


def test_a_link_that_leads_in_a_circle_is_refused(tmp_path):
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(StorageError, match="must be writable, but the system says"):
        write_atomically(tmp_path / "loop", b"new")
    assert (tmp_path / "loop").is_symlink()


def test_a_pipe_is_written_into_and_stays(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    write_atomically(tmp_path / "pipe", b"through")
    assert os.read(reader, 100) == b"through"
    assert (tmp_path / "pipe").is_fifo()
    assert [entry.name for entry in tmp_path.iterdir()] == ["pipe"]
    os.close(reader)


def test_a_pipe_that_nobody_reads_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(StorageError, match="must be writable, but the system says: No such device or address"):
        write_atomically(tmp_path / "pipe", b"x")
    assert (tmp_path / "pipe").is_fifo()


def test_a_device_is_written_into_and_never_replaced(tmp_path):
    (tmp_path / "nothing").symlink_to("/dev/null")
    write_atomically(tmp_path / "nothing", b"x" * 100_000)
    assert (tmp_path / "nothing").is_char_device()
    (tmp_path / "full").symlink_to("/dev/full")
    with pytest.raises(StorageError) as refusal:
        write_atomically(tmp_path / "full", b"x")
    assert str(refusal.value) == (
        f"{tmp_path / 'full'} must be writable, but the system says: No space left on device. Free some space; "
        "nothing half-written was left behind."
    )
    assert (tmp_path / "full").is_char_device()


@pytest.mark.parametrize("name", ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])
@pytest.mark.parametrize("kind", ["file", "pipe"])
def test_the_standard_output_is_written_into_wherever_it_goes(tmp_path, name, kind):
    program = (
        "import pathlib, sys; from classlab.files.atomic_file import write_atomically\n"
        "print('first', flush=True); write_atomically(pathlib.Path(sys.argv[1]), b'second\\n'); print('third')"
    )
    place = {**os.environ, "PYTHONPATH": str(Path(classlab.__file__).parents[1])}
    with (tmp_path / "out").open("wb") as file:
        where = file if kind == "file" else subprocess.PIPE
        done = subprocess.run([sys.executable, "-c", program, name], stdout=where, check=True, env=place)
    lines = ((tmp_path / "out").read_bytes() if kind == "file" else done.stdout).decode().split()
    assert sorted(lines) == ["first", "second", "third"]
    assert [entry.name for entry in tmp_path.iterdir()] == ["out"]


def test_a_file_comes_piece_by_piece_or_not_at_all(tmp_path):
    path = tmp_path / "file"
    write_atomically(path, (piece for piece in (b"a", b"", b"bc")))
    assert path.read_bytes() == b"abc"

    def broken():
        yield b"d"
        raise RecordError("a record is damaged.")

    with pytest.raises(RecordError, match=r"^a record is damaged\.$"):
        write_atomically(path, broken())
    assert path.read_bytes() == b"abc"
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("name", ["x" * 300, "missing/a.svg", "folder", "loop"])
def test_a_place_that_takes_no_file_is_refused_before_there_is_one(tmp_path, name):
    (tmp_path / "folder").mkdir()
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(StorageError, match="must be writable"):
        check_place(tmp_path / name)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["folder", "loop"]


def test_a_place_for_a_file_stays_as_it_is(tmp_path):
    (tmp_path / "old").write_text("old")
    for name in ("old", "new"):
        check_place(tmp_path / name)
    check_place(Path("/dev/stdout"))
    check_place(Path("/dev/null"))
    assert [(each.name, each.read_text()) for each in tmp_path.iterdir()] == [("old", "old")]


def test_a_further_name_is_the_same_file_or_a_copy(tmp_path, monkeypatch):
    source, link, copy = (tmp_path / name for name in ("source", "link", "copy"))
    source.write_bytes(b"content")
    link_or_copy([source], link)
    assert link.samefile(source)

    def refused(*_):
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr("os.link", refused)
    copy.write_bytes(b"older")
    link_or_copy([source], copy)
    assert copy.read_bytes() == b"content"
    assert not copy.samefile(source)
    with pytest.raises(StorageError):
        link_or_copy([tmp_path / "nothing"], tmp_path / "new")
    assert {file.name for file in tmp_path.iterdir()} == {"source", "link", "copy"}

"""Only a regular file of a bearable size is read; anything else is one sentence, and nothing is waited for."""

from __future__ import annotations

import os
import socket
from contextlib import closing

import pytest

from classlab.errors import DataError, StorageError
from classlab.files.read_file import open_file, read_file


@pytest.fixture
def strange(tmp_path):
    """One of each kind of thing that is no regular file."""
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "device").symlink_to("/dev/zero")
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with closing(socket.socket(socket.AF_UNIX)) as listening:
        listening.bind(str(tmp_path / "socket"))
        yield tmp_path


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("folder", "{} must be a regular file, but it is a folder. Give the name of a file."),
        ("pipe", "{} must be a regular file, but it is a pipe. Give the name of a file."),
        ("device", "{} must be a regular file, but it is a device. Give the name of a file."),
        ("socket", "{} must be a regular file, but it is a socket. Give the name of a file."),
        (
            "dangling",
            "{} must be readable, but the system says: No such file or directory. Check the path and its permissions.",
        ),
        (
            "loop",
            "{} must be readable, but the system says: Too many levels of symbolic links. "
            "Check the path and its permissions.",
        ),
    ],
)
def test_what_is_no_file_is_refused_without_waiting(strange, name, sentence):
    for read in (read_file, open_file):
        with pytest.raises(StorageError) as refusal:
            read(strange / name, limit=10**6)
        assert str(refusal.value) == sentence.format(strange / name)


def test_the_kind_of_the_error_is_the_reader_s(strange):
    with pytest.raises(DataError, match="must be a regular file, but it is a pipe"):
        read_file(strange / "pipe", limit=10, error=DataError)
    (strange / "large").write_bytes(bytes(11))
    with pytest.raises(DataError) as refusal:
        read_file(strange / "large", limit=10, error=DataError, step="Use fewer.", name="it")
    assert str(refusal.value) == "it must not be larger than 10 bytes, but it has 11. Use fewer."


def test_a_link_to_a_file_is_followed(tmp_path):
    (tmp_path / "a").write_bytes(b"content")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    assert read_file(tmp_path / "b", limit=7) == b"content"


def test_a_sparse_file_costs_nothing(tmp_path):
    with (tmp_path / "sparse").open("wb") as file:
        file.truncate(2**40)
    with pytest.raises(StorageError, match="must not be larger than 1,000 bytes, but it has 1,099,511,627,776"):
        read_file(tmp_path / "sparse", limit=1000)


def test_a_file_that_grows_meanwhile_is_read_no_further(tmp_path, monkeypatch):
    path = tmp_path / "growing"
    path.write_bytes(bytes(8))
    looked = os.fstat

    def grow(descriptor):
        found = looked(descriptor)
        with path.open("ab") as file:
            file.write(bytes(100))
        return found

    monkeypatch.setattr(os, "fstat", grow)
    with pytest.raises(StorageError, match="must not be larger than 10 bytes, but it has 11"):
        read_file(path, limit=10)


def test_a_name_that_the_system_does_not_take_is_a_sentence(tmp_path):
    with pytest.raises(StorageError) as refusal:
        read_file(tmp_path / "a\0b", limit=10)
    assert str(refusal.value) == (
        f"{tmp_path / 'a'}\0b must be readable, but the system says: embedded null byte. "
        "Check the path and its permissions."
    )
    with pytest.raises(StorageError) as refusal:
        read_file(tmp_path / ("x" * 5000), limit=10)
    assert len(str(refusal.value)) < 1200
    assert "must be readable, but the system says: File name too long." in str(refusal.value)

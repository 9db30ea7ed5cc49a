from __future__ import annotations

import errno
import io
import struct
import zipfile
from pathlib import Path

import pytest

from classlab.errors import DataError, StorageError
from classlab.files.zip_damage import zip_damage

PATH = Path("a.zip")


def read(content):
    with (
        zip_damage(PATH, lambda damage: DataError(f"damaged: {type(damage).__name__}")),
        zipfile.ZipFile(io.BytesIO(content)) as archive,
    ):
        return [archive.read(name) for name in archive.namelist()]


def archive_of(**changes):
    """An archive of one member, with bytes of its central directory changed by their place in it."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", b"x" * 1000)
    content = bytearray(whole.getvalue())
    start = content.find(b"PK\1\2")
    for place, value in changes.items():
        content[start + int(place[1:])] = value
    return bytes(content)


def test_a_whole_archive_is_read():
    assert read(archive_of()) == [b"x" * 1000]


@pytest.mark.parametrize(
    "content",
    [
        b"", b"PK\3\4", archive_of()[:-5], archive_of()[5:],
        archive_of(_46=0xD2, _9=8),  # a name that is said to be UTF-8
        archive_of(_10=12), archive_of(_10=14), archive_of(_10=99),  # packed by bzip2, by LZMA, by nobody
        archive_of(_8=1),  # encrypted
        archive_of(_16=1),  # another checksum
        archive_of(_45=0x7F),  # it lies beyond the end
    ],
)  # fmt: skip
def test_whatever_python_raises_of_damaged_bytes_is_the_refusal(content):
    with pytest.raises(DataError, match=r"^damaged: "):
        read(content)


def test_what_the_system_refuses_and_what_the_block_says_pass():
    with pytest.raises(StorageError, match=r"a.zip must be readable, but the system says: Input/output error\."):
        _raise(OSError(errno.EIO, "Input/output error"))
    with pytest.raises(DataError, match=r"^own$"):
        _raise(DataError("own"))
    with pytest.raises(MemoryError):
        _raise(MemoryError())
    with pytest.raises(DataError, match=r"^damaged$"):
        _raise(struct.error("unpack requires"))


def _raise(error):
    with zip_damage(PATH, lambda _: DataError("damaged")):
        raise error

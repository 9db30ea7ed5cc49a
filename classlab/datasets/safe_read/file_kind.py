"""What kind of file something is, by the bytes it begins with; its name counts only where these say nothing."""

from __future__ import annotations

import gzip
import re
import zipfile
import zlib
from typing import TYPE_CHECKING, Literal

from classlab.datasets.safe_read.limits import open_data

if TYPE_CHECKING:
    from pathlib import Path

FileKind = Literal[
    "npz", "zip", "npy", "idx", "hdf5", "mat", "parquet", "pickle", "tar", "picture", "table", "empty", "unknown"
]
_HEAD = 1024  # bytes that are looked at; those of a file of MATLAB 7.3 begin with a block of 512
_STARTS: dict[bytes, FileKind] = {
    b"\x93NUMPY": "npy",
    b"\x89HDF\r\n\x1a\n": "hdf5",
    b"MATLAB 7.3": "hdf5",
    b"MATLAB 5.0": "mat",
    b"PAR1": "parquet",
    b"\0\0\x08": "idx",
    b"\x89PNG": "picture",
    b"\xff\xd8\xff": "picture",
    b"GIF8": "picture",
    b"BM": "picture",
    b"RIFF": "picture",
    b"II*\0": "picture",
    b"MM\0*": "picture",
}
_PICKLE = tuple(bytes((0x80, protocol)) for protocol in range(2, 6))
_NUMBER = re.compile(rb"[-+]?[0-9]*\.?[0-9]+(?:[eE][-+]?[0-9]+)?")
_CELLS = 15  # of a picture of four by four


def file_kind(path: Path) -> FileKind:
    """Looks at the beginning of a file.

    Raises:
        DataError: it is a device, a pipe or too large.
        StorageError: it cannot be read.
    """
    with open_data(path) as raw:
        head = raw.read(_HEAD)
        if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
            return _kind_of_zip(path, raw)
        if head.startswith(b"\x1f\x8b"):
            raw.seek(0)
            try:
                head = gzip.GzipFile(fileobj=raw).read(_HEAD)
            except (OSError, EOFError, zlib.error):
                # What is damaged further on is for its reader to say; the name tells which that is.
                return _kind_of_head(head, path) if _is_table_name(path) else "idx"
    return _kind_of_head(head, path)


def _kind_of_head(head: bytes, path: Path) -> FileKind:
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if not head:
        return {".npz": "npz", ".npy": "npy"}.get(path.suffix.lower(), "empty")  # type: ignore[return-value]
    if head.startswith(_PICKLE) or ".pkl" in suffixes or ".pickle" in suffixes:
        return "pickle"
    if head[257:262] == b"ustar":
        return "tar"
    for start, kind in _STARTS.items():
        if head.startswith(start):
            return kind
    by_name: dict[str, FileKind] = {".npz": "npz", ".npy": "npy", ".mat": "mat", ".h5": "hdf5", ".hdf5": "hdf5"}
    named = next((by_name[suffix] for suffix in suffixes if suffix in by_name), None)
    if named:
        return named
    if _is_table_name(path):
        return "table"
    first = head.partition(b"\n")[0]
    # Without an ending that says so, a table is text with many cells in its first line.
    many = max(first.count(delimiter) for delimiter in b",;\t") >= _CELLS or _are_numbers(first.split()[:-1])
    return "table" if many and b"\0" not in head else "unknown"


def _are_numbers(words: list[bytes]) -> bool:
    """Whether these are many numbers; the last word of a line is left to the caller, for it may be cut."""
    return len(words) >= _CELLS and all(_NUMBER.fullmatch(word) for word in words)


def _is_table_name(path: Path) -> bool:
    return any(suffix.lower() in (".csv", ".tsv", ".txt") for suffix in path.suffixes)


def _kind_of_zip(path: Path, raw: object) -> FileKind:
    if path.suffix.lower() == ".npz":
        return "npz"
    try:
        names = zipfile.ZipFile(raw).namelist()  # type: ignore[call-overload]  # a file opened in binary
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return "zip"
    if any(name.endswith("/data.pkl") for name in names):  # as torch.save makes them
        return "pickle"
    return "npz" if names and all(name.endswith(".npy") for name in names) else "zip"

"""NumPy's `.npz` archives: chosen arrays only, never an object, headers before bytes.

`numpy.load` allocates what a header claims before it looks at the data; here the claim must first agree with the
archive's own directory and with the limits.
"""

from __future__ import annotations

import tokenize
import warnings
import zipfile
import zlib
from math import prod
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from classlab.datasets.safe_read.limits import check_claim, open_data, read_exactly
from classlab.errors import DataError, unreadable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

_MAX_HEADER = 10_000  # characters; NumPy's own limit for files it does not trust
_MAX_MEMBERS = 10_000
_NUMBERS = "buif"
_HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, UnicodeError)
_BAD_HEADER = (
    ValueError,
    TypeError,
    SyntaxError,
    IndexError,
    KeyError,
    tokenize.TokenError,
    RecursionError,
    MemoryError,
)


def array_names(path: Path) -> tuple[str, ...]:
    """Names of the arrays in an archive, sorted.

    Raises:
        DataError: it is not an `.npz` archive.
        StorageError: it cannot be read.
    """
    with open_data(path) as raw, _archive(path, raw) as archive:
        return tuple(sorted(_members(path, archive)))


def read_arrays(path: Path, names: Sequence[str], *, kinds: str = _NUMBERS) -> dict[str, NDArray[Any]]:
    """Reads the named arrays of an archive.

    Args:
        path: the archive.
        names: of the arrays.
        kinds: NumPy's letters for the kinds of values that are taken; with `U` text too, with `O` never objects.

    Raises:
        DataError: not an archive, an array is missing, damaged, made of objects or too large.
        StorageError: the file cannot be read.
    """
    with open_data(path) as raw, _archive(path, raw) as archive:
        members = _members(path, archive)
        for name in names:
            if name not in members:
                raise DataError(
                    f"{path} must hold the array {name!r}, but it holds {', '.join(sorted(members)) or 'none'}. "
                    "Save x_train, y_train, x_test and y_test, or images and labels."
                )
        sizes = sum(members[name].file_size for name in names)
        check_claim(str(path), sizes, sum(members[name].compress_size for name in names), packed=True)
        return {name: _read(path, archive, members[name], name, kinds) for name in names}


def _archive(path: Path, raw: IO[bytes]) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(raw)
    except (*_DAMAGE, ValueError):
        raise DataError(
            f"{path} is not an .npz archive, or it is damaged. Write it with numpy.savez_compressed."
        ) from None
    except OSError as problem:
        raise unreadable(path, problem) from None


def _members(path: Path, archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    entries = archive.infolist()
    if len(entries) > _MAX_MEMBERS:
        raise DataError(f"an .npz archive must not hold more than {_MAX_MEMBERS:,} arrays, but {path} does. Use fewer.")
    return {entry.filename.removesuffix(".npy"): entry for entry in entries if entry.filename.endswith(".npy")}


def _read(path: Path, archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str, kinds: str) -> NDArray[Any]:
    where = f"{name!r} in {path}"
    try:
        with archive.open(member) as stream:
            shape, fortran, dtype = _header(where, stream, kinds)
            claimed = prod(shape) * dtype.itemsize
            check_claim(where, claimed, member.compress_size, packed=True)
            follows = member.file_size - stream.tell()
            if claimed != follows:
                raise DataError(
                    f"the header of {where} must agree with its data, but it promises {claimed:,} bytes and "
                    f"{follows:,} follow. Save the arrays again."
                )
            body = read_exactly(stream, claimed)
            stream.read(1)  # reaching the end makes zipfile compare the checksum
    except _DAMAGE:
        raise DataError(f"{where} is damaged or packed in an unknown way. Save the arrays again.") from None
    except OSError as problem:
        raise unreadable(path, problem) from None
    if len(body) < claimed:
        raise DataError(f"{where} is cut short. Save the arrays again.")
    return np.frombuffer(body, dtype).reshape(shape, order="F" if fortran else "C")


def _header(where: str, stream: IO[bytes], kinds: str) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    try:
        version = np.lib.format.read_magic(stream)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            shape, fortran, dtype = _HEADERS[version](stream, max_header_size=_MAX_HEADER)
        if min(shape, default=0) < 0:
            raise ValueError(shape)
    except (*_BAD_HEADER, Warning):
        raise DataError(f"{where} has no NumPy header that can be trusted. Save the arrays again.") from None
    if dtype.hasobject:
        raise DataError(
            f"{where} holds Python objects, and reading those could run foreign code. Save plain numbers: images of "
            "one size as uint8, labels as integers."
        )
    if dtype.kind not in kinds:
        raise DataError(f"{where} must hold numbers, but its type is {dtype}. Save images and labels as integers.")
    return shape, fortran, dtype

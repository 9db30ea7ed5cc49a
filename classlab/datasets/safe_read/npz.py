"""NumPy's `.npz` archives: chosen arrays only, never an object, headers before bytes.

`numpy.load` allocates what a header claims before it looks at the data; here the claim must first agree with the
archive's own directory and with the limits.
"""

from __future__ import annotations

import os
import tokenize
import warnings
import zipfile
from math import prod
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from classlab.datasets.safe_read.limits import check_claim, open_data, read_exactly
from classlab.errors import DataError
from classlab.files.zip_damage import zip_damage

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from numpy.typing import NDArray

_MAX_HEADER = 10_000  # characters; NumPy's own limit for files it does not trust
_MAX_MEMBERS = 10_000
_NUMBERS = "buif"
_HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
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


def array_headers(path: Path) -> dict[str, tuple[tuple[int, ...], np.dtype[Any]]]:
    """Shape and type of every array in an archive, by its name and in their order, before any of them is read.

    Raises:
        DataError: it is not an `.npz` archive, or an array has no header that can be trusted.
        StorageError: it cannot be read.
    """
    with open_data(path) as raw, _archive(path, raw) as archive:
        found = {}
        for name, member in _members(path, archive).items():
            with _told(f"{name!r} in {path}", path), archive.open(member) as stream:
                shape, _, dtype = _trusted_header(f"{name!r} in {path}", stream, member)
                found[name] = shape, dtype
        return found


def npy_header(path: Path) -> tuple[tuple[int, ...], np.dtype[Any]]:
    """Shape and type of the array of an `.npy` file.

    Raises:
        DataError: it is no such file, or it is damaged.
        StorageError: it cannot be read.
    """
    with open_data(path) as raw, _told(str(path), path):
        shape, _, dtype = _header(str(path), raw)
        return shape, dtype


def read_npy(path: Path, *, kinds: str = _NUMBERS) -> NDArray[Any]:
    """Reads an `.npy` file; `kinds` as for `read_arrays`.

    Raises:
        DataError: it is no such file, damaged, made of objects or too large.
        StorageError: it cannot be read.
    """
    with open_data(path) as raw, _told(str(path), path):
        stored = os.fstat(raw.fileno()).st_size
        shape, fortran, dtype = _header(str(path), raw)
        _check_kind(str(path), dtype, kinds)
        claimed = prod(shape) * dtype.itemsize
        check_claim(str(path), claimed, stored, packed=False)
        if claimed != stored - raw.tell():
            raise _disagreement(str(path), claimed, stored - raw.tell())
        body = read_exactly(raw, claimed)
    return np.frombuffer(body, dtype).reshape(shape, order="F" if fortran else "C")


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
    said = f"{path} is not an .npz archive, or it is damaged. Write it with numpy.savez_compressed."
    with zip_damage(path, lambda _: DataError(said)):
        return zipfile.ZipFile(raw)


def _members(path: Path, archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    entries = archive.infolist()
    if len(entries) > _MAX_MEMBERS:
        raise DataError(f"an .npz archive must not hold more than {_MAX_MEMBERS:,} arrays, but {path} does. Use fewer.")
    return {entry.filename.removesuffix(".npy"): entry for entry in entries if entry.filename.endswith(".npy")}


def _told(where: str, path: Path) -> AbstractContextManager[None]:
    """Says of an array what is wrong with it, whatever the reading of it raises."""
    said = f"{where} is damaged or packed in an unknown way. Save the arrays again."
    return zip_damage(path, lambda _: DataError(said))


def _read(path: Path, archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str, kinds: str) -> NDArray[Any]:
    where = f"{name!r} in {path}"
    with _told(where, path), archive.open(member) as stream:
        shape, fortran, dtype = _trusted_header(where, stream, member)
        _check_kind(where, dtype, kinds)
        claimed = prod(shape) * dtype.itemsize
        body = read_exactly(stream, claimed)
        stream.read(1)  # reaching the end makes zipfile compare the checksum
    if len(body) < claimed:
        raise DataError(f"{where} is cut short. Save the arrays again.")
    return np.frombuffer(body, dtype).reshape(shape, order="F" if fortran else "C")


def _trusted_header(
    where: str, stream: IO[bytes], member: zipfile.ZipInfo
) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """A header that agrees with the archive's own directory; of objects, whose size it does not say, as it is."""
    shape, fortran, dtype = _header(where, stream)
    claimed = prod(shape) * dtype.itemsize
    check_claim(where, claimed, member.compress_size, packed=True)
    follows = member.file_size - stream.tell()
    if claimed != follows and not dtype.hasobject:
        raise _disagreement(where, claimed, follows)
    return shape, fortran, dtype


def _disagreement(where: str, claimed: int, follows: int) -> DataError:
    return DataError(
        f"the header of {where} must agree with its data, but it promises {claimed:,} bytes and {follows:,} follow. "
        "Save the arrays again."
    )


def _header(where: str, stream: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    try:
        version = np.lib.format.read_magic(stream)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            shape, fortran, dtype = _HEADERS[version](stream, max_header_size=_MAX_HEADER)
        if any(type(side) is not int or side < 0 for side in shape):  # NumPy takes True for a number
            raise ValueError(shape)
    except (*_BAD_HEADER, Warning):
        raise DataError(f"{where} has no NumPy header that can be trusted. Save the arrays again.") from None
    return shape, fortran, dtype


def _check_kind(where: str, dtype: np.dtype[Any], kinds: str) -> None:
    if dtype.hasobject:
        raise DataError(
            f"{where} holds Python objects, and reading those could run foreign code. Save plain numbers: images of "
            "one size as uint8, labels as integers."
        )
    if dtype.kind not in kinds:
        raise DataError(f"{where} must hold numbers, but its type is {dtype}. Save images and labels as integers.")

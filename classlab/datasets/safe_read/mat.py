"""MATLAB's files of versions 5 to 7: numbers and text in variables and structures, never objects or functions.

An own reader of what data sets need, because SciPy is none of the packages that classlab installs.

References:
    The MathWorks, MAT-File Format, chapter 1 (Level 5 MAT-files).
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from classlab.datasets.safe_read.limits import ALWAYS_BYTES, MAX_BYTES, MAX_EXPANSION, amount, check_claim, open_data
from classlab.errors import ClasslabError, DataError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

_HEADER = 128
_MATRIX, _COMPRESSED = 14, 15
_VALUES = {
    1: "i1",
    2: "u1",
    3: "i2",
    4: "u2",
    5: "i4",
    6: "u4",
    7: "f4",
    9: "f8",
    12: "i8",
    13: "u8",
    16: "u1",
    17: "u2",
}
_CELL, _STRUCTURE, _TEXT = 1, 2, 4
_NUMBERS = {6: "f8", 7: "f4", 8: "i1", 9: "u1", 10: "i2", 11: "u2", 12: "i4", 13: "u4", 14: "i8", 15: "u8"}
_LOGICAL, _COMPLEX = 0x02, 0x08
_MAX_DEPTH = 8  # structures within structures
_MAX_ARRAYS = 10_000


@dataclass(frozen=True)
class _Element:
    kind: int
    body: memoryview


def read_mat(path: Path) -> dict[str, NDArray[Any]]:
    """Reads every array of numbers and every text; those of a structure are called `structure.field`.

    Raises:
        DataError: it is no such file, damaged or too large.
        StorageError: it cannot be read.
    """
    with open_data(path) as raw:
        content = raw.read(MAX_BYTES + 1)
    try:
        order = {b"IM": "<", b"MI": ">"}[content[126:128]]
        reader = _Reader(path, order, len(content))
        for element in reader.elements(memoryview(content)[_HEADER:]):
            reader.variable(element)
    except ClasslabError:
        raise
    except (KeyError, ValueError, struct.error, zlib.error, IndexError, TypeError, OverflowError):
        raise DataError(
            f"{path} cannot be read as a MATLAB file of version 5 to 7.3; it is damaged or of another kind. Save it "
            "again by save(..., '-v7')."
        ) from None
    return reader.found


class _Reader:
    """Walks the elements of one file."""

    def __init__(self, path: Path, order: str, stored: int) -> None:
        self._path, self._order = path, order
        self._left = min(MAX_BYTES, max(ALWAYS_BYTES, MAX_EXPANSION * stored))  # bytes that may still be unpacked
        self.found: dict[str, NDArray[Any]] = {}

    def elements(self, body: memoryview) -> Iterator[_Element]:
        """Elements that lie one behind the other."""
        place = 0
        while place + 8 <= len(body):
            kind, size = struct.unpack_from(f"{self._order}II", body, place)
            if kind >> 16:  # a small element: size and type in four bytes, up to four bytes of data
                kind, size, start, step = kind & 0xFFFF, kind >> 16, place + 4, 8
            else:
                start, step = place + 8, 8 + (size if kind == _COMPRESSED else -(-size // 8) * 8)
            if start + size > len(body):
                raise ValueError(size)
            yield _Element(kind, body[start : start + size])
            place += step

    def variable(self, element: _Element) -> None:
        """Takes a variable of the file, unpacked where it is compressed."""
        if element.kind == _COMPRESSED:
            unpacker = zlib.decompressobj()
            unpacked = unpacker.decompress(element.body, self._left)
            if unpacker.unconsumed_tail:
                raise DataError(
                    f"{self._path} must not unpack to more than {amount(self._left)}, but does. Save it without "
                    "compression, or fewer images."
                )
            self._left -= len(unpacked)
            element = next(self.elements(memoryview(unpacked)))
        if element.kind == _MATRIX and len(element.body):
            self._matrix("", element.body, depth=0)

    def _matrix(self, above: str, body: memoryview, *, depth: int) -> None:
        parts = self.elements(body)
        flags = struct.unpack_from(f"{self._order}I", next(parts).body)[0]
        kind, bits = flags & 0xFF, flags >> 8
        if kind not in (*_NUMBERS, _STRUCTURE, _TEXT):
            return  # cells, objects, functions, sparse matrices
        shape = tuple(np.frombuffer(next(parts).body, f"{self._order}i4").tolist())
        own = bytes(next(parts).body).decode("latin-1")  # empty within a structure
        name = above or own
        if kind == _STRUCTURE:
            self._structure(name, shape, parts, depth=depth)
            return
        if len(self.found) >= _MAX_ARRAYS or min(shape) < 0 or bits & _COMPLEX:
            raise ValueError(shape)
        values = next(parts)
        self.found[name] = self._values(name, shape, values, kind=kind, logical=bool(bits & _LOGICAL))

    def _structure(self, name: str, shape: tuple[int, ...], parts: Iterator[_Element], *, depth: int) -> None:
        if prod(shape) != 1 or depth >= _MAX_DEPTH:
            return  # an array of structures is no table of numbers
        width = struct.unpack_from(f"{self._order}i", next(parts).body)[0]
        names = bytes(next(parts).body)
        fields = [names[at : at + width].split(b"\0")[0].decode("latin-1") for at in range(0, len(names), width)]
        for field, element in zip(fields, parts, strict=False):
            if element.kind == _MATRIX and len(element.body):
                self._matrix(f"{name}.{field}", element.body, depth=depth + 1)

    def _values(
        self, name: str, shape: tuple[int, ...], element: _Element, *, kind: int, logical: bool
    ) -> NDArray[Any]:
        if kind == _TEXT:
            text = bytes(element.body).decode("utf-16" if element.kind == 17 else "utf-8", "replace")
            rows = shape[0] if len(shape) == 2 and shape[0] else 1
            return np.array([text[row::rows].strip() for row in range(rows)], np.str_)  # column by column
        stored = np.frombuffer(element.body, f"{self._order}{_VALUES[element.kind]}")
        check_claim(
            f"{name!r} in {self._path}",
            prod(shape) * np.dtype(_NUMBERS[kind]).itemsize,
            len(element.body),
            packed=False,
        )
        if len(stored) != prod(shape):
            raise ValueError(shape)
        # MATLAB keeps whole doubles as bytes; they stay small here, but for the type that the variable has.
        values = stored.reshape(shape, order="F")
        return values != 0 if logical else values

"""Tables of pixels as text, CSV and its relatives, packed or not: read piece by piece, as numbers and nothing else."""

from __future__ import annotations

import codecs
import csv
import gzip
import os
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from classlab.datasets.pixel_columns import (
    LEAST_PIXELS,
    Columns,
    asked_column,
    choose_columns,
    holds_pixels,
    numbered_columns,
)
from classlab.datasets.safe_read.limits import ALWAYS_BYTES, MAX_BYTES, MAX_EXPANSION, amount, open_data
from classlab.errors import ClasslabError, DataError, unreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

_LINES = 1000  # read together
_MAX_LINE = 16 * 2**20  # bytes: an image of 1,000 x 1,000 pixels and three channels
_DELIMITERS = (",", ";", "\t", "|")


@dataclass(frozen=True, kw_only=True, eq=False)
class PixelTable:
    """What a table holds.

    Args:
        pixels: `(images, pixels)`, uint8 where all are whole numbers from 0 to 255, else float32.
        labels: text, `(images,)`; None where no column is a label.
        label: what the column of labels is called.
        ignored: names of columns that are neither.
        splits: text, `(images,)`, what the table says of each image's split; None where it says nothing.
    """

    pixels: NDArray[Any]
    labels: NDArray[Any] | None
    label: str
    ignored: tuple[str, ...]
    splits: NDArray[Any] | None = None


def read_pixel_table(path: Path, *, asked: str | None = None, size: tuple[int, int] | None = None) -> PixelTable:
    """Reads a table with one image for each line.

    Args:
        path: the file; one that begins as gzip does is decompressed.
        asked: the column of labels, where the user says it.
        size: `(height, width)` of the images, where the user says it.

    Raises:
        DataError: it is no such table, damaged, or too large.
        StorageError: it cannot be read.
    """
    with _reader(path) as reader:
        return reader.read(asked=asked, size=size)


def is_pixel_table(path: Path) -> bool:
    """Whether the first line of a table can be the beginning of a table of pixels.

    Raises:
        DataError: it is damaged, or too large.
        StorageError: it cannot be read.
    """
    with _reader(path) as reader:
        return reader.holds_pixels()


@contextmanager
def _reader(path: Path) -> Iterator[_Reader]:
    with open_data(path) as raw:
        stored = os.fstat(raw.fileno()).st_size
        packed = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        try:
            stream: IO[bytes] = gzip.GzipFile(fileobj=raw) if packed else raw  # type: ignore[assignment]  # it reads
            yield _Reader(path, _lines(path, stream, stored))
        except (EOFError, zlib.error, gzip.BadGzipFile):
            raise DataError(
                f"{path} is damaged: its gzip data end early or do not unpack. Get the file again."
            ) from None
        except csv.Error as problem:  # a carriage return within a line, or a cell without an end
            raise DataError(
                f"{path} must be a table whose lines part into cells, but one does not ({problem}). Get the file again."
            ) from None
        except OSError as problem:
            if isinstance(problem, ClasslabError):
                raise
            raise unreadable(path, problem) from None


class _Line(str):
    """A line that knows its number in the file, from 1."""

    __slots__ = ("number",)
    number: int


def _lines(path: Path, stream: IO[bytes], stored: int) -> Iterator[_Line]:
    """Lines that hold something, as far as the limits allow."""
    most = min(MAX_BYTES, max(ALWAYS_BYTES, MAX_EXPANSION * stored))
    read = number = 0
    while line := stream.readline(_MAX_LINE):
        read += len(line)
        number += 1
        if number == 1 and line.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            raise DataError(f"a table must be text in UTF-8, but {path} is in UTF-16. Save it as UTF-8.")
        if read > most or len(line) == _MAX_LINE:
            what = f"{amount(most)} of text" if read > most else f"{amount(_MAX_LINE)} in one line"
            raise DataError(f"a table of pixels must not hold more than {what}, but {path} does. Use fewer images.")
        text = _Line(line.decode("utf-8-sig" if number == 1 else "utf-8", "replace").strip("\r\n"))
        text.number = number
        if text.strip():
            yield text


class _Reader:
    def __init__(self, path: Path, lines: Iterator[_Line]) -> None:
        self._path, self._lines = path, lines
        self._delimiter: str | None = ","  # None for any white space

    def holds_pixels(self) -> bool:
        names = self._first()[1]
        return holds_pixels(names) if _is_header(names) else len(names) > LEAST_PIXELS

    def _first(self) -> tuple[_Line, list[str]]:
        """The first line and its cells, by which the delimiter is known."""
        first = next(self._lines, _Line())
        delimiter = max(_DELIMITERS, key=first.count)
        self._delimiter = delimiter if delimiter in first else None
        return first, next(self._rows([first]), [])

    def read(self, *, asked: str | None, size: tuple[int, int] | None) -> PixelTable:
        first, names = self._first()
        headed = _is_header(names)
        piece = self._take([] if headed else [first])
        if not piece:
            raise DataError(f"{self._path} must hold an image in each line, but it holds none. Get the file again.")
        if headed:
            columns = choose_columns(str(self._path), names, asked=asked, size=size)
        elif asked is not None:
            columns = asked_column(str(self._path), asked, len(names))
        else:
            ends = self._numbers(piece, (0, len(names) - 1))
            columns = numbered_columns(str(self._path), ends[:, 0].tolist(), ends[:, 1].tolist(), len(names))
        if len(columns.pixels) < LEAST_PIXELS and not columns.packed:
            raise DataError(
                f"{self._path} must be a table of pixels, as in label,pixel0,pixel1 and so on, but it has "
                f"{len(columns.pixels)} columns of pixels. Give a table that has a column for each pixel."
            )
        label = "" if columns.label is None else names[columns.label] if headed else str(columns.label + 1)
        return self._table(piece, columns, label)

    def _table(self, piece: list[_Line], columns: Columns, label: str) -> PixelTable:
        pixels, labels, splits, held = [], [], [], 0
        while piece:
            numbers = self._packed(piece, columns) if columns.packed else self._numbers(piece, columns.pixels)
            pixels.append(_small(numbers))
            held += pixels[-1].nbytes
            if held > MAX_BYTES:
                raise DataError(
                    f"images must not need more than {amount(MAX_BYTES)} of memory, but {self._path} holds more. Use "
                    "fewer."
                )
            if columns.label is not None:
                labels.append(self._words(piece, columns.label))
            if columns.split is not None:
                splits.append(self._words(piece, columns.split))
            piece = self._take([])
        return PixelTable(
            pixels=np.concatenate(pixels),
            labels=np.concatenate(labels) if labels else None,
            label=label,
            ignored=columns.ignored,
            splits=np.concatenate(splits) if splits else None,
        )

    def _take(self, begun: list[_Line]) -> list[_Line]:
        for line in self._lines:
            begun.append(line)
            if len(begun) == _LINES:
                break
        return begun

    def _numbers(self, piece: list[_Line], columns: tuple[int, ...]) -> NDArray[np.float64]:
        def read(lines: list[_Line]) -> NDArray[np.float64]:
            return np.loadtxt(
                lines,
                delimiter=self._delimiter,
                usecols=columns,
                ndmin=2,
                quotechar='"',
                comments=None,
                dtype=np.float64,
            )

        return self._read_by(read, piece)

    def _packed(self, piece: list[_Line], columns: Columns) -> NDArray[np.float64]:
        """All pixels of an image in one cell."""
        cell = columns.pixels[0]
        return self._read_by(
            lambda lines: np.loadtxt(self._words(lines, cell).tolist(), ndmin=2, comments=None, dtype=np.float64), piece
        )

    def _read_by(self, read: Callable[[list[_Line]], NDArray[np.float64]], piece: list[_Line]) -> NDArray[np.float64]:
        """The numbers of some lines.

        Raises:
            DataError: a line lacks some; it is named.
        """
        try:
            return read(piece)
        except (ValueError, IndexError):
            width = None
            for line in piece:
                try:
                    found = read([line]).shape
                except (ValueError, IndexError):
                    found = None
                width = width or found
                if found is None or found != width:
                    break
        raise DataError(
            f"every line of {self._path} must hold a number for each pixel, but line {line.number:,} does not. Get the "
            "file again, or leave that line out."
        )

    def _words(self, piece: Sequence[str], column: int) -> NDArray[np.str_]:
        if column == 0 and self._delimiter is not None and not any(line.startswith('"') for line in piece):
            cells = [line.partition(self._delimiter)[0] for line in piece]  # the usual place; parting all is slow
        else:
            cells = [row[column] for row in self._rows(piece)]
        return np.array([cell.strip() for cell in cells], np.str_)

    def _rows(self, piece: Sequence[str]) -> Iterator[list[str]]:
        return map(str.split, piece) if self._delimiter is None else csv.reader(piece, delimiter=self._delimiter)


def _small(numbers: NDArray[np.float64]) -> NDArray[Any]:
    """Pixels in as few bytes as hold them."""
    whole = np.isfinite(numbers).all() and ((numbers >= 0) & (numbers <= 255) & (numbers == np.rint(numbers))).all()
    return numbers.astype(np.uint8) if whole else numbers.astype(np.float32)


def _is_header(names: list[str]) -> bool:
    """Whether a line names the columns: by words, or by the numbers 0, 1, 2 and so on, as pandas writes them."""
    counted = [str(place) for place in range(len(names) + 1)]
    return names in (counted[:-1], counted[1:]) or not all(_is_number(name) for name in names)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True

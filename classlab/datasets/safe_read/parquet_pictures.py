"""Rows of a Parquet file that hold encoded pictures, as data hubs keep them: bytes in order, some rows at a time."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from classlab.datasets.safe_read.limits import amount
from classlab.datasets.safe_read.parquet import class_names_of, damage_said, is_encoded, named_columns, opened
from classlab.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_ROWS = 100  # read together


class PictureRows:
    """The pictures of an open file.

    Args:
        path: the file.
        file: the same, opened.
        images: the column of pictures.
        label: the column of labels; None where there is none.

    Raises:
        DataError: the labels cannot be read.

    Attributes:
        label: as given.
        others: names of the columns that are neither.
        labels: what stands in that column, by row; None where nothing does.
        class_names: by the number of the class, where the file keeps them.
    """

    def __init__(self, path: Path, file: Any, images: str, label: str | None) -> None:
        self._path, self._file, self._images, self.label = path, file, images, label
        self.labels: list[Any] = [None] * file.metadata.num_rows
        if label is not None:
            with damage_said(path):
                self.labels = file.read(columns=[label]).column(0).to_pylist()
        self.others = tuple(name for name in file.schema_arrow.names if name not in (images, label))
        self.class_names = class_names_of(file.schema_arrow, label)
        self._rest: Iterator[Any] = iter(())
        self._cells: list[Any] = []
        self._begin = self._end = 0  # of the rows that are at hand

    def content(self, row: int, limit: int) -> bytes:
        """The picture of a row as it is encoded; rows in order are quickest.

        Raises:
            DataError: there is none, or it is larger than `limit` bytes; the sentence lacks its subject, the row.
        """
        with damage_said(self._path):
            if row < self._begin or not self._cells:
                self._rest = self._file.iter_batches(batch_size=_ROWS, columns=[self._images])
                self._begin = self._end = 0
            while row >= self._end:
                self._cells = next(self._rest).column(0).to_pylist()
                self._begin, self._end = self._end, self._end + len(self._cells)
        cell = self._cells[row - self._begin]
        found = cell.get("bytes") if isinstance(cell, dict) else cell
        if not isinstance(found, bytes):
            where = isinstance(cell, dict) and cell.get("path")
            raise DataError(
                f"holds no picture, only where it lies ({where}). Give the folder of the pictures."
                if where
                else "holds no picture. Get the file again."
            )
        if len(found) > limit:
            raise DataError(f"holds {amount(len(found))}, more than the {amount(limit)} allowed. Make it smaller.")
        return found


@contextmanager
def picture_rows(path: Path, asked: Mapping[str, str]) -> Iterator[PictureRows | None]:
    """Opens a file for as long as its pictures are read.

    Args:
        path: the file.
        asked: the columns of `images` and `labels`, where the user says them.

    Yields:
        The rows; None where no column holds encoded pictures.

    Raises:
        DataError: pyarrow is not installed, or it is no such file, damaged, or too large.
        StorageError: it cannot be read.
    """
    with opened(path) as file:
        images, label = named_columns(path, file, asked)
        encoded = images is not None and is_encoded(file.schema_arrow.field(images).type)
        yield PictureRows(path, file, images, label) if encoded and images is not None else None


def holds_pictures(path: Path, asked: Mapping[str, str]) -> bool:
    """Whether a file holds encoded pictures; raises as `picture_rows`."""
    with opened(path) as file:
        images, _ = named_columns(path, file, asked)
        return images is not None and is_encoded(file.schema_arrow.field(images).type)

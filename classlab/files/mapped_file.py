"""A file without a name that is written once and then mapped into memory as an array."""

from __future__ import annotations

import mmap
import os
import tempfile
import weakref
from typing import TYPE_CHECKING, Any

import numpy as np

from classlab.errors import StorageError, unwritable
from classlab.files.atomic_file import make_folder
from classlab.files.held_pages import PAGES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

_SPARE = 2**30  # bytes that others find free on the disk
_LOOK = 16 * 2**20  # bytes after which that, and what is held, is looked at again


class MappedFile:
    """Bytes on disk that go with the last array that shows them, also where the process is killed.

    Args:
        folder: where it lies; created where it is missing.
        step: what to do where there is no room, as a clause: "give a smaller size".

    Raises:
        StorageError: the folder cannot be written.
    """

    def __init__(self, folder: Path, *, step: str) -> None:
        self._folder, self._step, self._looked_at = folder, step, -_LOOK
        self.size = 0
        make_folder(folder)
        try:
            self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115  (arrays show it)
        except OSError as refusal:
            raise unwritable(folder, refusal) from refusal
        weakref.finalize(self, self._file.close)

    def write(self, values: NDArray[np.uint8]) -> int:
        """Writes behind all that is there; gives the place where that begins.

        Raises:
            StorageError: there is no room, or any other refusal of the system.
        """
        place = self.size
        self._check_room(place + values.nbytes)
        try:
            self._file.seek(place)
            self._file.write(np.ascontiguousarray(values).data)
        except OSError as refusal:
            raise unwritable(self._folder, refusal) from refusal
        self.size += values.nbytes
        return place

    def read(self, place: int, shape: tuple[int, ...]) -> NDArray[np.uint8]:
        """Some of it as an array in memory."""
        self._file.seek(place)
        content = self._file.read(int(np.prod(shape)))
        return np.frombuffer(content, np.uint8).reshape(shape)

    def mapped(self, shape: tuple[int, ...]) -> NDArray[np.uint8]:
        """All of it as an array of this shape, after which nothing can be written.

        Raises:
            StorageError: a refusal of the system.
        """
        try:
            self._file.flush()
            found = mmap.mmap(self._file.fileno(), self.size)
            self._file.close()
        except OSError as refusal:
            raise unwritable(self._folder, refusal) from refusal
        PAGES.watch(found)
        return np.frombuffer(found, np.uint8).reshape(shape)

    def _check_room(self, size: int) -> None:
        if size - self._looked_at < _LOOK or not hasattr(os, "statvfs"):
            return
        self._looked_at, found = size, os.statvfs(self._folder)
        if found.f_bavail * found.f_frsize < _SPARE:
            raise StorageError(
                f"{self._folder} must have room for pictures beside 1 GiB that stays free, but it has less. Make room, "
                f"name another folder by CLASSLAB_CACHE, or {self._step}."
            )


def pieces(values: NDArray[Any], places: NDArray[np.intp]) -> Iterator[NDArray[Any]]:
    """`values[places]` of an array that shows a file, some at a time, of which little is held at any."""
    together = max(1, _LOOK // values[0].nbytes)
    for start in range(0, len(places), together):
        yield values[places[start : start + together]]
        PAGES.look()


def is_mapped(values: NDArray[Any]) -> bool:
    """Whether an array shows a file."""
    base: Any = values
    while base is not None and not isinstance(base, mmap.mmap):
        base = base.obj if isinstance(base, memoryview) else getattr(base, "base", None)
    return base is not None

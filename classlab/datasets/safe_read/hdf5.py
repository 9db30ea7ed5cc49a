"""HDF5 files: chosen arrays only, whose headers were looked at before; links out of the file are not followed.

The files of MATLAB since version 7.3 are HDF5 with every shape turned around.
"""

from __future__ import annotations

import os
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from classlab.datasets.safe_read.limits import check_claim, open_data
from classlab.errors import ClasslabError, DataError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

_MAX_OBJECTS = 10_000
_MAX_DEPTH = 16  # groups within groups
_MATLAB = b"MATLAB 7.3"
_AGAIN = "It is damaged or of a kind that h5py does not read. Get the file again, or save the arrays as .npz."


def hdf5_headers(path: Path) -> dict[str, tuple[tuple[int, ...], str]]:
    """Shape and NumPy's letter of type of every array, by its path in the file; text of any length is `U`.

    Raises:
        DataError: it is no HDF5 file, damaged, or holds too much.
        StorageError: it cannot be read.
    """
    with _Opened(path) as file:
        return {name: (file.shape(each), _kind(each)) for name, each in file.arrays()}


def read_hdf5(path: Path, names: Sequence[str]) -> dict[str, NDArray[Any]]:
    """Reads the named arrays.

    Raises:
        DataError: it is no HDF5 file, damaged, an array is missing or too large.
        StorageError: it cannot be read.
    """
    with _Opened(path) as file:
        held = dict(file.arrays())
        return {name: file.read(name, held[name]) for name in names}


def _kind(array: Any) -> str:
    import h5py

    return "U" if h5py.check_string_dtype(array.dtype) else str(array.dtype.kind)


class _Opened:
    """An open file whose every failure is one sentence."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._raw = open_data(path)
        self._file: Any = None

    def __enter__(self) -> _Opened:
        import h5py

        try:
            self._stored = os.fstat(self._raw.fileno()).st_size
            self._matlab = self._raw.read(len(_MATLAB)) == _MATLAB
            self._raw.seek(0)
            self._file = h5py.File(self._raw, "r")
        except Exception as problem:
            self._raw.close()
            raise DataError(f"{self._path} cannot be read as HDF5. {_AGAIN}") from problem
        return self

    def __exit__(self, _kind: object, problem: BaseException | None, _trace: object) -> None:
        self._file.close()
        self._raw.close()
        if isinstance(problem, Exception) and not isinstance(problem, ClasslabError):
            raise DataError(f"{self._path} cannot be read as HDF5. {_AGAIN}") from None

    def arrays(self) -> Iterator[tuple[str, Any]]:
        """Arrays that lie in the file itself, by their paths, in alphabetical order."""
        seen = 0
        waiting: list[tuple[str, Any, int]] = [("", self._file, 0)]
        while waiting:
            above, group, depth = waiting.pop()
            for name in sorted(group, reverse=True):
                seen += 1
                if seen > _MAX_OBJECTS or depth > _MAX_DEPTH:
                    raise DataError(
                        f"an HDF5 file must not hold more than {_MAX_OBJECTS:,} objects in {_MAX_DEPTH} levels, but "
                        f"{self._path} does. Save its images and labels as .npz."
                    )
                yield from self._found(f"{above}{name}", group, name, waiting, depth)

    def _found(
        self, where: str, group: Any, name: str, waiting: list[tuple[str, Any, int]], depth: int
    ) -> Iterator[tuple[str, Any]]:
        import h5py

        # Links lead out of the file or in circles; MATLAB keeps its own under names that begin with #.
        if not isinstance(group.get(name, getlink=True), h5py.HardLink) or name.startswith("#"):
            return
        found = group[name]
        if isinstance(found, h5py.Group):
            waiting.append((f"{where}/", found, depth + 1))
        elif (
            isinstance(found, h5py.Dataset) and not found.is_virtual and not found.external and found.shape is not None
        ):
            yield where, found

    def shape(self, array: Any) -> tuple[int, ...]:
        return tuple(array.shape[::-1]) if self._matlab else tuple(array.shape)

    def read(self, name: str, array: Any) -> NDArray[Any]:
        where = f"{name!r} in {self._path}"
        stored = array.id.get_storage_size()
        check_claim(where, prod(array.shape) * array.dtype.itemsize, max(stored, 1), packed=True)
        if _kind(array) == "U":
            return np.asarray(array.asstr(errors="replace")[()], np.str_)
        if array.dtype.kind not in "buif":
            raise DataError(f"{where} must hold numbers or text, but its type is {array.dtype}. Save it as numbers.")
        values: NDArray[Any] = array[()]
        return values.T if self._matlab else values

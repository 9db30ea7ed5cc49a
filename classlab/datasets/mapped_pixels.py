"""Pixels of many large pictures: in a file that is mapped into memory, of which only what is in use is held.

An array over the file is NumPy's own, so whatever takes images takes these too, to the same bits. Decoding each
picture when it is needed would keep the disk free, but costs milliseconds for every picture in every epoch, and all
that looks at images, the compiled kernels among them, would have to wait for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from classlab.datasets.safe_read.limits import amount
from classlab.errors import DataError
from classlab.files.cache_folder import cache_folder
from classlab.files.mapped_file import MappedFile, is_mapped, pieces

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

IN_MEMORY_BYTES = 128 * 2**20
"""Most bytes of pictures that are held: 891 of 224 x 224 in color. More lie in a file, of which as much is held."""
FILE_BYTES = 64 * 2**30
"""Most bytes of pictures in a file: 456,000 of 224 x 224 in color."""
_STEP = "give a smaller size, as in size=(64, 64)"


class PixelShelf:
    """Pictures as they are read, one after the other: in memory while they are few, from then on in a file.

    Args:
        where: whose they are, for sentences.
    """

    def __init__(self, where: str) -> None:
        self._where, self._held = where, 0
        self._pictures: list[NDArray[np.uint8]] = []
        self._places: list[tuple[int, tuple[int, ...]]] = []
        self._file: MappedFile | None = None

    def put(self, pixels: NDArray[np.uint8]) -> int:
        """Keeps a picture, and gives its number.

        Raises:
            DataError: all of them need more than 64 GiB.
            StorageError: the file cannot be written.
        """
        self._held += pixels.nbytes
        if self._held > FILE_BYTES:
            raise DataError(
                f"pictures must not need more than {amount(FILE_BYTES)} once they are decoded, but {self._where} holds "
                f"more. {_STEP[0].upper()}{_STEP[1:]}."
            )
        if self._file is None and self._held > IN_MEMORY_BYTES:
            self._file = _file()
            self._places = [(self._file.write(each), each.shape) for each in self._pictures]
            self._pictures = []
        if self._file is None:
            self._pictures.append(pixels)
            return len(self._pictures) - 1
        self._places.append((self._file.write(pixels), pixels.shape))
        return len(self._places) - 1

    def replace(self, number: int, pixels: NDArray[np.uint8]) -> None:
        """Keeps a picture in the place of one.

        Raises:
            StorageError: the file cannot be written.
        """
        if self._file is None:
            self._pictures[number] = pixels
        else:
            self._places[number] = (self._file.write(pixels), pixels.shape)

    def get(self, number: int) -> NDArray[np.uint8]:
        """A picture."""
        return self._pictures[number] if self._file is None else self._file.read(*self._places[number])


def stacked(shape: tuple[int, ...], pictures: Iterable[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """Pictures as one array: in memory where all of them may be held, else in a file.

    Args:
        shape: `(images, height, width, channels)` of all.
        pictures: each of them, with as many channels or one.

    Raises:
        StorageError: the file cannot be written.
    """
    return _gathered(shape, (np.broadcast_to(one, (1, *shape[1:])) for one in pictures))


def taken(images: NDArray[Any], places: NDArray[np.intp]) -> NDArray[Any]:
    """`images[places]`: in a file where the images are in one and these are too many to be held."""
    if not len(places) or not is_mapped(images):
        return images[places]
    return _gathered((len(places), *images.shape[1:]), pieces(images, places))


def joined(parts: Sequence[NDArray[Any]]) -> NDArray[Any]:
    """`np.concatenate(parts)` of images: in a file where a part is in one and together they are too many to be held."""
    if not any(map(is_mapped, parts)):
        return np.concatenate(parts)
    every = (piece for each in parts for piece in pieces(each, np.arange(len(each))))
    return _gathered((sum(map(len, parts)), *parts[0].shape[1:]), every)


def _gathered(shape: tuple[int, ...], parts: Iterable[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """Images of this shape, of which some come at a time: in memory where all may be held, else in a file."""
    if int(np.prod(shape)) > IN_MEMORY_BYTES:
        file = _file()
        for part in parts:
            file.write(part)
        return file.mapped(shape)
    images, begin = np.empty(shape, np.uint8), 0
    for part in parts:
        images[begin : begin + len(part)] = part
        begin += len(part)
    return images


def _file() -> MappedFile:
    return MappedFile(cache_folder() / "pictures", step=_STEP)

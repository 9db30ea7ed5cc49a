"""Augmented images: the changes of an epoch carried out, in the kernels or, without them, in NumPy with the same bits.

Everything that trains takes its images from here as bytes, whatever computes the network.
"""

from __future__ import annotations

import ctypes
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from classlab.training.kernels.library import kernels
from classlab.training.kernels.structures import Augmentation as Asked
from classlab.training.kernels.structures import address
from classlab.training.loop.augmentation import CHANGE, changes_of
from classlab.training.loop.randomness import orders_of
from classlab.training.process.threads import on_threads, thread_count

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classlab.records.augmentation import Augmentation
    from classlab.training.kernels.structures import Images, Kernels
    from classlab.training.loop.randomness import SeedGroups

_TOGETHER = 2**20  # pixels that NumPy changes together: its intermediate arrays take 100 bytes for each
_WEIGHTS, _WEIGHT_BITS = 128, 9  # between two pixels, and the bits of a pixel that are below a weight's


class Order(NamedTuple):
    """In which order an epoch takes its images, `(images,)`, and how it changes them; None where it does not."""

    places: NDArray[np.int64]
    augmented: AugmentedEpoch | None


def epoch_orders(groups: SeedGroups, images: NDArray[np.uint8], *, epoch: int) -> list[Order]:
    """The order of each group of members.

    Args:
        groups: who sees the same batches.
        images: the training images.
        epoch: epochs done before this one.
    """
    orders = orders_of(groups.group_seeds, epoch, len(images))
    return [
        Order(order, None if asked is None else AugmentedEpoch(images, order, asked, seed=seed, epoch=epoch))
        for order, seed, asked in zip(orders, groups.group_seeds, groups.group_augmentations, strict=True)
    ]


class AugmentedEpoch:
    """The images of an epoch in their order, each with its changes; they are made as they are asked for.

    Args:
        images: all of them, uint8, `(images, height, width, channels)`.
        order: which, in which order, `(epoch's images,)`.
        augmentation: the largest changes.
        seed: the run's.
        epoch: epochs done before this one.
    """

    def __init__(
        self, images: NDArray[np.uint8], order: NDArray[np.int64], augmentation: Augmentation, *, seed: int, epoch: int
    ) -> None:
        self._images = np.ascontiguousarray(images)
        self.order = np.ascontiguousarray(order)
        self._changes = changes_of(augmentation, seed=seed, epoch=epoch, images=len(order), shape=images.shape[1:])
        self.moves_ground = augmentation.brightness > 0  # what is 0 becomes something else, the same all over an image
        self._library = kernels()

    def __len__(self) -> int:
        return len(self.order)

    def write(self, to: NDArray[np.uint8], first: int, *, threads: int = 1) -> None:
        """Writes images of the epoch.

        Args:
            to: takes them, contiguous, `(images, ...)`: as many as it has room for.
            first: place in the order of the first.
            threads: how many may share the work.
        """
        count = len(to)
        parts = max(1, min(threads, count))
        bounds = [count * place // parts for place in range(parts + 1)]

        def write(part: tuple[int, int]) -> None:
            self._write(to[part[0] : part[1]], first + part[0])

        on_threads(write, list(pairwise(bounds)), threads=parts)

    def list_nonzero(self, library: Kernels, listed: Images, first: int, last: int) -> None:
        """Lists the pixels of images of the epoch that are not their ground: 0, or what became of it.

        Args:
            library: the kernels.
            listed: takes the list.
            first: place in the order of the first.
            last: the one after the last.
        """
        room = np.empty(int(listed.inputs), np.uint8)
        asked = self._asked(room)
        asked.pairs, asked.starts, asked.block = listed.pairs, listed.starts, listed.block
        asked.grounds = listed.grounds
        self._call(library, asked, first, last)

    def whole(self) -> NDArray[np.uint8]:
        """All images of the epoch, changed."""
        made = np.empty((len(self), *self._images.shape[1:]), np.uint8)
        self.write(made, 0, threads=thread_count())
        return made

    def _write(self, to: NDArray[np.uint8], first: int) -> None:
        if self._library is None:
            self._write_in_numpy(to.reshape(-1, *self._images.shape[1:]), first)
        else:
            self._call(self._library, self._asked(to), first, first + len(to))

    def _asked(self, to: NDArray[np.uint8]) -> Asked:
        height, width, channels = self._images.shape[1:]
        return Asked(
            height=height,
            width=width,
            channels=channels,
            pixels=address(self._images),
            order=address(self.order),
            changes=address(self._changes),
            to=address(to),
        )

    @staticmethod
    def _call(library: Kernels, asked: Asked, first: int, last: int) -> None:
        if library.augment(ctypes.byref(asked), first, last):
            message = "there is not enough memory for augmented images"
            raise MemoryError(message)

    def _write_in_numpy(self, to: NDArray[np.uint8], first: int) -> None:
        together = max(1, _TOGETHER // max(1, to[0].size)) if len(to) else 1
        for start in range(0, len(to), together):
            part = to[start : start + together]
            places = slice(first + start, first + start + len(part))
            changed(self._images[self.order[places]], self._changes[places], part)


def changed(images: NDArray[np.uint8], changes: NDArray[np.int32], to: NDArray[np.uint8]) -> None:
    """What `augment` of kernels/augmentation.h computes, in NumPy.

    Args:
        images: `(images, height, width, channels)`.
        changes: `(images, fields)`.
        to: takes the changed images.
    """
    of = {name: changes[:, place] for place, name in enumerate(CHANGE)}
    to[...] = images
    if of["moved"].any():
        to[...] = np.where(of["moved"][:, None, None, None], _moved(images, of), images)
    np.clip(to + of["brighter"][:, None, None, None], 0, 255, out=to, casting="unsafe")
    rows, columns = np.arange(images.shape[1]), np.arange(images.shape[2])
    inside_rows = (rows >= of["top"][:, None]) & (rows < of["bottom"][:, None])
    inside_columns = (columns >= of["left"][:, None]) & (columns < of["right"][:, None])
    to[inside_rows[:, :, None] & inside_columns[:, None, :]] = 0


def _moved(images: NDArray[np.uint8], of: dict[str, NDArray[np.int32]]) -> NDArray[np.uint8]:
    count, height, width, channels = images.shape
    columns, rows = np.arange(width, dtype=np.int32), np.arange(height, dtype=np.int32)[:, None]

    def places(axis: str, length: int) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
        """The pixel before every place, the one behind it, and the latter's weight."""
        start, by_column, by_row = (of[name][:, None, None] for name in (axis, f"{axis}x", f"{axis}y"))
        found = np.clip(start + by_column * columns + by_row * rows, 0, (length - 1) << 16)
        before = found >> 16
        return before, np.minimum(before + 1, length - 1), (found >> _WEIGHT_BITS) & (_WEIGHTS - 1)

    left, right, weight_x = places("x", width)
    upper, lower, weight_y = places("y", height)
    flat, begin = images.reshape(-1, channels), np.arange(count)[:, None, None] * (height * width)

    def pixels(row: NDArray[np.int32], column: NDArray[np.int32]) -> NDArray[np.int32]:
        found: NDArray[np.int32] = flat.take(begin + row * width + column, axis=0).astype(np.int32)
        return found

    x, y = weight_x[..., None], weight_y[..., None]
    nearest = pixels(np.where(weight_y < _WEIGHTS // 2, upper, lower), np.where(weight_x < _WEIGHTS // 2, left, right))
    above = pixels(upper, left) * (_WEIGHTS - x) + pixels(upper, right) * x
    below = pixels(lower, left) * (_WEIGHTS - x) + pixels(lower, right) * x
    whole = _WEIGHTS * _WEIGHTS
    blended = (above * (_WEIGHTS - y) + below * y + whole // 2) // whole
    return np.where(nearest, blended, 0).astype(np.uint8)

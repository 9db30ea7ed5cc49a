"""The images of some steps at a time: as they are, or augmented, made anew for every few steps in the same memory."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np

from classlab.training.kernels.images import SPARE_PAIRS
from classlab.training.kernels.structures import Images, address
from classlab.training.process.threads import on_threads

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from classlab.training.kernels.augmented import AugmentedEpoch, Order
    from classlab.training.kernels.images import KernelImages
    from classlab.training.kernels.structures import Kernels

_BYTES = 2**20  # of augmented images that are made together: they stay in a core's second cache until they are used
# Of augmented images that groups of members share, with their lists four times as much: some hundred steps of MNIST, so
# that threads seldom wait for one another.
_SHARED_BYTES = 24 * 2**20
_PLACE = np.dtype(np.int64).itemsize


class Window(NamedTuple):
    """Some steps, and what the kernels need to take them.

    Args:
        first: the first step.
        stop: the one after the last.
        images: the images.
        order: address of the epoch's order: its entries of these steps are places in `images`.
        last: images of the epoch up to the end of these steps.
    """

    first: int
    stop: int
    images: Images
    order: int
    last: int


def windows(
    library: Kernels,
    images: KernelImages,
    order: Order,
    *,
    batch: int,
    steps: range,
    most: int,
    threads: int = 1,
    ahead: bool = False,
) -> Iterator[Window]:
    """Goes through steps of an epoch; what a window holds is gone with the next.

    Args:
        library: the kernels.
        images: all training images.
        order: in which order the epoch takes them, and how changed.
        batch: images per step.
        steps: steps of the epoch, from 0.
        most: steps of a window.
        threads: how many may share the work of augmenting.
        ahead: whether another thread, which nothing else needs, makes a window while the one before it is used.
    """
    count, epoch = len(order.places), order.augmented
    if epoch is None:
        for first, stop in _parts(steps, most):
            yield Window(first, stop, images.structure, address(order.places), count)
        return
    most = min(most, _steps_together(images, batch))
    parts = list(_parts(steps, most))
    rooms = [_Augmented(library, images, epoch, most=most * batch) for _ in range(1 + ahead)]

    def made(place: int) -> Window:
        return rooms[place % len(rooms)].window(*parts[place], batch=batch, threads=threads)

    if ahead:
        yield from _ahead(made, len(parts))
    else:
        yield from map(made, range(len(parts)))


_Found: TypeAlias = dict[int, list[Window]]


class SharedWindows:
    """Augmented images that several groups of members go through: made once, by all threads, and then used by all.

    Args:
        library: the kernels.
        images: all training images.
        orders: in which orders an epoch takes them, and how changed; those that are not changed are left aside.
        batch: images per step.
    """

    def __init__(self, library: Kernels, images: KernelImages, orders: Sequence[Order], *, batch: int) -> None:
        epochs = {place: order.augmented for place, order in enumerate(orders) if order.augmented is not None}
        self._batch, self._most = batch, _steps_together(images, batch)
        window = self._most * batch * int(images.structure.inputs)
        each = max(1, _SHARED_BYTES // (window * max(1, len(epochs))))
        self._rooms = {
            place: [_Augmented(library, images, epoch, most=self._most * batch) for _ in range(each)]
            for place, epoch in epochs.items()
        }
        self._steps = self._most * each

    def parts(self, steps: range) -> Iterator[tuple[range, _Found]]:
        """Some steps at a time, and for each order that changes images, by its place, its windows of these steps.

        Args:
            steps: steps of the epoch, from 0.
        """
        for first, stop in _parts(steps, self._steps):
            bounds = list(_parts(range(first, stop), self._most))
            found: _Found = {place: [] for place in self._rooms}
            tasks = [(place, number) for place in self._rooms for number in range(len(bounds))]

            def make(task: tuple[int, int], bounds: list[tuple[int, int]] = bounds, found: _Found = found) -> None:
                place, number = task
                found[place].append(self._rooms[place][number].window(*bounds[number], batch=self._batch))

            on_threads(make, tasks)
            for windows_of_order in found.values():
                windows_of_order.sort(key=lambda window: window.first)
            yield range(first, stop), found


def _steps_together(images: KernelImages, batch: int) -> int:
    return max(1, _BYTES // (batch * int(images.structure.inputs)))


def _parts(steps: range, most: int) -> Iterator[tuple[int, int]]:
    for first in range(steps.start, steps.stop, most):
        yield first, min(first + most, steps.stop)


def _ahead(made: Callable[[int], Window], count: int) -> Iterator[Window]:
    """Each window while the one before it is used."""
    with ThreadPoolExecutor(1, thread_name_prefix="classlab-augmentation") as thread:
        coming = thread.submit(made, 0) if count else None
        for place in range(count):
            assert coming is not None  # noqa: S101 - there is one
            window = coming.result()
            if place + 1 < count:
                coming = thread.submit(made, place + 1)
            yield window


class _Augmented:
    """Room for augmented images, as pixels or as the list of those that are not 0.

    Which of the two follows from the images as they are, so that it is the same for every window.
    """

    def __init__(self, library: Kernels, images: KernelImages, epoch: AugmentedEpoch, *, most: int) -> None:
        self._library, self._epoch = library, epoch
        whole = images.structure
        inputs, blocks = int(whole.inputs), int(whole.blocks)
        self._labels = images.labels[epoch.order]
        self._places = np.arange(most)
        self.order = address(self._places)
        self.structure = Images.from_buffer_copy(whole)
        self._listed = images.listed
        if self._listed:
            self._starts = np.empty((most, blocks + 1), np.uint32)
            self._pairs = np.empty(2 * most * inputs + SPARE_PAIRS, np.uint8)
            self.structure.starts, self.structure.pairs = address(self._starts), address(self._pairs)
            if epoch.moves_ground:
                self._grounds = np.empty(most, np.uint8)
                self.structure.grounds = address(self._grounds)
        else:
            self._pixels = np.empty((most, inputs), np.uint8)
            self.structure.pixels, self.structure.pairs = address(self._pixels), None

    def window(self, first: int, stop: int, *, batch: int, threads: int = 1) -> Window:
        """Takes the images of some steps.

        Args:
            first: the first step of the epoch.
            stop: the one after the last.
            batch: images per step.
            threads: how many may share the work.
        """
        last = min(stop * batch, len(self._epoch))
        self._fill(first * batch, last, threads=threads)
        return Window(first, stop, self.structure, self.order - first * batch * _PLACE, last)

    def _fill(self, first: int, last: int, *, threads: int) -> None:
        """Takes the epoch's images from one place in its order to another."""
        self.structure.labels = address(self._labels) + first * self._labels.itemsize
        if self._listed:
            self._epoch.list_nonzero(self._library, self.structure, first, last)
        else:
            self._epoch.write(self._pixels[: last - first], first, threads=threads)

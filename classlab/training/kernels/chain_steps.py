"""Steps of members whose network is a chain: each member by one thread, or the parts of its batches by several."""

from __future__ import annotations

import ctypes
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from classlab.training.kernels.chain_layers import Kind
from classlab.training.kernels.dropped import dropout_seeds, scattered
from classlab.training.kernels.rules import step_numbers
from classlab.training.kernels.structures import ChainFigures, ChainMember, ChainSteps, address
from classlab.training.kernels.windows import windows
from classlab.training.process.threads import on_threads, thread_count

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from threading import Event

    from numpy.typing import NDArray

    from classlab.training.kernels.chain_member import Member
    from classlab.training.kernels.chain_network import ChainNetwork
    from classlab.training.kernels.course import Course
    from classlab.training.kernels.structures import Images, Kernels
    from classlab.training.kernels.windows import Window

Taken: TypeAlias = "Callable[[Window], None]"

# Values of a call's steps: some tens of milliseconds of work, after which an interruption is noticed.
_VALUES = 4_000_000
# Parts of a batch whose gradients are kept side by side, each as large as the weights; more for more threads.
_PARTS = 16


class Room:
    """What one thread works on: values between layers, what is made of kernels, gradients of two parts."""

    def __init__(self, library: Kernels, network: ChainNetwork) -> None:
        self.values = np.empty(library.chain_room(ctypes.byref(network.structure)) + library.lanes, np.float32)
        self.prepared = np.empty(max(network.prepared, 1), np.float32)
        self.gradients = np.empty((2, network.weights), np.float32)


class Rooms:
    """Rooms that threads take and give back.

    Args:
        library: the kernels.
        network: the members'.
    """

    def __init__(self, library: Kernels, network: ChainNetwork) -> None:
        self.library, self.network = library, network
        self._free: list[Room] = []

    @contextmanager
    def taken(self) -> Iterator[Room]:
        """A room that nobody else has meanwhile."""
        try:
            room = self._free.pop()
        except IndexError:
            room = Room(self.library, self.network)
        try:
            yield room
        finally:
            self._free.append(room)


class MemberSteps:
    """Steps of one member in one epoch.

    Args:
        rooms: what threads work on.
        member: whose steps they are.
        course: which steps.
        place: of the member's order among those of the course.
        took: told of every window whose steps are done.
    """

    def __init__(self, rooms: Rooms, member: Member, course: Course, place: int, *, took: Taken | None = None) -> None:
        self._took = took
        self._rooms, self._member, self._images, self._steps = rooms, member, course.images, course.steps
        network, run = rooms.network, member.run
        assert run is not None  # noqa: S101 - a member that trains has a specification
        self._order = course.orders[place]
        per_epoch, epoch = course.per_epoch, course.epoch
        self._numbers = step_numbers(run, first=epoch * per_epoch, count=per_epoch, steps_per_epoch=per_epoch)
        self._dropout: NDArray[np.uint32] | None = None
        for place, layer in enumerate(network.layers):
            if layer.kind is Kind.DROPOUT:
                if self._dropout is None:
                    self._dropout = np.zeros((per_epoch, len(network.layers)), np.uint32)
                seeds = dropout_seeds(run.seed, epoch=epoch, layer=layer.position, steps=range(per_epoch))
                self._dropout[:, place] = scattered(seeds)
        self._structure = ChainSteps(
            batch=course.batch,
            numbers=address(self._numbers),
            dropout=None if self._dropout is None else address(self._dropout),
            sums=ctypes.addressof(member.sums),
            first_bad_step=address(member.bad),
        )

    def alone(self, stopped: Event) -> None:
        """Takes them in the calling thread, up to where it is stopped."""
        network, asked = self._rooms.network, self._structure
        with self._rooms.taken() as room:
            member = self._member.working_in(room.prepared)
            for window in self._windows(self._together):
                if stopped.is_set():
                    return
                self._point_to(window)
                self._rooms.library.chain_train(
                    ctypes.byref(network.structure),
                    ctypes.byref(window.images),
                    ctypes.byref(member),
                    ctypes.byref(asked),
                    address(room.values),
                    address(room.gradients),
                )
                if self._took is not None:
                    self._took(window)

    def shared(self) -> None:
        """Takes them one after the other, each by as many threads as there are."""
        network = self._rooms.network
        most = max(_PARTS, thread_count())
        kept = min(-(-int(self._structure.batch) // network.part), most)
        gradients = np.empty((kept, network.weights), np.float32)
        figures = (ChainFigures * kept)()
        with self._rooms.taken() as room:
            member = self._member.working_in(room.prepared)
            # A step is an entry into the kernels anyway, so that windows may be short where somebody is told of them.
            most = len(self._steps) if self._took is None else self._together
            for window in self._windows(most, threads=thread_count()):
                self._point_to(window)
                for step in range(window.first, window.stop):
                    self._one(step, window.images, member, gradients, figures)
                if self._took is not None:
                    self._took(window)

    @property
    def _together(self) -> int:
        """Steps of some tens of milliseconds."""
        return max(1, _VALUES // (self._rooms.network.values * int(self._structure.batch)))

    def _windows(self, most: int, *, threads: int = 1) -> Iterator[Window]:
        library, batch = self._rooms.library, int(self._structure.batch)
        return windows(
            library, self._images, self._order, batch=batch, steps=self._steps, most=max(most, 1), threads=threads
        )

    def _point_to(self, window: Window) -> None:
        asked = self._structure
        asked.first, asked.stop, asked.order, asked.images = window.first, window.stop, window.order, window.last

    def _one(
        self,
        step: int,
        whole: Images,
        member: ChainMember,
        gradients: NDArray[np.float32],
        figures: ctypes.Array[ChainFigures],
    ) -> None:
        """One step, whose parts are made and added up in turns where there are more than are kept.

        Args:
            step: of the epoch, from 0.
            whole: the images.
            member: the member, with a place for what is made of its kernels.
            gradients: of the parts that are kept, `(parts, weights)`.
            figures: theirs.
        """
        rooms, asked = self._rooms, self._structure
        library, network = rooms.library, ctypes.byref(rooms.network.structure)
        own, steps = ctypes.byref(member), ctypes.byref(asked)
        images = ctypes.byref(whole)
        left = min(int(asked.batch), int(asked.images) - step * int(asked.batch))
        parts, tasks = -(-left // rooms.network.part), thread_count()
        sums, noted = address(gradients), ctypes.addressof(figures)
        on_threads(lambda task: library.chain_prepare(network, own, task, tasks), range(tasks))

        def take(which: tuple[int, int]) -> None:
            part, slot = which
            with rooms.taken() as room:
                library.chain_part(
                    network,
                    images,
                    own,
                    steps,
                    step,
                    part,
                    address(room.values),
                    address(gradients[slot]),
                    ctypes.addressof(figures[slot]),
                )

        def add_up(count: int) -> None:
            on_threads(lambda task: library.chain_add(network, sums, noted, count, task, tasks), range(tasks))

        kept = len(figures)
        held = min(parts, kept)
        on_threads(take, [(slot, slot) for slot in range(held)])
        for first in range(held, parts, max(kept - 1, 1)):  # the first of those that are kept holds the sum so far
            add_up(held)
            held = min(parts - first + 1, kept)
            on_threads(take, [(first + slot - 1, slot) for slot in range(1, held)])
        ending = 1 if self._member.whole else tasks
        on_threads(
            lambda task: library.chain_update(network, own, steps, step, sums, noted, held, task, ending),
            range(ending),
        )

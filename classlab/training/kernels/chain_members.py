"""The members of a population whose network is a chain: who trains side by side, and what they are evaluated on."""

from __future__ import annotations

import ctypes
from functools import partial
from threading import Event
from typing import TYPE_CHECKING

import numpy as np

from classlab.training.backend import EpochFigures
from classlab.training.kernels.chain_member import Member
from classlab.training.kernels.chain_steps import MemberSteps, Rooms
from classlab.training.kernels.structures import ChainFigures, address
from classlab.training.process.threads import on_threads, thread_count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from classlab.records.run import RunSpec
    from classlab.training.kernels.chain_network import ChainNetwork
    from classlab.training.kernels.chain_steps import Taken
    from classlab.training.kernels.course import Course
    from classlab.training.kernels.fused_members import Arrays
    from classlab.training.kernels.images import KernelImages
    from classlab.training.kernels.structures import Kernels
    from classlab.training.kernels.windows import Window
    from classlab.training.loop.randomness import SeedGroups

# Images that one thread evaluates at a time; it does not depend on the number of threads, so that sums do not either.
_EVALUATED = 128


class ChainMembers:
    """The members of a population; see `Groups`.

    Args:
        library: the kernels.
        network: the members'.
        seed_groups: who shares a seed.
        runs: their specifications; none for members that are only evaluated.
    """

    vectors = 0  # of a first layer that takes a list of pixels: chains take images whole

    def __init__(
        self, library: Kernels, network: ChainNetwork, seed_groups: SeedGroups, runs: Sequence[RunSpec] = ()
    ) -> None:
        self._library, self._network, self._seed_groups = library, network, seed_groups
        self.members = [Member(network, run) for run in runs] or [Member(network) for _ in seed_groups.seeds]
        self.rooms = Rooms(library, network)

    def load(self, arrays: Arrays) -> None:
        """Takes all members' weights and optimizer state, which stay here until the next time."""
        for slot, member in enumerate(self.members):
            member.load(arrays, slot)

    def store(self, arrays: Arrays) -> None:
        """Gives them back."""
        for slot, member in enumerate(self.members):
            member.store(arrays, slot)

    def train(self, course: Course) -> None:
        """Takes steps of an epoch; see `Groups.train`.

        As many members as there are threads train side by side; the parts of what remains are shared, step by step.
        Either way gives the same bits.
        """
        tasks = [
            MemberSteps(self.rooms, member, course, group, took=took)
            for member, group, took in zip(self.members, self._seed_groups.group_of, self._taken(course), strict=True)
        ]
        together = len(tasks) if self._network.part >= course.batch else len(tasks) - len(tasks) % thread_count()
        stopped = Event()
        on_threads(lambda task: task.alone(stopped), tasks[:together], interrupted=stopped.set)
        for task in tasks[together:]:
            task.shared()

    def _taken(self, course: Course) -> list[Taken | None]:
        """For each member, whom to tell of steps that it has taken."""
        pulse = course.pulse
        if pulse is None:
            return [None] * len(self.members)

        def tell(slot: int, window: Window) -> None:
            seen, sums = min(window.stop * course.batch, len(course.images)), self.members[slot].sums
            pulse.took(
                range(slot, slot + 1),
                window.stop - window.first,
                lambda: ([sums.loss / seen], [sums.correct / seen]),
            )

        return [partial(tell, slot) for slot in range(len(self.members))]

    def trained(self, images: int) -> EpochFigures:
        """Figures of the steps since the weights were loaded, over so many images."""
        return self._figures(
            [member.sums for member in self.members], images, [int(member.bad[0]) for member in self.members]
        )

    def evaluate(
        self, images: KernelImages, *, scores: bool = False
    ) -> tuple[EpochFigures, NDArray[np.float32] | None]:
        """Every member's figures on the same images; see `Groups.evaluate`."""
        count, members = len(images), len(self.members)
        bounds = [(first, min(first + _EVALUATED, count)) for first in range(0, count, _EVALUATED)]
        sums = [[ChainFigures() for _ in bounds] for _ in self.members]
        found = np.empty((members, count, self._network.classes), np.float32) if scores else None

        def evaluate(part: tuple[int, int]) -> None:
            slot, place = part
            first, last = bounds[place]
            with_scores = None if found is None else address(found[slot, first:last])
            network = ctypes.byref(self._network.structure)
            with self.rooms.taken() as room:
                member = self.members[slot].working_in(room.prepared)
                self._library.chain_prepare(network, ctypes.byref(member), 0, 1)
                self._library.chain_evaluate(
                    network,
                    ctypes.byref(images.structure),
                    ctypes.byref(member),
                    address(images.order[first:last]),
                    last - first,
                    address(room.values),
                    with_scores,
                    ctypes.addressof(sums[slot][place]),
                )

        on_threads(evaluate, [(slot, place) for place in range(len(bounds)) for slot in range(members)])
        totals = [_sum(parts) for parts in sums]
        for member, total in zip(self.members, totals, strict=True):
            total.loss += member.penalty() * count
        return self._figures(totals, count, [-1] * members), found

    def _figures(self, sums: Sequence[ChainFigures], images: int, bad: list[int]) -> EpochFigures:
        within = [each.within / images for each in sums] if self._network.structure.within else None
        return EpochFigures(
            loss=[each.loss / images for each in sums],
            accuracy=[each.correct / images for each in sums],
            top_k=within,
            first_bad_step=bad,
        )


def _sum(parts: Sequence[ChainFigures]) -> ChainFigures:
    return ChainFigures(
        sum(part.loss for part in parts), sum(part.correct for part in parts), sum(part.within for part in parts)
    )

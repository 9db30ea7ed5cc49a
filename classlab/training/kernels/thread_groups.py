"""Thread groups: a population's members in groups of fused members, each trained by one thread at a time."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from math import gcd
from typing import TYPE_CHECKING

import numpy as np

from classlab.training.backend import EpochFigures
from classlab.training.kernels.fused_members import EVALUATED, FusedMembers
from classlab.training.kernels.windows import SharedWindows
from classlab.training.process.threads import on_threads, thread_count

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from classlab.records.run import RunSpec
    from classlab.training.kernels.course import Course
    from classlab.training.kernels.fused_members import Arrays
    from classlab.training.kernels.images import KernelImages
    from classlab.training.kernels.recognition import DenseLayer
    from classlab.training.kernels.structures import Kernels
    from classlab.training.kernels.windows import Window
    from classlab.training.loop.randomness import SeedGroups

# Batches that one thread evaluates at a time: milliseconds of work. They do not depend on how many threads there are,
# so that sums do not either.
_BLOCK = 32
# Weights and optimizer state of a group, which every step goes through. With 2 MiB, 128 linear members of Adam take
# 15 % less time than in one group per thread, and so do 16 perceptrons 784-128-64-10, now each by itself (512 KiB of
# second cache per core, 32 MiB of third); with half as much, linear members lose as much again by sharing less.
_GROUP_BYTES = 2 * 2**20


class ThreadGroups:
    """The groups of fused members that train and are evaluated side by side; see `Groups`.

    Args:
        library: the kernels.
        layers: the network.
        seed_groups: who shares a seed.
        runs: the members' specifications; none for members that are only evaluated.
    """

    def __init__(
        self, library: Kernels, layers: Sequence[DenseLayer], seed_groups: SeedGroups, runs: Sequence[RunSpec] = ()
    ) -> None:
        self._library, self._seed_groups = library, seed_groups
        self._classes = layers[-1].units
        spans = fused_slots(seed_groups, threads=thread_count(), member_bytes=_member_bytes(layers))
        self._groups = [FusedMembers(layers, slots, runs[slots], lanes=library.lanes) for slots in spans]

    @property
    def vectors(self) -> int:
        """Most vectors that a chunk of a group's first layer has."""
        return max(group.vectors for group in self._groups)

    def load(self, arrays: Arrays) -> None:
        """Takes all members' weights and optimizer state, which stay here until the next time."""
        for group in self._groups:
            group.load(arrays)

    def store(self, arrays: Arrays) -> None:
        """Gives them back."""
        for group in self._groups:
            group.store(arrays)

    def train(self, course: Course) -> None:
        """Takes steps of an epoch; see `Groups.train`."""
        orders = course.orders
        # Several groups of one seed would each make the same augmented images.
        if len(self._groups) <= len(orders) or all(order.augmented is None for order in orders):
            self._run(course, {})
            return
        shared = SharedWindows(self._library, course.images, orders, batch=course.batch)
        for part, made in shared.parts(course.steps):
            self._run(replace(course, steps=part), made)

    def _run(self, course: Course, made: Mapping[int, list[Window]]) -> None:
        """Lets every group take its steps; `made` has the windows that some of them share, by their order's place."""
        alone = len(self._groups) < thread_count()

        def train(group: FusedMembers) -> None:
            place = self._seed_groups.group_of[group.slots.start]
            group.run(self._library, course, place, windows_made=made.get(place), alone=alone)

        on_threads(train, self._groups)

    def trained(self, images: int) -> EpochFigures:
        """Figures of the steps since the weights were loaded, over so many images."""
        return EpochFigures(
            loss=[float(loss) / images for group in self._groups for loss in group.loss],
            accuracy=[int(correct) / images for group in self._groups for correct in group.correct],
            top_k=None,
            first_bad_step=[int(bad) for group in self._groups for bad in group.bad],
        )

    def evaluate(
        self, images: KernelImages, *, scores: bool = False
    ) -> tuple[EpochFigures, NDArray[np.float32] | None]:
        """Every member's figures on the same images; see `Groups.evaluate`."""
        members, batches = len(self._seed_groups.seeds), -(-len(images) // EVALUATED)
        blocks = [range(first, min(first + _BLOCK, batches)) for first in range(0, batches, _BLOCK)]
        loss, correct = np.zeros((len(blocks), members)), np.zeros((len(blocks), members), np.int64)
        found = np.empty((members, len(images), self._classes), np.float32) if scores else None

        def evaluate(part: tuple[FusedMembers, int]) -> None:
            group, place = part
            group.evaluate(
                self._library,
                images,
                blocks[place],
                loss=loss[place, group.slots],
                correct=correct[place, group.slots],
                scores=None if found is None else found[group.slots],
            )

        on_threads(evaluate, [(group, place) for place in range(len(blocks)) for group in self._groups])
        figures = EpochFigures(
            loss=(loss.sum(0) / len(images)).tolist(),
            accuracy=(correct.sum(0) / len(images)).tolist(),
            top_k=None,
            first_bad_step=[-1] * members,
        )
        return figures, found


def fused_slots(seed_groups: SeedGroups, *, threads: int, member_bytes: int = 0) -> list[slice]:
    """Who trains together: members of one seed, as many as stay near a core, with work for all threads to the end.

    Fused members share their list of pixels, so that large groups cost less per member. Whole seeds are therefore
    left together as long as there are as many of them as threads, and only the seeds that remain are shared out.

    Args:
        seed_groups: who shares a seed.
        threads: how many groups work side by side.
        member_bytes: what one member's weights and optimizer state take.

    Example:
        >>> from classlab.training.loop.randomness import SeedGroups
        >>> def fused(seeds, **options):
        ...     return [(slots.start, slots.stop) for slots in fused_slots(SeedGroups(seeds), **options)]
        >>> fused((0, 0, 0), threads=2)
        [(0, 1), (1, 3)]
        >>> fused((0, 0, 1, 1, 2, 2), threads=2)
        [(0, 2), (2, 4), (4, 5), (5, 6)]
        >>> fused((0,) * 6, threads=2, member_bytes=2**20)
        [(0, 1), (1, 3), (3, 4), (4, 6)]
    """
    most = max(1, _GROUP_BYTES // member_bytes) if member_bytes else len(seed_groups.seeds)
    left = len(seed_groups.spans) % threads
    shared = threads // gcd(left, threads)
    found = []
    for place, (start, stop) in enumerate(seed_groups.spans):
        parts = -(-(stop - start) // most)
        if place >= len(seed_groups.spans) - left:
            parts = -(-parts // shared) * shared
        parts = min(parts, stop - start)
        bounds = [start + (stop - start) * part // parts for part in range(parts + 1)]
        found += [slice(first, last) for first, last in pairwise(bounds)]
    return found


def _member_bytes(layers: Sequence[DenseLayer]) -> int:
    weights = sum((layer.inputs + 1) * layer.units for layer in layers)
    return 3 * np.dtype(np.float32).itemsize * weights  # as much again for each of two slots

"""A population's teams, at work on as many threads as there are."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from math import gcd
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from classlab.training.kernels.fused_members import LOOK, Team
from classlab.training.loop.epoch_result import EpochFigures
from classlab.training.process.threads import thread_count

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from ctypes import CDLL

    from numpy.typing import NDArray

    from classlab.records.run import RunSpec
    from classlab.training.kernels.fused_members import Arrays
    from classlab.training.kernels.images import KernelImages
    from classlab.training.kernels.recognition import DenseLayer
    from classlab.training.loop.randomness import SeedGroups

# Batches that one thread evaluates at a time: milliseconds of work. They do not depend on how many threads there are,
# so that sums do not either.
_BLOCK = 32
# Weights and optimizer state of a team, which every step goes through. With 2 MiB, 128 linear members of Adam take 15 %
# less time than in one team per thread, and so do 16 perceptrons 784-128-64-10, now each by itself (512 KiB of second
# cache per core, 32 MiB of third); with half as much, linear members lose as much again by sharing less.
_TEAM_BYTES = 2 * 2**20
_Part = TypeVar("_Part")


class Crew:
    """Who trains and is evaluated together.

    Args:
        library: the kernels.
        layers: the network.
        seed_groups: who shares a seed.
        runs: the members' specifications; none for members that are only evaluated.
    """

    def __init__(
        self, library: CDLL, layers: Sequence[DenseLayer], seed_groups: SeedGroups, runs: Sequence[RunSpec] = ()
    ) -> None:
        self._library, self._seed_groups = library, seed_groups
        self._classes = layers[-1].units
        seats = team_seats(seed_groups, threads=thread_count(), member_bytes=_member_bytes(layers))
        self._teams = [Team(layers, each, runs[each]) for each in seats]

    @property
    def vectors(self) -> int:
        """Most vectors that a chunk of a team's first layer has."""
        return max(team.vectors for team in self._teams)

    def load(self, arrays: Arrays) -> None:
        """Takes all members' weights and optimizer state, which stay with the crew until the next time."""
        for team in self._teams:
            team.load(arrays)

    def store(self, arrays: Arrays) -> None:
        """Gives them back."""
        for team in self._teams:
            team.store(arrays)

    def train(self, images: KernelImages, orders: NDArray[np.int64], *, batch: int, epoch: int, steps: range) -> None:
        """Takes steps of an epoch.

        Args:
            images: what is trained on.
            orders: in which order, `(groups, images)`.
            batch: images per step.
            epoch: epochs done before this one.
            steps: steps of the epoch, from 0.
        """

        def train(team: Team) -> None:
            order = orders[self._seed_groups.group_of[team.seats.start]]
            team.run(self._library, images, order, batch=batch, epoch=epoch, steps=steps)

        _on_threads(train, self._teams)

    def trained(self, images: int) -> EpochFigures:
        """Figures of the steps since the weights were loaded, over so many images."""
        return EpochFigures(
            loss=[float(loss) / images for team in self._teams for loss in team.loss],
            accuracy=[int(correct) / images for team in self._teams for correct in team.correct],
            top_k=None,
            first_bad_step=[int(bad) for team in self._teams for bad in team.bad],
        )

    def look(self, images: KernelImages, *, scores: bool = False) -> tuple[EpochFigures, NDArray[np.float32] | None]:
        """Every member's figures on the same images.

        Args:
            images: what is evaluated.
            scores: whether the scores are wanted as well, `(members, images, classes)`.
        """
        members, batches = len(self._seed_groups.seeds), -(-len(images) // LOOK)
        blocks = [range(first, min(first + _BLOCK, batches)) for first in range(0, batches, _BLOCK)]
        loss, correct = np.zeros((len(blocks), members)), np.zeros((len(blocks), members), np.int64)
        found = np.empty((members, len(images), self._classes), np.float32) if scores else None

        def look(part: tuple[Team, int]) -> None:
            team, place = part
            team.look(
                self._library,
                images,
                blocks[place],
                loss=loss[place, team.seats],
                correct=correct[place, team.seats],
                scores=None if found is None else found[team.seats],
            )

        _on_threads(look, [(team, place) for place in range(len(blocks)) for team in self._teams])
        figures = EpochFigures(
            loss=(loss.sum(0) / len(images)).tolist(),
            accuracy=(correct.sum(0) / len(images)).tolist(),
            top_k=None,
            first_bad_step=[-1] * members,
        )
        return figures, found


def team_seats(seed_groups: SeedGroups, *, threads: int, member_bytes: int = 0) -> list[slice]:
    """Who trains together: members of one seed, as many as stay near a core, with work for all threads to the end.

    Members of one team share its list of pixels, so that large teams cost less per member. Whole seeds are therefore
    left together as long as there are as many of them as threads, and only the seeds that remain are shared out.

    Args:
        seed_groups: who shares a seed.
        threads: how many teams work side by side.
        member_bytes: what one member's weights and optimizer state take.

    Example:
        >>> from classlab.training.loop.randomness import SeedGroups
        >>> def teams(seeds, **options):
        ...     return [(seats.start, seats.stop) for seats in team_seats(SeedGroups(seeds), **options)]
        >>> teams((0, 0, 0), threads=2)
        [(0, 1), (1, 3)]
        >>> teams((0, 0, 1, 1, 2, 2), threads=2)
        [(0, 2), (2, 4), (4, 5), (5, 6)]
        >>> teams((0,) * 6, threads=2, member_bytes=2**20)
        [(0, 1), (1, 3), (3, 4), (4, 6)]
    """
    most = max(1, _TEAM_BYTES // member_bytes) if member_bytes else len(seed_groups.seeds)
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


def _on_threads(work: Callable[[_Part], None], parts: Sequence[_Part]) -> None:
    """Calls `work` for every part; the kernels let other Python threads run meanwhile."""
    threads = min(thread_count(), len(parts))
    if threads < 2:
        for part in parts:
            work(part)
        return
    with ThreadPoolExecutor(threads, thread_name_prefix="classlab-team") as pool:
        for _ in pool.map(work, parts):
            pass

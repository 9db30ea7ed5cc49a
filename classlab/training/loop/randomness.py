"""Randomness as a pure function of (seed, purpose, position): there is no global seed and no hidden state."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from classlab.records.augmentation import Augmentation
    from classlab.records.run import RunSpec

Purpose = Literal["initial weights", "order of batches", "dropout", "augmentation"]

# Each purpose draws from a stream of its own; the numbers only have to differ and never change.
_STREAM: dict[Purpose, int] = {"initial weights": 1, "order of batches": 2, "dropout": 3, "augmentation": 4}


def generator(seed: int, purpose: Purpose, *position: int) -> np.random.Generator:
    """Random numbers for one purpose at one place.

    Args:
        seed: the run's seed.
        purpose: what the numbers are for.
        position: where: an epoch, a layer and a weight, ...; not negative.

    Example:
        >>> first = generator(0, "order of batches", 3).permutation(5)
        >>> again = generator(0, "order of batches", 3).permutation(5)
        >>> bool((first == again).all())
        True
    """
    return np.random.Generator(np.random.PCG64(_sequence(seed, purpose, position)))


def orders_of(seeds: Sequence[int], epoch: int, images: int) -> NDArray[np.int64]:
    """In which order an epoch (counted from 0) takes its images, `(seeds, images)`."""
    return np.stack([generator(seed, "order of batches", epoch).permutation(images) for seed in seeds])


def stream_seed(seed: int, purpose: Purpose, *position: int) -> int:
    """A 63-bit seed for generators that are not NumPy's, by the same rule as `generator`."""
    return int(_sequence(seed, purpose, position).generate_state(1, np.uint64)[0] >> np.uint64(1))


def _sequence(seed: int, purpose: Purpose, position: tuple[int, ...]) -> np.random.SeedSequence:
    return np.random.SeedSequence([seed, _STREAM[purpose], *position])


@dataclass(frozen=True)
class SeedGroups:
    """The seeds of consecutive members; members with the same seed and augmentation sit together.

    Members of a group see the same batches.

    Args:
        seeds: one seed per member.
        augmentations: how each member's training images are changed; empty where nobody's are.
    """

    seeds: tuple[int, ...]
    augmentations: tuple[Augmentation | None, ...] = ()

    @classmethod
    def of(cls, runs: Sequence[RunSpec]) -> SeedGroups:
        """The groups of members in training, equal ones adjacent."""
        return cls(tuple(run.seed for run in runs), tuple(run.augmentation for run in runs))

    @cached_property
    def spans(self) -> tuple[tuple[int, int], ...]:
        """First member and the one after the last of each group."""
        found, start = [], 0
        for _, group in groupby(zip(self.seeds, self.augmentations or self.seeds, strict=True)):
            stop = start + len(list(group))
            found.append((start, stop))
            start = stop
        return tuple(found)

    @cached_property
    def group_seeds(self) -> tuple[int, ...]:
        """One seed per group."""
        return tuple(self.seeds[start] for start, _ in self.spans)

    @cached_property
    def group_augmentations(self) -> tuple[Augmentation | None, ...]:
        """How each group's training images are changed."""
        if not self.augmentations:
            return (None,) * len(self.spans)
        return tuple(self.augmentations[start] for start, _ in self.spans)

    @cached_property
    def group_of(self) -> tuple[int, ...]:
        """Each member's group."""
        return tuple(g for g, (start, stop) in enumerate(self.spans) for _ in range(start, stop))

    def single(self, member: int) -> SeedGroups:
        """One member alone."""
        return SeedGroups((self.seeds[member],), self.augmentations[member : member + 1])

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
    """The seeds of consecutive members; members with the same seed sit together and see the same batches.

    Args:
        seeds: one seed per member, equal seeds adjacent.
    """

    seeds: tuple[int, ...]

    @cached_property
    def spans(self) -> tuple[tuple[int, int], ...]:
        """First member and the one after the last of each group of equal seeds."""
        found, start = [], 0
        for _, group in groupby(self.seeds):
            stop = start + len(list(group))
            found.append((start, stop))
            start = stop
        return tuple(found)

    @cached_property
    def group_seeds(self) -> tuple[int, ...]:
        """One seed per group."""
        return tuple(self.seeds[start] for start, _ in self.spans)

    @cached_property
    def group_of(self) -> tuple[int, ...]:
        """Each member's group."""
        return tuple(g for g, (start, stop) in enumerate(self.spans) for _ in range(start, stop))

    def single(self, member: int) -> SeedGroups:
        """One member alone."""
        return SeedGroups((self.seeds[member],))

"""Who sits where in a population: members in order, and which of them share a seed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import TYPE_CHECKING

from classlab.training.randomness import stream_seed

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Seating:
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

    def single(self, member: int) -> Seating:
        """One member alone."""
        return Seating((self.seeds[member],))


@dataclass(frozen=True)
class Shared:
    """Values that all members of a group have in common, such as a batch of images.

    Args:
        values: `(groups, batch, ...)`.
        seating: whose they are.
    """

    values: Tensor
    seating: Seating

    def per_member(self) -> Tensor:
        """The values repeated for each member, `(members, batch, ...)`; a view where there is one group."""
        members, groups = len(self.seating.seeds), self.values.shape[0]
        if groups == members:
            return self.values
        if groups == 1:
            return self.values.expand(members, *self.values.shape[1:])
        return self.values[list(self.seating.group_of)]


@dataclass
class Pass:
    """One trip through the network.

    Args:
        seating: the members that make it.
        members: where they sit in the population.
        training: whether layers keep what their backward needs.
        epoch: epoch of training, from 0.
        step: step within the epoch, from 0.
        probing: whether all layers compute what they do in evaluation although backward follows, so that the gradient
            is that of the loss which a probe states.
    """

    seating: Seating
    members: slice
    training: bool
    epoch: int = 0
    step: int = 0
    probing: bool = False

    @property
    def drops(self) -> bool:
        """Whether dropout drops and the statistics of the batch count."""
        return self.training and not self.probing

    def dropout_seeds(self, layer: int) -> tuple[int, ...]:
        """A seed per group for this layer and step: the same for all members of a group."""
        # The golden-ratio constant spreads consecutive steps over the 63-bit range (Weyl sequence).
        shift = (self.step * 0x9E3779B97F4A7C15) & (2**63 - 1)
        return tuple(
            (stream_seed(seed, "dropout", self.epoch, layer) + shift) & (2**63 - 1) for seed in self.seating.group_seeds
        )

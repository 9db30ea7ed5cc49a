"""A pass of some members through the network, and values that members of one seed share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from classlab.training.kernels.dropped import dropout_seeds

if TYPE_CHECKING:
    from torch import Tensor

    from classlab.training.loop.randomness import SeedGroups


@dataclass(frozen=True)
class Shared:
    """Values that all members of a group have in common, such as a batch of images.

    Args:
        values: `(groups, batch, ...)`.
        seed_groups: whose they are.
    """

    values: Tensor
    seed_groups: SeedGroups

    def per_member(self) -> Tensor:
        """The values repeated for each member, `(members, batch, ...)`; a view where there is one group."""
        members, groups = len(self.seed_groups.seeds), self.values.shape[0]
        if groups == members:
            return self.values
        if groups == 1:
            return self.values.expand(members, *self.values.shape[1:])
        return self.values[list(self.seed_groups.group_of)]


@dataclass
class Pass:
    """One pass through the network.

    Args:
        seed_groups: the members that make it.
        members: their slots in the population.
        training: whether layers keep what their backward needs.
        epoch: epoch of training, from 0.
        step: step within the epoch, from 0.
        probing: whether all layers compute what they do in evaluation although backward follows, so that the gradient
            is that of the loss which a probe states.
    """

    seed_groups: SeedGroups
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
        now = range(self.step, self.step + 1)
        return tuple(
            int(dropout_seeds(seed, epoch=self.epoch, layer=layer, steps=now)[0])
            for seed in self.seed_groups.group_seeds
        )

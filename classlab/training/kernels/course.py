"""What a population asks of its members in the kernels: some steps of an epoch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classlab.training.kernels.augmented import Order
    from classlab.training.kernels.images import KernelImages
    from classlab.training.process.pulse import Pulse


@dataclass(frozen=True, kw_only=True, eq=False)
class Course:
    """Steps of an epoch.

    Args:
        images: what is trained on.
        orders: in which order, and how changed; one for each group of members that share a seed.
        batch: images per step.
        epoch: epochs done before this one.
        steps: which steps of the epoch, from 0.
        pulse: counts the steps, where somebody wants to know.
    """

    images: KernelImages
    orders: Sequence[Order]
    batch: int
    epoch: int
    steps: range
    pulse: Pulse | None = None

    @property
    def per_epoch(self) -> int:
        """Steps of a whole epoch."""
        return -(-len(self.images) // self.batch)

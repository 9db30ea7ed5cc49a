"""Dropout whose masks depend on (seed, epoch, step, layer) alone: arms of one seed drop the same units."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from classlab.training.tensor.layers.base import WeightlessLayer

if TYPE_CHECKING:
    from torch import Tensor

    from classlab.training.tensor.passes import Pass


class Dropout(WeightlessLayer):
    """Zeroes values with probability `rate` while training and scales the others by `1 / (1 - rate)`.

    Args:
        rate: share of values to drop.
        position: the layer's place in the architecture, part of the mask's seed.
        device: where masks are drawn.
    """

    def __init__(self, rate: float, position: int, *, device: torch.device) -> None:
        self._rate = rate
        self._position = position
        self._random = torch.Generator(device)
        self._masks: list[Tensor] = []

    def forward(self, x: Tensor, run: Pass) -> Tensor:
        """Keeps the shape; one mask per group of members with equal seeds."""
        if not run.training:
            return x
        keep = 1 - self._rate
        self._masks = [
            torch.empty(x.shape[1:], device=x.device)
            .bernoulli_(keep, generator=self._random.manual_seed(seed))
            .div_(keep)
            .to(x.dtype)
            for seed in run.dropout_seeds(self._position)
        ]
        return self._masked(x, run)

    def backward(self, gradient: Tensor, run: Pass, *, wanted: bool) -> Tensor | None:
        """The same masks."""
        return self._masked(gradient, run) if wanted else None

    def _masked(self, x: Tensor, run: Pass) -> Tensor:
        if len(self._masks) == 1:
            return x * self._masks[0]
        if x.shape[0] == len(self._masks):
            return x * torch.stack(self._masks)
        spans = zip(self._masks, run.seed_groups.spans, strict=True)
        return torch.cat([x[start:stop] * mask for mask, (start, stop) in spans])

"""SpatialDropout2D: drops whole channels of an image."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from classlab.training.kernels.dropped import dropped
from classlab.training.tensor.layers.base import WeightlessLayer
from classlab.training.tensor.layers.dropout import kept_factors

if TYPE_CHECKING:
    from torch import Tensor

    from classlab.training.tensor.passes import Pass


class SpatialDropout2D(WeightlessLayer):
    """Dropout with one decision per image and channel, for all of its rows and columns.

    Args:
        rate: share of channels to drop.
        position: the layer's place in the architecture, part of the seed.

    References:
        Tompson et al. (2015), "Efficient object localization using convolutional networks".
    """

    def __init__(self, rate: float, position: int) -> None:
        self._rate, self.position = rate, position
        self._factors: Tensor

    def forward(self, x: Tensor, run: Pass) -> Tensor:
        """Keeps the shape `(members, batch, height, width, channels)`; members of equal seeds drop alike."""
        if not run.drops:
            return x
        batch, channels = x.shape[1], x.shape[-1]
        own = [
            kept_factors(batch * channels, dropped(self._rate, seed), device=x.device).view(batch, 1, 1, channels)
            for seed in run.dropout_seeds(self.position)
        ]
        groups = range(len(own)) if len(x) == len(own) else run.seed_groups.group_of
        self._factors = torch.stack([own[group] for group in groups]).to(x.dtype)
        return x * self._factors

    def backward(self, gradient: Tensor, run: Pass, *, wanted: bool) -> Tensor | None:
        """The same channels are dropped."""
        if not wanted:
            return None
        return gradient * self._factors if run.drops else gradient

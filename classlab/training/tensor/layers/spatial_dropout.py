"""SpatialDropout2D: drops whole channels of an image."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from classlab.training.tensor.layers.simple import Dropout

if TYPE_CHECKING:
    from torch import Tensor

    from classlab.training.tensor.passes import Pass


class SpatialDropout2D(Dropout):
    """Dropout whose mask has one number per image and channel, for all of its rows and columns.

    References:
        Tompson et al. (2015), "Efficient object localization using convolutional networks".
    """

    def forward(self, x: Tensor, run: Pass) -> Tensor:
        """Keeps the shape `(members, batch, height, width, channels)`; one mask per group of members."""
        if not run.drops:
            return x
        keep = 1 - self._rate
        batch, channels = x.shape[1], x.shape[-1]
        self._masks = [
            torch.empty(batch, 1, 1, channels, device=x.device)
            .bernoulli_(keep, generator=self._random.manual_seed(seed))
            .div_(keep)
            .to(x.dtype)
            for seed in run.dropout_seeds(self._position)
        ]
        return self._masked(x, run)

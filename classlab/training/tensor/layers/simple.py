"""Layers without weights that reshape, rescale or drop values: Flatten, Rescaling, Normalization, Dropout."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from classlab.training.tensor.layers.base import WeightlessLayer

if TYPE_CHECKING:
    from torch import Tensor

    from classlab.training.tensor.passes import Pass


class Flatten(WeightlessLayer):
    """Joins height, width and channels, channels varying fastest."""

    def __init__(self) -> None:
        self._shape: torch.Size

    def forward(self, x: Tensor, run: Pass) -> Tensor:  # noqa: ARG002 - one signature for all layers
        """`(members, batch, height, width, channels)` to `(members, batch, features)`."""
        self._shape = x.shape
        return x.flatten(2)

    def backward(self, gradient: Tensor, run: Pass, *, wanted: bool) -> Tensor | None:  # noqa: ARG002 - see above
        """Restores the shape."""
        return gradient.reshape(self._shape) if wanted else None


class Affine(WeightlessLayer):
    """`x * scale + offset` with fixed numbers, one or one per channel."""

    def __init__(self, scale: Tensor, offset: Tensor) -> None:
        self.scale = scale
        self.offset = offset
        self._shifts = bool(offset.any())

    def forward(self, x: Tensor, run: Pass) -> Tensor:  # noqa: ARG002 - one signature for all layers
        """Keeps the shape."""
        return self(x)

    def __call__(self, x: Tensor) -> Tensor:
        """Scales values of any leading shape; uint8 becomes float32."""
        scaled = x * self.scale
        return scaled.add_(self.offset) if self._shifts else scaled

    def into(self, room: Tensor, x: Tensor) -> Tensor:
        """Scales values into memory that is there already, and returns it."""
        room.copy_(x).mul_(self.scale)
        return room.add_(self.offset) if self._shifts else room

    def backward(self, gradient: Tensor, run: Pass, *, wanted: bool) -> Tensor | None:  # noqa: ARG002 - see above
        """Multiplies by the scale."""
        return gradient * self.scale if wanted else None


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
        if not run.drops:
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
        if not wanted:
            return None
        return self._masked(gradient, run) if run.drops else gradient

    def _masked(self, x: Tensor, run: Pass) -> Tensor:
        if len(self._masks) == 1:
            return x * self._masks[0]
        if x.shape[0] == len(self._masks):
            return x * torch.stack(self._masks)
        spans = zip(self._masks, run.seed_groups.spans, strict=True)
        return torch.cat([x[start:stop] * mask for mask, (start, stop) in spans])

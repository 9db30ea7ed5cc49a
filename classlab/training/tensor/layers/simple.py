"""Layers without weights that reshape or rescale values: Flatten, Rescaling, Normalization."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.training.tensor.layers.base import WeightlessLayer

if TYPE_CHECKING:
    import torch
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

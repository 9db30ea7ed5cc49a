"""Images kept on the device for the whole training, scaled once where memory allows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from classlab.training.layers.build import affine

if TYPE_CHECKING:
    from torch import Tensor

    from classlab.datasets.dataset import Split
    from classlab.records.layers import Normalization, Rescaling

# Up to this many bytes the scaled float32 images stay resident; beyond it uint8 pixels do, scaled in every step.
# MNIST's 60,000 images are 188 MB as float32; reading them back costs a step less than scaling anew.
_FLOAT_BUDGET = 2 * 2**30


class ResidentImages:
    """A split on the device.

    Args:
        split: images and labels.
        input_layer: preprocessing.
        classes: number of classes, the width of one-hot rows.
        device: where the images live.
        dtype: float32, or float64 for checking.
    """

    def __init__(
        self,
        split: Split,
        *,
        input_layer: Rescaling | Normalization,
        classes: int,
        device: torch.device,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        self._scale = affine(input_layer, device=device, dtype=dtype)
        pixels = torch.from_numpy(split.images).to(device)
        self._floats = pixels.numel() * 4 <= _FLOAT_BUDGET
        self._images = self._scale(pixels) if self._floats else pixels
        self.labels = torch.from_numpy(split.labels).to(device)
        self.one_hot = torch.nn.functional.one_hot(self.labels, classes).to(dtype)

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, index: Tensor) -> Tensor:
        """Scaled images at `index` `(groups, batch)`: float32 `(groups, batch, height, width, channels)`."""
        taken = self._images.index_select(0, index.reshape(-1))
        values = taken if self._floats else self._scale(taken)
        return values.view(*index.shape, *values.shape[1:])

    def targets(self, index: Tensor) -> Tensor:
        """One-hot labels at `index` `(groups, batch)`: `(groups, batch, classes)`."""
        return self.one_hot.index_select(0, index.reshape(-1)).view(*index.shape, -1)

    def between(self, start: int, stop: int) -> Tensor:
        """Scaled images of a range: float32 `(images, height, width, channels)`, not to be written to."""
        part = self._images[start:stop]
        return part if self._floats else self._scale(part)

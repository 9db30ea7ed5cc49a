"""Keras's padding of a convolution: by the convolution itself where both ends are alike, else by added cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch.nn.functional as F  # noqa: N812 - the name PyTorch's own documentation uses

from classlab.models.shapes import same_padding

if TYPE_CHECKING:
    from torch import Tensor

    from classlab.records.layers import Conv2D, DepthwiseConv2D, SeparableConv2D


class Padding:
    """What surrounds the images of one convolution.

    Args:
        spec: window, strides and padding.

    Attributes:
        own: rows and columns that the convolution is to add itself at each end, which costs nothing.
    """

    def __init__(self, spec: Conv2D | DepthwiseConv2D | SeparableConv2D) -> None:
        self._spec = spec
        self.own = (0, 0)
        self._added = (0, 0, 0, 0)

    def add(self, image: Tensor) -> Tensor:
        """`(batch, channels, height, width)` with the cells that the convolution cannot add itself."""
        if self._spec.padding == "valid":
            return image
        sides = same_padding(image.shape[2:], self._spec.kernel_size, self._spec.strides)
        left, right, top, bottom = sides
        if (left, top) == (right, bottom):
            self.own = (top, left)
            return image
        self._added = sides
        return F.pad(image, sides)

    def remove(self, image: Tensor) -> Tensor:
        """The same without the cells that were added."""
        if not any(self._added):
            return image
        left, right, top, bottom = self._added
        return image[:, :, top : image.shape[2] - bottom, left : image.shape[3] - right]

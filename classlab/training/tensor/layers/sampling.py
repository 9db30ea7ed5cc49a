"""Convolutions of one cell with strides: the cells that they see are taken out first, and the strides are gone.

A kernel of 1 x 1 with a stride of 2 reads every second row and column and nothing between. On channels-last images, one
thread and AVX2, oneDNN's gradient of such a kernel writes beyond its memory (PyTorch 2.13.0: "munmap_chunk(): invalid
pointer"); without strides it does not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


class Sampling:
    """What a convolution sees of its images, `(batch, channels, height, width)`.

    Args:
        window: rows and columns of its kernel.
        strides: its strides.

    Attributes:
        strides: those that are left to the convolution.
    """

    def __init__(self, window: tuple[int, int], strides: tuple[int, int]) -> None:
        self._step = strides if window == (1, 1) else (1, 1)
        self.strides = (1, 1) if window == (1, 1) else strides
        self._size: tuple[int, int] = (0, 0)

    def take(self, image: Tensor) -> Tensor:
        """The cells that the convolution sees; the image itself where it sees all."""
        if self._step == (1, 1):
            return image
        self._size = image.shape[2], image.shape[3]
        seen = image.permute(0, 2, 3, 1)[:, :: self._step[0], :: self._step[1]].contiguous()
        return seen.permute(0, 3, 1, 2)

    def spread(self, gradient: Tensor) -> Tensor:
        """The gradient of those cells as that of the whole image."""
        if self._step == (1, 1):
            return gradient
        batch, channels = gradient.shape[:2]
        whole = gradient.new_zeros(batch, *self._size, channels).permute(0, 3, 1, 2)
        whole[:, :, :: self._step[0], :: self._step[1]] = gradient
        return whole

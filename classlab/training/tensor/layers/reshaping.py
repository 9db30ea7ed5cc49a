"""Layers without weights that move values: ZeroPadding2D, Cropping2D, UpSampling2D, Reshape."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch.nn.functional as F  # noqa: N812 - the name PyTorch's own documentation uses

from classlab.training.tensor.layers.base import WeightlessLayer

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from classlab.training.tensor.passes import Pass

Edges = tuple[tuple[int, int], tuple[int, int]]


class ZeroPadding2D(WeightlessLayer):
    """Rows and columns of zeros around an image.

    Args:
        edges: `((top, bottom), (left, right))`, in cells.
    """

    def __init__(self, edges: Edges) -> None:
        self._edges = edges

    def forward(self, x: Tensor, run: Pass) -> Tensor:  # noqa: ARG002 - one signature for all layers
        """`(members, batch, height, width, channels)` to more rows and columns."""
        return _padded(x, self._edges)

    def backward(self, gradient: Tensor, run: Pass, *, wanted: bool) -> Tensor | None:  # noqa: ARG002 - see above
        """What lies inside."""
        return _cropped(gradient, self._edges) if wanted else None


class Cropping2D(WeightlessLayer):
    """An image without rows and columns at its edges.

    Args:
        edges: `((top, bottom), (left, right))`, in cells.
    """

    def __init__(self, edges: Edges) -> None:
        self._edges = edges

    def forward(self, x: Tensor, run: Pass) -> Tensor:  # noqa: ARG002 - one signature for all layers
        """`(members, batch, height, width, channels)` to fewer rows and columns, a view."""
        return _cropped(x, self._edges)

    def backward(self, gradient: Tensor, run: Pass, *, wanted: bool) -> Tensor | None:  # noqa: ARG002 - see above
        """Zeros for what was cut away."""
        return _padded(gradient, self._edges) if wanted else None


class UpSampling2D(WeightlessLayer):
    """Repeats every row and column.

    Args:
        size: how often, `(rows, columns)`.
    """

    def __init__(self, size: tuple[int, int]) -> None:
        self._size = size

    def forward(self, x: Tensor, run: Pass) -> Tensor:  # noqa: ARG002 - one signature for all layers
        """`(members, batch, height, width, channels)` to `(members, batch, rows, columns, channels)`."""
        # PyTorch's nearest-neighbor kernel computes places in floating point, and misses by one for some sizes.
        members, batch, height, width, channels = x.shape
        down, across = self._size
        repeated = x[:, :, :, None, :, None].expand(members, batch, height, down, width, across, channels)
        return repeated.reshape(members, batch, height * down, width * across, channels)

    def backward(self, gradient: Tensor, run: Pass, *, wanted: bool) -> Tensor | None:  # noqa: ARG002 - see above
        """Sums over each value's copies."""
        if not wanted:
            return None
        image = gradient.flatten(0, 1).permute(0, 3, 1, 2)
        # Pooling adds along the channels in memory, in a thirtieth of the time of a sum over two short axes.
        sums = F.avg_pool2d(image, self._size, self._size, divisor_override=1)
        values = sums.permute(0, 2, 3, 1)
        return values.reshape(*gradient.shape[:2], *values.shape[1:])


class Reshape(WeightlessLayer):
    """The same values in another shape, the last axis varying fastest.

    Args:
        target_shape: of one image's values.
    """

    def __init__(self, target_shape: tuple[int, ...]) -> None:
        self._target = target_shape
        self._shape: torch.Size

    def forward(self, x: Tensor, run: Pass) -> Tensor:  # noqa: ARG002 - one signature for all layers
        """`(members, batch, ...)` to `(members, batch, *target_shape)`."""
        self._shape = x.shape
        return x.reshape(*x.shape[:2], *self._target)

    def backward(self, gradient: Tensor, run: Pass, *, wanted: bool) -> Tensor | None:  # noqa: ARG002 - see above
        """Restores the shape."""
        return gradient.reshape(gradient.shape[0], *self._shape[1:]) if wanted else None


def _padded(x: Tensor, edges: Edges) -> Tensor:
    (top, bottom), (left, right) = edges
    return F.pad(x, (0, 0, left, right, top, bottom))


def _cropped(x: Tensor, edges: Edges) -> Tensor:
    (top, bottom), (left, right) = edges
    return x[:, :, top : x.shape[2] - bottom, left : x.shape[3] - right]

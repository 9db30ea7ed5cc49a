"""Pooling over windows and over whole images, on channels-last memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F  # noqa: N812 - the name PyTorch's own documentation uses

from classlab.models.shapes import same_padding
from classlab.training.tensor.layers.base import Differentiated, WeightlessLayer

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from classlab.records.layers import AveragePooling2D, MaxPooling2D
    from classlab.training.tensor.layers.base import Layer
    from classlab.training.tensor.passes import Pass


class MaxPooling(WeightlessLayer):
    """Largest value of each window, without padding; the gradient goes to the first largest, as in Keras."""

    def __init__(self, spec: MaxPooling2D) -> None:
        self.window = spec.pool_size
        self.strides = spec.strides or spec.pool_size
        self._x: Tensor
        self._where: Tensor

    def forward(self, x: Tensor, run: Pass) -> Tensor:
        """`(members, batch, height, width, channels)` to fewer rows and columns."""
        image = _as_image(x)
        if not run.training:
            return _as_values(F.max_pool2d(image, self.window, self.strides), x)
        self._x = image
        pooled, self._where = torch.ops.aten.max_pool2d_with_indices(image, self.window, self.strides)
        return _as_values(pooled, x)

    def backward(self, gradient: Tensor, run: Pass, *, wanted: bool) -> Tensor | None:  # noqa: ARG002 - one signature for all layers
        """Puts each value's gradient where the value came from."""
        if not wanted:
            return None
        result = torch.ops.aten.max_pool2d_with_indices_backward(
            _as_image(gradient), self._x, self.window, self.strides, (0, 0), (1, 1), False, self._where
        )
        return _as_values(result, gradient)


class GlobalAverage(WeightlessLayer):
    """Mean over height and width."""

    def __init__(self) -> None:
        self._shape: torch.Size

    def forward(self, x: Tensor, run: Pass) -> Tensor:  # noqa: ARG002 - one signature for all layers
        """`(members, batch, height, width, channels)` to `(members, batch, channels)`."""
        self._shape = x.shape
        return x.mean((-3, -2))

    def backward(self, gradient: Tensor, run: Pass, *, wanted: bool) -> Tensor | None:  # noqa: ARG002 - see above
        """Spreads each mean's gradient evenly."""
        if not wanted:
            return None
        height, width = self._shape[-3:-1]
        return (gradient / (height * width))[..., None, None, :].expand(self._shape)


class GlobalMax(WeightlessLayer):
    """Largest value over height and width; places that hold it share its gradient evenly, as in Keras."""

    def __init__(self) -> None:
        self._x: Tensor
        self._y: Tensor

    def forward(self, x: Tensor, run: Pass) -> Tensor:
        """`(members, batch, height, width, channels)` to `(members, batch, channels)`."""
        y = x.amax((-3, -2))
        if run.training:
            # What follows may overwrite what it gets.
            self._x, self._y = x, y.clone()
        return y

    def backward(self, gradient: Tensor, run: Pass, *, wanted: bool) -> Tensor | None:  # noqa: ARG002 - one signature for all layers
        """Puts each value's gradient where the value came from."""
        if not wanted:
            return None
        largest = self._x == self._y[..., None, None, :]
        return largest * (gradient / largest.sum((-3, -2)))[..., None, None, :]


def max_pooling(spec: MaxPooling2D) -> Layer:
    """The layer for a MaxPooling2D specification."""
    if spec.padding == "valid":
        return MaxPooling(spec)
    window, strides = spec.pool_size, spec.strides or spec.pool_size

    def pool(image: Tensor) -> Tensor:
        padded = F.pad(image, same_padding(image.shape[2:], window, strides), value=float("-inf"))
        return F.max_pool2d(padded, window, strides)

    return Differentiated(_on_images(pool))


def average_pooling(spec: AveragePooling2D) -> Layer:
    """The layer for an AveragePooling2D specification; padded cells do not count towards a mean."""
    window, strides = spec.pool_size, spec.strides or spec.pool_size

    def pool(image: Tensor) -> Tensor:
        if spec.padding == "valid":
            return F.avg_pool2d(image, window, strides)
        padding = same_padding(image.shape[2:], window, strides)
        sums = F.avg_pool2d(F.pad(image, padding), window, strides, divisor_override=1)
        inside = F.pad(torch.ones_like(image[:1, :1]), padding)
        return sums / F.avg_pool2d(inside, window, strides, divisor_override=1)

    return Differentiated(_on_images(pool))


def _on_images(pool: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
    return lambda x: _as_values(pool(_as_image(x)), x)


def _as_image(x: Tensor) -> Tensor:
    """`(members, batch, height, width, channels)` as one channels-last batch of PyTorch's."""
    return x.reshape(-1, *x.shape[2:]).permute(0, 3, 1, 2)


def _as_values(image: Tensor, like: Tensor) -> Tensor:
    values = image.permute(0, 2, 3, 1)
    return values.reshape(like.shape[0], like.shape[1], *values.shape[1:])

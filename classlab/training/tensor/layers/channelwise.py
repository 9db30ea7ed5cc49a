"""What stands between two convolutions, in one layer: normalization, a shortcut, ReLU, pooling and dropout.

Each of them has next to no arithmetic, so that reading and writing the values is what takes time. The kernels do all
of them in as few passes as it takes (kernels/channelwise.h).
"""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING

import torch

from classlab.training.kernels.dropped import dropped
from classlab.training.kernels.openmp import threads
from classlab.training.kernels.structures import Channelwise as Arguments
from classlab.training.tensor.layers.joins import Join

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from classlab.training.kernels.structures import Kernels
    from classlab.training.tensor.layers.batch_normalization import BatchNormalization
    from classlab.training.tensor.layers.dropout import Dropout
    from classlab.training.tensor.passes import Pass

_SAVED = 5  # rows per channel that the way back needs: mean, what it lost as a float, 1 / deviation, scale, shift
_ROOM = 17 * 2  # rows per channel for sums of the parts, and what is made of them


class Channelwise(Join):
    """Of one member: `dropout(pool(relu(normalize(x) + other)))`, whichever of them there are.

    Args:
        library: the kernels.
        normalization: the layer whose weights and settings are taken; None where nothing is normalized.
        relu: whether negative values become 0.
        pool: whether the largest of every 2 x 2 values is taken.
        dropout: the layer whose rate and seed are taken; None where nothing is dropped.
    """

    def __init__(
        self,
        library: Kernels,
        *,
        normalization: BatchNormalization | None,
        relu: bool,
        pool: bool,
        dropout: Dropout | None,
    ) -> None:
        super().__init__()
        self._library = library
        self._normalization, self._relu, self._pool, self._dropout = normalization, relu, pool, dropout
        self.parameters = () if normalization is None else normalization.parameters
        self._saved: _SavedForBackward

    def _join(self, values: Sequence[Tensor], run: Pass) -> Tensor:
        """`(1, batch, height, width, channels)`, once or twice, to `(1, batch, rows, columns, channels)`."""
        x, *others = (each[0].contiguous() for each in values)
        batch, height, width, channels = x.shape
        step = 2 if self._pool else 1
        y = x.new_empty(batch, height // step, width // step, channels)
        where = x.new_empty(y.shape if self._pool and run.training else 0, dtype=torch.uint8)
        numbers = torch.empty((_SAVED + _ROOM) * channels if self._normalization else 0)
        told = Arguments(
            threads=threads(),
            images=batch,
            rows=height,
            columns=width,
            channels=channels,
            bfloat16=x.dtype == torch.bfloat16,
            relu=self._relu,
            pool=self._pool,
            x=x.data_ptr(),
            other=others[0].data_ptr() if others else None,
            y=y.data_ptr(),
            argmax=where.data_ptr() if where.numel() else None,
        )
        self._normalize(told, numbers, run)
        if self._dropout is not None and run.drops:
            (seed,) = run.dropout_seeds(self._dropout.position)
            told.dropout = dropped(self._dropout.rate, seed)
        self._library.channelwise_forward(ctypes.byref(told))
        if run.training:
            self._saved = _SavedForBackward(told=told, x=x, y=y, where=where, numbers=numbers)
        return y[None]

    def _split(self, gradient: Tensor, run: Pass) -> Sequence[Tensor]:
        """Gradients of all values; those of gamma and beta are written."""
        saved, told = self._saved, self._saved.told
        gradient = gradient[0].contiguous()
        to_x = torch.empty_like(saved.x)
        told.threads = threads()
        told.gradient, told.x_gradient = gradient.data_ptr(), to_x.data_ptr()
        if self._normalization is not None:
            told.gamma_gradient, told.beta_gradient = (
                None if each is None else each.gradients_of(run.members).data_ptr()
                for each in (self._normalization.gamma, self._normalization.beta)
            )
        if not told.other:
            self._library.channelwise_backward(ctypes.byref(told))
            return [to_x[None]]
        # What is added is neither normalized nor scaled: its gradient is that behind the sum.
        to_other = to_x if self._normalization is None else torch.empty_like(saved.x)
        if self._normalization is not None:
            told.other_gradient = to_other.data_ptr()
        self._library.channelwise_backward(ctypes.byref(told))
        return [to_x[None], to_other[None]]

    def _normalize(self, told: Arguments, numbers: Tensor, run: Pass) -> None:
        """Hands over settings, weights, moving statistics and room."""
        own = self._normalization
        if own is None:
            return
        told.normalize = 1 if run.drops else 2
        told.rest, told.epsilon = 1 - own.spec.momentum, own.spec.epsilon
        told.gamma, told.beta = (
            None if each is None else each.values_of(run.members).data_ptr() for each in (own.gamma, own.beta)
        )
        told.moving_mean = own.moving_mean.values_of(run.members).data_ptr()
        told.moving_variance = own.moving_variance.values_of(run.members).data_ptr()
        told.saved = numbers.data_ptr()
        told.room = numbers[_SAVED * told.channels :].data_ptr()


class _SavedForBackward:
    """What the way forward keeps for the way back: its arguments, and the memory that they point into."""

    def __init__(self, *, told: Arguments, x: Tensor, y: Tensor, where: Tensor, numbers: Tensor) -> None:
        self.told, self.x, self.y, self.where, self.numbers = told, x, y, where, numbers

"""Dense: `x @ kernel + bias` for all members at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from classlab.training.layers.base import FirstLayer
from classlab.training.seating import Shared

if TYPE_CHECKING:
    from classlab.training.parameters import Parameter
    from classlab.training.seating import Pass


class Dense(FirstLayer):
    """Member-batched matrix products over the last axis.

    The values it gives lie in memory as `(members, units, batch)`, seen as `(members, batch, units)`. So the kernels of
    members that share their input form one tall matrix and take one product, which keeps a processor busier than
    each member's own; and what follows works on long rows of images instead of short rows of units, where a softmax
    over ten classes, for one, takes half the time.

    Args:
        kernel: `(members, units, inputs)`.
        bias: `(members, units)`, or None.
    """

    def __init__(self, kernel: Parameter, bias: Parameter | None) -> None:
        self.kernel = kernel
        self.bias = bias
        self.parameters = (kernel,) if bias is None else (kernel, bias)
        self._rows: Tensor | Shared
        self._shape: torch.Size
        self._input_dtype: torch.dtype

    def forward(self, x: Tensor | Shared, run: Pass) -> Tensor:
        """`(members, batch, ..., inputs)` to `(members, batch, ..., units)`; shared input has groups, not members."""
        values = x.values if isinstance(x, Shared) else x
        self._input_dtype = values.dtype
        values = values.to(self.kernel.value.dtype)
        self._shape = values.shape
        rows = values.reshape(values.shape[0], -1, values.shape[-1])
        self._rows = Shared(rows, x.seating) if isinstance(x, Shared) else rows
        kernel = self.kernel.value[run.members]
        bias = None if self.bias is None else self.bias.value[run.members]
        out = (
            _tall_product(self._rows, kernel, bias) if isinstance(self._rows, Shared) else _product(rows, kernel, bias)
        )
        out = out.transpose(1, 2)
        return out if len(self._shape) == 3 else out.reshape(out.shape[0], *self._shape[1:-1], out.shape[-1])

    def backward(self, gradient: Tensor, run: Pass, *, wanted: bool) -> Tensor | None:
        """Gradient `(members, batch, ..., units)` to that of the input, `(members, batch, ..., inputs)`."""
        if len(self._shape) > 3:
            gradient = gradient.reshape(gradient.shape[0], -1, gradient.shape[-1])
        kernel = self.kernel.gradient[run.members]
        if isinstance(self._rows, Tensor):
            torch.bmm(gradient.transpose(1, 2), self._rows, out=kernel)
        else:
            self._shared_kernel_gradient(self._rows, gradient, kernel)
        if self.bias is not None:
            torch.sum(gradient, 1, out=self.bias.gradient[run.members])
        if not wanted:
            return None
        result = self._input_gradient(gradient, self.kernel.value[run.members])
        return result.view(-1, *self._shape[1:]).to(self._input_dtype)

    def _input_gradient(self, gradient: Tensor, kernel: Tensor) -> Tensor:
        """In the memory order of the input, which is what the layers before have kept."""
        rows = self._rows
        if isinstance(rows, Tensor) and rows.stride(1) < rows.stride(2):
            return torch.bmm(kernel.transpose(1, 2), gradient.transpose(1, 2)).transpose(1, 2)
        return torch.bmm(gradient, kernel)

    def _shared_kernel_gradient(self, rows: Shared, gradient: Tensor, kernel: Tensor) -> None:
        across = gradient.transpose(1, 2)
        for values, (start, stop) in zip(rows.values, rows.seating.spans, strict=True):
            tall = across[start:stop].reshape(-1, across.shape[2])
            torch.mm(tall, values, out=kernel[start:stop].view(len(tall), -1))


def _product(x: Tensor, kernel: Tensor, bias: Tensor | None) -> Tensor:
    """Each member's own product: `(members, batch, inputs)` to `(members, units, batch)`."""
    across = x.transpose(1, 2)
    return torch.bmm(kernel, across) if bias is None else torch.baddbmm(bias[:, :, None], kernel, across)


def _tall_product(x: Shared, kernel: Tensor, bias: Tensor | None) -> Tensor:
    """One product per group with the kernels of its members on top of each other, to `(members, units, batch)`."""
    members, units, inputs = kernel.shape
    out = kernel.new_empty(members, units, x.values.shape[1])
    for values, (start, stop) in zip(x.values, x.seating.spans, strict=True):
        torch.mm(kernel[start:stop].view(-1, inputs), values.T, out=out[start:stop].view(-1, out.shape[2]))
    if bias is not None:
        out.add_(bias[:, :, None])
    return out

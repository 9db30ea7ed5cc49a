"""Dense: `x @ kernel + bias` for all members at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from classlab.training.tensor.layers.base import FirstLayer
from classlab.training.tensor.passes import Shared

if TYPE_CHECKING:
    from classlab.training.tensor.parameters import Parameter
    from classlab.training.tensor.passes import Pass


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
        self._input_dtype, self._shape = values.dtype, values.shape
        kernel = self.kernel.values_of(run.members)
        rows = values if values.dtype == kernel.dtype else values.to(kernel.dtype)
        if rows.ndim > 3:
            rows = rows.reshape(rows.shape[0], -1, rows.shape[-1])
        bias = None if self.bias is None else self.bias.values_of(run.members)
        if isinstance(x, Shared):
            self._rows = Shared(rows, x.seed_groups)
            out = _tall_product(self._rows, kernel, bias)
        else:
            self._rows = rows
            out = _product(rows, kernel, bias)
        out = out.transpose(1, 2)
        return out if len(self._shape) == 3 else out.reshape(out.shape[0], *self._shape[1:-1], out.shape[-1])

    def backward(self, gradient: Tensor, run: Pass, *, wanted: bool) -> Tensor | None:
        """Gradient `(members, batch, ..., units)` to that of the input, `(members, batch, ..., inputs)`."""
        if gradient.ndim > 3:
            gradient = gradient.reshape(gradient.shape[0], -1, gradient.shape[-1])
        across, kernel = gradient.transpose(1, 2), self.kernel.gradients_of(run.members)
        if isinstance(self._rows, Tensor):
            torch.bmm(across, self._rows, out=kernel)
        else:
            _tall_kernel_gradient(self._rows, across, kernel)
        if self.bias is not None:
            torch.sum(across, 2, out=self.bias.gradients_of(run.members))
        if not wanted:
            return None
        result = self._input_gradient(gradient, self.kernel.values_of(run.members))
        return result.view(-1, *self._shape[1:]).to(self._input_dtype)

    def _input_gradient(self, gradient: Tensor, kernel: Tensor) -> Tensor:
        """In the memory order of the input, which is what the layers before have kept."""
        rows = self._rows
        if isinstance(rows, Tensor) and rows.stride(1) < rows.stride(2):
            return torch.bmm(kernel.transpose(1, 2), gradient.transpose(1, 2)).transpose(1, 2)
        return torch.bmm(gradient, kernel)


def _product(x: Tensor, kernel: Tensor, bias: Tensor | None) -> Tensor:
    """Each member's own product: `(members, batch, inputs)` to `(members, units, batch)`."""
    across = x.transpose(1, 2)
    return torch.bmm(kernel, across) if bias is None else torch.baddbmm(bias[:, :, None], kernel, across)


def _tall_product(x: Shared, kernel: Tensor, bias: Tensor | None) -> Tensor:
    """One product per group with the kernels of its members on top of each other, to `(members, units, batch)`."""
    members, units, inputs = kernel.shape
    tall, column = kernel.view(-1, inputs), None if bias is None else bias.view(-1, 1)
    if len(x.values) == 1:  # the usual case, in as few calls as it takes
        across = x.values[0].T
        product = torch.mm(tall, across) if column is None else torch.addmm(column, tall, across)
        return product.view(members, units, -1)
    out = kernel.new_empty(members * units, x.values.shape[1])
    for values, (start, stop) in zip(x.values, x.seed_groups.spans, strict=True):
        rows = slice(start * units, stop * units)
        if column is None:
            torch.mm(tall[rows], values.T, out=out[rows])
        else:
            torch.addmm(column[rows], tall[rows], values.T, out=out[rows])
    return out.view(members, units, -1)


def _tall_kernel_gradient(x: Shared, across: Tensor, kernel: Tensor) -> None:
    """One product per group: gradients `(members, units, batch)` on top of each other times the group's values."""
    _, units, batch = across.shape
    tall, rows = across.reshape(-1, batch), kernel.view(-1, kernel.shape[2])
    if len(x.values) == 1:
        torch.mm(tall, x.values[0], out=rows)
        return
    for values, (start, stop) in zip(x.values, x.seed_groups.spans, strict=True):
        own = slice(start * units, stop * units)
        torch.mm(tall[own], values, out=rows[own])

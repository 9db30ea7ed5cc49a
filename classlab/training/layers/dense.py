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

# Below this width a member's own product is too thin to keep the processor busy, and the members' kernels are joined
# into one wide product; above it a batched product is as fast and leaves its result in member order.
# Measured with 784 inputs, batch 128, on two AVX2 cores.
_WIDE_BELOW = 64


class Dense(FirstLayer):
    """Member-batched matrix products over the last axis.

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
        if isinstance(self._rows, Tensor):
            out = _product(self._rows, kernel, bias)
        elif self._wide(self._rows):
            out = _wide_forward(self._rows, kernel, bias)
        else:
            out = _grouped_forward(self._rows, kernel, bias)
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
        result = torch.bmm(gradient, self.kernel.value[run.members]).view(-1, *self._shape[1:])
        return result.to(self._input_dtype)

    def _shared_kernel_gradient(self, rows: Shared, gradient: Tensor, kernel: Tensor) -> None:
        for values, (start, stop) in zip(rows.values, rows.seating.spans, strict=True):
            if self._wide(rows):
                joined = gradient[start:stop].transpose(0, 1).reshape(gradient.shape[1], -1)
                torch.mm(joined.T, values, out=kernel[start:stop].view(joined.shape[1], -1))
            else:
                repeated = values.expand(stop - start, *values.shape)
                torch.bmm(gradient[start:stop].transpose(1, 2), repeated, out=kernel[start:stop])

    def _wide(self, rows: Shared) -> bool:
        return self.kernel.value.shape[1] < _WIDE_BELOW and len(rows.seating.seeds) > 1


def _product(x: Tensor, kernel: Tensor, bias: Tensor | None) -> Tensor:
    if bias is None:
        return torch.bmm(x, kernel.transpose(1, 2))
    return torch.baddbmm(bias[:, None], x, kernel.transpose(1, 2))


def _grouped_forward(x: Shared, kernel: Tensor, bias: Tensor | None) -> Tensor:
    """Batched products, each group's images repeated for its members without a copy."""
    parts = []
    for values, (start, stop) in zip(x.values, x.seating.spans, strict=True):
        repeated = values.expand(stop - start, *values.shape)
        parts.append(_product(repeated, kernel[start:stop], None if bias is None else bias[start:stop]))
    return parts[0] if len(parts) == 1 else torch.cat(parts)


def _wide_forward(x: Shared, kernel: Tensor, bias: Tensor | None) -> Tensor:
    """One product per group with the kernels of its members side by side; memory order (batch, members, units)."""
    members, units, inputs = kernel.shape
    out = kernel.new_empty(x.values.shape[1], members, units)
    joined = out.view(-1, members * units)
    for values, (start, stop) in zip(x.values, x.seating.spans, strict=True):
        columns = joined[:, start * units : stop * units]
        tall = kernel[start:stop].view(-1, inputs).T
        if bias is None:
            torch.mm(values, tall, out=columns)
        else:
            torch.addmm(bias[start:stop].view(-1), values, tall, out=columns)
    return out.transpose(0, 1)

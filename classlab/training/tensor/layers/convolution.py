"""Conv2D on channels-last memory, member by member."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F  # noqa: N812 - the name PyTorch's own documentation uses

from classlab.training.tensor.layers.base import FirstLayer
from classlab.training.tensor.layers.kernel_gradient import kernel_gradient, products_pay
from classlab.training.tensor.layers.padding import Padding
from classlab.training.tensor.layers.rounded import convolution_for
from classlab.training.tensor.layers.sampling import Sampling
from classlab.training.tensor.passes import Shared

if TYPE_CHECKING:
    from torch import Tensor

    from classlab.records.layers import Conv2D as Conv2DSpec
    from classlab.training.tensor.parameters import Parameter
    from classlab.training.tensor.passes import Pass


class Conv2D(FirstLayer):
    """Convolutions of each member in turn: stacked into grouped convolutions they lose on a processor.

    Args:
        spec: strides and padding.
        kernel: `(members, filters, rows, columns, in_channels)`.
        bias: `(members, filters)`, or None.
        dtype: arithmetic of the convolution; weights stay float32.
    """

    def __init__(self, spec: Conv2DSpec, kernel: Parameter, bias: Parameter | None, *, dtype: torch.dtype) -> None:
        self.spec = spec
        self.kernel = kernel
        self.bias = bias
        self.parameters = (kernel,) if bias is None else (kernel, bias)
        self._dtype = dtype
        self._convolution = convolution_for(dtype, kernel.value.device)
        self._x: list[Tensor] = []
        self._weights: list[Tensor] = []
        self._padding = Padding(spec)
        self._sampling = Sampling(spec.kernel_size, spec.strides)

    def forward(self, x: Tensor | Shared, run: Pass) -> Tensor:
        """`(members, batch, height, width, channels)` to `(members, batch, rows, columns, filters)`."""
        if isinstance(x, Shared):
            inputs = [self._prepare(values) for values in x.values]
            self._x = [inputs[group] for group in x.seed_groups.group_of]
        else:
            self._x = [self._prepare(values) for values in x]
        kernel = self.kernel.value[run.members]
        self._weights = [k.permute(0, 3, 1, 2).to(self._dtype) for k in kernel]
        biases = [None] * len(self._x) if self.bias is None else self.bias.value[run.members].to(self._dtype).unbind()
        outs = [
            self._convolution.forward(values, weight, bias, self._sampling.strides, self._padding.own).permute(
                0, 2, 3, 1
            )
            for values, weight, bias in zip(self._x, self._weights, biases, strict=True)
        ]
        return outs[0][None] if len(outs) == 1 else torch.stack(outs)

    def backward(self, gradient: Tensor, run: Pass, *, wanted: bool) -> Tensor | None:
        """Gradients of kernel and bias, and of the input where wanted."""
        kernel = self.kernel.gradient[run.members]
        bias = None if self.bias is None else self.bias.gradient[run.members]
        parts = []
        for member, (values, own) in enumerate(zip(self._x, gradient, strict=True)):
            image = values.permute(0, 2, 3, 1)
            by_products = products_pay(image, own, self._sampling.strides)
            to_input, to_kernel, to_bias = self._library_backward(member, own, wanted=wanted, weights=not by_products)
            if by_products:
                rows, columns = self._padding.own
                padded = F.pad(image, (0, 0, columns, columns, rows, rows)) if rows or columns else image
                to_kernel, to_bias = kernel_gradient(padded, own, self.spec.kernel_size), own.sum((0, 1, 2))
            kernel[member].copy_(to_kernel)
            if bias is not None:
                bias[member].copy_(to_bias)
            if wanted:
                parts.append(self._sampling.spread(self._padding.remove(to_input)).permute(0, 2, 3, 1))
        if not wanted:
            return None
        return parts[0][None] if len(parts) == 1 else torch.stack(parts)

    def _library_backward(
        self, member: int, gradient: Tensor, *, wanted: bool, weights: bool
    ) -> tuple[Tensor, Tensor, Tensor]:
        """OneDNN's or cuDNN's own backward, for the input and for the weights where asked for."""
        weight = self._weights[member]
        to_input, to_kernel, to_bias = self._convolution.backward(
            gradient.permute(0, 3, 1, 2),
            self._x[member],
            weight,
            [weight.shape[0]],
            self._sampling.strides,
            self._padding.own,
            (1, 1),
            False,
            (0, 0),
            1,
            (wanted, weights, weights and self.bias is not None),
        )
        return to_input, to_kernel.permute(0, 2, 3, 1) if weights else to_kernel, to_bias

    def _prepare(self, values: Tensor) -> Tensor:
        """`(batch, height, width, channels)` as PyTorch's channels-last image, padded where it cannot do so itself."""
        return self._padding.add(self._sampling.take(values.to(self._dtype).permute(0, 3, 1, 2)))

"""Depthwise convolutions on channels-last memory, member by member: every channel has filters of its own."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

import torch

from classlab.records.layers import Conv2D as Conv2DSpec
from classlab.training.tensor.layers.base import FirstLayer
from classlab.training.tensor.layers.convolution import Conv2D
from classlab.training.tensor.layers.padding import Padding
from classlab.training.tensor.layers.rounded import ROUNDED, Convolution, convolution_for
from classlab.training.tensor.passes import Shared

if TYPE_CHECKING:
    from torch import Tensor

    from classlab.records.layers import DepthwiseConv2D as DepthwiseConv2DSpec
    from classlab.records.layers import SeparableConv2D
    from classlab.training.tensor.layers.base import Layer
    from classlab.training.tensor.parameters import Parameter
    from classlab.training.tensor.passes import Pass


class DepthwiseConv2D(FirstLayer):
    """Each channel's own convolutions, as the library's grouped convolution.

    Args:
        spec: window, strides, padding and multiplier; of a separable convolution, its first half.
        kernel: `(members, channels * multiplier, rows, columns, 1)`, a channel's filters side by side.
        bias: `(members, channels * multiplier)`, or None.
        dtype: arithmetic of the convolution; weights stay float32.
    """

    def __init__(
        self,
        spec: DepthwiseConv2DSpec | SeparableConv2D,
        kernel: Parameter,
        bias: Parameter | None,
        *,
        dtype: torch.dtype,
    ) -> None:
        self.spec = spec
        self.kernel = kernel
        self.bias = bias
        self.parameters = (kernel,) if bias is None else (kernel, bias)
        self._dtype = dtype
        device, filters = kernel.value.device, kernel.value.shape[1]
        self._convolution = convolution_for(dtype, device)
        # oneDNN has no bfloat16 kernel for the gradient of the input behind a stride: its general one takes 20 to 30
        # times as long as float32 (9.9 against 0.3 ms for 32 images of 28 x 28 x 32 on a core with AMX).
        slow = device.type == "cpu" and dtype == torch.bfloat16 and max(spec.strides) > 1
        self._for_input = ROUNDED if slow else self._convolution
        # Several filters per channel are no depthwise convolution to oneDNN, and take five times as long; as many
        # copies of every channel are one. A single channel is an ordinary convolution.
        copies = device.type == "cpu" and spec.depth_multiplier > 1 and filters > spec.depth_multiplier
        self._copies = spec.depth_multiplier if copies else 1
        self._groups = filters if copies else filters // spec.depth_multiplier
        self._padding = Padding(spec)
        self._input_dtype = dtype
        self._x: list[Tensor] = []
        self._weights: list[Tensor] = []

    def forward(self, x: Tensor | Shared, run: Pass) -> Tensor:
        """`(members, batch, height, width, channels)` to `(members, batch, rows, columns, channels * multiplier)`."""
        if isinstance(x, Shared):
            inputs = [self._prepare(values) for values in x.values]
            self._x = [inputs[group] for group in x.seed_groups.group_of]
        else:
            self._x = [self._prepare(values) for values in x]
        self._weights = [k.permute(0, 3, 1, 2).to(self._dtype) for k in self.kernel.values_of(run.members)]
        biases = [None] * len(self._x) if self.bias is None else self._biases(self.bias, run)
        outs = [
            self._convolution.forward(
                image, weight, bias, self.spec.strides, self._padding.own, (1, 1), self._groups
            ).permute(0, 2, 3, 1)
            for image, weight, bias in zip(self._x, self._weights, biases, strict=True)
        ]
        return outs[0][None] if len(outs) == 1 else torch.stack(outs)

    def backward(self, gradient: Tensor, run: Pass, *, wanted: bool) -> Tensor | None:
        """Gradients of kernel and bias, and of the input where wanted."""
        kernel = self.kernel.gradients_of(run.members)
        bias = None if self.bias is None else self.bias.gradients_of(run.members)
        together = wanted and self._for_input is self._convolution
        parts = []
        for member, own in enumerate(gradient):
            to_input, to_kernel, to_bias = self._library_backward(
                self._convolution, member, own, (together, True, bias is not None)
            )
            kernel[member].copy_(to_kernel.permute(0, 2, 3, 1))
            if bias is not None:
                bias[member].copy_(to_bias)
            if wanted:
                if not together:
                    to_input, _, _ = self._library_backward(self._for_input, member, own, (True, False, False))
                parts.append(self._restore(to_input))
        if not wanted:
            return None
        return parts[0][None] if len(parts) == 1 else torch.stack(parts)

    def _library_backward(
        self, convolution: Convolution, member: int, gradient: Tensor, mask: tuple[bool, bool, bool]
    ) -> tuple[Tensor, Tensor, Tensor]:
        weight = self._weights[member]
        return convolution.backward(
            gradient.permute(0, 3, 1, 2),
            self._x[member],
            weight,
            [weight.shape[0]],
            self.spec.strides,
            self._padding.own,
            (1, 1),
            False,
            (0, 0),
            self._groups,
            mask,
        )

    def _biases(self, bias: Parameter, run: Pass) -> tuple[Tensor, ...]:
        return bias.values_of(run.members).to(self._dtype).unbind()

    def _prepare(self, values: Tensor) -> Tensor:
        """`(batch, height, width, channels)` as PyTorch's channels-last image, ready for the grouped convolution."""
        self._input_dtype = values.dtype
        image = self._padding.add(values.to(self._dtype).permute(0, 3, 1, 2))
        if self._copies == 1:
            return image
        pixels = image.permute(0, 2, 3, 1)[..., None]
        return pixels.expand(*pixels.shape[:-1], self._copies).flatten(3).permute(0, 3, 1, 2)

    def _restore(self, image: Tensor) -> Tensor:
        """The gradient of a prepared image as that of the values, `(batch, height, width, channels)`."""
        values = self._padding.remove(image).permute(0, 2, 3, 1)
        if self._copies > 1:
            # Adding slices takes a tenth of the time of a sum over so short an axis.
            values = reduce(torch.add, values.reshape(*values.shape[:3], -1, self._copies).unbind(4))
        return values.to(self._input_dtype)


def separable(spec: SeparableConv2D, own: dict[str, Parameter], *, dtype: torch.dtype) -> list[Layer]:
    """The two convolutions of a SeparableConv2D: depthwise without bias, then 1 x 1 over all its channels.

    Args:
        spec: window, strides, padding, multiplier and filters.
        own: its weights by name.
        dtype: arithmetic of the convolutions.
    """
    pointwise = Conv2DSpec(filters=spec.filters, kernel_size=(1, 1), use_bias=spec.use_bias)
    return [
        DepthwiseConv2D(spec, own["depthwise_kernel"], None, dtype=dtype),
        Conv2D(pointwise, own["pointwise_kernel"], own.get("bias"), dtype=dtype),
    ]

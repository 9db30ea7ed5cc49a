"""bfloat16 convolutions on a processor that has no bfloat16 units: float32 arithmetic between two roundings.

A unit for bfloat16 (AMX, AVX512-BF16) multiplies bfloat16 values, adds the products in float32 and rounds the sum once.
The product of two bfloat16 values has at most 16 significant bits, so float32 holds it exactly: computing on the same
values in float32 and rounding the result gives the unit's figures up to the order of the additions. Without such units
PyTorch adds a gradient's parts in bfloat16 instead, which is many times slower than float32 and less exact than what
bfloat16 units compute.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import torch

from classlab.training.tensor.device import gains_from_bfloat16

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor


class Convolution(NamedTuple):
    """The two operations of a convolution, each with the arguments of PyTorch's own.

    Args:
        forward: as `torch.conv2d`.
        backward: as `torch.ops.aten.convolution_backward`: gradients of input, kernel and bias, None where not wanted.
    """

    forward: Callable[..., Tensor]
    backward: Callable[..., tuple[Tensor, Tensor, Tensor]]


LIBRARY = Convolution(torch.conv2d, torch.ops.aten.convolution_backward)


def convolution_for(dtype: torch.dtype, device: torch.device) -> Convolution:
    """The library's operations; between two roundings where bfloat16 would only be emulated."""
    return ROUNDED if dtype == torch.bfloat16 and not gains_from_bfloat16(device) else LIBRARY


def _forward(*arguments: Any) -> Tensor:
    return torch.conv2d(*_widened(arguments)).bfloat16()


def _backward(*arguments: Any) -> tuple[Tensor, Tensor, Tensor]:
    found = torch.ops.aten.convolution_backward(*_widened(arguments))
    return tuple(gradient if gradient is None else gradient.bfloat16() for gradient in found)  # type: ignore[return-value]


def _widened(arguments: tuple[Any, ...]) -> list[Any]:
    """The same arguments with float32 in place of bfloat16, which changes no value."""
    return [one.float() if isinstance(one, torch.Tensor) else one for one in arguments]


ROUNDED = Convolution(_forward, _backward)

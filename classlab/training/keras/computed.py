"""What Keras's most frequent layers compute, in one or two operations of PyTorch.

A layer's `call` converts, promotes and looks around in each of Keras's own operations, which in a small network takes
a tenth of a step. The numbers are Keras's to the last bit; bias and ReLU overwrite what a product gave.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F  # noqa: N812 - the name PyTorch's own documentation uses

from classlab.models.keras_runtime import keras

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    Computation = Callable[[Tensor], Tensor]


def computation(layer: Any) -> Computation | None:
    """The layer as a function of one tensor, computed in that tensor's type; None for what only its `call` knows.

    Args:
        layer: a built layer of Keras's own class, whose `call` is all that it does.
    """
    kinds = keras().layers
    makers: dict[type, Callable[[Any], Computation | None]] = {
        kinds.Conv2D: _convolution,
        kinds.Dense: _product,
        kinds.MaxPooling2D: _largest,
        kinds.Activation: _activation,
        kinds.Flatten: _flat,
        kinds.GlobalAveragePooling2D: _mean,
    }
    last = getattr(layer, "data_format", None) in (None, "channels_last")
    return makers[type(layer)](layer) if last and type(layer) in makers else None


def _convolution(layer: Any) -> Computation | None:
    size, strides = tuple(layer.kernel_size), tuple(layer.strides)
    same = layer.padding == "same"
    # The library pads both sides alike; Keras pads one of them by more where lengths do not fit.
    if any(each != 1 for each in layer.dilation_rate) or (same and (strides != (1, 1) or not all(n % 2 for n in size))):
        return None
    framed = tuple(n // 2 for n in size) if same else (0, 0)
    groups, (overwrite, finish) = layer.groups, _endings(layer.activation)
    # One cell with strides is one without, of the cells that it sees; see `Sampling`.
    rows, columns = strides if size == (1, 1) else (1, 1)
    strides = (1, 1) if size == (1, 1) else strides

    def convolve(values: Tensor) -> Tensor:
        seen = values if (rows, columns) == (1, 1) else values[:, ::rows, ::columns].contiguous()
        kernel = layer.kernel.value.to(values.dtype).permute(3, 2, 0, 1)
        found = F.conv2d(seen.movedim(-1, 1), kernel, None, strides, framed, 1, groups)
        if layer.use_bias:  # added behind: the library's own gradient of a bias takes many times as long as a sum
            found.add_(layer.bias.value.to(values.dtype)[:, None, None])
        return finish(overwrite(found).movedim(1, -1))  # a view that is overwritten costs copies on the way back

    return convolve


def _product(layer: Any) -> Computation:
    overwrite, finish = _endings(layer.activation)

    def multiply(values: Tensor) -> Tensor:
        found = values.matmul(layer.kernel.value.to(values.dtype))
        if layer.use_bias:
            found.add_(layer.bias.value.to(values.dtype))
        return finish(overwrite(found))

    return multiply


def _largest(layer: Any) -> Computation | None:
    size, strides = tuple(layer.pool_size), tuple(layer.strides)
    if layer.padding != "valid":
        return None
    return lambda values: F.max_pool2d(values.movedim(-1, 1), size, strides).movedim(1, -1)


def _activation(layer: Any) -> Computation:
    """Of values that others may still read."""
    function = layer.activation
    return torch.relu if function is keras().activations.relu else function


def _flat(_: Any) -> Computation:
    return lambda values: values.reshape(len(values), -1)


def _mean(layer: Any) -> Computation:
    return lambda values: values.mean((1, 2), keepdim=layer.keepdims)


def _endings(function: Any) -> tuple[Computation, Computation]:
    """An activation as what overwrites values, in any order of their axes, and what follows it; one does nothing."""
    known = keras().activations
    if function is known.relu:
        return torch.relu_, _nothing
    return _nothing, _nothing if function in (None, known.linear) else function


def _nothing(values: Tensor) -> Tensor:
    return values

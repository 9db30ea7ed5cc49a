"""Convolution, normalization and activation of a Keras model as one computation, for a model that no longer learns.

A batch normalization at rest multiplies and shifts each channel by numbers that stay: they go into the convolution
before it, and the activation behind overwrites what came of it. Values are then written once and changed twice where
Keras writes them five times; what a network gives differs by rounding alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

from classlab.models.keras_runtime import keras

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from torch import Tensor

    Computation = Callable[[Tensor], Tensor]


@dataclass(frozen=True, kw_only=True, eq=False)
class Chain:
    """Some layers in a row, as one.

    Args:
        length: how many.
        fresh: makes a new tensor of what enters the first.
        shift: what is added to each channel, `(channels,)`; None for nothing.
        overwrite: the activation, in place; None for none.
    """

    length: int
    fresh: Computation
    shift: Tensor | None = None
    overwrite: Computation | None = None

    def __call__(self, values: Tensor) -> Tensor:
        """What the last of the layers gives for what enters the first."""
        found = self.fresh(values)
        if self.shift is not None:
            found.add_(self.shift)
        return found if self.overwrite is None else self.overwrite(found)


def chains(graph: Any, *, fits: Callable[[Any], bool]) -> dict[int, Chain | None]:
    """Layers of a graph that are computed as one: by `id`, the first of each row, and None for those behind it.

    Weights are read now: the model must not learn any more.

    Args:
        graph: of a functional model, see `DirectModel`.
        fits: whether Keras's call of a layer does no more than compute.
    """
    ends = {id(output._keras_history.operation) for output in graph.outputs}
    found: dict[int, Chain | None] = {}
    for first in graph.operations:
        row = [] if id(first) in found else list(_in_a_row(first, ends, fits))
        chain = _chain(row)
        if chain is not None:
            found |= {id(first): chain, **{id(later): None for later in row[1 : chain.length]}}
    return found


def _in_a_row(operation: Any, ends: set[int], fits: Callable[[Any], bool]) -> Iterator[Any]:
    """A layer that is called once, and those behind it, as long as each alone reads the one before."""
    while fits(operation) and len(operation._inbound_nodes) == 1:
        yield operation
        behind = operation._outbound_nodes
        if id(operation) in ends or len(behind) != 1 or len(behind[0].input_tensors) != 1:
            return
        operation = behind[0].operation


def _chain(row: Sequence[Any]) -> Chain | None:
    """As many of the first layers as go together; None where there are none."""
    kinds = keras().layers
    if not row:
        return None
    first, *behind = row
    if type(first) not in (kinds.Conv2D, kinds.DepthwiseConv2D):
        if not _normalizes(first):
            return None
        overwrite = _activation(behind)
        return Chain(length=1 + (overwrite is not None), fresh=_scaling(*_affine(first)), overwrite=overwrite)
    if getattr(first, "data_format", None) != "channels_last":
        return None
    scale: Tensor | None = None
    shift: Tensor | None = first.bias.value.detach() if first.use_bias else None
    if first.activation is not keras().activations.linear:
        own = _in_place(first.activation)
        return None if own is None else Chain(length=1, fresh=_convolving(first), shift=shift, overwrite=own)
    length = 1
    if behind and _normalizes(behind[0]):
        scale, added = _affine(behind[0])
        shift = added if shift is None else added + shift * scale
        length, behind = 2, behind[1:]
    overwrite = _activation(behind)
    length += overwrite is not None
    return Chain(length=length, fresh=_convolving(first, scale), shift=shift, overwrite=overwrite)


def _normalizes(layer: Any) -> bool:
    """Whether a layer is a batch normalization of images' channels."""
    return (
        type(layer) is keras().layers.BatchNormalization
        and len(layer.output.shape) == 4  # images, rows, columns, channels
        and layer.axis in (-1, 3)
    )


def _affine(layer: Any) -> tuple[Tensor, Tensor]:
    """What a batch normalization at rest multiplies by and adds, each `(channels,)`; computed in float64."""
    mean, variance = (values.value.detach().double() for values in (layer.moving_mean, layer.moving_variance))
    scale = (variance + layer.epsilon).rsqrt()
    if layer.scale:
        scale = scale * layer.gamma.value.detach().double()
    shift = -mean * scale
    if layer.center:
        shift = shift + layer.beta.value.detach().double()
    return scale.float(), shift.float()


def _scaling(scale: Tensor, shift: Tensor) -> Computation:
    return lambda values: torch.addcmul(shift, values, scale)


def _convolving(layer: Any, scale: Tensor | None = None) -> Computation:
    """A convolution without bias and activation, its kernels multiplied."""
    kernel, ops = layer.kernel.value.detach(), keras().ops
    deep = type(layer) is keras().layers.DepthwiseConv2D
    if scale is not None:
        kernel = kernel * (scale.view(kernel.shape[-2:]) if deep else scale)
    compute = ops.depthwise_conv if deep else ops.conv
    options = {
        "strides": tuple(layer.strides), "padding": layer.padding, "data_format": layer.data_format,
        "dilation_rate": layer.dilation_rate,
    }  # fmt: skip
    return lambda values: compute(values, kernel, **options)


def _activation(behind: Sequence[Any]) -> Computation | None:
    """What the next layer does to each number, where it is an activation that can overwrite it."""
    kinds = keras().layers
    if not behind:
        return None
    layer = behind[0]
    if type(layer) is kinds.Activation:
        return _in_place(layer.activation)
    if type(layer) is kinds.ReLU and not layer.negative_slope and not layer.threshold:
        most = layer.max_value
        return lambda values: values.clamp_(0, most)
    return None


def _in_place(function: Any) -> Computation | None:
    """Keras's function as one that overwrites its argument; None for those that are not known here."""
    known, functional = keras().activations, torch.nn.functional
    table: dict[Any, Computation] = {
        known.linear: lambda values: values,
        known.relu: torch.relu_,
        known.relu6: lambda values: values.clamp_(0, 6),
        known.silu: lambda values: functional.silu(values, inplace=True),
        known.hard_silu: lambda values: functional.hardswish(values, inplace=True),
        known.sigmoid: torch.sigmoid_,
    }
    return table.get(function)

"""What an architecture weighs: every weight in Keras's order."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

from classlab.errors import SpecError
from classlab.models.shapes import Shape, entering_shapes, shape_behind
from classlab.models.shapes import output_shapes as output_shapes
from classlab.records.layers import (
    GRU,
    LSTM,
    ONES,
    ZEROS,
    BatchNormalization,
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Initializer,
    Layer,
    LayerNormalization,
    Regularizer,
    SeparableConv2D,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from classlab.records.architecture import Architecture


@dataclass(frozen=True, kw_only=True)
class WeightSpec:
    """One weight array of an architecture.

    Args:
        layer: position of its layer in the architecture, from 0.
        name: Keras's name within the layer: kernel, depthwise_kernel, pointwise_kernel, recurrent_kernel, bias, gamma,
            beta, moving_mean, moving_variance.
        shape: Keras's shape; kernels are `(inputs, units)`, `(rows, columns, in_channels, filters)` or
            `(rows, columns, channels, depth_multiplier)`.
        initializer: how it starts.
        regularizer: penalty on it, if any.
        trainable: whether the optimizer moves it.
        ones: from where to where it starts at 1 whatever the initializer says: the forget gate of an LSTM's bias.
    """

    layer: int
    name: str
    shape: Shape
    initializer: Initializer
    regularizer: Regularizer | None = None
    trainable: bool = True
    ones: tuple[int, int] | None = None

    @property
    def key(self) -> str:
        """Name of the array in files and dictionaries: layer position and weight name, as in `1.kernel`."""
        return f"{self.layer}.{self.name}"

    @property
    def size(self) -> int:
        """Number of values."""
        return prod(self.shape)

    @property
    def is_kernel(self) -> bool:
        """Whether values are multiplied by it and summed."""
        return self.name.endswith("kernel")


def weight_specs(architecture: Architecture) -> tuple[WeightSpec, ...]:
    """Every weight of the architecture, layer by layer, within a layer in the order of Keras's `get_weights`.

    Raises:
        SpecError: a layer cannot take the values that enter it, or a weight cannot start as it is to.
    """
    pairs = zip(architecture.layers, entering_shapes(architecture), strict=True)
    return tuple(
        spec for position, (layer, entering) in enumerate(pairs) for spec in _checked(layer, entering[0], position)
    )


def layer_shapes(layer: Layer, entering: Sequence[Shape], *, label: str) -> tuple[Shape, list[Shape]]:
    """Shape of what one layer gives, and of its weights, whatever the number of axes that enter it.

    Args:
        layer: the layer.
        entering: shapes of the values that enter it.
        label: what it is called in the sentence that refuses it.

    Raises:
        SpecError: the layer cannot take such values.
    """
    after = shape_behind(layer, entering, label=label)
    return after, [spec.shape for spec in _weights(layer, entering[0], 0)]


def parameter_count(architecture: Architecture) -> int:
    """Number of values in all weights, trainable or not."""
    return sum(spec.size for spec in weight_specs(architecture))


def class_count(architecture: Architecture) -> int:
    """Width of the last layer: one score per class.

    Raises:
        SpecError: the last layer's output is not one row of scores.
    """
    last = output_shapes(architecture)[-1]
    if len(last) != 1:
        raise SpecError(
            f"the architecture {architecture.name!r} must end in one row of class scores, but its last layer "
            f"gives {last}. Add Flatten or GlobalAveragePooling2D and a Dense layer with one unit per class."
        )
    return last[0]


def check_width(name: str, width: int, labels: int) -> None:
    """Refuses a network with fewer scores than the labels ask for.

    Args:
        name: the network's.
        width: its scores.
        labels: one more than the largest label.

    Raises:
        SpecError: it has too few.
    """
    if width < labels:
        raise SpecError(
            f"the model {name!r} ends in {width} classes, but the labels go up to {labels - 1}. "
            f"Give its last layer at least {labels} units."
        )


def _checked(layer: Layer, shape: Shape, position: int) -> Iterator[WeightSpec]:
    for spec in _weights(layer, shape, position):
        if spec.initializer.name == "orthogonal" and len(spec.shape) < 2:
            raise SpecError(
                f"the {spec.name} of layer {position} ({layer.kind}) must start otherwise than orthogonal, which needs "
                "two axes. Give another initializer."
            )
        yield spec


def _weights(layer: Layer, shape: Shape, position: int) -> list[WeightSpec]:
    """Weights of a layer that takes values of such a shape."""
    channels = shape[-1] if shape else 1

    def kernel(name: str, extents: Shape) -> WeightSpec:
        part = name.removesuffix("_kernel") if name != "kernel" else name
        start, penalty = (getattr(layer, f"{part}_{rule}") for rule in ("initializer", "regularizer"))
        return WeightSpec(layer=position, name=name, shape=extents, initializer=start, regularizer=penalty)

    match layer:
        case Dense():
            return [kernel("kernel", (channels, layer.units)), *_bias(layer, (layer.units,), position)]
        case Conv2D():
            extents = (*layer.kernel_size, channels, layer.filters)
            return [kernel("kernel", extents), *_bias(layer, (layer.filters,), position)]
        case DepthwiseConv2D():
            extents = (*layer.kernel_size, channels, layer.depth_multiplier)
            return [
                kernel("depthwise_kernel", extents),
                *_bias(layer, (channels * layer.depth_multiplier,), position),
            ]
        case SeparableConv2D():
            extents = (*layer.kernel_size, channels, layer.depth_multiplier)
            return [
                kernel("depthwise_kernel", extents),
                kernel("pointwise_kernel", (1, 1, channels * layer.depth_multiplier, layer.filters)),
                *_bias(layer, (layer.filters,), position),
            ]
        case LSTM() | GRU():
            gates = 4 if isinstance(layer, LSTM) else 3
            width = gates * layer.units
            return [
                kernel("kernel", (channels, width)),
                kernel("recurrent_kernel", (layer.units, width)),
                *_bias(layer, (width,) if isinstance(layer, LSTM) else (2, width), position),
            ]
        case BatchNormalization() | LayerNormalization():
            return _normalizing(layer, channels, position)
        case _:
            return []


_Weighted = Dense | Conv2D | DepthwiseConv2D | SeparableConv2D | LSTM | GRU


def _bias(layer: _Weighted, extents: Shape, position: int) -> list[WeightSpec]:
    if not layer.use_bias:
        return []
    return [
        WeightSpec(
            layer=position,
            name="bias",
            shape=extents,
            initializer=layer.bias_initializer,
            regularizer=layer.bias_regularizer,
            ones=(layer.units, 2 * layer.units) if isinstance(layer, LSTM) and layer.unit_forget_bias else None,
        )
    ]


def _normalizing(layer: BatchNormalization | LayerNormalization, channels: int, position: int) -> list[WeightSpec]:
    names = [("gamma", ONES, True)] if layer.scale else []
    names += [("beta", ZEROS, True)] if layer.center else []
    if isinstance(layer, BatchNormalization):
        names += [("moving_mean", ZEROS, False), ("moving_variance", ONES, False)]
    return [
        WeightSpec(layer=position, name=name, shape=(channels,), initializer=start, trainable=trainable)
        for name, start, trainable in names
    ]


def multiply_adds(architecture: Architecture) -> int:
    """Of one image's way forward through the kernels of all layers."""
    entering, behind = entering_shapes(architecture), output_shapes(architecture)
    kernels = [weight for weight in weight_specs(architecture) if weight.is_kernel]
    return sum(
        kernel.size
        * (
            entering[kernel.layer][0][0]  # a recurrent layer's kernels meet every step, also where it gives the last
            if isinstance(architecture.layers[kernel.layer], LSTM | GRU)
            else prod(behind[kernel.layer][:-1])
        )
        for kernel in kernels
    )

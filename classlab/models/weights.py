"""What an architecture weighs: the shape after every layer, and every weight in Keras's order."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, prod
from typing import TYPE_CHECKING

from classlab.errors import SpecError
from classlab.records.layers import (
    ONES,
    ZEROS,
    AveragePooling2D,
    BatchNormalization,
    Conv2D,
    Dense,
    Flatten,
    GlobalAveragePooling2D,
    Initializer,
    Layer,
    MaxPooling2D,
    Normalization,
    Pair,
    Regularizer,
)

if TYPE_CHECKING:
    from classlab.records.architecture import Architecture

Shape = tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class WeightSpec:
    """One weight array of an architecture.

    Args:
        layer: position of its layer in the architecture, from 0.
        name: Keras's name within the layer: kernel, bias, gamma, beta, moving_mean, moving_variance.
        shape: Keras's shape; kernels are `(inputs, units)` or `(rows, columns, in_channels, filters)`.
        initializer: how it starts.
        regularizer: penalty on it, if any.
        trainable: whether the optimizer moves it.
    """

    layer: int
    name: str
    shape: Shape
    initializer: Initializer
    regularizer: Regularizer | None = None
    trainable: bool = True

    @property
    def key(self) -> str:
        """Name of the array in files and dictionaries: layer position and weight name, as in `1.kernel`."""
        return f"{self.layer}.{self.name}"

    @property
    def size(self) -> int:
        """Number of values."""
        return prod(self.shape)


def output_shapes(architecture: Architecture) -> tuple[Shape, ...]:
    """Shape of one image's values after each layer, without the batch axis.

    Raises:
        SpecError: a layer cannot follow the one before it.
    """
    shapes: list[Shape] = []
    shape: Shape = architecture.input_shape
    for position, (layer, entering) in enumerate(zip(architecture.layers, architecture.entering, strict=True)):
        shape = architecture.input_shape if entering[0] < 0 else shapes[entering[0]]
        shapes.append(_after(layer, shape, position, architecture.name))
    return tuple(shapes)


def weight_specs(architecture: Architecture) -> tuple[WeightSpec, ...]:
    """Every weight of the architecture, layer by layer, within a layer in the order of Keras's `get_weights`."""
    specs: list[WeightSpec] = []
    shape: Shape = architecture.input_shape
    shapes = output_shapes(architecture)
    for position, (layer, entering) in enumerate(zip(architecture.layers, architecture.entering, strict=True)):
        shape = architecture.input_shape if entering[0] < 0 else shapes[entering[0]]
        specs.extend(_weights(layer, shape, position))
    return tuple(specs)


def layer_shapes(layer: Layer, entering: Shape) -> tuple[Shape, list[Shape]]:
    """Shape of what one layer gives, and of its weights, whatever the number of axes that enter it.

    Raises:
        SpecError: the layer cannot follow such values.
    """
    return _after(layer, entering, 0, "it"), [spec.shape for spec in _weights(layer, entering, 0)]


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


def _after(layer: Layer, shape: Shape, position: int, name: str) -> Shape:
    match layer:
        case Flatten():
            return (prod(shape),)
        case Dense():
            return (*shape[:-1], layer.units)
        case Conv2D():
            rows, columns = _windows(layer.kernel_size, layer.strides, layer, shape, position, name)
            return (rows, columns, layer.filters)
        case MaxPooling2D() | AveragePooling2D():
            strides = layer.strides or layer.pool_size
            rows, columns = _windows(layer.pool_size, strides, layer, shape, position, name)
            return (rows, columns, shape[-1])
        case GlobalAveragePooling2D():
            _image(layer, shape, position, name)
            return (shape[-1],)
        case Normalization() if len(layer.mean) not in (1, shape[-1]):
            raise SpecError(
                f"layer {position} of {name!r} (Normalization) has {len(layer.mean)} means for {shape[-1]} channels. "
                "Give one per channel."
            )
        case _:
            return shape


def _image(layer: Layer, shape: Shape, position: int, name: str) -> None:
    if len(shape) != 3:
        raise SpecError(
            f"layer {position} of {name!r} ({layer.kind}) needs images (height, width, channels), but the layer "
            f"before it gives {shape}. Put it before Flatten."
        )


def _windows(
    window: Pair,
    strides: Pair,
    layer: Conv2D | MaxPooling2D | AveragePooling2D,
    shape: Shape,
    position: int,
    name: str,
) -> Pair:
    """Number of window positions along height and width: TensorFlow's and Keras's `valid` and `same` rules."""
    _image(layer, shape, position, name)
    if layer.padding == "same":
        return (ceil(shape[0] / strides[0]), ceil(shape[1] / strides[1]))
    rows = (shape[0] - window[0]) // strides[0] + 1
    columns = (shape[1] - window[1]) // strides[1] + 1
    if rows < 1 or columns < 1:
        raise SpecError(
            f"layer {position} of {name!r} ({layer.kind}) has a window of {window[0]}x{window[1]}, but only "
            f"{shape[0]}x{shape[1]} values reach it. Use a smaller window, fewer layers or padding='same'."
        )
    return (rows, columns)


def _weights(layer: Layer, shape: Shape, position: int) -> list[WeightSpec]:
    match layer:
        case Dense() | Conv2D():
            kernel: Shape
            if isinstance(layer, Dense):
                kernel, width = (shape[-1], layer.units), layer.units
            else:
                kernel, width = (*layer.kernel_size, shape[-1], layer.filters), layer.filters
            found = [
                WeightSpec(
                    layer=position,
                    name="kernel",
                    shape=kernel,
                    initializer=layer.kernel_initializer,
                    regularizer=layer.kernel_regularizer,
                )
            ]
            if layer.use_bias:
                found.append(
                    WeightSpec(
                        layer=position,
                        name="bias",
                        shape=(width,),
                        initializer=layer.bias_initializer,
                        regularizer=layer.bias_regularizer,
                    )
                )
            return found
        case BatchNormalization():
            names = [("gamma", ONES, True)] if layer.scale else []
            names += [("beta", ZEROS, True)] if layer.center else []
            names += [("moving_mean", ZEROS, False), ("moving_variance", ONES, False)]
            return [
                WeightSpec(layer=position, name=name, shape=shape[-1:], initializer=start, trainable=trainable)
                for name, start, trainable in names
            ]
        case _:
            return []

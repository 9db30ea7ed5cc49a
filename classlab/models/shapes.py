"""The shape of one image's values behind every layer of an architecture."""

from __future__ import annotations

from functools import lru_cache
from math import prod
from typing import TYPE_CHECKING

from classlab.errors import SpecError
from classlab.records.architecture import IMAGES
from classlab.records.layers import (
    GRU,
    LSTM,
    Add,
    Average,
    AveragePooling2D,
    Concatenate,
    Conv2D,
    Cropping2D,
    Dense,
    DepthwiseConv2D,
    Flatten,
    GlobalAveragePooling2D,
    GlobalMaxPooling2D,
    Join,
    Layer,
    Maximum,
    MaxPooling2D,
    Multiply,
    Normalization,
    Pair,
    Reshape,
    SeparableConv2D,
    SpatialDropout2D,
    Subtract,
    UpSampling2D,
    ZeroPadding2D,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classlab.records.architecture import Architecture

Shape = tuple[int, ...]
_MOST = 2**53
_KEPT = 256  # networks of which the shapes are known: a drawing is answered by the same ones again and again


@lru_cache(maxsize=_KEPT)
def output_shapes(architecture: Architecture) -> tuple[Shape, ...]:
    """Shape of one image's values after each layer, without the batch axis.

    Raises:
        SpecError: a layer cannot take the values that enter it.
    """
    shapes: dict[int, Shape] = {IMAGES: architecture.input_shape}
    for position, (layer, sources) in enumerate(zip(architecture.layers, architecture.entering, strict=True)):
        entering = [shapes[source] for source in sources]
        label = f"layer {position} of {architecture.name!r} ({layer.kind})"
        shapes[position] = shape_behind(layer, entering, label=label)
    return tuple(shapes[position] for position in range(len(architecture.layers)))


def entering_shapes(architecture: Architecture) -> tuple[tuple[Shape, ...], ...]:
    """For each layer the shapes of the values that enter it, without the batch axis.

    Raises:
        SpecError: a layer cannot take the values that enter it.
    """
    behind = {IMAGES: architecture.input_shape, **dict(enumerate(output_shapes(architecture)))}
    return tuple(tuple(behind[source] for source in sources) for sources in architecture.entering)


def shape_behind(layer: Layer, entering: Sequence[Shape], *, label: str) -> Shape:
    """Shape of what one layer makes of values.

    Args:
        layer: the layer.
        entering: shapes of the values that enter it; several for a layer that joins them.
        label: what it is called in the sentence that refuses it.

    Raises:
        SpecError: it cannot take such values, or makes more of them than any memory holds.
    """
    found = _joined(layer, entering, label) if isinstance(layer, Join) else _behind(layer, entering[0], label)
    if prod(found) > _MOST:  # also keeps the numbers small that a stranger's description makes one reckon with
        raise SpecError(f"{label} gives {found}, more values than any memory holds. Use smaller layers.")
    return found


def _behind(layer: Layer, shape: Shape, label: str) -> Shape:
    """Behind a layer that takes one value."""
    match layer:
        case Flatten():
            return (prod(shape),)
        case Reshape():
            return _reshaped(layer, shape, label)
        case Dense():
            return (*shape[:-1], layer.units)
        case LSTM() | GRU():
            return _read_by_steps(layer, shape, label)
        case Normalization() if len(layer.mean) not in (1, shape[-1]):
            raise SpecError(f"{label} has {len(layer.mean)} means for {shape[-1]} channels. Give one per channel.")
        case _:
            return _image(layer, shape, label)


def _image(layer: Layer, shape: Shape, label: str) -> Shape:
    """Behind a layer over images; behind any other, which changes values and no shape."""
    match layer:
        case Conv2D() | SeparableConv2D():
            return (*_windows(layer.kernel_size, layer.strides, layer, shape, label), layer.filters)
        case DepthwiseConv2D():
            windows = _windows(layer.kernel_size, layer.strides, layer, shape, label)
            return (*windows, layer.depth_multiplier * shape[-1])
        case MaxPooling2D() | AveragePooling2D():
            strides = layer.strides or layer.pool_size
            return (*_windows(layer.pool_size, strides, layer, shape, label), shape[-1])
        case GlobalAveragePooling2D() | GlobalMaxPooling2D():
            _check_image(shape, label)
            return shape[-1:]
        case SpatialDropout2D():
            _check_image(shape, label)
            return shape
        case ZeroPadding2D():
            _check_image(shape, label)
            (above, below), (left, right) = layer.padding
            return (shape[0] + above + below, shape[1] + left + right, shape[2])
        case Cropping2D():
            return _cropped(layer, shape, label)
        case UpSampling2D():
            _check_image(shape, label)
            return (shape[0] * layer.size[0], shape[1] * layer.size[1], shape[2])
        case _:
            return shape


def _check_image(shape: Shape, label: str) -> None:
    if len(shape) != 3:
        raise SpecError(
            f"{label} needs images (height, width, channels), but the layer before it gives {shape}. "
            "Put it before Flatten."
        )


_Windowed = Conv2D | SeparableConv2D | DepthwiseConv2D | MaxPooling2D | AveragePooling2D


def _windows(window: Pair, strides: Pair, layer: _Windowed, shape: Shape, label: str) -> Pair:
    """Number of window positions along height and width: TensorFlow's and Keras's `valid` and `same` rules."""
    _check_image(shape, label)
    if layer.padding == "same":
        return (-(-shape[0] // strides[0]), -(-shape[1] // strides[1]))
    rows = (shape[0] - window[0]) // strides[0] + 1
    columns = (shape[1] - window[1]) // strides[1] + 1
    if rows < 1 or columns < 1:
        raise SpecError(
            f"{label} has a window of {window[0]}x{window[1]}, but only {shape[0]}x{shape[1]} values reach it. "
            "Use a smaller window, fewer layers or padding='same'."
        )
    return (rows, columns)


def _cropped(layer: Cropping2D, shape: Shape, label: str) -> Shape:
    _check_image(shape, label)
    (above, below), (left, right) = layer.cropping
    rows, columns = shape[0] - above - below, shape[1] - left - right
    if rows < 1 or columns < 1:
        raise SpecError(
            f"{label} must leave a row and a column, but it takes {above + below} rows and {left + right} columns "
            f"away from {shape[0]}x{shape[1]} values. Crop less."
        )
    return (rows, columns, shape[2])


def _reshaped(layer: Reshape, shape: Shape, label: str) -> Shape:
    if prod(layer.target_shape) != prod(shape):
        raise SpecError(
            f"{label} must keep the number of values, but it turns {shape} into {layer.target_shape}. "
            f"Give a shape of {prod(shape):,} values."
        )
    return layer.target_shape


def _read_by_steps(layer: LSTM | GRU, shape: Shape, label: str) -> Shape:
    if len(shape) != 2:
        raise SpecError(
            f"{label} reads values of (steps, features), but the layer before it gives {shape}. "
            "Put a Reshape before it."
        )
    return (shape[0], layer.units) if layer.return_sequences else (layer.units,)


def _joined(layer: Join, entering: Sequence[Shape], label: str) -> Shape:
    """Shape of joined values: they agree, but for the last axis side by side, and lengths of 1 that are repeated."""
    found = " and ".join(map(str, entering))
    match layer:
        case Subtract() if len(entering) != 2:
            raise SpecError(f"{label} takes two values, but {len(entering)} enter it. Connect two layers to it.")
        case Add() | Subtract() | Average() | Maximum():
            if len(set(entering)) > 1:
                raise SpecError(f"{label} joins values of one shape, but got {found}. Bring them to one shape before.")
            return entering[0]
        case Concatenate():
            if len({shape[:-1] for shape in entering}) > 1 or not all(entering):
                raise SpecError(
                    f"{label} puts values side by side that differ in their last axis alone, but got {found}. "
                    "Bring them to one height and width before."
                )
            return (*entering[0][:-1], sum(shape[-1] for shape in entering))
        case Multiply():
            return _repeated(entering, f"{label} multiplies values of one shape, or of length 1 where they differ")


def _repeated(entering: Sequence[Shape], rule: str) -> Shape:
    """Shape of values whose lengths of 1 are repeated to fit the others."""
    ranks = {len(shape) for shape in entering}
    lengths = [set(each) - {1} for each in zip(*entering, strict=True)] if len(ranks) == 1 else [{2, 3}]
    if any(len(each) > 1 for each in lengths):
        found = " and ".join(map(str, entering))
        raise SpecError(f"{rule}, but got {found}. Bring them to one shape before.")
    return tuple(next(iter(each), 1) for each in lengths)


def same_padding(size: Sequence[int], window: tuple[int, int], strides: tuple[int, int]) -> tuple[int, int, int, int]:
    """Cells to add (left, right, top, bottom), in the order of `torch.nn.functional.pad`, for Keras's `same` padding.

    As many window positions as ceil(size / stride), the odd cell at the end.

    Example:
        >>> same_padding((5, 5), (2, 2), (2, 2))
        (0, 1, 0, 1)
    """
    rows, columns = (
        max((-(-length // stride) - 1) * stride + cells - length, 0)
        for length, cells, stride in zip(size, window, strides, strict=True)
    )
    return (columns // 2, columns - columns // 2, rows // 2, rows - rows // 2)

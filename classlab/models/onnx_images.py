"""Layers over images as nodes of an ONNX graph, with the channels behind the batch axis."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from classlab.models.onnx_graph import Value
from classlab.models.shapes import same_padding
from classlab.records.layers import (
    AveragePooling2D,
    Conv2D,
    Cropping2D,
    DepthwiseConv2D,
    GlobalAveragePooling2D,
    GlobalMaxPooling2D,
    MaxPooling2D,
    SeparableConv2D,
    UpSampling2D,
    ZeroPadding2D,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classlab.models.onnx_graph import OnnxGraph
    from classlab.models.shapes import Shape
    from classlab.records.layers import Pair

    Arrays = dict[str, NDArray[np.float32]]
    Windowed = Conv2D | DepthwiseConv2D | SeparableConv2D | MaxPooling2D | AveragePooling2D
    ImageLayer = Windowed | GlobalAveragePooling2D | GlobalMaxPooling2D | ZeroPadding2D | Cropping2D | UpSampling2D


def image_layer(graph: OnnxGraph, layer: ImageLayer, value: Value, shape: Shape, arrays: Arrays) -> Value:
    """Adds the nodes of a layer over images, without its activation.

    Args:
        graph: where to.
        layer: the layer.
        value: what enters it.
        shape: of what it gives for one image, channels last.
        arrays: its weights by their names in Keras.
    """
    images = graph.channels_first(value)
    match layer:
        case Conv2D() | DepthwiseConv2D() | SeparableConv2D():
            found = _convolved(graph, layer, images, arrays)
        case MaxPooling2D():
            found = graph.node("MaxPool", images.name, **_windows(layer, value.shape))
        case AveragePooling2D():
            found = graph.node("AveragePool", images.name, count_include_pad=0, **_windows(layer, value.shape))
        case GlobalAveragePooling2D() | GlobalMaxPooling2D():
            kind = "ReduceMean" if isinstance(layer, GlobalAveragePooling2D) else "ReduceMax"
            return Value(graph.node(kind, images.name, axes=[2, 3], keepdims=0), shape)
        case ZeroPadding2D():
            (above, below), (left, right) = layer.padding
            edges = np.array([0, 0, above, left, 0, 0, below, right], np.int64)
            found = graph.node("Pad", images.name, graph.weight("edges", edges))
        case Cropping2D():
            (above, _), (left, _) = layer.cropping
            corners = [above, left], [above + shape[0], left + shape[1]], [2, 3]  # starts, ends and axes
            found = graph.node(
                "Slice", images.name, *(graph.weight("corner", np.array(each, np.int64)) for each in corners)
            )
        case UpSampling2D():
            scales = graph.weight("scales", np.array([1, 1, *layer.size], np.float32))
            options: dict[str, Any] = {
                "mode": "nearest",
                "coordinate_transformation_mode": "asymmetric",
                "nearest_mode": "floor",
            }
            found = graph.node("Resize", images.name, "", scales, **options)
    return Value(found, shape, first=True)


def _convolved(
    graph: OnnxGraph, layer: Conv2D | DepthwiseConv2D | SeparableConv2D, images: Value, arrays: Arrays
) -> str:
    """Keras's kernels are `(rows, columns, in, out)`, ONNX's `(out, in, rows, columns)`; bias comes last."""
    bias = [graph.weight("bias", arrays["bias"])] if layer.use_bias else []
    windows = _windows(layer, images.shape)
    if isinstance(layer, Conv2D):
        kernel = graph.weight("kernel", arrays["kernel"].transpose(3, 2, 0, 1))
        return graph.node("Conv", images.name, kernel, *bias, **windows)
    channels = images.shape[-1]
    each = arrays["depthwise_kernel"].transpose(2, 3, 0, 1).reshape(-1, 1, *layer.kernel_size)
    depthwise = graph.weight("depthwise_kernel", each)
    if isinstance(layer, DepthwiseConv2D):
        return graph.node("Conv", images.name, depthwise, *bias, group=channels, **windows)
    among = graph.node("Conv", images.name, depthwise, group=channels, **windows)
    pointwise = graph.weight("pointwise_kernel", arrays["pointwise_kernel"].transpose(3, 2, 0, 1))
    return graph.node("Conv", among, pointwise, *bias)


def _windows(layer: Windowed, shape: Shape) -> dict[str, Any]:
    """Window, strides and padding; "same" as the cells that it adds, which every runtime understands alike."""
    window, strides = _extents(layer)
    left, right, top, bottom = same_padding(shape[:2], window, strides) if layer.padding == "same" else (0, 0, 0, 0)
    return {"kernel_shape": [*window], "strides": [*strides], "pads": [top, left, bottom, right]}


def _extents(layer: Windowed) -> tuple[Pair, Pair]:
    if isinstance(layer, MaxPooling2D | AveragePooling2D):
        return layer.pool_size, layer.strides or layer.pool_size
    return layer.kernel_size, layer.strides

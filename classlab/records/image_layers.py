"""Layers over images: convolutions, poolings, and what changes an image's rows, columns or channels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from classlab.options.words import ActivationName
from classlab.records.bounds import EDGES, share, size
from classlab.records.layer_base import LayerRecord, Padding, Pair, PairOrNone
from classlab.records.weight_rules import GLOROT_UNIFORM, ZEROS, Initializer, Regularizer


@dataclass(frozen=True, kw_only=True)
class Conv2D(LayerRecord):
    """Two-dimensional convolution with a kernel of shape `(rows, columns, in_channels, filters)`."""

    filters: Annotated[int, size(32)]
    kernel_size: Pair = (3, 3)
    strides: Pair = (1, 1)
    padding: Padding = "valid"
    activation: ActivationName = "linear"
    use_bias: bool = True
    kernel_initializer: Initializer = GLOROT_UNIFORM
    bias_initializer: Initializer = ZEROS
    kernel_regularizer: Regularizer | None = None
    bias_regularizer: Regularizer | None = None
    kind: Literal["Conv2D"] = "Conv2D"


@dataclass(frozen=True, kw_only=True)
class DepthwiseConv2D(LayerRecord):
    """A convolution of each channel by itself, with a kernel of shape `(rows, columns, channels, depth_multiplier)`."""

    kernel_size: Pair
    strides: Pair = (1, 1)
    padding: Padding = "valid"
    depth_multiplier: Annotated[int, size(1)] = 1
    activation: ActivationName = "linear"
    use_bias: bool = True
    depthwise_initializer: Initializer = GLOROT_UNIFORM
    bias_initializer: Initializer = ZEROS
    depthwise_regularizer: Regularizer | None = None
    bias_regularizer: Regularizer | None = None
    kind: Literal["DepthwiseConv2D"] = "DepthwiseConv2D"


@dataclass(frozen=True, kw_only=True)
class SeparableConv2D(LayerRecord):
    """A depthwise convolution, then one of 1 x 1 over its channels to `filters`; bias and activation follow both."""

    filters: Annotated[int, size(32)]
    kernel_size: Pair
    strides: Pair = (1, 1)
    padding: Padding = "valid"
    depth_multiplier: Annotated[int, size(1)] = 1
    activation: ActivationName = "linear"
    use_bias: bool = True
    depthwise_initializer: Initializer = GLOROT_UNIFORM
    pointwise_initializer: Initializer = GLOROT_UNIFORM
    bias_initializer: Initializer = ZEROS
    depthwise_regularizer: Regularizer | None = None
    pointwise_regularizer: Regularizer | None = None
    bias_regularizer: Regularizer | None = None
    kind: Literal["SeparableConv2D"] = "SeparableConv2D"


@dataclass(frozen=True, kw_only=True)
class MaxPooling2D(LayerRecord):
    """Largest value of each window; `strides=None` means the window's own size."""

    pool_size: Pair = (2, 2)
    strides: PairOrNone = None
    padding: Padding = "valid"
    kind: Literal["MaxPooling2D"] = "MaxPooling2D"


@dataclass(frozen=True, kw_only=True)
class AveragePooling2D(LayerRecord):
    """Mean of each window, padding not counted; `strides=None` means the window's own size."""

    pool_size: Pair = (2, 2)
    strides: PairOrNone = None
    padding: Padding = "valid"
    kind: Literal["AveragePooling2D"] = "AveragePooling2D"


@dataclass(frozen=True, kw_only=True)
class GlobalAveragePooling2D(LayerRecord):
    """Mean over height and width, one value per channel."""

    kind: Literal["GlobalAveragePooling2D"] = "GlobalAveragePooling2D"


@dataclass(frozen=True, kw_only=True)
class GlobalMaxPooling2D(LayerRecord):
    """Largest value over height and width, one per channel."""

    kind: Literal["GlobalMaxPooling2D"] = "GlobalMaxPooling2D"


@dataclass(frozen=True, kw_only=True)
class SpatialDropout2D(LayerRecord):
    """Zeroes whole channels of an image with probability `rate` while training, and scales the rest."""

    rate: Annotated[float, share(0.2)]
    kind: Literal["SpatialDropout2D"] = "SpatialDropout2D"


@dataclass(frozen=True, kw_only=True)
class ZeroPadding2D(LayerRecord):
    """Rows and columns of zeros around an image."""

    padding: Annotated[tuple[tuple[int, int], tuple[int, int]], EDGES] = ((1, 1), (1, 1))
    kind: Literal["ZeroPadding2D"] = "ZeroPadding2D"


@dataclass(frozen=True, kw_only=True)
class Cropping2D(LayerRecord):
    """An image without rows and columns at its edges."""

    cropping: Annotated[tuple[tuple[int, int], tuple[int, int]], EDGES] = ((0, 0), (0, 0))
    kind: Literal["Cropping2D"] = "Cropping2D"


@dataclass(frozen=True, kw_only=True)
class UpSampling2D(LayerRecord):
    """Repeats every row and column, the nearest-neighbour form of `keras.layers.UpSampling2D`."""

    size: Pair = (2, 2)
    kind: Literal["UpSampling2D"] = "UpSampling2D"

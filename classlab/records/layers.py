"""Layer specifications in Keras's vocabulary and with Keras's defaults: plain data, no tensors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from classlab.errors import SpecError
from classlab.options.words import ActivationName as ActivationName
from classlab.records.base import CheckedRecord
from classlab.records.bounds import EDGES, FINITE, not_negative, share, size

InitializerName = Literal[
    "zeros",
    "ones",
    "constant",
    "random_normal",
    "random_uniform",
    "truncated_normal",
    "glorot_uniform",
    "glorot_normal",
    "he_uniform",
    "he_normal",
    "lecun_uniform",
    "lecun_normal",
    "orthogonal",
]
Padding = Literal["valid", "same"]
Pair = Annotated[tuple[int, int], size((3, 3), words="two whole numbers")]
PairOrNone = Annotated[tuple[int, int] | None, size((3, 3), words="two whole numbers")]
Finite = Annotated[float, FINITE]
Penalty = Annotated[float, not_negative(1e-4)]


@dataclass(frozen=True, kw_only=True)
class Initializer(CheckedRecord):
    """How a weight starts. The numbers are used by the initialisers that Keras gives them to.

    Args:
        name: Keras's name.
        value: the value of `constant`.
        mean: centre of `random_normal` and `truncated_normal`.
        stddev: spread of `random_normal` and `truncated_normal`.
        minval: lower bound of `random_uniform`.
        maxval: upper bound of `random_uniform`.
    """

    name: InitializerName = "glorot_uniform"
    value: Finite = 0.0
    mean: Finite = 0.0
    stddev: Finite = 0.05
    minval: Finite = -0.05
    maxval: Finite = 0.05


class _Layer(CheckedRecord):
    """A layer, named in the sentence that refuses one of its fields."""

    def __init_subclass__(cls) -> None:
        cls._owner = f"{cls.__name__}'s "


ZEROS = Initializer(name="zeros")
ONES = Initializer(name="ones")
GLOROT_UNIFORM = Initializer(name="glorot_uniform")
ORTHOGONAL = Initializer(name="orthogonal")


@dataclass(frozen=True, kw_only=True)
class Regularizer(CheckedRecord):
    """Penalty `l1 * sum|w| + l2 * sum w^2` that is added to the loss, as in `keras.regularizers.L1L2`."""

    _owner: ClassVar[str] = "a regularizer's "

    l1: Penalty = 0.0
    l2: Penalty = 0.0


@dataclass(frozen=True, kw_only=True)
class Flatten(_Layer):
    """Turns `(height, width, channels)` into one axis, channels varying fastest."""

    kind: Literal["Flatten"] = "Flatten"


@dataclass(frozen=True, kw_only=True)
class Dense(_Layer):
    """`activation(x @ kernel + bias)` with a kernel of shape `(inputs, units)`."""

    units: Annotated[int, size(128)]
    activation: ActivationName = "linear"
    use_bias: bool = True
    kernel_initializer: Initializer = GLOROT_UNIFORM
    bias_initializer: Initializer = ZEROS
    kernel_regularizer: Regularizer | None = None
    bias_regularizer: Regularizer | None = None
    kind: Literal["Dense"] = "Dense"


@dataclass(frozen=True, kw_only=True)
class Conv2D(_Layer):
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
class MaxPooling2D(_Layer):
    """Largest value of each window; `strides=None` means the window's own size."""

    pool_size: Pair = (2, 2)
    strides: PairOrNone = None
    padding: Padding = "valid"
    kind: Literal["MaxPooling2D"] = "MaxPooling2D"


@dataclass(frozen=True, kw_only=True)
class AveragePooling2D(_Layer):
    """Mean of each window, padding not counted; `strides=None` means the window's own size."""

    pool_size: Pair = (2, 2)
    strides: PairOrNone = None
    padding: Padding = "valid"
    kind: Literal["AveragePooling2D"] = "AveragePooling2D"


@dataclass(frozen=True, kw_only=True)
class GlobalAveragePooling2D(_Layer):
    """Mean over height and width, one value per channel."""

    kind: Literal["GlobalAveragePooling2D"] = "GlobalAveragePooling2D"


@dataclass(frozen=True, kw_only=True)
class Dropout(_Layer):
    """Zeroes each value with probability `rate` while training and scales the rest by `1 / (1 - rate)`."""

    rate: Annotated[float, share(0.2)]
    kind: Literal["Dropout"] = "Dropout"


@dataclass(frozen=True, kw_only=True)
class BatchNormalization(_Layer):
    """Normalises each channel (last axis) over the batch while training, by moving statistics afterwards."""

    momentum: Finite = 0.99
    epsilon: Finite = 1e-3
    center: bool = True
    scale: bool = True
    kind: Literal["BatchNormalization"] = "BatchNormalization"


@dataclass(frozen=True, kw_only=True)
class Activation(_Layer):
    """An activation function as a layer of its own."""

    activation: ActivationName
    kind: Literal["Activation"] = "Activation"


@dataclass(frozen=True, kw_only=True)
class ReLU(_Layer):
    """`max(x, 0)`, the plain form of `keras.layers.ReLU`."""

    kind: Literal["ReLU"] = "ReLU"


@dataclass(frozen=True, kw_only=True)
class LeakyReLU(_Layer):
    """`x` where positive, `negative_slope * x` elsewhere (the layer's default slope is 0.3)."""

    negative_slope: Finite = 0.3
    kind: Literal["LeakyReLU"] = "LeakyReLU"


@dataclass(frozen=True, kw_only=True)
class Rescaling(_Layer):
    """`x * scale + offset`."""

    scale: Finite
    offset: Finite = 0.0
    kind: Literal["Rescaling"] = "Rescaling"


@dataclass(frozen=True, kw_only=True)
class Normalization(_Layer):
    """`(x - mean) / sqrt(variance)` per channel, with fixed statistics, one number per channel."""

    mean: Annotated[tuple[float, ...], FINITE]
    variance: Annotated[tuple[float, ...], FINITE]
    kind: Literal["Normalization"] = "Normalization"

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.mean) != len(self.variance) or not self.mean:
            raise SpecError(
                "Normalization needs one mean and one variance per channel, but got "
                f"{len(self.mean)} means and {len(self.variance)} variances. Give both with the same length."
            )


@dataclass(frozen=True, kw_only=True)
class DepthwiseConv2D(_Layer):
    """A convolution of every channel by itself, with a kernel of shape `(rows, columns, channels, depth_multiplier)`."""

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
class SeparableConv2D(_Layer):
    """A depthwise convolution, then one of 1 x 1 over all its channels to `filters`; bias and activation follow both."""

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
class GlobalMaxPooling2D(_Layer):
    """Largest value over height and width, one per channel."""

    kind: Literal["GlobalMaxPooling2D"] = "GlobalMaxPooling2D"


@dataclass(frozen=True, kw_only=True)
class LayerNormalization(_Layer):
    """Normalises every image's values along the last axis, at each place by itself; the same in training and after."""

    epsilon: Finite = 1e-3
    center: bool = True
    scale: bool = True
    kind: Literal["LayerNormalization"] = "LayerNormalization"


@dataclass(frozen=True, kw_only=True)
class SpatialDropout2D(_Layer):
    """Zeroes whole channels of an image with probability `rate` while training, and scales the rest."""

    rate: Annotated[float, share(0.2)]
    kind: Literal["SpatialDropout2D"] = "SpatialDropout2D"


@dataclass(frozen=True, kw_only=True)
class ZeroPadding2D(_Layer):
    """Rows and columns of zeros around an image."""

    padding: Annotated[tuple[tuple[int, int], tuple[int, int]], EDGES] = ((1, 1), (1, 1))
    kind: Literal["ZeroPadding2D"] = "ZeroPadding2D"


@dataclass(frozen=True, kw_only=True)
class Cropping2D(_Layer):
    """An image without rows and columns at its edges."""

    cropping: Annotated[tuple[tuple[int, int], tuple[int, int]], EDGES] = ((0, 0), (0, 0))
    kind: Literal["Cropping2D"] = "Cropping2D"


@dataclass(frozen=True, kw_only=True)
class UpSampling2D(_Layer):
    """Repeats every row and column, the nearest-neighbour form of `keras.layers.UpSampling2D`."""

    size: Pair = (2, 2)
    kind: Literal["UpSampling2D"] = "UpSampling2D"


@dataclass(frozen=True, kw_only=True)
class Reshape(_Layer):
    """The same values in another shape, the last axis varying fastest."""

    target_shape: Annotated[tuple[int, ...], size((28, 28), words="whole numbers, each")]
    kind: Literal["Reshape"] = "Reshape"


@dataclass(frozen=True, kw_only=True)
class LSTM(_Layer):
    """Long short-term memory over `(steps, features)`, with tanh and sigmoid gates; gives its last state, or each one.

    The kernel is `(features, 4 units)`, the recurrent kernel `(units, 4 units)`: input, forget, cell, output.
    """

    units: Annotated[int, size(64)]
    return_sequences: bool = False
    go_backwards: bool = False
    use_bias: bool = True
    unit_forget_bias: bool = True
    kernel_initializer: Initializer = GLOROT_UNIFORM
    recurrent_initializer: Initializer = ORTHOGONAL
    bias_initializer: Initializer = ZEROS
    kernel_regularizer: Regularizer | None = None
    recurrent_regularizer: Regularizer | None = None
    bias_regularizer: Regularizer | None = None
    kind: Literal["LSTM"] = "LSTM"


@dataclass(frozen=True, kw_only=True)
class GRU(_Layer):
    """A gated recurrent unit over `(steps, features)`, with Keras's `reset_after=True`; gives its last state, or each.

    The kernel is `(features, 3 units)`, the recurrent kernel `(units, 3 units)`, the bias `(2, 3 units)`: update,
    reset, candidate.
    """

    units: Annotated[int, size(64)]
    return_sequences: bool = False
    go_backwards: bool = False
    use_bias: bool = True
    kernel_initializer: Initializer = GLOROT_UNIFORM
    recurrent_initializer: Initializer = ORTHOGONAL
    bias_initializer: Initializer = ZEROS
    kernel_regularizer: Regularizer | None = None
    recurrent_regularizer: Regularizer | None = None
    bias_regularizer: Regularizer | None = None
    kind: Literal["GRU"] = "GRU"


@dataclass(frozen=True, kw_only=True)
class Add(_Layer):
    """Sum of several values of one shape."""

    kind: Literal["Add"] = "Add"


@dataclass(frozen=True, kw_only=True)
class Subtract(_Layer):
    """Difference of two values of one shape."""

    kind: Literal["Subtract"] = "Subtract"


@dataclass(frozen=True, kw_only=True)
class Multiply(_Layer):
    """Product of several values; a length of 1 is repeated to fit the others."""

    kind: Literal["Multiply"] = "Multiply"


@dataclass(frozen=True, kw_only=True)
class Average(_Layer):
    """Mean of several values of one shape."""

    kind: Literal["Average"] = "Average"


@dataclass(frozen=True, kw_only=True)
class Maximum(_Layer):
    """Largest of several values of one shape, place by place."""

    kind: Literal["Maximum"] = "Maximum"


@dataclass(frozen=True, kw_only=True)
class Concatenate(_Layer):
    """Several values side by side along the last axis."""

    kind: Literal["Concatenate"] = "Concatenate"


def joins(layer: Layer) -> bool:
    """Whether a layer takes several values."""
    return isinstance(layer, Add | Subtract | Multiply | Average | Maximum | Concatenate)


Layer = (
    Flatten
    | Dense
    | Conv2D
    | MaxPooling2D
    | AveragePooling2D
    | GlobalAveragePooling2D
    | Dropout
    | BatchNormalization
    | Activation
    | ReLU
    | LeakyReLU
    | Rescaling
    | Normalization
    | DepthwiseConv2D
    | SeparableConv2D
    | GlobalMaxPooling2D
    | LayerNormalization
    | SpatialDropout2D
    | ZeroPadding2D
    | Cropping2D
    | UpSampling2D
    | Reshape
    | LSTM
    | GRU
    | Add
    | Subtract
    | Multiply
    | Average
    | Maximum
    | Concatenate
)

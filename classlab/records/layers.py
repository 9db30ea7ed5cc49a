"""Layer specifications in Keras's vocabulary and with Keras's defaults: plain data, no tensors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from classlab.errors import SpecError
from classlab.options.words import ActivationName as ActivationName
from classlab.records.base import Record

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
]
Padding = Literal["valid", "same"]
Pair = tuple[int, int]


@dataclass(frozen=True, kw_only=True)
class Initializer(Record):
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
    value: float = 0.0
    mean: float = 0.0
    stddev: float = 0.05
    minval: float = -0.05
    maxval: float = 0.05


ZEROS = Initializer(name="zeros")
ONES = Initializer(name="ones")
GLOROT_UNIFORM = Initializer(name="glorot_uniform")


@dataclass(frozen=True, kw_only=True)
class Regularizer(Record):
    """Penalty `l1 * sum|w| + l2 * sum w^2` that is added to the loss, as in `keras.regularizers.L1L2`."""

    l1: float = 0.0
    l2: float = 0.0

    def __post_init__(self) -> None:
        if not (self.l1 >= 0 and self.l2 >= 0):
            raise SpecError(
                f"a regularizer's `l1` and `l2` must not be negative, but got l1={self.l1}, l2={self.l2}. "
                "Give zero or a positive factor."
            )


@dataclass(frozen=True, kw_only=True)
class Flatten(Record):
    """Turns `(height, width, channels)` into one axis, channels varying fastest."""

    kind: Literal["Flatten"] = "Flatten"


@dataclass(frozen=True, kw_only=True)
class Dense(Record):
    """`activation(x @ kernel + bias)` with a kernel of shape `(inputs, units)`."""

    units: int
    activation: ActivationName = "linear"
    use_bias: bool = True
    kernel_initializer: Initializer = GLOROT_UNIFORM
    bias_initializer: Initializer = ZEROS
    kernel_regularizer: Regularizer | None = None
    bias_regularizer: Regularizer | None = None
    kind: Literal["Dense"] = "Dense"

    def __post_init__(self) -> None:
        _positive("Dense", units=self.units)


@dataclass(frozen=True, kw_only=True)
class Conv2D(Record):
    """Two-dimensional convolution with a kernel of shape `(rows, columns, in_channels, filters)`."""

    filters: int
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

    def __post_init__(self) -> None:
        _positive("Conv2D", filters=self.filters, kernel_size=min(self.kernel_size), strides=min(self.strides))


@dataclass(frozen=True, kw_only=True)
class MaxPooling2D(Record):
    """Largest value of each window; `strides=None` means the window's own size."""

    pool_size: Pair = (2, 2)
    strides: Pair | None = None
    padding: Padding = "valid"
    kind: Literal["MaxPooling2D"] = "MaxPooling2D"

    def __post_init__(self) -> None:
        _positive("MaxPooling2D", pool_size=min(self.pool_size), strides=min(self.strides or (1, 1)))


@dataclass(frozen=True, kw_only=True)
class AveragePooling2D(Record):
    """Mean of each window, padding not counted; `strides=None` means the window's own size."""

    pool_size: Pair = (2, 2)
    strides: Pair | None = None
    padding: Padding = "valid"
    kind: Literal["AveragePooling2D"] = "AveragePooling2D"

    def __post_init__(self) -> None:
        _positive("AveragePooling2D", pool_size=min(self.pool_size), strides=min(self.strides or (1, 1)))


@dataclass(frozen=True, kw_only=True)
class GlobalAveragePooling2D(Record):
    """Mean over height and width, one value per channel."""

    kind: Literal["GlobalAveragePooling2D"] = "GlobalAveragePooling2D"


@dataclass(frozen=True, kw_only=True)
class Dropout(Record):
    """Zeroes each value with probability `rate` while training and scales the rest by `1 / (1 - rate)`."""

    rate: float
    kind: Literal["Dropout"] = "Dropout"

    def __post_init__(self) -> None:
        if not 0 <= self.rate < 1:
            raise SpecError(
                f"Dropout's `rate` must lie in [0, 1), but got rate={self.rate}. Give the share of values to drop."
            )


@dataclass(frozen=True, kw_only=True)
class BatchNormalization(Record):
    """Normalises each channel (last axis) over the batch while training, by moving statistics afterwards."""

    momentum: float = 0.99
    epsilon: float = 1e-3
    center: bool = True
    scale: bool = True
    kind: Literal["BatchNormalization"] = "BatchNormalization"


@dataclass(frozen=True, kw_only=True)
class Activation(Record):
    """An activation function as a layer of its own."""

    activation: ActivationName
    kind: Literal["Activation"] = "Activation"


@dataclass(frozen=True, kw_only=True)
class ReLU(Record):
    """`max(x, 0)`, the plain form of `keras.layers.ReLU`."""

    kind: Literal["ReLU"] = "ReLU"


@dataclass(frozen=True, kw_only=True)
class LeakyReLU(Record):
    """`x` where positive, `negative_slope * x` elsewhere (the layer's default slope is 0.3)."""

    negative_slope: float = 0.3
    kind: Literal["LeakyReLU"] = "LeakyReLU"


@dataclass(frozen=True, kw_only=True)
class Rescaling(Record):
    """`x * scale + offset`."""

    scale: float
    offset: float = 0.0
    kind: Literal["Rescaling"] = "Rescaling"


@dataclass(frozen=True, kw_only=True)
class Normalization(Record):
    """`(x - mean) / sqrt(variance)` per channel, with fixed statistics, one number per channel."""

    mean: tuple[float, ...]
    variance: tuple[float, ...]
    kind: Literal["Normalization"] = "Normalization"

    def __post_init__(self) -> None:
        if len(self.mean) != len(self.variance) or not self.mean:
            raise SpecError(
                "Normalization needs one mean and one variance per channel, but got "
                f"{len(self.mean)} means and {len(self.variance)} variances. Give both with the same length."
            )


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
)


def _positive(layer: str, **sizes: int) -> None:
    for name, value in sizes.items():
        if value < 1:
            raise SpecError(f"{layer}'s `{name}` must be at least 1, but got {name}={value}. Give a positive number.")

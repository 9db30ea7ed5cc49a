"""Layer specifications in Keras's vocabulary and with Keras's defaults: plain data, no tensors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from classlab.errors import SpecError
from classlab.options.words import ActivationName as ActivationName
from classlab.records.bounds import FINITE, share, size
from classlab.records.image_layers import AveragePooling2D as AveragePooling2D
from classlab.records.image_layers import Conv2D as Conv2D
from classlab.records.image_layers import Cropping2D as Cropping2D
from classlab.records.image_layers import DepthwiseConv2D as DepthwiseConv2D
from classlab.records.image_layers import GlobalAveragePooling2D as GlobalAveragePooling2D
from classlab.records.image_layers import GlobalMaxPooling2D as GlobalMaxPooling2D
from classlab.records.image_layers import MaxPooling2D as MaxPooling2D
from classlab.records.image_layers import SeparableConv2D as SeparableConv2D
from classlab.records.image_layers import SpatialDropout2D as SpatialDropout2D
from classlab.records.image_layers import UpSampling2D as UpSampling2D
from classlab.records.image_layers import ZeroPadding2D as ZeroPadding2D
from classlab.records.joins import Add as Add
from classlab.records.joins import Average as Average
from classlab.records.joins import Concatenate as Concatenate
from classlab.records.joins import Join as Join
from classlab.records.joins import Maximum as Maximum
from classlab.records.joins import Multiply as Multiply
from classlab.records.joins import Subtract as Subtract
from classlab.records.layer_base import LayerRecord
from classlab.records.layer_base import Padding as Padding
from classlab.records.layer_base import Pair as Pair
from classlab.records.recurrent_layers import GRU as GRU
from classlab.records.recurrent_layers import LSTM as LSTM
from classlab.records.weight_rules import GLOROT_UNIFORM as GLOROT_UNIFORM
from classlab.records.weight_rules import ONES as ONES
from classlab.records.weight_rules import ORTHOGONAL as ORTHOGONAL
from classlab.records.weight_rules import ZEROS as ZEROS
from classlab.records.weight_rules import Finite
from classlab.records.weight_rules import Initializer as Initializer
from classlab.records.weight_rules import InitializerName as InitializerName
from classlab.records.weight_rules import Regularizer as Regularizer


@dataclass(frozen=True, kw_only=True)
class Flatten(LayerRecord):
    """Turns `(height, width, channels)` into one axis, channels varying fastest."""

    kind: Literal["Flatten"] = "Flatten"


@dataclass(frozen=True, kw_only=True)
class Dense(LayerRecord):
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
class Dropout(LayerRecord):
    """Zeroes each value with probability `rate` while training and scales the rest by `1 / (1 - rate)`."""

    rate: Annotated[float, share(0.2)]
    kind: Literal["Dropout"] = "Dropout"


@dataclass(frozen=True, kw_only=True)
class BatchNormalization(LayerRecord):
    """Normalises each channel (last axis) over the batch while training, by moving statistics afterwards."""

    momentum: Finite = 0.99
    epsilon: Finite = 1e-3
    center: bool = True
    scale: bool = True
    kind: Literal["BatchNormalization"] = "BatchNormalization"


@dataclass(frozen=True, kw_only=True)
class LayerNormalization(LayerRecord):
    """Normalises every image's values along the last axis, at each place by itself; the same in training and after."""

    epsilon: Finite = 1e-3
    center: bool = True
    scale: bool = True
    kind: Literal["LayerNormalization"] = "LayerNormalization"


@dataclass(frozen=True, kw_only=True)
class Activation(LayerRecord):
    """An activation function as a layer of its own."""

    activation: ActivationName
    kind: Literal["Activation"] = "Activation"


@dataclass(frozen=True, kw_only=True)
class ReLU(LayerRecord):
    """`max(x, 0)`, the plain form of `keras.layers.ReLU`."""

    kind: Literal["ReLU"] = "ReLU"


LEAKY_RELU_SLOPE = 0.2
"""Of `keras.activations.leaky_relu` where it is used by name; the layer's default is another."""


@dataclass(frozen=True, kw_only=True)
class LeakyReLU(LayerRecord):
    """`x` where positive, `negative_slope * x` elsewhere (the layer's default slope is 0.3)."""

    negative_slope: Finite = 0.3
    kind: Literal["LeakyReLU"] = "LeakyReLU"


@dataclass(frozen=True, kw_only=True)
class Rescaling(LayerRecord):
    """`x * scale + offset`."""

    scale: Finite
    offset: Finite = 0.0
    kind: Literal["Rescaling"] = "Rescaling"


@dataclass(frozen=True, kw_only=True)
class Normalization(LayerRecord):
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
class Reshape(LayerRecord):
    """The same values in another shape, the last axis varying fastest."""

    target_shape: Annotated[tuple[int, ...], size((28, 28), words="whole numbers, each")]
    kind: Literal["Reshape"] = "Reshape"

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.target_shape:
            raise SpecError("Reshape's `target_shape` must have an axis, but got (). Give for example (28, 28).")


def joins(layer: Layer) -> bool:
    """Whether a layer takes several values."""
    return isinstance(layer, Join)


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

"""The rules by which Keras's layers become records: which options are kept, and which the engine knows one value of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from classlab.models.keras_options import (
    activation,
    initializer,
    number,
    pair,
    regularizer,
    statistics,
    unchanged,
)
from classlab.records import layers as records

if TYPE_CHECKING:
    from collections.abc import Callable

    from classlab.models.keras_words import Config

    Converter = Callable[[Any], Any]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """How one Keras class becomes a record.

    Args:
        record: the record's class; None for a layer that changes nothing.
        fields: options that the record keeps, each with its conversion.
        fixed: options that must have one of these values, because the engine knows no other.
        constants: fields of the record that no option decides.
        ignored: options that change nothing the engine computes.
    """

    record: Any
    fields: dict[str, Converter] = field(default_factory=dict)
    fixed: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    constants: dict[str, Any] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()


LAST = object()  # stands for every way to name the last axis
_CHANNELS: dict[str, tuple[Any, ...]] = {"data_format": ("channels_last", None)}
_WEIGHTED: dict[str, Converter] = {
    "activation": activation,
    "use_bias": unchanged,
    "kernel_initializer": initializer,
    "bias_initializer": initializer,
    "kernel_regularizer": regularizer,
    "bias_regularizer": regularizer,
}
_CONVOLUTION: dict[str, Converter] = {"kernel_size": pair, "strides": pair, "padding": unchanged}
_DEPTHWISE: dict[str, Converter] = {
    **_CONVOLUTION,
    "depth_multiplier": unchanged,
    "activation": activation,
    "use_bias": unchanged,
    "depthwise_initializer": initializer,
    "bias_initializer": initializer,
    "depthwise_regularizer": regularizer,
    "bias_regularizer": regularizer,
}
_UNDILATED: dict[str, tuple[Any, ...]] = {**_CHANNELS, "dilation_rate": (1, [1, 1])}
_POOLING: dict[str, Converter] = {"pool_size": pair, "strides": pair, "padding": unchanged}
_GLOBAL: dict[str, tuple[Any, ...]] = {**_CHANNELS, "keepdims": (False, True)}
_RECURRENT: dict[str, Converter] = {
    "units": unchanged,
    "return_sequences": unchanged,
    "go_backwards": unchanged,
    "use_bias": unchanged,
    "kernel_initializer": initializer,
    "recurrent_initializer": initializer,
    "bias_initializer": initializer,
    "kernel_regularizer": regularizer,
    "recurrent_regularizer": regularizer,
    "bias_regularizer": regularizer,
}
_PLAIN_STEPS: dict[str, tuple[Any, ...]] = {
    "activation": ("tanh",),
    "recurrent_activation": ("sigmoid",),
    "return_state": (False,),
    "stateful": (False,),
    "zero_output_for_mask": (False,),  # there are no masks
    "dropout": (0.0,),
    "recurrent_dropout": (0.0,),
    "use_cudnn": ("auto", True, False, None),  # which code computes the same
}


def _start(name: str) -> tuple[Config, ...]:
    return ({"module": "keras.initializers", "class_name": name, "config": {}, "registered_name": None},)


RULES: dict[str, Rule] = {
    "Flatten": Rule(record=records.Flatten, fixed=_CHANNELS),
    "Dense": Rule(record=records.Dense, fields={"units": unchanged, **_WEIGHTED}),
    "Conv2D": Rule(
        record=records.Conv2D,
        fields={"filters": unchanged, **_CONVOLUTION, **_WEIGHTED},
        fixed={**_UNDILATED, "groups": (1,)},
    ),
    "DepthwiseConv2D": Rule(record=records.DepthwiseConv2D, fields=_DEPTHWISE, fixed=_UNDILATED),
    "SeparableConv2D": Rule(
        record=records.SeparableConv2D,
        fields={
            "filters": unchanged,
            **_DEPTHWISE,
            "pointwise_initializer": initializer,
            "pointwise_regularizer": regularizer,
        },
        fixed=_UNDILATED,
    ),
    "MaxPooling2D": Rule(record=records.MaxPooling2D, fields=_POOLING, fixed=_CHANNELS),
    "AveragePooling2D": Rule(record=records.AveragePooling2D, fields=_POOLING, fixed=_CHANNELS),
    "GlobalAveragePooling2D": Rule(record=records.GlobalAveragePooling2D, fixed=_GLOBAL),
    "GlobalMaxPooling2D": Rule(record=records.GlobalMaxPooling2D, fixed=_GLOBAL),
    "ZeroPadding2D": Rule(record=records.ZeroPadding2D, fields={"padding": unchanged}, fixed=_CHANNELS),
    "Cropping2D": Rule(record=records.Cropping2D, fields={"cropping": unchanged}, fixed=_CHANNELS),
    "UpSampling2D": Rule(
        record=records.UpSampling2D, fields={"size": pair}, fixed={**_CHANNELS, "interpolation": ("nearest",)}
    ),
    "Reshape": Rule(record=records.Reshape, fields={"target_shape": unchanged}),
    "Identity": Rule(record=None),
    "Dropout": Rule(record=records.Dropout, fields={"rate": number}, ignored=("seed",)),
    "SpatialDropout2D": Rule(
        record=records.SpatialDropout2D, fields={"rate": number}, fixed=_CHANNELS, ignored=("seed",)
    ),
    "BatchNormalization": Rule(
        record=records.BatchNormalization,
        fields={"momentum": number, "epsilon": number, "center": unchanged, "scale": unchanged},
        fixed={
            "axis": (LAST,),
            "beta_initializer": _start("Zeros"),
            "gamma_initializer": _start("Ones"),
            "moving_mean_initializer": _start("Zeros"),
            "moving_variance_initializer": _start("Ones"),
            "synchronized": (False,),
            "renorm": (False,),
        },
        ignored=("renorm_momentum",),
    ),
    "LayerNormalization": Rule(
        record=records.LayerNormalization,
        fields={"epsilon": number, "center": unchanged, "scale": unchanged},
        fixed={
            "axis": (LAST,),
            "rms_scaling": (False,),
            "beta_initializer": _start("Zeros"),
            "gamma_initializer": _start("Ones"),
        },
    ),
    "LSTM": Rule(
        record=records.LSTM,
        fields={**_RECURRENT, "unit_forget_bias": unchanged},
        fixed=_PLAIN_STEPS,
        ignored=("unroll", "seed", "implementation", "time_major"),
    ),
    "GRU": Rule(
        record=records.GRU,
        fields=_RECURRENT,
        fixed={**_PLAIN_STEPS, "reset_after": (True,)},
        ignored=("unroll", "seed", "implementation", "time_major"),
    ),
    "Activation": Rule(record=records.Activation, fields={"activation": activation}),
    "Softmax": Rule(record=records.Activation, fixed={"axis": (LAST,)}, constants={"activation": "softmax"}),
    "ReLU": Rule(record=records.ReLU, fixed={"negative_slope": (0.0,), "threshold": (0.0,)}),
    "LeakyReLU": Rule(record=records.LeakyReLU, fields={"negative_slope": number}),
    "Rescaling": Rule(record=records.Rescaling, fields={"scale": number, "offset": number}),
    "Normalization": Rule(
        record=records.Normalization,
        fields={"mean": statistics, "variance": statistics},
        fixed={"axis": (LAST, []), "invert": (False,)},
    ),
    "Add": Rule(record=records.Add),
    "Subtract": Rule(record=records.Subtract),
    "Multiply": Rule(record=records.Multiply),
    "Average": Rule(record=records.Average),
    "Maximum": Rule(record=records.Maximum),
    "Concatenate": Rule(record=records.Concatenate, fixed={"axis": (LAST,)}),
}
# What `keras.ops` and Python's operators make of the values of layers.
OPERATION_RULES = {kind: RULES[kind] for kind in ("Add", "Subtract", "Multiply", "Maximum", "Concatenate")}

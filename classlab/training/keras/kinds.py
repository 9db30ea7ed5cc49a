"""Which of Keras's layers are computed directly, and which of these in bfloat16.

Values stay bfloat16 where a layer moves them, picks among them or takes each by itself, and where Keras itself computes
in float32 between (normalization). Sums over many values and what makes probabilities are float32: dense layers, means
over whole images, softmax. So are depthwise convolutions: the library's bfloat16 gradient behind a stride takes many
times as long as float32's (see the engine's own layer).
"""

from __future__ import annotations

from typing import Any

from classlab.models.keras_runtime import keras

_CONVOLUTIONS = ("Conv1D", "Conv2D", "Conv3D")
_NARROW = (
    *_CONVOLUTIONS,
    *("MaxPooling1D", "MaxPooling2D", "MaxPooling3D", "AveragePooling1D", "AveragePooling2D", "AveragePooling3D"),
    *("Activation", "ReLU", "LeakyReLU", "ELU"),
    *("Dropout", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D"),
    *("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate"),
    *("Flatten", "Reshape", "Permute"),
    *("ZeroPadding1D", "ZeroPadding2D", "ZeroPadding3D", "Cropping1D", "Cropping2D", "Cropping3D"),
    "BatchNormalization",
)
_WIDE = (
    *("Dense", "Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose"),
    *("DepthwiseConv1D", "DepthwiseConv2D", "SeparableConv1D", "SeparableConv2D"),
    *("GlobalAveragePooling1D", "GlobalAveragePooling2D", "GlobalAveragePooling3D"),
    *("GlobalMaxPooling1D", "GlobalMaxPooling2D", "GlobalMaxPooling3D"),
    *("PReLU", "Softmax", "LayerNormalization", "GroupNormalization", "UnitNormalization"),
    *("GaussianNoise", "GaussianDropout", "AlphaDropout", "RepeatVector"),
    *("UpSampling1D", "UpSampling2D", "UpSampling3D"),
)
# Functions of single values; others, one's own among them, get float32.
_ACTIVATIONS = (
    *("linear", "relu", "relu6", "leaky_relu", "elu", "celu", "selu", "gelu", "silu", "mish", "softplus", "softsign"),
    *("sigmoid", "tanh", "hard_sigmoid", "hard_silu", "hard_tanh"),
)


def direct_kinds() -> frozenset[type]:
    """Classes of layers whose `call` is all that they do; classes derived from them are not among them."""
    return _classes((*_NARROW, *_WIDE))


def is_narrow(layer: Any) -> bool:
    """Whether a layer of `direct_kinds` gives bfloat16 for bfloat16."""
    function = getattr(layer, "activation", None)
    known = [getattr(keras().activations, name, None) for name in _ACTIVATIONS]
    return type(layer) in _classes(_NARROW) and (function is None or any(function is one for one in known))


def starts_narrow(layer: Any) -> bool:
    """Whether such a layer gives bfloat16 for float32, too."""
    return type(layer) in _classes(_CONVOLUTIONS)


def _classes(names: tuple[str, ...]) -> frozenset[type]:
    found = (getattr(keras().layers, name, None) for name in names)
    return frozenset(one for one in found if one is not None)

"""What every layer of a trained network says about some images, in NumPy, so that the lab can look inside.

The lab needs this for its own architectures only: images first, convolutions with stride 1 and no padding. It is a
second implementation beside the training engine's on purpose: evidence about a run should not come from the code that
may have spoilt it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from classlab.errors import SpecError
from classlab.records.layers import Conv2D, Dense, Dropout, Flatten, MaxPooling2D, Normalization, Rescaling

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from classlab.records.architecture import Architecture
    from classlab.records.layers import ActivationName, Layer


def layer_outputs(
    architecture: Architecture,
    weights: Mapping[str, NDArray[np.float32]],
    images: NDArray[np.uint8],
    *,
    input_layer: Rescaling | Normalization,
) -> list[NDArray[np.float32]]:
    """Gives the values behind every layer.

    Args:
        architecture: the network; Flatten, Dense, Conv2D, MaxPooling2D, Dropout, Rescaling and Normalization.
        weights: arrays by layer position and name, as in `1.kernel`, in Keras's shapes.
        images: raw pixels, uint8, `(images, height, width, channels)`.
        input_layer: the preprocessing of the run.

    Returns:
        One array per layer, the images' axis first; dropout drops nothing.

    Raises:
        SpecError: a layer of another kind, or a convolution with strides or padding.
    """
    values = _apply(input_layer, images.astype(np.float32), {}, 0)
    outputs = []
    for position, layer in enumerate(architecture.layers):
        values = _apply(layer, values, weights, position)
        outputs.append(values)
    return outputs


def activate(values: NDArray[np.float32], name: ActivationName) -> NDArray[np.float32]:
    """Applies an activation function: linear, relu, sigmoid, tanh or softmax (over the last axis).

    Raises:
        SpecError: another function.
    """
    match name:
        case "linear":
            return values
        case "relu":
            positive: NDArray[np.float32] = np.maximum(values, np.float32(0))
            return positive
        case "sigmoid":
            logistic: NDArray[np.float32] = 0.5 * (1 + np.tanh(0.5 * values))  # in this form it cannot overflow
            return logistic
        case "tanh":
            curved: NDArray[np.float32] = np.tanh(values)
            return curved
        case "softmax":
            powers = np.exp(values - values.max(axis=-1, keepdims=True))
            shares: NDArray[np.float32] = powers / powers.sum(axis=-1, keepdims=True)
            return shares
    raise SpecError(
        "the activation of a layer that the lab looks into must be linear, relu, sigmoid, tanh or softmax, but got "
        f"activation={name!r}. Look at another model."
    )


def _apply(
    layer: Layer, values: NDArray[np.float32], weights: Mapping[str, NDArray[np.float32]], position: int
) -> NDArray[np.float32]:
    match layer:
        case Rescaling():
            return (values * np.float32(layer.scale) + np.float32(layer.offset)).astype(np.float32)
        case Normalization():
            mean, variance = np.array(layer.mean, np.float32), np.array(layer.variance, np.float32)
            return ((values - mean) / np.sqrt(variance)).astype(np.float32)
        case Flatten():
            return values.reshape(len(values), -1)
        case Dropout():
            return values
        case Dense():
            return activate(values @ weights[f"{position}.kernel"] + _bias(layer, weights, position), layer.activation)
        case Conv2D(strides=(1, 1), padding="valid"):
            summed = _convolve(values, weights[f"{position}.kernel"]) + _bias(layer, weights, position)
            return activate(summed, layer.activation)
        case MaxPooling2D(padding="valid"):
            rows, columns = layer.pool_size
            windows = sliding_window_view(values, (rows, columns), axis=(1, 2))
            down, right = layer.strides or layer.pool_size
            pooled: NDArray[np.float32] = windows[:, ::down, ::right].max(axis=(-2, -1))
            return pooled
    raise SpecError(
        f"a network that the lab looks into must be made of its own layers, but layer {position} is {layer.kind} with "
        "settings that the lab never uses. Look at another model."
    )


def _bias(layer: Dense | Conv2D, weights: Mapping[str, NDArray[np.float32]], position: int) -> NDArray[np.float32]:
    return weights[f"{position}.bias"] if layer.use_bias else np.zeros(1, np.float32)


def _convolve(values: NDArray[np.float32], kernel: NDArray[np.float32]) -> NDArray[np.float32]:
    """Cross-correlation as a matrix product over windows, `(images, rows, columns, filters)`."""
    height, width, channels, filters = kernel.shape
    windows = sliding_window_view(values, (height, width), axis=(1, 2))  # (images, rows, columns, channels, h, w)
    matrix = kernel.transpose(2, 0, 1, 3).reshape(channels * height * width, filters)
    product: NDArray[np.float32] = windows.reshape(*windows.shape[:3], -1) @ matrix
    return product

"""The gradient of the loss for every layer of a perceptron, by backpropagation in NumPy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from classlab.errors import SpecError
from classlab.lab.forward import layer_outputs
from classlab.measures import layers as measured
from classlab.records.layers import Dense, Flatten

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from classlab.records.architecture import Architecture
    from classlab.records.layers import ActivationName, Normalization, Rescaling


@dataclass(frozen=True, kw_only=True)
class LayerGradient:
    """One Dense layer.

    Args:
        name: width and activation, as in `Dense 128 sigmoid`.
        gradient: norm of the loss's gradient with respect to the kernel, the loss being the mean over the images.
        weight: norm of the kernel.
        slope: derivative of the layer's activation function, root mean square over images and units: what it
            multiplies the size of a gradient by on its way back, were the two unrelated; 1 for the softmax layer, whose
            derivative is part of the loss's.
    """

    name: str
    gradient: float
    weight: float
    slope: float

    @property
    def relative(self) -> float:
        """Gradient over weight: times the learning rate, the share of itself by which a step of SGD moves it."""
        return self.gradient / self.weight


def layer_gradients(
    architecture: Architecture,
    weights: Mapping[str, NDArray[np.float32]],
    images: NDArray[np.uint8],
    labels: NDArray[np.int64],
    *,
    input_layer: Rescaling | Normalization,
) -> tuple[LayerGradient, ...]:
    """Backpropagates the mean cross-entropy of a perceptron.

    With `a_l = f_l(z_l)`, `z_l = a_{l-1} W_l + b_l` and softmax at the end: `d_L = (p - y) / n`,
    `d_{l-1} = (d_l W_l^T) * f'_{l-1}(z_{l-1})`, and the gradient of `W_l` is `a_{l-1}^T d_l`.

    Args:
        architecture: Flatten, then Dense layers, the last with softmax.
        weights: arrays by layer position and name, in Keras's shapes.
        images: uint8, `(images, height, width, channels)`.
        labels: int64, `(images,)`.
        input_layer: the preprocessing of the run.

    Returns:
        One entry per Dense layer, first to last.

    Raises:
        SpecError: the network is no perceptron of this kind.

    References:
        Rumelhart, Hinton & Williams, Learning representations by back-propagating errors (1986).
    """
    dense = _dense_layers(architecture)
    outputs = layer_outputs(architecture, weights, images, input_layer=input_layer)
    delta = outputs[-1].astype(np.float64)
    delta[np.arange(len(labels)), labels] -= 1
    delta /= len(labels)
    slope = 1.0
    found = []
    for position, layer in reversed(dense):
        before, kernel = outputs[position - 1].astype(np.float64), weights[f"{position}.kernel"].astype(np.float64)
        found.append(
            LayerGradient(
                name=f"Dense {layer.units} {layer.activation}",
                gradient=float(np.linalg.norm(before.T @ delta)),
                weight=float(np.linalg.norm(kernel)),
                slope=slope,
            )
        )
        if position > 1:
            derivative = _derivative(before, dense[position - 2][1].activation)
            slope = float(np.sqrt((derivative**2).mean()))
            delta = (delta @ kernel.T) * derivative
    return tuple(reversed(found))


def relative_change(
    before: Mapping[str, NDArray[np.float32]], after: Mapping[str, NDArray[np.float32]]
) -> tuple[float, ...]:
    """How far each kernel moved, as a share of what it was, first layer to last; see `measured.relative_change`."""
    kernels = sorted((name for name in before if name.endswith(".kernel")), key=lambda name: int(name.split(".")[0]))
    return tuple(measured.relative_change(after[name][None], before[name][None])[0] for name in kernels)


def _dense_layers(architecture: Architecture) -> list[tuple[int, Dense]]:
    layers = architecture.layers
    dense = [(position, layer) for position, layer in enumerate(layers) if isinstance(layer, Dense)]
    if not isinstance(layers[0], Flatten) or len(dense) != len(layers) - 1 or dense[-1][1].activation != "softmax":
        raise SpecError(
            f"gradients are measured on perceptrons, Flatten and then Dense layers with softmax at the end, but got "
            f"{architecture.name!r}. Look at a linear or mlp model."
        )
    return dense


def _derivative(values: NDArray[np.float64], name: ActivationName) -> NDArray[np.float64]:
    """Derivative of an activation function, from the function's own values."""
    match name:
        case "relu":
            return (values > 0).astype(np.float64)
        case "sigmoid":
            return values * (1 - values)
        case "tanh":
            return 1 - values**2
        case _:
            return np.ones_like(values)

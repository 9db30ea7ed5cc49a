"""What each layer of a trained network computes for some images, in NumPy: its values, its gradient, its dead channels.

The lab needs this for its own architectures only: images first, convolutions with stride 1 and no padding. It is a
second implementation beside the training engine's on purpose: evidence about a run should not come from the code that
may have spoiled it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from classlab.errors import SpecError
from classlab.measures.softmax import softmax
from classlab.records.layers import Conv2D, Dense, Dropout, Flatten, MaxPooling2D, Normalization, Rescaling

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from classlab.records.architecture import Architecture
    from classlab.records.layers import ActivationName, Layer

    Weights = Mapping[str, NDArray[np.float32]]  # by layer position and name, as in `1.kernel`, in Keras's shapes

_CHUNK = 32  # images at a time: the windows of the lab's second convolution take 5 MB each


@dataclass(frozen=True, kw_only=True, eq=False)
class Network:
    """A network with its weights.

    Args:
        architecture: Flatten, Dense, Conv2D, MaxPooling2D, Dropout, Rescaling and Normalization layers.
        weights: arrays by layer position and name.
        input_layer: the preprocessing of the run.
    """

    architecture: Architecture
    weights: Weights
    input_layer: Rescaling | Normalization

    def outputs(self, images: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
        """Gives the values behind every layer.

        Args:
            images: raw pixels, uint8, `(images, height, width, channels)`.

        Returns:
            One array per layer, the images' axis first; dropout drops nothing.

        Raises:
            SpecError: a layer of another kind, a convolution with strides or padding, or layers that branch and join.
        """
        if self.architecture.inputs is not None:
            raise SpecError(
                f"the lab looks into layers that follow one another, but those of {self.architecture.name!r} branch "
                "and join. Look at another model."
            )
        values = _apply(self.input_layer, images.astype(np.float32), {}, 0)
        outputs = []
        for position, layer in enumerate(self.architecture.layers):
            values = _apply(layer, values, self.weights, position)
            outputs.append(values)
        return outputs


def activate(values: NDArray[np.float32], name: ActivationName) -> NDArray[np.float32]:
    """Applies an activation function: linear, relu, sigmoid, tanh or softmax (over the last axis).

    Raises:
        SpecError: another function.
    """
    if name not in _ACTIVATIONS:
        raise SpecError(
            "the activation of a layer that the lab looks into must be linear, relu, sigmoid, tanh or softmax, but got "
            f"activation={name!r}. Look at another model."
        )
    return _ACTIVATIONS[name](values)


_ACTIVATIONS: dict[str, Callable[[NDArray[np.float32]], NDArray[np.float32]]] = {
    "linear": lambda values: values,
    "relu": lambda values: np.maximum(values, np.float32(0)),
    "sigmoid": lambda values: 0.5 * (1 + np.tanh(0.5 * values)),  # in this form it cannot overflow
    "tanh": np.tanh,
    "softmax": softmax,
}
# Derivatives of hidden layers' functions, from the functions' own values.
_DERIVATIVES: dict[str, Callable[[NDArray[np.float64]], NDArray[np.float64]]] = {
    "linear": np.ones_like,
    "relu": lambda values: (values > 0).astype(np.float64),
    "sigmoid": lambda values: values * (1 - values),
    "tanh": lambda values: 1 - values**2,
}


def _apply(layer: Layer, values: NDArray[np.float32], weights: Weights, position: int) -> NDArray[np.float32]:
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
            windows = sliding_window_view(values, layer.pool_size, axis=(1, 2))
            down, right = layer.strides or layer.pool_size
            pooled: NDArray[np.float32] = windows[:, ::down, ::right].max(axis=(-2, -1))
            return pooled
    raise SpecError(
        f"a network that the lab looks into must be made of its own layers, but layer {position} is {layer.kind} with "
        "settings that the lab never uses. Look at another model."
    )


def _bias(layer: Dense | Conv2D, weights: Weights, position: int) -> NDArray[np.float32]:
    return weights[f"{position}.bias"] if layer.use_bias else np.zeros(1, np.float32)


def _convolve(values: NDArray[np.float32], kernel: NDArray[np.float32]) -> NDArray[np.float32]:
    """Cross-correlation as a matrix product over windows, `(images, rows, columns, filters)`."""
    height, width, channels, filters = kernel.shape
    windows = sliding_window_view(values, (height, width), axis=(1, 2))  # (images, rows, columns, channels, h, w)
    matrix = kernel.transpose(2, 0, 1, 3).reshape(channels * height * width, filters)
    product: NDArray[np.float32] = windows.reshape(*windows.shape[:3], -1) @ matrix
    return product


@dataclass(frozen=True, kw_only=True)
class LayerGradient:
    """The gradient of the loss at one Dense layer.

    Args:
        name: width and activation, as in `Dense 128 sigmoid`.
        gradient: norm of the gradient with respect to the kernel, the loss being the mean over the images.
        weight: norm of the kernel.
        slope: derivative of the layer's activation function, root mean square over images and units: what it
            multiplies the size of a gradient by on its way back, were the two unrelated; 1 for the softmax layer, whose
            derivative is part of the loss's.
    """

    name: str
    gradient: float
    weight: float
    slope: float


def layer_gradients(
    network: Network, images: NDArray[np.uint8], labels: NDArray[np.int64]
) -> tuple[LayerGradient, ...]:
    """Backpropagates the mean cross-entropy of a perceptron.

    With `a_l = f_l(z_l)`, `z_l = a_{l-1} W_l + b_l` and softmax at the end: `d_L = (p - y) / n`,
    `d_{l-1} = (d_l W_l^T) * f'_{l-1}(z_{l-1})`, and the gradient of `W_l` is `a_{l-1}^T d_l`.

    Args:
        network: Flatten, then Dense layers, the last with softmax.
        images: uint8, `(images, height, width, channels)`.
        labels: int64, `(images,)`.

    Returns:
        One entry per Dense layer, first to last.

    Raises:
        SpecError: the network is no perceptron of this kind.

    References:
        Rumelhart, Hinton & Williams, Learning representations by back-propagating errors (1986).
    """
    dense = _dense_layers(network.architecture)
    outputs = network.outputs(images)
    delta = outputs[-1].astype(np.float64)
    delta[np.arange(len(labels)), labels] -= 1
    delta /= len(labels)
    slope = 1.0
    found = []
    for position, layer in reversed(dense):
        before = outputs[position - 1].astype(np.float64)
        kernel = network.weights[f"{position}.kernel"].astype(np.float64)
        found.append(
            LayerGradient(
                name=f"Dense {layer.units} {layer.activation}",
                gradient=float(np.linalg.norm(before.T @ delta)),
                weight=float(np.linalg.norm(kernel)),
                slope=slope,
            )
        )
        if position > 1:
            derivative = _DERIVATIVES[dense[position - 2][1].activation](before)
            slope = float(np.sqrt((derivative**2).mean()))
            delta = (delta @ kernel.T) * derivative
    return tuple(reversed(found))


def relative_change(before: Weights, after: Weights) -> tuple[float, ...]:
    """How far each kernel moved, as a share of what it was: `|W_end - W_start| / |W_start|`, first layer to last."""
    kernels = sorted((name for name in before if name.endswith(".kernel")), key=lambda name: int(name.split(".")[0]))
    return tuple(float(np.linalg.norm(after[name] - before[name]) / np.linalg.norm(before[name])) for name in kernels)


def _dense_layers(architecture: Architecture) -> list[tuple[int, Dense]]:
    layers = architecture.layers
    dense = [(position, layer) for position, layer in enumerate(layers) if isinstance(layer, Dense)]
    chained = architecture.inputs is None and isinstance(layers[0], Flatten)
    if not chained or len(dense) != len(layers) - 1 or dense[-1][1].activation != "softmax":
        raise SpecError(
            f"gradients are measured on perceptrons, Flatten and then Dense layers with softmax at the end, but got "
            f"{architecture.name!r}. Look at a linear or mlp model."
        )
    return dense


@dataclass(frozen=True, kw_only=True)
class ReluLayer:
    """One layer that ends in a relu; its dead channels are zero for every image and get no gradient.

    Args:
        name: kind and width, as in `Conv2D 64`.
        channels: filters of a convolution, units of a Dense layer.
        dead: how many of them are zero at every place of every image.
        size: root mean square of its values over images, places and channels.
        bias: root mean square of its biases.
    """

    name: str
    channels: int
    dead: int
    size: float
    bias: float

    @property
    def share(self) -> float:
        """Dead channels as a share of all."""
        return self.dead / self.channels


@dataclass(frozen=True, kw_only=True)
class ReluReading:
    """The relus of a network on some images.

    Args:
        layers: those that end in a relu, first to last.
        differs: by how much a value of the last layer differs between two of the images, the most of all its values;
            behind a softmax, a share.
    """

    layers: tuple[ReluLayer, ...]
    differs: float

    @property
    def dead(self) -> float:
        """Dead channels as a share of all channels behind a relu."""
        return sum(layer.dead for layer in self.layers) / sum(layer.channels for layer in self.layers)


def read_relus(network: Network, images: NDArray[np.uint8]) -> ReluReading:
    """Counts dead channels behind every relu, and says how differently the network answers to different images.

    A relu's derivative is 0 where its input is negative. A channel that is 0 for every image therefore receives no
    gradient and stays as it is, unless the layers before it move.

    Args:
        network: any that the lab looks into.
        images: probe images, uint8, `(images, height, width, channels)`; a few hundred say enough.

    References:
        Maas, Hannun & Ng, Rectifier nonlinearities improve neural network acoustic models (2013), on units that
        never activate.
    """
    layers = network.architecture.layers
    places = [
        position
        for position, layer in enumerate(layers)
        if isinstance(layer, Conv2D | Dense) and layer.activation == "relu"
    ]
    alive: dict[int, NDArray[np.bool_]] = {}
    squares = dict.fromkeys(places, 0.0)
    last = []
    for start in range(0, len(images), _CHUNK):
        outputs = network.outputs(images[start : start + _CHUNK])
        last.append(outputs[-1])
        for position in places:
            values = outputs[position]
            seen = (values > 0).reshape(-1, values.shape[-1]).any(axis=0)
            alive[position] = seen | alive.get(position, np.zeros_like(seen))
            squares[position] += float((values.astype(np.float64) ** 2).mean()) * len(values)
    return ReluReading(
        layers=tuple(
            ReluLayer(
                name=f"{layers[position].kind} {len(alive[position])}",
                channels=len(alive[position]),
                dead=int((~alive[position]).sum()),
                size=float(np.sqrt(squares[position] / len(images))),
                bias=_size(network.weights.get(f"{position}.bias")),
            )
            for position in places
        ),
        differs=float(np.ptp(np.concatenate(last).astype(np.float64), axis=0).max()),
    )


def without_biases(weights: Weights) -> dict[str, NDArray[np.float32]]:
    """The same weights with every bias at 0, where Keras lets it begin."""
    return {name: np.zeros_like(array) if name.endswith(".bias") else array for name, array in weights.items()}


def _size(values: NDArray[np.float32] | None) -> float:
    return 0.0 if values is None else float(np.sqrt((values.astype(np.float64) ** 2).mean()))

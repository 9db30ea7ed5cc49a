"""Channels behind a relu that are zero for every image: they pass nothing on, and no gradient comes back to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from classlab.lab.forward import layer_outputs
from classlab.records.layers import Conv2D, Dense

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from classlab.records.architecture import Architecture
    from classlab.records.layers import Layer, Normalization, Rescaling

_CHUNK = 32  # images at a time: the windows of the lab's second convolution take 5 MB each


@dataclass(frozen=True, kw_only=True)
class ReluLayer:
    """One layer that ends in a relu.

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
    """A network on some images.

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


def read_relus(
    architecture: Architecture,
    weights: Mapping[str, NDArray[np.float32]],
    images: NDArray[np.uint8],
    *,
    input_layer: Rescaling | Normalization,
) -> ReluReading:
    """Counts dead channels behind every relu, and says how differently the network answers to different images.

    A relu's derivative is 0 where its input is negative. A channel that is 0 for every image therefore receives no
    gradient and stays as it is, unless the layers before it move.

    Args:
        architecture: the network.
        weights: arrays by layer position and name, in Keras's shapes.
        images: probe images, uint8, `(images, height, width, channels)`; a few hundred say enough.
        input_layer: the preprocessing of the run.

    References:
        Maas, Hannun & Ng, Rectifier nonlinearities improve neural network acoustic models (2013), on units that
        never activate.
    """
    places = [position for position, layer in enumerate(architecture.layers) if _has_relu(layer)]
    alive: dict[int, NDArray[np.bool_]] = {}
    squares = dict.fromkeys(places, 0.0)
    last = []
    for start in range(0, len(images), _CHUNK):
        outputs = layer_outputs(architecture, weights, images[start : start + _CHUNK], input_layer=input_layer)
        last.append(outputs[-1])
        for position in places:
            values = outputs[position]
            seen = (values > 0).reshape(-1, values.shape[-1]).any(axis=0)
            alive[position] = seen | alive.get(position, np.zeros_like(seen))
            squares[position] += float((values.astype(np.float64) ** 2).mean()) * len(values)
    return ReluReading(
        layers=tuple(
            ReluLayer(
                name=f"{architecture.layers[position].kind} {len(alive[position])}",
                channels=len(alive[position]),
                dead=int((~alive[position]).sum()),
                size=float(np.sqrt(squares[position] / len(images))),
                bias=_size(weights.get(f"{position}.bias")),
            )
            for position in places
        ),
        differs=float(np.ptp(np.concatenate(last).astype(np.float64), axis=0).max()),
    )


def without_biases(weights: Mapping[str, NDArray[np.float32]]) -> dict[str, NDArray[np.float32]]:
    """The same weights with every bias at 0, where Keras lets it begin."""
    return {name: np.zeros_like(array) if name.endswith(".bias") else array for name, array in weights.items()}


def _has_relu(layer: Layer) -> bool:
    return isinstance(layer, Conv2D | Dense) and layer.activation == "relu"


def _size(values: NDArray[np.float32] | None) -> float:
    return 0.0 if values is None else float(np.sqrt((values.astype(np.float64) ** 2).mean()))

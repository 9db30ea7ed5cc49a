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
    from classlab.records.layers import Normalization, Rescaling

_CHUNK = 32  # images at a time: the windows of the lab's second convolution take 5 MB each


@dataclass(frozen=True, kw_only=True)
class ReluLayer:
    """One layer that ends in a relu.

    Args:
        name: kind and width, as in `Conv2D 64`.
        channels: filters of a convolution, units of a Dense layer.
        dead: how many of them are zero at every place of every image.
    """

    name: str
    channels: int
    dead: int

    @property
    def share(self) -> float:
        """Dead channels as a share of all."""
        return self.dead / self.channels


def dead_channels(
    architecture: Architecture,
    weights: Mapping[str, NDArray[np.float32]],
    images: NDArray[np.uint8],
    *,
    input_layer: Rescaling | Normalization,
) -> tuple[ReluLayer, ...]:
    """Counts dead channels behind every relu.

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
    places = [
        (position, layer)
        for position, layer in enumerate(architecture.layers)
        if isinstance(layer, Conv2D | Dense) and layer.activation == "relu"
    ]
    alive: dict[int, NDArray[np.bool_]] = {}
    for start in range(0, len(images), _CHUNK):
        outputs = layer_outputs(architecture, weights, images[start : start + _CHUNK], input_layer=input_layer)
        for position, _ in places:
            values = outputs[position]
            seen = (values > 0).reshape(-1, values.shape[-1]).any(axis=0)
            alive[position] = seen | alive.get(position, np.zeros_like(seen))
    return tuple(_layer(layer, alive[position]) for position, layer in places)


def _layer(layer: Conv2D | Dense, alive: NDArray[np.bool_]) -> ReluLayer:
    return ReluLayer(name=f"{layer.kind} {len(alive)}", channels=len(alive), dead=int((~alive).sum()))

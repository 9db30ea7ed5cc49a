"""The making of the engine's layers from their specifications."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import torch

from classlab.records import layers as specs
from classlab.training.loop.scaling import scale_and_offset
from classlab.training.tensor.device import weight_dtype
from classlab.training.tensor.layers.activations import InPlace, activation, leaky_relu
from classlab.training.tensor.layers.batch_normalization import BatchNormalization
from classlab.training.tensor.layers.convolution import Conv2D
from classlab.training.tensor.layers.dense import Dense
from classlab.training.tensor.layers.pooling import GlobalAverage, MaxPooling, average_pooling, max_pooling
from classlab.training.tensor.layers.simple import Affine, Dropout, Flatten

if TYPE_CHECKING:
    from classlab.records.architecture import Architecture
    from classlab.training.tensor.layers.base import Layer
    from classlab.training.tensor.parameters import Parameter


def build_layers(
    architecture: Architecture, parameters: dict[str, Parameter], *, device: torch.device, dtype: torch.dtype
) -> list[Layer]:
    """The architecture as a list of engine layers; a built-in activation becomes a layer of its own.

    Args:
        architecture: layers in order.
        parameters: by `WeightSpec.key`.
        device: where values live.
        dtype: arithmetic of the convolutions.
    """
    found: list[Layer] = []
    for position, spec in enumerate(architecture.layers):
        own = {p.spec.name: p for p in parameters.values() if p.spec.layer == position}
        made = [layer for layer in _build(spec, position, own, device, dtype) if layer is not None]
        for layer in made:
            layer.position = position
        found += made
    layers = _pool_first(found)
    for before, layer in pairwise(layers):
        if isinstance(layer, InPlace):
            # These hand out fresh values and do not look at them again.
            layer.overwrites = isinstance(before, Dense | Conv2D | BatchNormalization | MaxPooling)
    return layers


def _pool_first(layers: list[Layer]) -> list[Layer]:
    """Puts ReLU behind a max-pooling that follows it: the same values, on a fraction of the elements.

    The largest of a window is the same before and after a function that never falls, and where it is not positive
    no gradient passes in either order.
    """
    for place, (before, layer) in enumerate(pairwise(layers)):
        if isinstance(before, InPlace) and before.name == "relu" and isinstance(layer, MaxPooling):
            layers[place], layers[place + 1] = layer, before
    return layers


def affine(
    spec: specs.Rescaling | specs.Normalization, *, device: torch.device, dtype: torch.dtype = torch.float32
) -> Affine:
    """The layer that scales pixels."""
    kind = np.float64 if dtype == torch.float64 else np.float32
    scale, offset = (torch.from_numpy(part).to(device, dtype) for part in scale_and_offset(spec, kind))
    return Affine(scale, offset)


def _build(
    spec: specs.Layer, position: int, own: dict[str, Parameter], device: torch.device, dtype: torch.dtype
) -> list[Layer | None]:
    match spec:
        case specs.Flatten():
            return [Flatten()]
        case specs.Dense():
            return [Dense(own["kernel"], own.get("bias")), activation(spec.activation)]
        case specs.Conv2D():
            return [Conv2D(spec, own["kernel"], own.get("bias"), dtype=dtype), activation(spec.activation)]
        case specs.MaxPooling2D():
            return [max_pooling(spec)]
        case specs.AveragePooling2D():
            return [average_pooling(spec)]
        case specs.GlobalAveragePooling2D():
            return [GlobalAverage()]
        case specs.Dropout():
            return [Dropout(spec.rate, position, device=device)]
        case specs.BatchNormalization():
            return [BatchNormalization(spec, own)]
        case specs.Activation():
            return [activation(spec.activation)]
        case specs.ReLU():
            return [activation("relu")]
        case specs.LeakyReLU():
            return [leaky_relu(spec.negative_slope)]
        case specs.Rescaling() | specs.Normalization():
            return [affine(spec, device=device, dtype=weight_dtype(dtype))]

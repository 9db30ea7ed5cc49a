"""The making of the engine's layers from their specifications."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import torch

from classlab.errors import SpecError
from classlab.records import layers as specs
from classlab.training.loop.scaling import scale_and_offset
from classlab.training.tensor.device import weight_dtype
from classlab.training.tensor.layers.activations import InPlace, activation, leaky_relu
from classlab.training.tensor.layers.batch_normalization import BatchNormalization
from classlab.training.tensor.layers.convolution import Conv2D
from classlab.training.tensor.layers.dense import Dense
from classlab.training.tensor.layers.depthwise import DepthwiseConv2D, separable
from classlab.training.tensor.layers.layer_normalization import LayerNormalization
from classlab.training.tensor.layers.pooling import GlobalAverage, GlobalMax, MaxPooling, average_pooling, max_pooling
from classlab.training.tensor.layers.recurrent import GRU, LSTM
from classlab.training.tensor.layers.reshaping import Cropping2D, Reshape, UpSampling2D, ZeroPadding2D
from classlab.training.tensor.layers.simple import Affine, Dropout, Flatten
from classlab.training.tensor.layers.spatial_dropout import SpatialDropout2D

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
        case specs.DepthwiseConv2D():
            return [
                DepthwiseConv2D(spec, own["depthwise_kernel"], own.get("bias"), dtype=dtype),
                activation(spec.activation),
            ]
        case specs.SeparableConv2D():
            return [*separable(spec, own, dtype=dtype), activation(spec.activation)]
        case specs.GlobalMaxPooling2D():
            return [GlobalMax()]
        case specs.LayerNormalization():
            return [LayerNormalization(spec, own, dtype=weight_dtype(dtype))]
        case specs.SpatialDropout2D():
            return [SpatialDropout2D(spec.rate, position, device=device)]
        case specs.ZeroPadding2D():
            return [ZeroPadding2D(spec.padding)]
        case specs.Cropping2D():
            return [Cropping2D(spec.cropping)]
        case specs.UpSampling2D():
            return [UpSampling2D(spec.size)]
        case specs.Reshape():
            return [Reshape(spec.target_shape)]
        case specs.LSTM():
            return [LSTM(spec, own)]
        case specs.GRU():
            return [GRU(spec, own)]
        case specs.Rescaling() | specs.Normalization():
            return [affine(spec, device=device, dtype=weight_dtype(dtype))]
        case (
            specs.Add() | specs.Subtract() | specs.Multiply() | specs.Average() | specs.Maximum() | specs.Concatenate()
        ):
            raise SpecError(
                f"a layer in a sequence must take one value, but {spec.kind} joins several. Use `build_join` for it."
            )

"""The making of the engine's layers from their specifications."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from classlab.records import layers as specs
from classlab.records.architecture import IMAGES
from classlab.training.loop.scaling import scale_and_offset
from classlab.training.tensor.device import weight_dtype
from classlab.training.tensor.graph import Node, readers
from classlab.training.tensor.layers.activations import InPlace, activation, leaky_relu
from classlab.training.tensor.layers.batch_normalization import BatchNormalization
from classlab.training.tensor.layers.convolution import Conv2D
from classlab.training.tensor.layers.dense import Dense
from classlab.training.tensor.layers.depthwise import DepthwiseConv2D, separable
from classlab.training.tensor.layers.dropout import Dropout
from classlab.training.tensor.layers.joins import build_join
from classlab.training.tensor.layers.layer_normalization import LayerNormalization
from classlab.training.tensor.layers.pooling import GlobalAverage, GlobalMax, MaxPooling, average_pooling, max_pooling
from classlab.training.tensor.layers.recurrent import GRU, LSTM
from classlab.training.tensor.layers.reshaping import Cropping2D, Reshape, UpSampling2D, ZeroPadding2D
from classlab.training.tensor.layers.simple import Affine, Flatten
from classlab.training.tensor.layers.spatial_dropout import SpatialDropout2D

if TYPE_CHECKING:
    from classlab.records.architecture import Architecture
    from classlab.training.tensor.layers.base import Layer
    from classlab.training.tensor.layers.joins import Join
    from classlab.training.tensor.parameters import Parameter

# Layers that hand out fresh values and do not look at them again: an activation behind them may overwrite those.
_FRESH = (Dense, Conv2D, DepthwiseConv2D, BatchNormalization, LayerNormalization, MaxPooling, GlobalMax)


def build_nodes(
    architecture: Architecture,
    parameters: dict[str, Parameter],
    *,
    device: torch.device,
    dtype: torch.dtype,
    stop: int | None = None,
) -> list[Node]:
    """The architecture as nodes of the engine's graph; a built-in activation becomes a layer of its own.

    Args:
        architecture: layers, and how they are connected.
        parameters: by `WeightSpec.key`.
        device: where values live.
        dtype: arithmetic of the convolutions.
        stop: only the layers before this position.
    """
    nodes: list[Node] = []
    last: dict[int, int] = {IMAGES: IMAGES}  # by position, the node that gives its values
    for position, (spec, entering) in enumerate(zip(architecture.layers[:stop], architecture.entering, strict=False)):
        own = {p.spec.name: p for p in parameters.values() if p.spec.layer == position}
        inputs = tuple(last[source] for source in entering)
        for layer in _build(spec, position, own, device, dtype):
            if layer is not None:
                layer.position = position
                nodes.append(Node(layer, inputs))
                inputs = (len(nodes) - 1,)
        (last[position],) = inputs
    read = readers(nodes)
    for node in nodes:
        if isinstance(node.layer, InPlace) and node.inputs != (IMAGES,):
            before = node.inputs[0]
            node.layer.overwrites = isinstance(nodes[before].layer, _FRESH) and len(read[before]) == 1
    return nodes


def affine(
    spec: specs.Rescaling | specs.Normalization, *, device: torch.device, dtype: torch.dtype = torch.float32
) -> Affine:
    """The layer that scales pixels."""
    kind = np.float64 if dtype == torch.float64 else np.float32
    scale, offset = (torch.from_numpy(part).to(device, dtype) for part in scale_and_offset(spec, kind))
    return Affine(scale, offset)


def _build(
    spec: specs.Layer, position: int, own: dict[str, Parameter], device: torch.device, dtype: torch.dtype
) -> list[Layer | Join | None]:
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
            return [Dropout(spec.rate, position)]
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
            return [SpatialDropout2D(spec.rate, position)]
        case specs.ZeroPadding2D():
            return [ZeroPadding2D(spec.padding)]
        case specs.Cropping2D():
            return [Cropping2D(spec.cropping)]
        case specs.UpSampling2D():
            return [UpSampling2D(spec.size)]
        case specs.Reshape():
            return [Reshape(spec.target_shape)]
        case specs.LSTM():
            return [LSTM(spec, own, dtype=dtype)]
        case specs.GRU():
            return [GRU(spec, own, dtype=dtype)]
        case specs.Rescaling() | specs.Normalization():
            return [affine(spec, device=device, dtype=weight_dtype(dtype))]
        case (
            specs.Add() | specs.Subtract() | specs.Multiply() | specs.Average() | specs.Maximum() | specs.Concatenate()
        ):
            return [build_join(spec)]

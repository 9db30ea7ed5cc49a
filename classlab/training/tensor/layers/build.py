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
from classlab.training.tensor.layers.dropout import Dropout
from classlab.training.tensor.layers.joins import Add
from classlab.training.tensor.layers.pooling import GlobalAverage, MaxPooling, average_pooling, max_pooling
from classlab.training.tensor.layers.simple import Affine, Flatten

if TYPE_CHECKING:
    from classlab.records.architecture import Architecture
    from classlab.training.tensor.layers.base import Layer
    from classlab.training.tensor.layers.joins import Join
    from classlab.training.tensor.parameters import Parameter


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
            # These hand out fresh values and do not look at them again.
            fresh = isinstance(nodes[before].layer, Dense | Conv2D | BatchNormalization | MaxPooling)
            node.layer.overwrites = fresh and len(read[before]) == 1
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
        case specs.Add():
            return [Add()]
        case specs.Rescaling() | specs.Normalization():
            return [affine(spec, device=device, dtype=weight_dtype(dtype))]

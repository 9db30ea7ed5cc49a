"""What the workers that use PyTorch share: pixels, network, optimizers, and the reading of test images."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn

from benchmarks.networks.in_torch import torch_network
from benchmarks.networks.names import BROUGHT

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

    from benchmarks.measure import Job
    from benchmarks.workloads import Arm, Layer

ACTIVATIONS = {"relu": lambda: nn.ReLU(inplace=True), "sigmoid": nn.Sigmoid}


def takes_pictures(job: Job) -> bool:
    """Whether the network takes images as they are, rather than rows of pixels."""
    return job.network == "cnn" or job.network in BROUGHT


def pixels(images: NDArray[np.uint8], job: Job) -> Tensor:
    """Images as float32 from 0 to 1: `(images, pixels)`, or `(images, channels, rows, columns)`, channels last."""
    scaled = torch.from_numpy(images).to(torch.float32).div_(255)
    if takes_pictures(job):
        return scaled.permute(0, 3, 1, 2).contiguous(memory_format=torch.channels_last)
    return scaled.flatten(1)


def network_for(job: Job, arm: Arm, x_train: Tensor) -> nn.Module:
    """Builds the network; PyTorch's own initialisation with Keras's rule (Glorot) put in its place.

    Args:
        job: says which network.
        arm: says which activation, and the seed of the weights where the caller has set none.
        x_train: images as they will be given to it.
    """
    if job.network in BROUGHT:
        return torch_network(job.network).to(memory_format=torch.channels_last)
    network = nn.Sequential(*(part for layer in job.workload.layers_for(arm) for part in _parts(layer)))
    with torch.no_grad():
        network(x_train[:1])  # fixes the lazy layers' sizes
        for part in network:
            if isinstance(part, nn.Linear | nn.Conv2d):
                nn.init.xavier_uniform_(part.weight)
                nn.init.zeros_(part.bias)
    return network.to(memory_format=torch.channels_last) if job.network == "cnn" else network


def _parts(layer: Layer) -> list[nn.Module]:
    parts: list[nn.Module] = []
    match layer.kind:
        case "flatten":
            parts.append(nn.Flatten())
        case "dense":
            parts.append(nn.LazyLinear(layer.width))
        case "conv":
            parts.append(nn.LazyConv2d(layer.width, layer.window))
        case "pool":
            parts.append(nn.MaxPool2d(layer.window))
    if layer.activation in ACTIVATIONS:
        parts.append(ACTIVATIONS[layer.activation]())
    return parts


def plain_optimizer(arm: Arm, network: nn.Module) -> torch.optim.Optimizer:
    """The optimizer as it is mostly written, with Keras's constants."""
    match arm.optimizer:
        case "sgd":
            return torch.optim.SGD(network.parameters(), lr=arm.learning_rate)
        case "adam":
            return torch.optim.Adam(network.parameters(), lr=arm.learning_rate, eps=1e-7)
        case "rmsprop":
            return torch.optim.RMSprop(network.parameters(), lr=arm.learning_rate, alpha=0.9, eps=1e-7)


def fused_optimizer(arm: Arm, network: nn.Module) -> torch.optim.Optimizer:
    """The same with PyTorch's quickest kernels."""
    rate = arm.learning_rate
    match arm.optimizer:
        case "sgd":
            return torch.optim.SGD(network.parameters(), lr=rate, fused=True)
        case "adam":
            return torch.optim.Adam(network.parameters(), lr=rate, eps=1e-7, fused=True)
        case "rmsprop":  # PyTorch has no fused kernel for it; `foreach` is its fastest
            return torch.optim.RMSprop(network.parameters(), lr=rate, alpha=0.9, eps=1e-7, foreach=True)


def share_right(network: nn.Module, x_test: Tensor, y_test: Tensor) -> float:
    """Share of test images `(images, ...)` whose largest score is the label's."""
    network.eval()
    with torch.inference_mode():
        right = sum(
            int((network(x).argmax(1) == y).sum()) for x, y in zip(x_test.split(1000), y_test.split(1000), strict=True)
        )
    return right / len(y_test)

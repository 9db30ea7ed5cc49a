"""A careful training loop in plain PyTorch: data resident as float32, fused updates, nothing read back in an epoch."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from benchmarks.measure import EpochClock, Job, read_images, read_job, report, versions
from benchmarks.workloads import BATCH_SIZE, WORKLOADS, Arm

if TYPE_CHECKING:
    import numpy as np
    import torch
    from numpy.typing import NDArray
    from torch import Tensor


def main() -> None:
    job = read_job()
    import torch

    torch.set_num_threads(job.threads)
    images = read_images(job)
    x_train, x_test = _pixels(images.x_train, job), _pixels(images.x_test, job)
    y_train, y_test = torch.from_numpy(images.y_train), torch.from_numpy(images.y_test)
    epochs, total, accuracy = [], 0.0, []
    for arm in job.arms:
        started = time.perf_counter()
        per_epoch, network = _fit(job, arm, x_train, y_train)
        total += time.perf_counter() - started
        epochs.append(per_epoch)
        with torch.inference_mode():
            right = sum(
                int((network(x).argmax(1) == y).sum())
                for x, y in zip(x_test.split(1000), y_test.split(1000), strict=True)
            )
        accuracy.append(right / len(y_test))
    report(
        job=job,
        epoch_seconds=epochs,
        training_seconds=total,
        accuracy=accuracy,
        versions=versions("torch", "numpy"),
    )


def _pixels(images: NDArray[np.uint8], job: Job) -> Tensor:
    import torch

    pixels = torch.from_numpy(images).to(torch.float32).div_(255)
    if job.workload == "cnn":
        return pixels.unsqueeze(1).contiguous(memory_format=torch.channels_last)
    return pixels.flatten(1)


def _fit(job: Job, arm: Arm, x_train: Tensor, y_train: Tensor) -> tuple[list[float], torch.nn.Module]:
    import torch
    from torch.nn.functional import cross_entropy

    clock = EpochClock()
    torch.manual_seed(arm.seed)
    network = _network(job, x_train)
    optimizer = _optimizer(arm, network)
    for _ in range(job.epochs):
        order = torch.randperm(len(y_train))
        loss_sum, right = torch.zeros(()), torch.zeros((), dtype=torch.int64)
        for batch in order.split(BATCH_SIZE):
            x, y = x_train.index_select(0, batch), y_train.index_select(0, batch)
            scores = network(x)
            loss = cross_entropy(scores, y)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            loss_sum += loss.detach() * len(batch)
            right += (scores.detach().argmax(1) == y).sum()
        _ = loss_sum.item() / len(y_train), right.item() / len(y_train)  # an epoch's figures, as `fit` returns them
        clock.lap()
    return clock.epochs, network


def _optimizer(arm: Arm, network: torch.nn.Module) -> torch.optim.Optimizer:
    import torch

    rate = arm.learning_rate
    match arm.optimizer:
        case "sgd":
            return torch.optim.SGD(network.parameters(), lr=rate, fused=True)
        case "adam":
            return torch.optim.Adam(network.parameters(), lr=rate, eps=1e-7, fused=True)
        case "rmsprop":  # PyTorch has no fused kernel for it; `foreach` is its fastest
            return torch.optim.RMSprop(network.parameters(), lr=rate, alpha=0.9, eps=1e-7, foreach=True)


def _network(job: Job, x_train: Tensor) -> torch.nn.Module:
    """Builds the network; PyTorch's own initialisation with Keras's rule (Glorot) put in its place."""
    import torch
    from torch import nn

    layers: list[nn.Module] = []
    for layer in WORKLOADS[job.workload].layers:
        match layer.kind:
            case "flatten":
                layers.append(nn.Flatten())
            case "dense":
                layers.append(nn.LazyLinear(layer.width))
            case "conv":
                layers.append(nn.LazyConv2d(layer.width, layer.window))
            case "pool":
                layers.append(nn.MaxPool2d(layer.window))
        if layer.activation == "relu":
            layers.append(nn.ReLU(inplace=True))
    network = nn.Sequential(*layers)
    with torch.no_grad():
        network(x_train[:1])  # fixes the lazy layers' sizes
        for part in network:
            if isinstance(part, nn.Linear | nn.Conv2d):
                nn.init.xavier_uniform_(part.weight)
                nn.init.zeros_(part.bias)
    return network.to(memory_format=torch.channels_last) if job.workload == "cnn" else network


if __name__ == "__main__":
    main()

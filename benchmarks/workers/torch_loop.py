"""A careful training loop in plain PyTorch: data resident as float32, fused updates, nothing read back in an epoch.

Options: `precision` computes layers in bfloat16 under autocast; `compile` puts the network through `torch.compile`.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from benchmarks.measure import EpochClock, Job, Stopwatch, read_images, read_job, report, versions
from benchmarks.workers.torch_parts import fused_optimizer, network_for, pixels, share_right

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from benchmarks.workloads import Arm


def main() -> None:
    job = read_job()
    import torch

    torch.set_num_threads(job.threads)
    images = read_images(job)
    x_train, x_test = pixels(images.x_train, job), pixels(images.x_test, job)
    y_train, y_test = torch.from_numpy(images.y_train), torch.from_numpy(images.y_test)
    epochs, total, accuracy, evaluation = [], 0.0, [], Stopwatch()
    for arm in job.arms:
        started = time.perf_counter()
        per_epoch, network = _fit(job, arm, x_train, y_train)
        total += time.perf_counter() - started
        epochs.append(per_epoch)
        with evaluation.running():
            accuracy.append(share_right(network, x_test, y_test))
    report(
        job=job,
        epoch_seconds=epochs,
        training_seconds=total,
        accuracy=accuracy,
        evaluation_seconds=evaluation.seconds,
        versions=versions("torch", "numpy"),
    )


def _fit(job: Job, arm: Arm, x_train: Tensor, y_train: Tensor) -> tuple[list[float], torch.nn.Module]:
    import torch
    from torch.nn.functional import cross_entropy

    clock = EpochClock()
    torch.manual_seed(arm.seed)
    network = network_for(job, arm, x_train)
    optimizer = fused_optimizer(arm, network)
    forward = torch.compile(network) if job.options.get("compile") else network
    half = job.options.get("precision") == "bfloat16"
    for _ in range(job.epochs):
        order = torch.randperm(len(y_train))
        loss_sum, right = torch.zeros(()), torch.zeros((), dtype=torch.int64)
        for batch in order.split(job.batch_size):
            x, y = x_train.index_select(0, batch), y_train.index_select(0, batch)
            with torch.autocast("cpu", dtype=torch.bfloat16, enabled=half):
                scores = forward(x)
                loss = cross_entropy(scores, y)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            loss_sum += loss.detach() * len(batch)
            right += (scores.detach().argmax(1) == y).sum()
        _ = loss_sum.item() / len(y_train), right.item() / len(y_train)  # an epoch's figures, as `fit` returns them
        clock.lap()
    return clock.epochs, network


if __name__ == "__main__":
    main()

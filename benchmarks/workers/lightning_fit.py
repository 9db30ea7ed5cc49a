"""PyTorch Lightning: as a user writes it, or with resident batches, fused updates and no logging in the step."""

from __future__ import annotations

import logging
import time
import warnings
from typing import TYPE_CHECKING, Any

from benchmarks.measure import EpochClock, Job, Stopwatch, read_images, read_job, report, versions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import Tensor

    from benchmarks.workloads import Arm


def main() -> None:
    job = read_job()
    import torch

    torch.set_num_threads(job.threads)
    import lightning  # noqa: F401 - imports belong to the process, not to the first arm's training

    from benchmarks.workers.torch_parts import pixels, share_right

    _hush()
    images = read_images(job)
    x_train, x_test = pixels(images.x_train, job), pixels(images.x_test, job)
    y_train, y_test = torch.from_numpy(images.y_train), torch.from_numpy(images.y_test)
    epochs, total, accuracy, evaluation = [], 0.0, [], Stopwatch()
    for arm in job.arms:
        torch.manual_seed(arm.seed)
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
        versions=versions("lightning", "torch", "numpy"),
    )


def _hush() -> None:
    """Its hints (more workers for the loader, among others) would end up in the report; data here are in memory."""
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    warnings.simplefilter("ignore")


class ResidentBatches:
    """Shuffled batches by one `index_select` each.

    Args:
        x: inputs, `(images, ...)`.
        y: labels, `(images,)`.
        size: images per batch.
    """

    def __init__(self, x: Tensor, y: Tensor, *, size: int) -> None:
        self._x, self._y, self._size = x, y, size

    def __len__(self) -> int:
        return -(-len(self._y) // self._size)

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        import torch

        for batch in torch.randperm(len(self._y)).split(self._size):
            yield self._x.index_select(0, batch), self._y.index_select(0, batch)


def _fit(job: Job, arm: Arm, x_train: Tensor, y_train: Tensor) -> tuple[list[float], Any]:
    import lightning
    from torch.utils.data import DataLoader, TensorDataset

    from benchmarks.workers.torch_parts import fused_optimizer, network_for, plain_optimizer

    tuned = job.options["tuned"]
    clock = EpochClock()
    network = network_for(job, arm, x_train)
    optimizer = (fused_optimizer if tuned else plain_optimizer)(arm, network)
    loader: Any
    if tuned:
        loader = ResidentBatches(x_train, y_train, size=job.batch_size)
    else:
        loader = DataLoader(TensorDataset(x_train, y_train), batch_size=job.batch_size, shuffle=True)
    trainer = lightning.Trainer(
        accelerator="cpu",
        devices=1,
        max_epochs=job.epochs,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        callbacks=[_laps(clock)],
    )
    trainer.fit(_module(network, optimizer, logs=not tuned), loader)
    return clock.epochs, network


def _laps(clock: EpochClock) -> Any:
    import lightning

    class Laps(lightning.Callback):
        """Ends an epoch of the clock."""

        def on_train_epoch_end(self, trainer: Any, pl_module: Any) -> None:  # noqa: ARG002 - Lightning's signature
            clock.lap()

    return Laps()


def _module(network: Any, optimizer: Any, *, logs: bool) -> Any:
    """The training step; Lightning is imported only where it is measured, so the class is made here."""
    import lightning
    import torch
    from torch.nn.functional import cross_entropy

    class Classifier(lightning.LightningModule):
        """Cross-entropy and accuracy, logged per epoch or summed by hand."""

        def __init__(self) -> None:
            super().__init__()
            self.network = network
            self._loss, self._right, self._seen = torch.zeros(()), torch.zeros((), dtype=torch.int64), 0

        def training_step(self, batch: tuple[Tensor, Tensor], _: int) -> Tensor:
            x, y = batch
            scores = self.network(x)
            loss = cross_entropy(scores, y)
            right = (scores.detach().argmax(1) == y).sum()
            if logs:
                self.log("loss", loss, on_step=False, on_epoch=True)
                self.log("accuracy", right / len(y), on_step=False, on_epoch=True)
            else:
                self._loss += loss.detach() * len(y)
                self._right += right
                self._seen += len(y)
            return loss

        def on_train_epoch_end(self) -> None:
            if not logs:
                _ = self._loss.item() / self._seen, self._right.item() / self._seen
                self._loss.zero_(), self._right.zero_()
                self._seen = 0

        def configure_optimizers(self) -> Any:
            return optimizer

    return Classifier()


if __name__ == "__main__":
    main()

"""classlab: all arms of one network in one population; arms of another network in the next.

The engine measures validation figures after every epoch, which the peers' loops do not: it is given
100 validation images, so that this costs next to nothing, and trains on every training image.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from benchmarks.measure import EpochClock, Images, Job, memory_together, read_images, read_job, report, versions
from benchmarks.workloads import CLASSES
from classlab.datasets.dataset import Division, Split
from classlab.models.builtin import build
from classlab.records.layers import Rescaling
from classlab.records.optimizers import OPTIMIZERS
from classlab.records.run import DataSpec, RunSpec

if TYPE_CHECKING:
    from benchmarks.workloads import Arm
    from classlab.records.progress import EpochReport

VALIDATION_IMAGES = 100


class Laps:
    """Watches a population and notes the seconds of each epoch, and the memory of all its processes after the first."""

    def __init__(self) -> None:
        self.clock = EpochClock()
        self.memory: int | None = None

    def epoch_finished(self, report: EpochReport) -> None:
        """Ends an epoch."""
        self.clock.lap()
        if report.epoch == 1:  # once: reading it takes milliseconds, which the second epoch has in it
            self.memory = memory_together()


def main() -> None:
    job = read_job()
    from classlab.training import measure, set_threads, train_population

    set_threads(job.threads)
    division, scale = _division(read_images(job)), Rescaling(scale=1 / 255)
    epochs, total, accuracy, memory = [], 0.0, [], 0
    for arms in job.by_activation():
        specs = _specs(job, arms)
        laps = Laps()
        started = time.perf_counter()
        outcomes = train_population(specs, division, input_layer=scale, observer=laps, device="cpu")
        total += time.perf_counter() - started
        epochs.append(laps.clock.epochs)
        memory = max(memory, laps.memory or 0)
        tested = measure(
            specs[0].architecture,
            [outcome.weights for outcome in outcomes],
            division.test,
            input_layer=scale,
            loss=specs[0].loss,
            probabilities=False,
            device="cpu",
        )
        accuracy += [each.figures.accuracy for each in tested]
    report(
        job=job,
        epoch_seconds=epochs,
        training_seconds=total,
        accuracy=accuracy,
        arms=[arm for arms in job.by_activation() for arm in arms],
        memory_together_bytes=memory or None,
        validation_images=VALIDATION_IMAGES,
        versions=versions("classlab", "torch", "numpy"),
    )


def _specs(job: Job, arms: list[Arm]) -> list[RunSpec]:
    architecture = build(job.network, input_shape=(28, 28, 1), classes=CLASSES, activation=arms[0].activation)
    return [
        RunSpec(
            data=DataSpec(name="mnist"),
            architecture=architecture,
            optimizer=OPTIMIZERS[arm.optimizer](learning_rate=arm.learning_rate),
            epochs=job.epochs,
            batch_size=job.batch_size,
            seed=arm.seed,
        )
        for arm in arms
    ]


def _division(images: Images) -> Division:
    test = Split(images=images.x_test[..., None], labels=images.y_test)
    few = Split(images=test.images[:VALIDATION_IMAGES], labels=test.labels[:VALIDATION_IMAGES])
    return Division(train=Split(images=images.x_train[..., None], labels=images.y_train), validation=few, test=test)


if __name__ == "__main__":
    main()

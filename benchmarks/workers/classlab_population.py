"""classlab: all arms in one population.

The engine measures validation figures after every epoch, which the peers' loops do not: it is given
100 validation images, so that this costs next to nothing, and trains on every training image.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from benchmarks.measure import EpochClock, Images, Job, read_images, read_job, report, versions
from benchmarks.workloads import BATCH_SIZE, CLASSES
from classlab.datasets.dataset import Division, Split
from classlab.models.builtin import build
from classlab.records.layers import Rescaling
from classlab.records.optimizers import OPTIMIZERS
from classlab.records.run import DataSpec, RunSpec

if TYPE_CHECKING:
    from classlab.records.progress import EpochReport

VALIDATION_IMAGES = 100


class Laps:
    """Watches a population and notes the seconds of each epoch."""

    def __init__(self) -> None:
        self.clock = EpochClock()

    def epoch_finished(self, report: EpochReport) -> None:  # noqa: ARG002 - the clock is all that is needed
        """Ends an epoch."""
        self.clock.lap()


def main() -> None:
    job = read_job()
    from classlab.training import predict, set_threads, train_population

    set_threads(job.threads)
    images = read_images(job)
    specs, division, scale = _specs(job), _division(images), Rescaling(scale=1 / 255)
    laps = Laps()
    started = time.perf_counter()
    outcomes = train_population(specs, division, input_layer=scale, observer=laps, device="cpu")
    seconds = time.perf_counter() - started
    accuracy = []
    for spec, outcome in zip(specs, outcomes, strict=True):
        chances = predict(spec.architecture, outcome.weights, division.test.images, input_layer=scale)
        accuracy.append(float((chances.argmax(axis=1) == division.test.labels).mean()))
    report(
        job=job,
        epoch_seconds=[laps.clock.epochs],
        training_seconds=seconds,
        accuracy=accuracy,
        validation_images=VALIDATION_IMAGES,
        versions=versions("classlab", "torch", "numpy"),
    )


def _specs(job: Job) -> list[RunSpec]:
    architecture = build(job.workload, input_shape=(28, 28, 1), classes=CLASSES)
    return [
        RunSpec(
            data=DataSpec(name="mnist"),
            architecture=architecture,
            optimizer=OPTIMIZERS[arm.optimizer](learning_rate=arm.learning_rate),
            epochs=job.epochs,
            batch_size=BATCH_SIZE,
            seed=arm.seed,
        )
        for arm in job.arms
    ]


def _division(images: Images) -> Division:
    test = Split(images=images.x_test[..., None], labels=images.y_test)
    few = Split(images=test.images[:VALIDATION_IMAGES], labels=test.labels[:VALIDATION_IMAGES])
    return Division(train=Split(images=images.x_train[..., None], labels=images.y_train), validation=few, test=test)


if __name__ == "__main__":
    main()

"""classlab: all arms of one network in one population; arms of another network in the next.

Several runs of a network that trains through Keras's layers are trained as a study trains them, side by side, and
evaluated there; their seconds of an epoch are shares of the whole.

The engine measures validation figures after every epoch, which the peers' loops do not: it is given
100 validation images, so that this costs next to nothing, and trains on every training image.
Options: `precision` is that of the run; `device` and `held_out` serve other commands.
"""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.measure import (
    EpochClock,
    Images,
    Job,
    Stopwatch,
    memory_together,
    read_images,
    read_job,
    report,
    versions,
)
from benchmarks.networks.in_classlab import architecture_of
from benchmarks.networks.saved import saved_at
from classlab.datasets.dataset import Division, Split
from classlab.records.architecture import Architecture
from classlab.records.layers import Rescaling
from classlab.records.optimizers import OPTIMIZERS
from classlab.records.run import DataSpec, RunSpec

if TYPE_CHECKING:
    from benchmarks.workloads import Arm
    from classlab.options.words import DeviceName
    from classlab.records.progress import EpochReport
    from classlab.training.environment import Arithmetic

VALIDATION_IMAGES = 100


class Laps:
    """Watches a population and notes the seconds of each epoch, and the memory of all its processes after the first."""

    def __init__(self) -> None:
        self.clock = EpochClock()
        self.memory: int | None = None
        self.accuracy: list[float] = []

    def epoch_finished(self, report: EpochReport) -> None:
        """Ends an epoch."""
        self.clock.lap()
        self.accuracy.append(max(each.figures.get("val_accuracy", 0.0) for each in report.members))
        if report.epoch == 1:  # once: reading it takes milliseconds, which the second epoch has in it
            self.memory = memory_together()


def main() -> None:
    job = read_job()
    from classlab.training import measure, set_threads, train_population

    set_threads(job.threads)
    device, held_out = job.options.get("device", "cpu"), job.options.get("held_out", 0)
    division, scale = _division(read_images(job), held_out), Rescaling(scale=1 / 255)
    epochs, total, accuracy, memory = [], 0.0, [], 0
    validated: list[float] = []
    evaluation = Stopwatch()
    for arms in job.by_activation():
        specs = _specs(job, arms)
        laps = Laps()
        started = time.perf_counter()
        if len(specs) > 1 and not isinstance(specs[0].architecture, Architecture):
            accuracy += _side_by_side(specs, division, laps, device=device)
            total += time.perf_counter() - started
            epochs.append([(time.perf_counter() - started) / job.epochs] * job.epochs)
            memory = max(memory, laps.memory or 0)
            continue
        outcomes = train_population(specs, division, input_layer=scale, observer=laps, device=device)
        total += time.perf_counter() - started
        epochs.append(laps.clock.epochs)
        validated += laps.accuracy
        memory = max(memory, laps.memory or 0)
        with evaluation.running():
            tested = measure(
                specs[0].architecture,
                [outcome.weights for outcome in outcomes],
                division.test,
                input_layer=scale,
                loss=specs[0].loss,
                probabilities=False,
                device=device,
            )
        accuracy += [each.figures.accuracy for each in tested]
    report(
        job=job,
        epoch_seconds=epochs,
        training_seconds=total,
        accuracy=accuracy,
        evaluation_seconds=evaluation.seconds,
        arms=[arm for arms in job.by_activation() for arm in arms],
        memory_together_bytes=memory or None,
        validation_images=len(division.validation),
        validation_accuracy=validated,
        arithmetic=_arithmetic(specs[0], device),
        versions=versions("classlab", "torch", "numpy"),
    )


def _side_by_side(specs: list[RunSpec], division: Division, laps: Laps, *, device: DeviceName) -> list[float]:
    """Trains each run as a population by itself, as a study does; gives the test accuracies."""
    from classlab.datasets import from_arrays
    from classlab.studies.work.places import ThisProcess
    from classlab.studies.work.plan import PlannedPopulation
    from classlab.studies.work.population_training import PopulationTrainer

    splits = (division.train, division.test, division.validation)
    train, test, validation = ((split.images, split.labels) for split in splits)
    dataset = from_arrays(*train, *test, x_val=validation[0], y_val=validation[1])
    data = DataSpec(name="mnist", digest=dataset.digest, validation="own")
    plan = [PlannedPopulation(specs=(replace(spec, data=data),), beside=len(specs)) for spec in specs]
    place, trainer = ThisProcess(), PopulationTrainer(dataset=dataset, device=device)
    found = dict(place.train(trainer, plan, folder=lambda _: None, progress=_Heard(laps)))
    tested = [found[position][0].record.test for position in range(len(plan))]
    return [0.0 if figures is None else figures.accuracy for figures in tested]


class _Heard:
    """Hears of all populations with one ear."""

    def __init__(self, laps: Laps) -> None:
        self._laps = laps

    def begin(self, _position: int) -> Laps:
        """Any of them."""
        return self._laps


def _specs(job: Job, arms: list[Arm]) -> list[RunSpec]:
    file = saved_at(Path(job.data).parent, job.network)
    architecture = architecture_of(job.network, activation=arms[0].activation, file=file)
    return [
        RunSpec(
            data=DataSpec(name="mnist"),
            architecture=architecture,
            optimizer=OPTIMIZERS[arm.optimizer](learning_rate=arm.learning_rate),
            epochs=job.epochs,
            batch_size=job.batch_size,
            seed=arm.seed,
            precision=job.options.get("precision", "float32"),
        )
        for arm in arms
    ]


def _arithmetic(spec: RunSpec, device: DeviceName) -> Arithmetic:
    from classlab.training import environment_facts

    return environment_facts(device, spec).precision


def _division(images: Images, held_out: int) -> Division:
    """Trains on all training images but the last `held_out`, which validate; without those, a few test images do."""
    train = Split(images=images.x_train, labels=images.y_train)
    test = Split(images=images.x_test, labels=images.y_test)
    if not held_out:
        return Division(train=train, validation=_part(test, slice(VALIDATION_IMAGES)), test=test)
    return Division(train=_part(train, slice(-held_out)), validation=_part(train, slice(-held_out, None)), test=test)


def _part(split: Split, which: slice) -> Split:
    return Split(images=split.images[which], labels=split.labels[which])


if __name__ == "__main__":
    main()

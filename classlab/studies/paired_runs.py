"""Both versions of a run, trained from the same seeds on the same batches, and measured on the same images."""

from __future__ import annotations

from dataclasses import replace
from math import log
from typing import TYPE_CHECKING

import numpy as np

from classlab.records.proof import TrialPair

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from classlab.records import RunSpec
    from classlab.records.progress import Observer
    from classlab.records.proof import ProofFigure
    from classlab.records.run import RunState
    from classlab.studies.short_course import ShortCourse
    from classlab.training import Measurement, Outcome
    from classlab.training.device import DeviceName

_SHARED = ("data", "architecture", "loss", "batch_size", "top_k", "precision")  # of runs that train in lock-step


def paired_runs(
    course: ShortCourse, *, seeds: int, figure: ProofFigure, device: DeviceName, observer: Observer | None
) -> tuple[tuple[TrialPair, ...], bool]:
    """Trains both versions: as one population where they share network and data, else as two.

    Args:
        course: both versions.
        seeds: runs of each; the run's own seed and the ones after it.
        figure: what is measured on the validation images.
        device: where to compute.
        observer: told after every epoch.

    Returns:
        One pair per seed, and whether all runs sat in one population.

    Raises:
        KeyboardInterrupt: somebody asked to stop.
    """
    numbers = range(course.faulty.seed, course.faulty.seed + seeds)
    faulty, remedied = (
        [replace(version, seed=seed) for seed in numbers] for version in (course.faulty, course.remedied)
    )
    together = all(getattr(course.faulty, name) == getattr(course.remedied, name) for name in _SHARED)
    populations = [[*faulty, *remedied]] if together else [faulty, remedied]
    found = [
        each for specs in populations for each in _figures(specs, course, figure, device=device, observer=observer)
    ]
    pairs = zip(numbers, found[:seeds], found[seeds:], strict=True)
    return tuple(
        TrialPair(seed=seed, faulty=before[0], remedied=after[0], faulty_state=before[1], remedied_state=after[1])
        for seed, before, after in pairs
    ), together


def _figures(
    specs: Sequence[RunSpec],
    course: ShortCourse,
    figure: ProofFigure,
    *,
    device: DeviceName,
    observer: Observer | None,
) -> list[tuple[float, RunState]]:
    """Trains one population, and gives each member's figure on the validation images, and how it ended."""
    from classlab.models.preprocessing import input_layer
    from classlab.training import measure, train_population

    spec, division = specs[0], course.division
    scaling = input_layer(spec.data.preprocessing, division.train.images)
    outcomes = train_population(specs, division, input_layer=scaling, observer=observer, device=device)
    if any(outcome.state == "interrupted" for outcome in outcomes):
        raise KeyboardInterrupt
    good = [outcome for outcome in outcomes if _is_good(outcome)]
    measured: list[Measurement] = []
    if good:
        weights = [outcome.weights for outcome in good]
        measured = measure(
            spec.architecture,
            weights,
            division.validation,
            input_layer=scaling,
            loss=spec.loss,
            probabilities=False,
            device=device,
        )
    return _read(outcomes, measured, figure, division.validation.labels)


def _read(
    outcomes: Sequence[Outcome], measured: Sequence[Measurement], figure: ProofFigure, labels: NDArray[np.int64]
) -> list[tuple[float, RunState]]:
    """One figure per run; a run that diverged says nothing, and so counts as guessing."""
    guess = majority(labels) if figure == "val_accuracy" else log(1 + int(labels.max()))
    figures = iter(measurement.figures for measurement in measured)
    found: list[tuple[float, RunState]] = []
    for outcome in outcomes:
        value = guess
        if _is_good(outcome):
            own = next(figures)
            value = own.accuracy if figure == "val_accuracy" else own.loss
        found.append((value, outcome.state))
    return found


def _is_good(outcome: Outcome) -> bool:
    return outcome.state in ("finished", "stopped_early")


def majority(labels: NDArray[np.int64]) -> float:
    """Share of the largest class: the accuracy of always naming it."""
    return float(np.bincount(labels).max() / len(labels))

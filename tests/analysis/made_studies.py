"""Studies made of chosen figures and of what every run makes of every image, so that a test knows what must be said."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from classlab.records import (
    Architecture,
    Arm,
    DataSpec,
    Environment,
    Figures,
    RunRecord,
    RunSpec,
    StudyRecord,
    StudySpec,
    identity,
)
from classlab.records.layers import Dense, Flatten, Rescaling
from classlab.records.optimizers import SGD
from classlab.records.outcomes import Outcomes, RunOutcomes, outcomes_of

ENVIRONMENT = Environment(
    classlab="0.1.0",
    python="3.11.9",
    platform="Linux",
    processor="a processor",
    device="cpu",
    threads=2,
    precision="float32",
    packages={"torch": "2.13.0"},
)
Accuracies = Mapping[str, Sequence[float | None]]


def made_study(
    accuracies: Accuracies,
    *,
    seeds: Sequence[int] | None = None,
    images: int = 400,
    noise: float = 0.05,
    outcomes: bool = True,
    losses: Accuracies | None = None,
    diverged: Sequence[tuple[str, int]] = (),
    twins: Mapping[str, str] | None = None,
    given: Sequence[str] = (),
    validation: Any = 0.1,
    confirm: Accuracies | None = None,
    names: Sequence[str] = ("0", "1", "2"),
    epochs: int = 3,
    lost: str = "failed",
    command: str = "classlab sweep study.toml",
    record: Mapping[str, Any] | None = None,
    **spec: Any,
) -> StudyRecord:
    """A study with these validation accuracies by arm and seed; None stands for a run that failed.

    Test accuracies are a hundredth lower, those on training images three hundredths higher.

    Args:
        accuracies: by arm, one for each seed.
        seeds: theirs; counted from 0 where it is None.
        images: for validation; half as many for testing, and ten times as many to train on.
        noise: how far runs disagree about which images are hard; with 0 all agree.
        outcomes: whether runs tell what they made of each image; older ones do not.
        losses: validation losses, where they are not one minus the accuracy.
        diverged: runs that keep their figures but diverged, by arm and position of the seed.
        twins: arms that are the configuration of another one, by their names.
        given: arms that start from given weights.
        validation: as in a data specification.
        confirm: accuracies on fresh seeds from 100 on.
        names: of the classes.
        epochs: of every run.
        lost: the state of a run without an accuracy.
        command: what trained it.
        record: further fields of the record.
        **spec: of the study.
    """
    chosen = tuple(range(len(next(iter(accuracies.values()))))) if seeds is None else tuple(seeds)
    places = {name: place for place, name in enumerate(accuracies)}
    data = DataSpec(name="toy", digest="ab" * 32, validation=validation)
    arms = {
        name: _arm(
            name, places[(twins or {}).get(name, name)], data, given=name in given, classes=len(names), epochs=epochs
        )
        for name in accuracies
    }
    made = {"images": images, "noise": noise, "outcomes": outcomes, "names": tuple(names), "lost": lost}

    def runs_of(name: str, figures: Sequence[float | None], on: Sequence[int]) -> list[RunRecord]:
        costs = (losses or {}).get(name, (None,) * len(figures))
        ends = ["diverged" if (name, place) in diverged else "finished" for place in range(len(figures))]
        rows = zip(on, figures, costs, ends, strict=True)
        return [
            made_run(arms[name].run_spec(seed), share, loss=loss, state=end, **made) for seed, share, loss, end in rows
        ]

    fresh = {name: (figures, range(100, 100 + len(figures))) for name, figures in (confirm or {}).items()}
    return StudyRecord(
        spec=StudySpec(name=spec.pop("name", "a study"), arms=tuple(arms.values()), seeds=chosen, **spec),
        runs=tuple(run for name, figures in accuracies.items() for run in runs_of(name, figures, chosen)),
        confirmation=tuple(run for name, (figures, on) in fresh.items() for run in runs_of(name, figures, on)),
        created="2026-01-02T03:04:05+00:00",
        command=command,
        seconds=12.0,
        **(record or {}),
    )


def made_run(
    spec: RunSpec,
    accuracy: float | None,
    *,
    images: int,
    noise: float,
    outcomes: bool,
    names: tuple[str, ...] = ("0", "1", "2"),
    lost: str = "failed",
    loss: float | None = None,
    state: str = "finished",
) -> RunRecord:
    """One run; see `made_study`."""
    share = accuracy or 0.0
    cost = 1 - share if loss is None else loss
    curve = tuple(share * (epoch + 1) / spec.epochs for epoch in range(spec.epochs))
    costs = tuple(cost + 0.1 * (spec.epochs - 1 - epoch) for epoch in range(spec.epochs))
    run = RunRecord(
        spec=spec,
        identity=identity(spec),
        state=state,
        reason=None if state == "finished" else "The loss was not finite in epoch 3.",
        epochs_done=spec.epochs,
        history={"loss": costs, "accuracy": curve, "val_loss": costs, "val_accuracy": curve},
        training=_figures(share, 9 * images),
        fitted=_figures(min(share + 0.03, 1.0), 9 * images),
        validation=_figures(share, images, cost),
        test=_figures(share - 0.01, images // 2),
        parameters=7850,
        seconds=1.0,
        input_layer=Rescaling(scale=1 / 255),
        path="engine",
        class_names=names,
        environment=ENVIRONMENT,
        created="2026-01-02T03:04:05+00:00",
        command="classlab train",
        outcomes=RunOutcomes(
            validation=_outcomes(spec, "validation", images, share, noise),
            test=_outcomes(spec, "test", images // 2, share - 0.01, noise),
        )
        if outcomes
        else None,
    )
    if accuracy is not None:
        return run
    return replace(
        run,
        state=lost,
        reason="MemoryError" if lost == "failed" else "The loss was not finite in epoch 1.",
        epochs_done=0,
        history={},
        training=None,
        fitted=None,
        validation=None,
        test=None,
        outcomes=None,
    )


def right_on(spec: RunSpec, split: str, images: int, accuracy: float, noise: float) -> np.ndarray:
    """On which images a run is right, `(images,)`: the easy ones, easiness being the same for all but for the noise."""
    easy = np.random.default_rng(zlib.crc32(split.encode())).random(images)
    own = np.random.default_rng(zlib.crc32(f"{split} {identity(spec)}".encode())).random(images)
    right = np.zeros(images, np.bool_)
    right[np.argsort(easy + noise * own)[: round(accuracy * images)]] = True
    return right


def _outcomes(spec: RunSpec, split: str, images: int, accuracy: float, noise: float) -> Outcomes:
    chance = np.where(right_on(spec, split, images, accuracy, noise), 0.8, 0.2)
    labels = np.zeros(images, np.int64)
    return outcomes_of(np.stack([chance, 1 - chance], axis=1), labels, losses=True)


def _figures(share: float, images: int, loss: float | None = None) -> Figures:
    return Figures(images=images, loss=1 - share if loss is None else loss, accuracy=share)


def _arm(name: str, place: int, data: DataSpec, *, given: bool, classes: int, epochs: int) -> Arm:
    network = Architecture(
        name="linear", input_shape=(4, 4, 1), layers=(Flatten(), Dense(units=classes, activation="softmax"))
    )
    spec = RunSpec(
        data=data,
        architecture=network,
        optimizer=SGD(learning_rate=0.1 * (place + 1)),
        epochs=epochs,
        initial_weights="cd" * 32 if given else None,
    )
    return Arm(name=name, settings={"learning_rate": 0.1 * (place + 1)}, spec=spec)

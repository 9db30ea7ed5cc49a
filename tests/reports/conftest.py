"""Studies made of chosen numbers, so that a test knows what their reports must say."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

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
from classlab.reports.document import Document
from classlab.reports.evidence import Evidence, gather
from classlab.reports.predictions import RunPredictions
from classlab.reports.study_report import study_document

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


def run_record(spec: RunSpec, accuracy: float | None, *, names: tuple[str, ...], state: str = "finished") -> RunRecord:
    """A run whose validation accuracy is given; its test accuracy is 1 point lower, its fit 3 points higher."""

    def figures(share: float, images: int) -> Figures:
        return Figures(images=images, loss=1 - share, accuracy=share)

    there = accuracy is not None
    value = accuracy or 0.0
    curve = tuple(value * (epoch + 1) / spec.epochs for epoch in range(spec.epochs))
    history = {"loss": curve[::-1], "accuracy": curve, "val_loss": curve[::-1], "val_accuracy": curve}
    return RunRecord(
        spec=spec,
        identity=identity(spec),
        state=state if there else "diverged",
        reason=None if there else "The loss was not finite in epoch 1.",
        epochs_done=spec.epochs if there else 0,
        history=history if there else {},
        training=figures(value, 1000) if there else None,
        fitted=figures(value + 0.03, 1000) if there else None,
        validation=figures(value, 400) if there else None,
        test=figures(value - 0.01, 200) if there else None,
        parameters=7850,
        seconds=1.0,
        input_layer=Rescaling(scale=1 / 255),
        path="engine",
        class_names=names,
        environment=ENVIRONMENT,
        created="2026-01-02T03:04:05+00:00",
        command="classlab train",
    )


@pytest.fixture(scope="session")
def make_study() -> Callable[..., StudyRecord]:
    """Builds a study from validation accuracies by arm and seed; None stands for a run that diverged."""

    def build(
        accuracies: dict[str, Sequence[float | None]],
        *,
        names: tuple[str, ...] = ("0", "1", "2"),
        confirm: dict[str, Sequence[float | None]] | None = None,
        epochs: int = 3,
        record: dict[str, Any] | None = None,
        **spec: Any,
    ) -> StudyRecord:
        network = Architecture(
            name="linear", input_shape=(4, 4, 1), layers=(Flatten(), Dense(units=len(names), activation="softmax"))
        )
        arms = tuple(
            Arm(
                name=name,
                settings={"learning_rate": 0.1 * (place + 1)},
                spec=RunSpec(
                    data=DataSpec(name="toy", digest="ab" * 32),
                    architecture=network,
                    optimizer=SGD(learning_rate=0.1 * (place + 1)),
                    epochs=epochs,
                ),
            )
            for place, name in enumerate(accuracies)
        )
        seeds = tuple(range(len(next(iter(accuracies.values())))))
        by_name = {arm.name: arm for arm in arms}
        fresh = {name: enumerate(figures, start=100) for name, figures in (confirm or {}).items()}
        return StudyRecord(
            spec=StudySpec(name=spec.pop("name", "a study"), arms=arms, seeds=seeds, **spec),
            runs=tuple(
                run_record(arm.run_spec(seed), accuracies[arm.name][seed], names=names)
                for arm in arms
                for seed in seeds
            ),
            confirmation=tuple(
                run_record(by_name[name].run_spec(seed), figure, names=names)
                for name, figures in fresh.items()
                for seed, figure in figures
            ),
            created="2026-01-02T03:04:05+00:00",
            command="classlab sweep study.toml",
            seconds=12.0,
            **(record or {}),
        )

    return build


def made_predictions(accuracy: float, *, classes: int = 3, images: int = 200, seed: int = 0) -> RunPredictions:
    """Predictions of which just this share is right, each with probability 0.6."""
    labels = np.arange(images) % classes
    predicted = np.where(np.arange(images) < round(accuracy * images), labels, (labels + 1) % classes)
    shares = np.full((images, classes), 0.4 / (classes - 1), np.float32)
    shares[np.arange(images), predicted] = 0.6
    order = np.random.default_rng(seed).permutation(images)
    shares, labels = shares[order], labels[order]
    return RunPredictions(probabilities=shares, labels=labels)


@pytest.fixture(scope="session")
def make_evidence() -> Callable[..., Evidence]:
    """Adds predictions and random images to a study."""

    def build(study: StudyRecord, *, images: bool = True, **options: Any) -> Evidence:
        accuracies = {run.identity: run.test.accuracy for run in study.runs if run.test is not None}
        classes = len(study.runs[0].class_names)
        pixels = np.random.default_rng(0).integers(0, 256, size=(200, 4, 4, 1), dtype=np.uint8)
        return gather(
            study,
            predictions=lambda name: made_predictions(accuracies[name], classes=classes),
            test_images=pixels if images else None,
            training_images=pixels[:50] if images else None,
            training_labels=np.arange(50) % classes if images else None,
            **options,
        )

    return build


@pytest.fixture(scope="session")
def plain_study(make_study) -> StudyRecord:
    """Two arms that finished and one that lost a run."""
    arms = {"slow": (0.7, 0.72, 0.71), "quick": (0.9, 0.91, 0.92), "wild": (0.95, None, 0.94)}
    return make_study(arms, question="Which rate?")


@pytest.fixture(scope="session")
def plain_report(plain_study, make_evidence) -> Document:
    """Its report, drawn once for all who only look at it."""
    return study_document(make_evidence(plain_study))

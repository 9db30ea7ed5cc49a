"""Studies made of chosen numbers, so that a test knows what their reports must say."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from classlab.records import StudyRecord
from classlab.reports.document import Document
from classlab.reports.evidence import Evidence, RunPredictions, gather
from classlab.reports.study_report import study_document

sys.path.insert(0, str(Path(__file__).parents[1] / "analysis"))  # the studies of the tests of the analysis
sys.path.insert(0, str(Path(__file__).parent))  # the searches of these tests

from made_studies import made_study


@pytest.fixture(scope="session")
def make_study() -> Callable[..., StudyRecord]:
    """Builds a study from validation accuracies by arm and seed; None stands for a run that diverged."""
    return partial(made_study, lost="diverged")


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

"""Everything a report is made from: the study's record, what its runs predicted, and the images."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import numpy as np

from classlab.analysis import Analysis, analyse

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from classlab.measures.activations import Activations
    from classlab.measures.first_layer import FirstLayer
    from classlab.measures.occlusion import Occlusion
    from classlab.records import StudyRecord


_SUM_TOLERANCE = 1e-3  # float32 probabilities of a softmax sum to 1 well within this


class StoredPredictions(Protocol):
    """Predictions as a run's folder holds them."""

    @property
    def probabilities(self) -> NDArray[np.float32]:
        """`(images, classes)`, for the test images."""

    @property
    def labels(self) -> NDArray[np.int64]:
        """`(images,)`, the true classes of the test images."""


@dataclass(frozen=True, kw_only=True, eq=False)
class RunPredictions:
    """What one run said about the test images.

    Args:
        probabilities: float32, `(images, classes)`.
        labels: int64, `(images,)`, their true classes.
    """

    probabilities: NDArray[np.float32]
    labels: NDArray[np.int64]

    def predicted(self) -> NDArray[np.int64]:
        """Predicted classes, `(images,)`."""
        classes: NDArray[np.int64] = self.probabilities.argmax(axis=1).astype(np.int64)
        return classes

    def are_distributions(self) -> bool:
        """Whether each row is a distribution over the classes; a network without softmax gives other numbers."""
        rows = self.probabilities
        sums = np.abs(rows.sum(axis=1, dtype=np.float64) - 1)
        return bool(np.isfinite(rows).all() and (rows >= -_SUM_TOLERANCE).all() and (sums <= _SUM_TOLERANCE).all())


def run_predictions(stored: StoredPredictions) -> RunPredictions:
    """Takes predictions from wherever a run keeps them."""
    return RunPredictions(probabilities=stored.probabilities, labels=stored.labels)


@dataclass(frozen=True, kw_only=True, eq=False)
class NetworkLook:
    """What is seen inside one network.

    Args:
        label: which network, as `mlp, seed 0`.
        image: which image, as `training image 0, of class 5`.
        first_layer: weights of its first layer; None where they are no pictures.
        activations: what its layers make of the image.
        occlusion: what its prediction for the image rests on.
    """

    label: str
    image: str
    first_layer: FirstLayer | None
    activations: Activations
    occlusion: Occlusion


@dataclass(frozen=True, kw_only=True, eq=False)
class Evidence:
    """A study with what can be seen of it.

    Args:
        study: the record.
        analysis: its numbers.
        predictions: by run identity; those that `needed_runs` names are enough.
        test_images: uint8, `(images, height, width, channels)`, in the order of the predictions; None where the
            dataset is not at hand.
        training_images: uint8, `(images, height, width, channels)`, a sample.
        training_labels: int64, `(images,)`, theirs.
        missing: what could not be had, each a sentence.
        counted: ISO 8601 time in UTC at which the study's openings of test images were counted.
        look: inside the network of a single run; None elsewhere.
    """

    study: StudyRecord
    analysis: Analysis
    predictions: Mapping[str, RunPredictions] = field(default_factory=dict)
    test_images: NDArray[np.uint8] | None = None
    training_images: NDArray[np.uint8] | None = None
    training_labels: NDArray[np.int64] | None = None
    missing: tuple[str, ...] = ()
    counted: str = ""
    look: NetworkLook | None = None

    def shown_run(self) -> tuple[str, RunPredictions] | None:
        """The run whose predictions are shown, as `arm, seed 0`: the first good seed of the first-ranked arm."""
        for place in self.analysis.order:
            for run in self.study.runs_of(place):
                found = self.predictions.get(run.identity)
                if found is not None:
                    return f"{self.study.spec.arms[place].name}, {run.spec.draw_words}", found
        return None

    @property
    def class_names(self) -> tuple[str, ...]:
        """Names of the classes, in label order."""
        return self.study.runs[0].class_names


def needed_runs(study: StudyRecord, analysis: Analysis) -> tuple[str, ...]:
    """Identities of the runs whose predictions a report looks at, most needed first.

    Those of the first-ranked arm that has any: their pictures and mistakes are shown.

    Args:
        study: the record.
        analysis: its numbers.
    """
    for place in analysis.order:
        found = tuple(run.identity for run in study.runs_of(place) if run.test is not None)
        if found:
            return found
    return ()


def gather(
    study: StudyRecord,
    *,
    predictions: Callable[[str], StoredPredictions | None],
    test_images: NDArray[np.uint8] | None = None,
    training_images: NDArray[np.uint8] | None = None,
    training_labels: NDArray[np.int64] | None = None,
    missing: tuple[str, ...] = (),
    counted: str = "",
) -> Evidence:
    """Collects the evidence for a report.

    Args:
        study: the record.
        predictions: gives what a run predicted, by its identity; None where that is gone.
        test_images: uint8, `(images, height, width, channels)`, all of them in their official order.
        training_images: uint8, `(images, height, width, channels)`, a sample.
        training_labels: int64, `(images,)`, theirs.
        missing: what could not be had, each a sentence.
        counted: ISO 8601 time in UTC at which the study's openings were counted; that of its record where it is empty.
    """
    analysis = analyse(study)
    stored = {name: predictions(name) for name in needed_runs(study, analysis)}
    found = {name: run_predictions(each) for name, each in stored.items() if each is not None}
    sizes = {len(each.labels) for each in found.values()}
    if test_images is not None and sizes and sizes != {len(test_images)}:
        test_images = None
        missing = (*missing, "The test images at hand are not those of the study, so none are shown.")
    return Evidence(
        study=study,
        analysis=analysis,
        predictions=found,
        test_images=test_images,
        training_images=training_images,
        training_labels=training_labels,
        missing=missing,
        counted=counted or study.created,
    )

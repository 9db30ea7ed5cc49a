"""Trained runs as networks to compare, by what they predicted when their training ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol

from classlab.errors import DataError, StorageError
from classlab.judging.predictions import network

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from classlab.judging.predictions import NetworkPredictions
    from classlab.records import RunRecord

SplitName = Literal["test", "validation"]


class KeptPredictions(Protocol):
    """A run's predictions of test and validation images."""

    @property
    def probabilities(self) -> NDArray[np.float32]:
        """`(images, classes)`, for the test images."""

    @property
    def labels(self) -> NDArray[np.int64]:
        """`(images,)`, their true classes."""

    def on_validation(self) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """The same for the validation images; of a run that validated on the test images, of those."""


class TrainedRun(Protocol):
    """A run with what it predicted."""

    @property
    def record(self) -> RunRecord:
        """Its record."""

    @property
    def predictions(self) -> KeptPredictions | None:
        """What it predicted; None where no epoch was good."""

    @property
    def folder(self) -> Path | None:
        """Where it lies, or None."""


def run_name(run: TrainedRun) -> str:
    """A run's name for people: that of its folder, unless it is `seed-N` in an arm's folder or a store's digest."""
    spec, folder = run.record.spec, run.folder
    if folder is None or folder.name.startswith(run.record.identity):
        return f"{spec.architecture.name}-{spec.optimizer.kind}-{spec.optimizer.learning_rate:g}-seed{spec.seed}"
    place = folder.resolve()
    return f"{place.parent.name}-{place.name}" if place.name.startswith("seed-") else place.name


def run_network(run: TrainedRun, split: SplitName) -> NetworkPredictions:
    """What a run predicted, from its folder.

    Args:
        run: a finished run.
        split: `validation` is that of the test images where the run validated on those.

    Raises:
        StorageError: the run has no predictions.
    """
    predictions, where = run.predictions, str(run.folder)
    if predictions is None:
        raise StorageError(
            f"{where} must hold predictions, but its training ended as {run.record.state!r} before the first epoch was "
            "done. Train it anew."
        )
    tested = (predictions.probabilities, predictions.labels)
    answers, labels = predictions.on_validation() if split == "validation" else tested
    return network(run_name(run), labels, answers, where=where, class_names=run.record.class_names)


def check_one_dataset(records: Sequence[RunRecord]) -> None:
    """Refuses runs that have seen different images.

    Raises:
        DataError: two of them have.
    """
    if len({record.spec.data.digest for record in records}) > 1:
        one, two = (record.spec.data.name for record in records)
        same = one == two
        raise DataError(
            "both runs must have predicted the same images, but one was trained on "
            + (f"another version of {one} than the other" if same else f"{one} and the other on {two}")
            + ". Train both on the same data."
        )

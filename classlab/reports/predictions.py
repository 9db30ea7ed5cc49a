"""What a run said about images, as arrays; whoever loads them need not be known here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

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

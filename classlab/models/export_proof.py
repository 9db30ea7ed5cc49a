"""The proof of an exported file: whoever opens it must find in it what the run says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from classlab.errors import ExportError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

TOLERANCE = 1e-5  # float32 sums in another order differ by less; a wrong layer or weight by far more
REPORT = "Nothing was written; please report this."


@dataclass(frozen=True, kw_only=True)
class Proof:
    """How closely a written file agrees with the run it came from.

    Args:
        max_difference: largest difference between two class scores.
        images: how many images were compared.
        by: who opened the file: Keras, or classlab's own reader where Keras is not installed; onnxruntime; TensorFlow's
            interpreter of `.tflite` files.
    """

    max_difference: float
    images: int
    by: Literal["keras", "classlab", "onnxruntime", "tensorflow"] = "keras"


def largest_difference(path: Path, scores: NDArray[Any], expected: NDArray[np.float32]) -> float:
    """How far the scores of a file are from the run's.

    Args:
        path: the file's name to be, for the error's sentence.
        scores: what the file gives, `(images, classes)`.
        expected: what the run gives, `(images, classes)`.

    Raises:
        ExportError: too far, or their shapes differ.
    """
    if scores.shape != expected.shape:
        raise ExportError(
            f"{path} must predict what the run predicts, but the reloaded file gives scores of {scores.shape} where "
            f"the run gives {expected.shape}. {REPORT}"
        )
    difference = float(np.abs(scores - expected).max(initial=0.0))
    allowed = TOLERANCE * max(1.0, float(np.abs(expected).max(initial=0.0)))  # raw scores may be far above 1
    if not difference <= allowed:
        raise ExportError(
            f"{path} must predict what the run predicts, but the reloaded file differs by {difference:.3g} on "
            f"{len(expected)} probe images, where {allowed:.0e} is allowed. {REPORT}"
        )
    return difference

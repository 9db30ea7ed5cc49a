"""The proof of a written `.keras` file: who opens it, Keras or classlab's own reader, must find what was written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

from classlab.errors import ExportError
from classlab.models.export_proof import REPORT, Proof, largest_difference
from classlab.models.keras_file import load_keras_file
from classlab.models.keras_runtime import keras
from classlab.models.weights import weight_specs
from classlab.records.architecture import Architecture
from classlab.records.layers import Flatten, Normalization, Rescaling, Reshape

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from classlab.models.keras_order import OrderedModel
    from classlab.records.architecture import KerasArchitecture
    from classlab.records.layers import Layer

    Weights = dict[str, NDArray[np.float32]]


class Predictor(Protocol):
    """What computes a network's scores, as `classlab.training.predict` does."""

    def __call__(
        self,
        architecture: Architecture | KerasArchitecture,
        weights: Weights,
        images: NDArray[np.uint8],
        *,
        input_layer: Rescaling | Normalization,
    ) -> NDArray[np.float32]:
        """Scores of raw pixels, `(images, classes)`."""


def prove_by_keras(
    path: Path, temporary: Path, images: Sequence[NDArray[np.uint8]], expected: NDArray[np.float32]
) -> Proof:
    """Opens a file in Keras and compares its scores.

    Args:
        path: the file's name to be, for the error's sentence.
        temporary: the file.
        images: uint8, `(images, height, width, channels)` for each size in which they come.
        expected: float32, `(images, classes)`, of all of them in turn.

    Raises:
        ExportError: they differ.
    """
    k = keras()
    with k.device("cpu"):  # graphics cards may round convolutions to fewer bits
        loaded = k.saving.load_model(temporary, compile=False, safe_mode=True)
        scores = np.concatenate([loaded.predict(each, batch_size=128, verbose=0) for each in images])
    return Proof(max_difference=largest_difference(path, scores, expected), images=len(expected))


def prove_by_reading(
    path: Path,
    temporary: Path,
    written: OrderedModel,
    images: NDArray[np.uint8],
    expected: NDArray[np.float32],
    *,
    predict: Predictor,
) -> Proof:
    """Opens a file with classlab's own reader, and compares layers, weights and scores.

    Args:
        path: the file's name to be, for the error's sentence.
        temporary: the file.
        written: what it must hold.
        images: uint8, `(images, height, width, channels)`.
        expected: float32, `(images, classes)`.
        predict: computes the scores.

    Raises:
        ExportError: they differ.
    """
    read = load_keras_file(temporary)
    found = read.architecture
    parts = _parts(written.architecture, written.weights)
    alike = isinstance(found, Architecture) and _parts(found, read.weights) == parts
    if not alike or read.preparation != written.preparation:
        raise ExportError(f"{path} must hold the run's layers and weights, but reading it gives others. {REPORT}")
    scores = predict(found, read.weights, images, input_layer=Rescaling(scale=1.0))
    return Proof(max_difference=largest_difference(path, scores, expected), images=len(images), by="classlab")


def _parts(architecture: Architecture, weights: Weights) -> list[tuple[Layer, list[bytes]]]:
    """Layers with their weights; without those that only name other axes, of which a reader drops the idle ones."""
    arrays: list[list[bytes]] = [[] for _ in architecture.layers]
    for spec in weight_specs(architecture):
        arrays[spec.layer].append(weights[spec.key].tobytes())
    parts = zip(architecture.layers, arrays, strict=True)
    return [(layer, mine) for layer, mine in parts if not isinstance(layer, Flatten | Reshape)]

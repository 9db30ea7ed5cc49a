"""Writes a TensorFlow Lite file by TensorFlow's converter, and proves it before it gets its name.

TensorFlow and PyTorch in one process disturb each other, and Keras has one backend in each: the converter runs in a
process of its own, on a `.keras` file.
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from classlab.errors import ExportError, MissingExtraError
from classlab.extras import installed, need
from classlab.files.atomic_file import write_atomically
from classlab.models import tflite_conversion
from classlab.models.export_proof import Proof, largest_difference
from classlab.models.keras_build import to_keras

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from classlab.records.architecture import Architecture, KerasArchitecture
    from classlab.records.layers import Normalization, Rescaling


def write_tflite(
    path: Path,
    architecture: Architecture | KerasArchitecture,
    weights: Mapping[str, NDArray[np.float32]],
    *,
    input_layer: Rescaling | Normalization,
    from_logits: bool,
    class_names: tuple[str, ...],
    provenance: dict[str, Any],
    probe_images: NDArray[np.uint8],
    expected: NDArray[np.float32],
) -> Proof:
    """Writes the model as one file, once TensorFlow's interpreter gives the run's probabilities.

    It takes `images`, uint8 `(1, height, width, channels)`, and gives `probabilities`, float32 `(1, classes)`. Behind
    the model lies a zip archive, as TensorFlow Lite keeps its metadata, with `labels.txt`, a class name per line, and
    the provenance as `classlab.json`.

    Args:
        path: the file. An older file of that name stays until the new one is proven.
        architecture: the network.
        weights: its weights.
        input_layer: the preprocessing.
        from_logits: whether the network gives raw scores, behind which a softmax is put.
        class_names: in label order.
        provenance: where the model comes from; anything that JSON can hold.
        probe_images: uint8, `(images, height, width, channels)`.
        expected: float32, `(images, classes)`: the run's probabilities of the probe images.

    Raises:
        ExportError: the converter refuses, or the interpreter computes something else.
        MissingExtraError: TensorFlow or Keras is not installed.
        StorageError: the file cannot be written.
    """
    need_converter()
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder, "model.keras")
        to_keras(architecture, weights, input_layer=input_layer).save(model)
        content, found = _converted(path, model, probe_images, from_logits=from_logits)
    difference = largest_difference(path, found, expected)
    write_atomically(path, _with_archive(content, class_names, provenance))
    return Proof(max_difference=difference, images=len(expected), by="tensorflow")


def need_converter() -> None:
    """Goes on only where the converter is installed.

    Raises:
        MissingExtraError: it is not, or Keras is not.
    """
    if not installed("tensorflow"):
        raise MissingExtraError(
            "an export to TensorFlow Lite needs TensorFlow, whose converter makes the file, but it is not installed. "
            "Install it with `pip install tensorflow`, or export a .keras file and convert that where TensorFlow is: "
            "`keras.saving.load_model(FILE).export('net.tflite', format='litert')`."
        )
    need("keras", "an export to TensorFlow Lite")


def _converted(
    path: Path, model: Path, images: NDArray[np.uint8], *, from_logits: bool
) -> tuple[bytes, NDArray[np.float32]]:
    """The file, and what its interpreter says to the images."""
    given, made = io.BytesIO(), model.with_name("made.npz")
    np.savez(given, images=images, from_logits=from_logits)
    program = [sys.executable, tflite_conversion.__file__, str(model), str(made)]
    done = subprocess.run(program, input=given.getvalue(), capture_output=True, check=False)
    if done.returncode:
        *_, last = done.stderr.decode(errors="replace").strip().splitlines() or ["nothing"]
        raise ExportError(
            f"{path} must be converted by TensorFlow, but it says: {last[:200].rstrip('.')}. Export a .keras file, and "
            "convert that with a converter of your choice."
        )
    with np.load(made) as arrays:
        return arrays["content"].tobytes(), arrays["scores"]


def _with_archive(content: bytes, class_names: tuple[str, ...], provenance: dict[str, Any]) -> bytes:
    whole = io.BytesIO(content)
    with zipfile.ZipFile(whole, "a") as archive:  # behind what is there
        archive.writestr("labels.txt", "".join(f"{name}\n" for name in class_names))
        archive.writestr("classlab.json", json.dumps(provenance, indent=1))
    return whole.getvalue()

"""Writes a `.keras` file that takes raw pixels, and proves it before it gets its name."""

from __future__ import annotations

import io
import json
import secrets
import zipfile
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from classlab.errors import ExportError, SpecError, StorageError, unwritable
from classlab.files.atomic_file import write_atomically
from classlab.models.keras_archive import read_archive
from classlab.models.keras_build import to_keras
from classlab.models.keras_runtime import keras

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from classlab.records.architecture import Architecture, KerasArchitecture
    from classlab.records.layers import Normalization, Rescaling

TOLERANCE = 1e-5  # float32 sums in another order differ by less; a wrong layer or weight by far more
_KEY = "classlab"


@dataclass(frozen=True, kw_only=True)
class Proof:
    """How closely a written file agrees with the run it came from.

    Args:
        max_difference: largest difference between two class scores.
        images: how many images were compared.
    """

    max_difference: float
    images: int


def write_keras(
    path: Path,
    architecture: Architecture | KerasArchitecture,
    weights: Mapping[str, NDArray[np.float32]],
    *,
    input_layer: Rescaling | Normalization,
    class_names: tuple[str, ...],
    provenance: dict[str, Any],
    probe_images: NDArray[np.uint8],
    expected: NDArray[np.float32],
) -> Proof:
    """Writes the model under a temporary name, loads it again in Keras, compares, and only then names the file.

    The file is what `model.save` writes: a preprocessing layer, the network, and in the archive's `metadata.json`,
    which Keras writes and never reads, class names and provenance under the key `classlab`.

    Args:
        path: the file; its name ends in `.keras`. An older file of that name stays until the new one is proven.
        architecture: the network.
        weights: as `to_keras` takes them.
        input_layer: the preprocessing.
        class_names: in label order.
        provenance: where the model comes from; anything that JSON can hold.
        probe_images: uint8, `(images, height, width, channels)`.
        expected: float32, `(images, classes)`: what the run says to the probe images.

    Raises:
        ExportError: the loaded file says something else.
        SpecError: the name has another ending, or weights are missing.
        StorageError: the file cannot be written.
    """
    if path.suffix != ".keras":
        raise SpecError(f"`path` must end in .keras, but got path={path}. Keras opens no other ending.")
    model = to_keras(architecture, weights, input_layer=input_layer)
    token = secrets.token_hex(6)
    plain, temporary = (path.with_name(f".{path.stem}.{token}.{part}.keras") for part in ("plain", "whole"))
    try:
        model.save(plain)
        content = _embedded(plain, {**provenance, "class_names": list(class_names)})
        temporary.write_bytes(content)
        proof = _prove(path, temporary, probe_images, expected)
        write_atomically(path, content)
    except OSError as refusal:
        if isinstance(refusal, StorageError):
            raise
        raise unwritable(path, refusal) from refusal
    finally:
        for leftover in (plain, temporary):
            with suppress(OSError):
                leftover.unlink(missing_ok=True)
    return proof


def read_provenance(path: Path) -> dict[str, Any]:
    """Class names and provenance of a file that `write_keras` wrote; Keras is not needed.

    Raises:
        SpecError: it is not a `.keras` file, or classlab did not write it.
        StorageError: the file cannot be read.
    """
    found = read_archive(path).metadata.get(_KEY)
    if not isinstance(found, dict):
        raise SpecError(
            f"{path} must carry classlab's provenance, but it was not written by classlab. "
            "Export the run again with `classlab export`."
        )
    return found


def _embedded(plain: Path, provenance: dict[str, Any]) -> bytes:
    """The archive with the provenance in its metadata."""
    whole = io.BytesIO()
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(whole, "w") as target:
        for info in source.infolist():
            content = source.read(info)
            if info.filename == "metadata.json":
                content = json.dumps({**json.loads(content), _KEY: provenance}, indent=1).encode()
            target.writestr(info.filename, content)
    return whole.getvalue()


def _prove(path: Path, temporary: Path, images: NDArray[np.uint8], expected: NDArray[np.float32]) -> Proof:
    k = keras()
    with k.device("cpu"):  # graphics cards may round convolutions to fewer bits
        loaded = k.saving.load_model(temporary, compile=False, safe_mode=True)
        scores = np.asarray(loaded.predict(images, batch_size=128, verbose=0))
    if scores.shape != expected.shape:
        raise ExportError(
            f"{path} must predict what the run predicts, but the reloaded file gives scores of {scores.shape} where "
            f"the run gives {expected.shape}. Nothing was written; please report this."
        )
    difference = float(np.abs(scores - expected).max(initial=0.0))
    allowed = TOLERANCE * max(1.0, float(np.abs(expected).max(initial=0.0)))  # raw scores may be far above 1
    if not difference <= allowed:
        raise ExportError(
            f"{path} must predict what the run predicts, but the reloaded file differs by {difference:.3g} on "
            f"{len(images)} probe images, where {allowed:.0e} is allowed. Nothing was written; please report this."
        )
    return Proof(max_difference=difference, images=len(images))

"""Writes a `.keras` file that takes raw pixels, and proves it before it gets its name."""

from __future__ import annotations

import io
import json
import secrets
import zipfile
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from classlab.errors import SpecError, StorageError, unwritable
from classlab.extras import installed
from classlab.files.atomic_file import write_atomically
from classlab.models.keras_archive import packed, read_archive
from classlab.models.keras_order import ordered_model
from classlab.models.keras_proof import prove_by_keras, prove_by_reading
from classlab.models.keras_writing import archive_of
from classlab.records.architecture import Architecture, KerasArchitecture

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from classlab.models.export_proof import Proof
    from classlab.models.keras_proof import Predictor
    from classlab.records.layers import Normalization, Rescaling
    from classlab.records.preparation import Preparation

_KEY = "classlab"


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
    predict: Predictor,
    preparation: Preparation | None = None,
    pictures: Sequence[NDArray[np.uint8]] = (),
) -> Proof:
    """Writes the model under a temporary name, opens it again, compares, and only then names the file.

    The file is what `model.save` writes: a preprocessing layer, the network, and in the archive's `metadata.json`,
    which Keras writes and never reads, class names and provenance under the key `classlab`. Keras opens it again where
    it is installed, else classlab's own reader.

    Args:
        path: the file; its name ends in `.keras`. An older file of that name stays until the new one is proven.
        architecture: the network; one of the general path is written by Keras.
        weights: as `to_keras` takes them.
        input_layer: the preprocessing.
        class_names: in label order.
        provenance: where the model comes from; anything that JSON can hold.
        probe_images: uint8, `(images, height, width, channels)`.
        expected: float32, `(images, classes)`: what the run says to the probe images.
        predict: computes what classlab's own reader finds.
        preparation: what brings pictures of any size to the network's images; None where these enter as they are.
        pictures: with a preparation, what the probe images were before it: for each size `(images, height, width,
            channels)`, all together as many as the images.

    Raises:
        ExportError: the file that was opened again says something else.
        SpecError: the name has another ending, weights are missing, or Keras is, which the general path needs.
        StorageError: the file cannot be written.
    """
    if path.suffix != ".keras":
        raise SpecError(f"`path` must end in .keras, but got path={path}. Keras opens no other ending.")
    from classlab.models.keras_build import to_keras

    told = {_KEY: {**provenance, "class_names": list(class_names)}}
    temporary = path.with_name(f".{path.stem}.{secrets.token_hex(6)}.whole.keras")
    try:
        if isinstance(architecture, KerasArchitecture):
            model = to_keras(architecture, weights, input_layer=input_layer, preparation=preparation)
            content = _saved_by_keras(temporary, model, told)
            temporary.write_bytes(content)
            proof = prove_by_keras(path, temporary, pictures or (probe_images,), expected)
        else:
            written = ordered_model(architecture, weights, input_layer=input_layer, preparation=preparation)
            content = packed(archive_of(written, **told))
            temporary.write_bytes(content)
            if installed("keras"):
                proof = prove_by_keras(path, temporary, pictures or (probe_images,), expected)
            else:
                proof = prove_by_reading(path, temporary, written, probe_images, expected, predict=predict)
        write_atomically(path, content)
    except OSError as refusal:
        if isinstance(refusal, StorageError):
            raise
        raise unwritable(path, refusal) from refusal
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
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


def _saved_by_keras(temporary: Path, model: Any, told: dict[str, Any]) -> bytes:
    """The archive of a model of the general path, of any size, with more in its metadata."""
    model.save(temporary)
    whole = io.BytesIO()
    with zipfile.ZipFile(temporary) as source, zipfile.ZipFile(whole, "w") as target:
        for info in source.infolist():
            content = source.read(info)
            if info.filename == "metadata.json":
                content = json.dumps({**json.loads(content), **told}, indent=1).encode()
            target.writestr(info.filename, content)
    return whole.getvalue()

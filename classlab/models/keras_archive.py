"""The members of a `.keras` file: written as Keras does, read under limits and before Keras sees any of them."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from classlab.errors import SpecError
from classlab.files.read_file import open_file
from classlab.files.zip_damage import zip_damage

if TYPE_CHECKING:
    from pathlib import Path

LIMIT = 256 << 20  # bytes a member may unpack to; the lab's networks need about one MiB
_LIMIT_JSON = 16 << 20
_LIMIT_FILE = 2 * LIMIT  # bytes of the file itself; Keras packs nothing
_MEMBERS = {"metadata.json": _LIMIT_JSON, "config.json": _LIMIT_JSON, "model.weights.h5": LIMIT}
_TRUSTED = "If you trust its source, load it yourself with keras.saving.load_model and pass the model in Python."


@dataclass(frozen=True, kw_only=True, eq=False)
class Archive:
    """What a `.keras` file holds.

    Args:
        metadata: Keras's version and date, and classlab's provenance where classlab wrote the file.
        config: the serialised model.
        weights: the HDF5 file with the weights, as bytes.
    """

    metadata: dict[str, Any]
    config: dict[str, Any]
    weights: bytes


def refused(path: Path, why: str) -> SpecError:
    """The error for a file that will not be opened."""
    return SpecError(
        f"{path} must be a .keras file of layers that classlab can check before it opens them, but {why}. {_TRUSTED}"
    )


def read_archive(path: Path) -> Archive:
    """Reads the three members that Keras writes.

    Raises:
        SpecError: it is no such archive, or a member is missing, foreign, doubled or too large.
        StorageError: the file cannot be read.
    """
    with (
        zip_damage(path, lambda damage: refused(path, f"it is not a whole zip archive ({damage})")),
        open_file(path, limit=_LIMIT_FILE, error=SpecError, step=_TRUSTED) as file,
        zipfile.ZipFile(file) as archive,
    ):
        _check_members(path, archive)
        members = {name: archive.read(name) for name in _MEMBERS}  # at most the announced size
    return Archive(
        metadata=_json(path, "metadata.json", members["metadata.json"]),
        config=_json(path, "config.json", members["config.json"]),
        weights=members["model.weights.h5"],
    )


def packed(archive: Archive) -> bytes:
    """The file of an archive, not compressed, as Keras leaves it."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as target:
        target.writestr("metadata.json", json.dumps(archive.metadata, indent=1))
        target.writestr("config.json", json.dumps(archive.config))
        target.writestr("model.weights.h5", archive.weights)
    return whole.getvalue()


def _check_members(path: Path, archive: zipfile.ZipFile) -> None:
    names = [info.filename for info in archive.infolist()]
    strangers = sorted(set(names) - set(_MEMBERS))
    if strangers:
        raise refused(path, f"it holds the foreign member {strangers[0]!r}")
    if len(names) != len(set(names)):
        raise refused(path, "it holds a member twice")
    missing = [name for name in _MEMBERS if name not in names]
    if missing:
        raise refused(path, f"it lacks the member {missing[0]!r}")
    for info in archive.infolist():
        if info.file_size > _MEMBERS[info.filename]:
            raise refused(
                path, f"its member {info.filename!r} unpacks to more than {_MEMBERS[info.filename] >> 20} MiB"
            )


def _json(path: Path, name: str, content: bytes) -> dict[str, Any]:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        raise refused(path, f"its member {name!r} is not valid JSON") from None
    if not isinstance(found, dict):
        raise refused(path, f"its member {name!r} is not a JSON object")
    return found

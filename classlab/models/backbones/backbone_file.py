"""A backbone in a file of its own, which is checked against the record that names it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.errors import RecordError
from classlab.files.tensor_file import read_arrays, write_arrays
from classlab.models.backbones.network import BackboneNetwork, content_digest
from classlab.records import Architecture, KerasArchitecture, from_json, to_json

if TYPE_CHECKING:
    from pathlib import Path

    from classlab.records.backbone import Backbone

_ARCHITECTURE, _KIND = "architecture", "kind"


def write_backbone(path: Path, network: BackboneNetwork) -> None:
    """Writes layers and weights.

    Raises:
        StorageError: the file cannot be written.
    """
    write_arrays(
        path, network.weights, {_ARCHITECTURE: to_json(network.architecture), _KIND: network.architecture.kind}
    )


def read_backbone(path: Path, record: Backbone) -> BackboneNetwork:
    """Reads them back.

    Args:
        path: the file, which may come from anyone.
        record: which backbone it must be.

    Raises:
        StorageError: the file is missing or unreadable.
        RecordError: it is damaged, or holds another backbone.
    """
    weights, facts = read_arrays(path)
    text, where = facts.get(_ARCHITECTURE, ""), str(path)
    architecture: Architecture | KerasArchitecture
    if facts.get(_KIND) == KerasArchitecture.kind:
        architecture = from_json(KerasArchitecture, text, where=where)
    else:
        architecture = from_json(Architecture, text, where=where)
    if content_digest(architecture, weights) != record.digest or architecture.input_shape != record.input_shape:
        raise RecordError(
            f"{path} must hold the backbone {record.name!r} that the run was trained on, but it holds another. "
            "Restore the file or train the run again."
        )
    return BackboneNetwork(record=record, architecture=architecture, weights=weights)

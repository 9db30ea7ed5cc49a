"""A backbone's network with its weights, and its name by content."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from classlab.errors import SpecError
from classlab.files.tensor_file import digest
from classlab.models.shapes import output_shapes
from classlab.records import to_plain
from classlab.records.architecture import Architecture
from classlab.records.backbone import Backbone
from classlab.records.configuration import nameless

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from classlab.records.architecture import KerasArchitecture

    Weights = dict[str, NDArray[np.float32]]


@dataclass(frozen=True, kw_only=True, eq=False)
class BackboneNetwork:
    """What makes features of pictures.

    Args:
        record: its name, digest and shapes, as a run's specification holds them.
        architecture: from the pictures to one row of features.
        weights: its arrays, as an imported model has them.
        notes: what a reader of a run's figures must know of it, each a sentence.
    """

    record: Backbone
    architecture: Architecture | KerasArchitecture
    weights: Weights
    notes: tuple[str, ...] = ()


def backbone_network(
    name: str,
    architecture: Architecture | KerasArchitecture,
    weights: Weights,
    *,
    features: int | None = None,
    drawn: str = "",
    scaled_by: str = "",
    notes: tuple[str, ...] = (),
) -> BackboneNetwork:
    """Names a network by its layers and weights.

    Args:
        name: what the user calls it.
        architecture: from the pictures to one row of features.
        weights: its arrays.
        features: numbers in a row; None where the layers say it.
        drawn: which weights were asked for of a network by name.
        scaled_by: the layer by which it scales pixels itself; "" where it does not.
        notes: what a reader must know of it.

    Raises:
        SpecError: it does not end in one row of features.
    """
    if isinstance(architecture, Architecture):
        last = output_shapes(architecture)[-1]
        if len(last) != 1:
            raise SpecError(
                f"the backbone {name!r} must make one row of features of a picture, but its last layer gives {last}. "
                "Let the network end in Flatten or GlobalAveragePooling2D and a Dense layer, before which it is cut."
            )
        features = last[0]
    record = Backbone(
        name=name,
        digest=content_digest(architecture, weights),
        input_shape=architecture.input_shape,
        features=features or 1,
        weights=drawn,
        scaled_by=scaled_by,
    )
    return BackboneNetwork(record=record, architecture=architecture, weights=weights, notes=notes)


def content_digest(architecture: Architecture | KerasArchitecture, weights: Weights) -> str:
    """SHA-256 over layers and weights, whatever the layers are called."""
    layers = json.dumps(to_plain(nameless(architecture)), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"{layers}{digest(weights)}".encode()).hexdigest()

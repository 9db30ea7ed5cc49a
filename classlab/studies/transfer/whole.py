"""A run on the features of a backbone as one network from the pictures: what predicts and what is exported."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.errors import SpecError
from classlab.records import Architecture, KerasArchitecture
from classlab.studies.transfer.kept import kept_backbone

if TYPE_CHECKING:
    from pathlib import Path

    from classlab.records import RunSpec
    from classlab.training import Weights


def whole_network(
    spec: RunSpec, weights: Weights, *, folder: Path | None
) -> tuple[Architecture | KerasArchitecture, Weights]:
    """The backbone with the head behind it.

    Args:
        spec: the run's, with a backbone.
        weights: the head's.
        folder: the run's, which holds the backbone; None for a run in memory.

    Returns:
        The network from the pictures to the scores, and all its weights.

    Raises:
        StorageError: the backbone is not at hand.
        RecordError: its file is damaged.
        SpecError: the head is none of layers that classlab knows.
    """
    from classlab.models.backbones.joined import joined, joined_by_keras

    head, backbone = spec.architecture, spec.data.backbone
    if backbone is None or not isinstance(head, Architecture):
        raise SpecError(
            f"the head {head.name!r} must be made of layers that classlab knows, to stand behind a backbone, but it is "
            "a model of Keras's. Train it from its layers."
        )
    network = kept_backbone(backbone, folder)
    name = f"{backbone.name}_{head.name}"
    if isinstance(network.architecture, KerasArchitecture):
        found = joined_by_keras((network.architecture, network.weights), (head, weights), name=name)
        return found.architecture, found.weights
    return joined((network.architecture, network.weights), (head, weights), name=name)

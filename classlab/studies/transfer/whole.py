"""A run on the features of a backbone as one network from the pictures: what predicts and what is exported."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.errors import RecordError, SpecError
from classlab.records import Architecture, KerasArchitecture
from classlab.studies.transfer.kept import kept_backbone

if TYPE_CHECKING:
    from pathlib import Path

    from classlab.models.backbones.network import BackboneNetwork
    from classlab.records import RunSpec
    from classlab.training import Weights

BACKBONE = "backbone/"
"""Before the names of the backbone's weights among those of a run that was fine-tuned."""


def whole_network(
    spec: RunSpec, weights: Weights, *, folder: Path | None
) -> tuple[Architecture | KerasArchitecture, Weights]:
    """The backbone with the head behind it.

    Args:
        spec: the run's, with a backbone.
        weights: the head's, and of a fine-tuned run those of the backbone that moved, see `BACKBONE`.
        folder: the run's, which holds the backbone; None for a run in memory.

    Returns:
        The network from the pictures to the scores, and all its weights.

    Raises:
        StorageError: the backbone is not at hand.
        RecordError: its file is damaged, or other weights are said to have moved than it has.
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
    own, own_head = network.weights | _moved(weights, network), head_weights(weights)
    name = f"{backbone.name}_{head.name}"
    if isinstance(network.architecture, KerasArchitecture):
        found = joined_by_keras((network.architecture, own), (head, own_head), name=name)
        return found.architecture, found.weights
    return joined((network.architecture, own), (head, own_head), name=name)


def head_weights(weights: Weights) -> Weights:
    """Those of the head alone."""
    return {key: array for key, array in weights.items() if not key.startswith(BACKBONE)}


def _moved(weights: Weights, network: BackboneNetwork) -> Weights:
    moved = {key.removeprefix(BACKBONE): array for key, array in weights.items() if key.startswith(BACKBONE)}
    for key, array in moved.items():
        if key not in network.weights or network.weights[key].shape != array.shape:
            raise RecordError(
                f"the weights of a fine-tuned run must be those of its backbone {network.record.name!r}, but it has no "
                f"{key[:80]!r} of the shape {array.shape}. Restore the run's files or train it again."
            )
    return moved

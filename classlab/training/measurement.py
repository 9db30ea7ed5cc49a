"""Figures and probabilities of a whole population on one split, whose images are scaled once for all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from classlab.models.weights import class_count
from classlab.records.architecture import Architecture
from classlab.records.run import Figures, Loss
from classlab.training.device import DeviceName, pick_device
from classlab.training.evaluation import figures_on, scores_of_all
from classlab.training.losses import loss_for
from classlab.training.network import Network
from classlab.training.resident import ResidentImages

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

    from classlab.datasets.dataset import Split
    from classlab.records.architecture import KerasArchitecture
    from classlab.records.layers import Normalization, Rescaling
    from classlab.training.outcome import Weights


@dataclass(frozen=True, kw_only=True, eq=False)
class Measurement:
    """What one member makes of a split.

    Args:
        figures: loss and accuracies.
        probabilities: float32, `(images, classes)`, as `predict` gives them; None where they were not asked for.
    """

    figures: Figures
    probabilities: NDArray[np.float32] | None


def measure(
    architecture: Architecture | KerasArchitecture,
    weights: Sequence[Weights],
    split: Split,
    *,
    input_layer: Rescaling | Normalization,
    loss: Loss,
    top_k: int | None = None,
    probabilities: bool = True,
    device: DeviceName = "auto",
) -> list[Measurement]:
    """Measures members that share a network.

    Args:
        architecture: the network.
        weights: each member's weights, at least one member.
        split: images and labels.
        input_layer: preprocessing.
        loss: what the loss figure is.
        top_k: also measure top-k accuracy.
        probabilities: whether class probabilities are wanted as well.
        device: where to compute.

    Returns:
        One measurement per member, in order.
    """
    if isinstance(architecture, Architecture):
        return _measure_layers(
            architecture, weights, split, input_layer, loss, top_k, wanted=probabilities, device=device
        )
    from classlab.training.general import evaluate_general, predict_general

    return [
        Measurement(
            figures=evaluate_general(architecture, each, split, input_layer=input_layer, loss=loss, top_k=top_k),
            probabilities=predict_general(
                architecture, each, split.images, input_layer=input_layer, from_logits=loss.from_logits
            )
            if probabilities
            else None,
        )
        for each in weights
    ]


@torch.inference_mode()
def _measure_layers(
    architecture: Architecture,
    weights: Sequence[Weights],
    split: Split,
    input_layer: Rescaling | Normalization,
    loss: Loss,
    top_k: int | None,
    *,
    wanted: bool,
    device: DeviceName,
) -> list[Measurement]:
    chosen = pick_device(device)
    resident = ResidentImages(split, input_layer=input_layer, classes=class_count(architecture), device=chosen)
    network = Network(architecture, weights, loss=loss, device=chosen, dtype=torch.float32)
    rule = loss_for(loss, softmax_in_loss=network.softmax_in_loss)
    members = len(weights)
    # The mean squared error takes the network's outputs as they are; probabilities come from the softmax.
    other = wanted and loss.name == "mean_squared_error"
    kept: list[Tensor] | None = [] if wanted and not other else None
    found = figures_on(network, resident, members=members, loss=rule, top_k=top_k, kept=kept)
    chances: list[NDArray[np.float32] | None] = [None] * members
    if wanted:
        if other:
            plain = Loss(from_logits=loss.from_logits)
            network = Network(architecture, weights, loss=plain, device=chosen, dtype=torch.float32)
            rule = loss_for(plain, softmax_in_loss=network.softmax_in_loss)
        scores = scores_of_all(network, resident, members=members) if kept is None else torch.cat(kept, dim=1)
        chances = list(rule.probabilities(scores).cpu().numpy())
    return [
        Measurement(
            figures=Figures(
                images=len(split),
                loss=found.loss[member],
                accuracy=found.accuracy[member],
                top_k_accuracy=None if found.top_k is None else found.top_k[member],
            ),
            probabilities=chances[member],
        )
        for member in range(members)
    ]

"""Trained networks evaluated on PyTorch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from classlab.datasets.dataset import Split
from classlab.models.weights import class_count
from classlab.records.run import Loss
from classlab.training.loop.measurement import Measurement, measurements
from classlab.training.process.products import plain_float32
from classlab.training.tensor.device import pick_device
from classlab.training.tensor.evaluation import figures_on, scores_of_all, scores_of_one
from classlab.training.tensor.losses import loss_for
from classlab.training.tensor.network import Network
from classlab.training.tensor.resident import ResidentImages

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from torch import Tensor

    from classlab.records.architecture import Architecture
    from classlab.records.layers import Normalization, Rescaling
    from classlab.training.loop.outcome import Weights
    from classlab.training.process.processor import DeviceName


@plain_float32()
@torch.inference_mode()
def measure_on_tensors(
    architecture: Architecture,
    weights: Sequence[Weights],
    split: Split,
    *,
    input_layer: Rescaling | Normalization,
    loss: Loss,
    top_k: int | None,
    probabilities: bool,
    device: DeviceName,
) -> list[Measurement]:
    """Measures members that share a network, whose images are scaled once for all; see `measure`."""
    chosen = pick_device(device)
    resident = ResidentImages(split, input_layer=input_layer, classes=class_count(architecture), device=chosen)
    network = Network(architecture, weights, loss=loss, device=chosen, dtype=torch.float32)
    rule = loss_for(loss, softmax_in_loss=network.softmax_in_loss)
    members = len(weights)
    # The mean squared error takes the network's outputs as they are; probabilities come from the softmax.
    other = probabilities and loss.name == "mean_squared_error"
    kept: list[Tensor] | None = [] if probabilities and not other else None
    found = figures_on(network, resident, members=members, loss=rule, top_k=top_k, kept=kept)
    chances: NDArray[np.float32] | None = None
    if probabilities:
        if other:
            plain = Loss(from_logits=loss.from_logits)
            network = Network(architecture, weights, loss=plain, device=chosen, dtype=torch.float32)
            rule = loss_for(plain, softmax_in_loss=network.softmax_in_loss)
        scores = scores_of_all(network, resident, members=members) if kept is None else torch.cat(kept, dim=1)
        chances = rule.probabilities(scores).cpu().numpy()
    return measurements(found, chances, images=len(split))


@plain_float32()
@torch.inference_mode()
def predict_on_tensors(
    architecture: Architecture,
    weights: Weights,
    images: NDArray[np.uint8],
    *,
    input_layer: Rescaling | Normalization,
    from_logits: bool,
    device: DeviceName,
) -> NDArray[np.float32]:
    """Class probabilities of an engine architecture; see `predict`."""
    chosen = pick_device(device)
    loss = Loss(from_logits=from_logits)
    network = Network(architecture, [weights], loss=loss, device=chosen, dtype=torch.float32)
    labels = np.zeros(len(images), dtype=np.int64)
    split = Split(images=images, labels=labels)
    resident = ResidentImages(split, input_layer=input_layer, classes=class_count(architecture), device=chosen)
    scores = scores_of_one(network, resident)
    rule = loss_for(loss, softmax_in_loss=network.softmax_in_loss)
    result: NDArray[np.float32] = rule.probabilities(scores).cpu().numpy()
    return result

"""Predictions and figures of trained weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from classlab.datasets.dataset import Split
from classlab.models.weights import class_count
from classlab.records.run import Figures, Loss
from classlab.training.device import DeviceName, pick_device
from classlab.training.evaluation import figures_on, scores_of_one
from classlab.training.losses import loss_for
from classlab.training.network import Network
from classlab.training.resident import ResidentImages

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classlab.records.architecture import Architecture
    from classlab.records.layers import Normalization, Rescaling
    from classlab.training.outcome import Weights


@torch.inference_mode()
def predict_layers(
    architecture: Architecture,
    weights: Weights,
    images: NDArray[np.uint8],
    *,
    input_layer: Rescaling | Normalization,
    from_logits: bool = False,
    device: DeviceName = "auto",
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


@torch.inference_mode()
def evaluate_layers(
    architecture: Architecture,
    weights: Weights,
    split: Split,
    *,
    input_layer: Rescaling | Normalization,
    loss: Loss,
    top_k: int | None = None,
    device: DeviceName = "auto",
) -> Figures:
    """Figures of an engine architecture; see `evaluate`."""
    chosen = pick_device(device)
    network = Network(architecture, [weights], loss=loss, device=chosen, dtype=torch.float32)
    resident = ResidentImages(split, input_layer=input_layer, classes=class_count(architecture), device=chosen)
    rule = loss_for(loss, softmax_in_loss=network.softmax_in_loss)
    found = figures_on(network, resident, members=1, loss=rule, top_k=top_k)
    return Figures(
        images=len(split),
        loss=found.loss[0],
        accuracy=found.accuracy[0],
        top_k_accuracy=None if found.top_k is None else found.top_k[0],
    )

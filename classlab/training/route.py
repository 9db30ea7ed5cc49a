"""The engine's front door: architectures of known layers go to the engine, other Keras models to Keras itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.records.architecture import Architecture
from classlab.training.inference import evaluate_layers, predict_layers
from classlab.training.train import train_layers

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from classlab.datasets.dataset import Division, Split
    from classlab.records.architecture import KerasArchitecture
    from classlab.records.layers import Normalization, Rescaling
    from classlab.records.progress import Observer
    from classlab.records.run import Figures, Loss, RunSpec
    from classlab.training.device import DeviceName
    from classlab.training.outcome import Outcome, Weights


def train_population(
    specs: Sequence[RunSpec],
    division: Division,
    *,
    input_layer: Rescaling | Normalization,
    initial_weights: Sequence[Weights | None] | None = None,
    checkpoint: Path | None = None,
    resume: bool = False,
    observer: Observer | None = None,
    diagnostics: bool = True,
    device: DeviceName = "auto",
) -> list[Outcome]:
    """Trains runs together.

    Args:
        specs: runs that share data, architecture, loss, batch size, top-k and precision; they may differ in
            optimizer, schedule, epochs, seed and early stopping.
        division: training, validation and test images.
        input_layer: preprocessing, applied to every image before the architecture.
        initial_weights: each run's first weights in Keras's shapes; None draws them from the run's seed.
        checkpoint: file that is rewritten after every epoch.
        resume: go on from that file where it exists.
        observer: told of every epoch.
        diagnostics: whether to note what the doctor needs; it changes no figure and no weight.
        device: auto takes a CUDA GPU where there is one.

    Returns:
        One outcome per run, in order. A run that diverges is an outcome like any other.

    Raises:
        SpecError: the runs cannot share a population, or the network does not fit the images.
        RecordError: the checkpoint is damaged or belongs to other runs.
        StorageError: the checkpoint cannot be read or written.
    """
    train = train_layers
    if any(not isinstance(spec.architecture, Architecture) for spec in specs):
        from classlab.training.general import train_general

        train = train_general
    return train(
        specs,
        division,
        input_layer=input_layer,
        initial_weights=initial_weights,
        checkpoint=checkpoint,
        resume=resume,
        observer=observer,
        diagnostics=diagnostics,
        device=device,
    )


def predict(
    architecture: Architecture | KerasArchitecture,
    weights: Weights,
    images: NDArray[np.uint8],
    *,
    input_layer: Rescaling | Normalization,
    from_logits: bool = False,
    device: DeviceName = "auto",
) -> NDArray[np.float32]:
    """Class probabilities of raw pixels.

    Args:
        architecture: the network.
        weights: its weights.
        images: uint8, `(images, height, width, channels)`.
        input_layer: preprocessing.
        from_logits: the network ends in raw scores; a softmax is applied to them.
        device: where to compute.

    Returns:
        float32, `(images, classes)`; a network that ends in neither softmax nor logits gives its outputs as they are.
    """
    if isinstance(architecture, Architecture):
        return predict_layers(
            architecture, weights, images, input_layer=input_layer, from_logits=from_logits, device=device
        )
    from classlab.training.general import predict_general

    return predict_general(architecture, weights, images, input_layer=input_layer, from_logits=from_logits)


def evaluate(
    architecture: Architecture | KerasArchitecture,
    weights: Weights,
    split: Split,
    *,
    input_layer: Rescaling | Normalization,
    loss: Loss,
    top_k: int | None = None,
    device: DeviceName = "auto",
) -> Figures:
    """Loss and accuracies on a split.

    Args:
        architecture: the network.
        weights: its weights.
        split: images and labels.
        input_layer: preprocessing.
        loss: what the loss figure is.
        top_k: also measure top-k accuracy.
        device: where to compute.
    """
    if isinstance(architecture, Architecture):
        return evaluate_layers(
            architecture, weights, split, input_layer=input_layer, loss=loss, top_k=top_k, device=device
        )
    from classlab.training.general import evaluate_general

    return evaluate_general(architecture, weights, split, input_layer=input_layer, loss=loss, top_k=top_k)

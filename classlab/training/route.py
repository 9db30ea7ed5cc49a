"""The engine's front door: who computes what is asked for.

Dense networks go to the compiled kernels where they are installed, which spares everyone the seconds that PyTorch
takes to load; other architectures of known layers go to PyTorch, and other Keras models to Keras itself. Each is
imported when something comes its way.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from classlab.records.architecture import Architecture
from classlab.records.run import Loss
from classlab.training.kernels.recognition import computed_by_kernels, trained_by_kernels
from classlab.training.loop.train import check_alike
from classlab.training.process.memory import collector_paused

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from classlab.datasets.dataset import Division, Split
    from classlab.records.architecture import KerasArchitecture
    from classlab.records.layers import Normalization, Rescaling
    from classlab.records.progress import Observer
    from classlab.records.run import Figures, RunSpec
    from classlab.training.loop.measurement import Measurement
    from classlab.training.loop.outcome import Outcome, Weights
    from classlab.training.process.processor import DeviceName


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
    check_alike(specs, division)
    options: dict[str, Any] = {
        "input_layer": input_layer,
        "diagnostics": diagnostics,
        "initial_weights": initial_weights,
        "checkpoint": checkpoint,
        "resume": resume,
        "observer": observer,
    }
    if not isinstance(specs[0].architecture, Architecture):
        from classlab.training.keras.backend import train_general

        return train_general(specs, division, **options)
    if trained_by_kernels(specs, device):
        from classlab.training.kernels.backend import train_in_kernels

        return train_in_kernels(specs, division, **options)
    _load_pytorch()
    from classlab.training.tensor.backend import train_on_tensors

    return train_on_tensors(specs, division, device=device, **options)


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
    options: dict[str, Any] = {
        "input_layer": input_layer,
        "loss": loss,
        "top_k": top_k,
        "probabilities": probabilities,
    }
    if not isinstance(architecture, Architecture):
        from classlab.training.keras.backend import measure_general

        return measure_general(architecture, weights, split, **options)
    if computed_by_kernels(architecture, loss, device):
        from classlab.training.kernels.measurement import measure_in_kernels

        return measure_in_kernels(architecture, weights, split, **options)
    _load_pytorch()
    from classlab.training.tensor.measurement import measure_on_tensors

    return measure_on_tensors(architecture, weights, split, device=device, **options)


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
    (measured,) = measure(
        architecture,
        [weights],
        split,
        input_layer=input_layer,
        loss=loss,
        top_k=top_k,
        probabilities=False,
        device=device,
    )
    return measured.figures


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
    if not isinstance(architecture, Architecture):
        from classlab.training.keras.backend import predict_general

        return predict_general(architecture, weights, images, input_layer=input_layer, from_logits=from_logits)
    if computed_by_kernels(architecture, Loss(from_logits=from_logits), device):
        from classlab.training.kernels.measurement import predict_in_kernels

        return predict_in_kernels(architecture, weights, images, input_layer=input_layer, from_logits=from_logits)
    _load_pytorch()
    from classlab.training.tensor.measurement import predict_on_tensors

    return predict_on_tensors(
        architecture, weights, images, input_layer=input_layer, from_logits=from_logits, device=device
    )


def _load_pytorch() -> None:
    if "torch" not in sys.modules:
        with collector_paused():
            import torch  # noqa: F401 - for those that are imported next

"""The engine's front door: the choice of a backend for what is asked for.

Dense networks go to the compiled kernels where they are installed, which spares everyone the seconds that PyTorch
takes to load; other architectures of known layers go to PyTorch, and other Keras models to Keras itself. Each is
imported when something comes its way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.errors import SpecError
from classlab.models.weights import check_width, class_count, weight_specs
from classlab.records.architecture import Architecture
from classlab.training.backend import TrainingRequest
from classlab.training.kernels.recognition import method_for_training
from classlab.training.loop.class_weights import check_class_weights
from classlab.training.loop.train import train
from classlab.training.measuring import measure
from classlab.training.need import need_for_training
from classlab.training.process.settings import load_pytorch

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from classlab.datasets.dataset import Division
    from classlab.options.words import DeviceName
    from classlab.records.layers import Normalization, Rescaling
    from classlab.records.progress import Observer
    from classlab.records.run import RunSpec
    from classlab.training.backend import Backend, Weights
    from classlab.training.loop.member import Outcome

_SHARED = ("data", "architecture", "loss", "batch_size", "top_k", "precision", "class_weights")


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
        specs: runs that share data, architecture, loss, class weights, batch size, top-k and precision; they may differ
            in optimizer, schedule, epochs, seed and early stopping.
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
        MissingExtraError: what trains them is not installed.
        RecordError: the checkpoint is damaged or belongs to other runs.
        StorageError: the checkpoint cannot be read or written.
    """
    _check_alike(specs, division)
    request = TrainingRequest(
        specs=specs,
        division=division,
        input_layer=input_layer,
        initial_weights=initial_weights,
        checkpoint=checkpoint,
        resume=resume,
        observer=observer,
        diagnostics=diagnostics,
        device=device,
        validated=lambda weights: measure(
            specs[0].architecture,
            weights,
            division.validation,
            input_layer=input_layer,
            loss=specs[0].loss,
            device=device,
        ),
    )
    return train(backend_for(request), request)


def _check_alike(specs: Sequence[RunSpec], division: Division) -> None:
    """Makes sure that the runs can share a population and that their network fits the data.

    Raises:
        SpecError: they cannot, or it does not.
    """
    if not specs:
        raise SpecError("a population needs at least one run, but got none. Name a model and a seed.")
    for name in _SHARED:
        if any(getattr(spec, name) != getattr(specs[0], name) for spec in specs):
            raise SpecError(f"runs of one population must share `{name}`, but got several. Train them one by one.")
    check_class_weights(specs[0].class_weights, division.train.labels)
    architecture = specs[0].architecture
    shape = division.train.images.shape[1:]
    if tuple(shape) != architecture.input_shape:
        raise SpecError(
            f"the model {architecture.name!r} takes images of {architecture.input_shape}, but the data has "
            f"{tuple(shape)} (height, width, channels). Build the model for these images."
        )
    if isinstance(architecture, Architecture):
        width = class_count(architecture)
        check_width(architecture.name, width, division.labels)
        if not any(weight.trainable for weight in weight_specs(architecture)):
            raise SpecError(
                f"the model {architecture.name!r} has no weights to train, only layers that pass values on. "
                "Add a Dense layer with one unit per class."
            )
        top_k = specs[0].top_k
        if top_k is not None and top_k > width:
            raise SpecError(f"`top_k` must be at most the {width} classes, but got top_k={top_k}. Give less.")


def backend_for(request: TrainingRequest) -> Backend:
    """Whoever trains what is asked for.

    Raises:
        MissingExtraError: that is not installed.
    """
    need_for_training(request.specs, request.device)
    if not isinstance(request.specs[0].architecture, Architecture):
        from classlab.training.keras.backend import KerasBackend

        return KerasBackend(request)
    if (method := method_for_training(request.specs, request.device)) is not None:
        from classlab.training.kernels.backend import KernelBackend

        return KernelBackend(request, method)
    load_pytorch()
    from classlab.training.tensor.backend import TensorBackend

    return TensorBackend(request)

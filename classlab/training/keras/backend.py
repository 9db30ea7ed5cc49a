"""Networks through Keras's layers: populations of one model for the training loop, and measurements.

A Keras model with a layer that the engine does not know trains here, with the engine's order of batches, figures,
checkpoints and rules for ending. On PyTorch its steps are taken here, too; otherwise Keras's own `fit` takes them.
"""

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from classlab.errors import SpecError
from classlab.measures.plan import GRADIENT_IMAGES, probe_size
from classlab.measures.softmax import softmax
from classlab.models.keras_import import rebuild
from classlab.models.keras_runtime import keras
from classlab.models.weights import check_width
from classlab.records.run import Figures, Loss
from classlab.training.backend import Measurement, measurements
from classlab.training.keras.failing_layer import failures_named
from classlab.training.keras.fitted import FittedPopulation
from classlab.training.keras.model import first_weights, keras_loss, keras_model, penalty_of
from classlab.training.keras.notes import keras_notes
from classlab.training.loop.split_notes import probe_split
from classlab.training.process.neighbors import cores_are_taken, one_thread
from classlab.training.process.processor import on_processor
from classlab.training.process.settings import freed_memory_kept, plain_float32

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

    from numpy.typing import NDArray

    from classlab.options.words import DeviceName
    from classlab.records.architecture import KerasArchitecture
    from classlab.records.diagnostics import Diagnostics
    from classlab.records.layers import Normalization, Rescaling
    from classlab.records.run import RunSpec
    from classlab.training.backend import MeasureRequest, TrainingRequest, Weights
    from classlab.training.keras.population import KerasPopulation
    from classlab.training.tensor.resident import ResidentImages

# Images in all epochs from which on a training takes tenths of a second by itself, and seconds where its threads wait
# for one another beside other programs: two took 6 times as long beside two busy programs, 11 beside spinning ones.
_LONG = 2_000


class KerasBackend:
    """See `Backend`.

    Args:
        request: runs of one Keras model.

    Raises:
        SpecError: they ask for an arithmetic that its layers do not have here.
    """

    in_step = False

    def __init__(self, request: TrainingRequest) -> None:
        self._request = request
        self._architecture: KerasArchitecture = request.specs[0].architecture  # type: ignore[assignment]  # see `route`
        self._classes: int | None = None
        self._images: tuple[ResidentImages, ResidentImages] | None = None
        _check_precision(request.specs[0])

    @contextmanager
    def computing(self) -> Iterator[None]:
        """On PyTorch its device, all digits of float32, and memory that stays from step to step."""
        alone = nullcontext() if not (_on_pytorch() and self._is_long() and cores_are_taken()) else one_thread()
        named = failures_named(self._architecture)
        with _on_device(self._request.device), freed_memory_kept(), alone, named:
            yield

    def _is_long(self) -> bool:
        """Whether it matters with how many threads the runs train."""
        images = len(self._request.division.train) * max(spec.epochs for spec in self._request.specs)
        return images >= _LONG and on_processor(self._request.device)

    def first_weights(self, given: Weights | None, *, seed: int) -> Weights:
        """What a run starts from; Keras draws what is not given."""
        return first_weights(self._architecture, given, seed=seed)

    def populate(self, runs: Sequence[RunSpec], weights: Sequence[Weights]) -> KerasPopulation:
        """A population of one run."""
        asked, (run,), (first,) = self._request, runs, weights
        train = asked.division.train
        size = probe_size(len(train))
        probed = probe_split(train, most=size, leading=GRADIENT_IMAGES) if asked.diagnostics else None
        model = keras_model(self._architecture, first, input_layer=asked.input_layer, seed=run.seed)
        self._classes = int(model.output_shape[-1])
        check_width(self._architecture.name, self._classes, asked.division.labels)
        if not _on_pytorch():
            return FittedPopulation(run, model, division=asked.division, probed=probed, input_layer=asked.input_layer)
        from classlab.training.keras.convolutions import quick_convolutions
        from classlab.training.keras.stepped import SteppedPopulation, is_stepped
        from classlab.training.tensor.device import pick_device, pick_dtype

        dtype = pick_dtype(run.precision, pick_device(asked.device))
        if not is_stepped(model):
            convolving = partial(quick_convolutions, dtype)
            return FittedPopulation(
                run,
                model,
                division=asked.division,
                probed=probed,
                input_layer=asked.input_layer,
                convolving=convolving,
            )
        train_images, validation_images = self._resident(self._classes)
        return SteppedPopulation(
            run,
            model,
            train=train_images,
            validation=validation_images,
            probed=probed,
            input_layer=asked.input_layer,
            dtype=dtype,
        )

    def notes(self) -> Diagnostics:
        """What holds for every run before the first step."""
        classes = self._classes or int(rebuild(self._architecture).output_shape[-1])
        return keras_notes(
            self._request.division, self._architecture, input_layer=self._request.input_layer, classes=classes
        )

    def _resident(self, classes: int) -> tuple[ResidentImages, ResidentImages]:
        """Training and validation images on the device, there once for all runs."""
        if self._images is None:
            from classlab.training.tensor.device import pick_device
            from classlab.training.tensor.resident import ResidentImages

            asked = self._request
            train, validation = (
                ResidentImages(split, input_layer=asked.input_layer, classes=classes, device=pick_device(asked.device))
                for split in (asked.division.train, asked.division.validation)
            )
            self._images = train, validation
        return self._images


def scoring_through_keras(
    architecture: KerasArchitecture,
    weights: Weights,
    *,
    input_layer: Rescaling | Normalization,
    device: DeviceName,
) -> Callable[[NDArray[np.uint8]], NDArray[np.float32]]:
    """See `scoring`; the model is built once."""
    with _on_device(device):
        model = keras_model(architecture, weights, input_layer=input_layer, seed=0)
    if not _on_pytorch():
        return lambda images: np.asarray(model.predict(images, batch_size=512, verbose=0), dtype=np.float32)
    from classlab.training.keras.convolutions import quick_convolutions
    from classlab.training.keras.forward import Forward

    forward = Forward(model, Loss(), learns=False)

    def scores(images: NDArray[np.uint8]) -> NDArray[np.float32]:
        with _on_device(device), freed_memory_kept(), quick_convolutions():
            return forward.of_pixels(images, input_layer)

    return scores


def measure_through_keras(request: MeasureRequest) -> list[Measurement]:
    """Measures members one after the other; see `measure`. One that is alone keeps its model for the next."""
    with _on_device(request.device), freed_memory_kept():
        return [_measured(request, place) for place in range(len(request.weights))]


def _measured(request: MeasureRequest, place: int) -> Measurement:
    model = request.made.get(place)
    if model is None:
        architecture: KerasArchitecture = request.architecture  # type: ignore[assignment]  # others are routed away
        model = keras_model(architecture, request.weights[place], input_layer=request.input_layer, seed=0)
        if len(request.weights) == 1:
            request.made[place] = model
    if _on_pytorch():
        return _on_tensors(model, request)
    scores = np.asarray(model.predict(request.split.images, batch_size=512, verbose=0), dtype=np.float32)
    return Measurement(figures=_figures(model, scores, request), probabilities=_probabilities(scores, request))


def _on_tensors(model: Any, request: MeasureRequest) -> Measurement:
    import torch

    from classlab.training.keras.convolutions import quick_convolutions
    from classlab.training.keras.forward import Forward
    from classlab.training.tensor.device import pick_device
    from classlab.training.tensor.resident import ResidentImages

    forward = Forward(model, request.loss)
    kept: list[torch.Tensor] = []
    images = ResidentImages(
        request.split, input_layer=request.input_layer, classes=forward.classes, device=pick_device(request.device)
    )
    with quick_convolutions():
        found = forward.figures(images, top_k=request.top_k, kept=kept)
    scores: NDArray[np.float32] = torch.cat(kept).cpu().numpy()
    probabilities = _probabilities(scores, request)
    (measured,) = measurements(found, None if probabilities is None else probabilities[None], images=len(images))
    return measured


def _probabilities(scores: NDArray[np.float32], request: MeasureRequest) -> NDArray[np.float32] | None:
    if not request.probabilities:
        return None
    return softmax(scores) if request.loss.from_logits else scores


def _figures(model: Any, scores: NDArray[np.float32], request: MeasureRequest) -> Figures:
    labels, top_k = request.split.labels, request.top_k
    targets = np.eye(scores.shape[1], dtype=np.float32)[labels]
    wanted = labels if request.loss.name == "sparse_categorical_crossentropy" else targets
    label = scores[np.arange(len(labels)), labels]
    within = (scores > label[:, None]).sum(1)
    return Figures(
        images=len(labels),
        loss=float(keras_loss(request.loss)(wanted, scores)) + penalty_of(model),
        accuracy=float((scores.argmax(1) == labels).mean()),
        top_k_accuracy=None if top_k is None else float((within < top_k).mean()),
    )


def _on_pytorch() -> bool:
    return bool(keras().backend.backend() == "torch")


@contextmanager
def _on_device(device: DeviceName) -> Iterator[None]:
    """Where Keras makes its tensors; on another backend than PyTorch it places them itself."""
    if not _on_pytorch():
        yield
        return
    from classlab.training.tensor.device import pick_device

    with keras().device(pick_device(device).type), plain_float32():
        yield


def _check_precision(run: RunSpec) -> None:
    """Makes sure that what the run's record will name is what computes."""
    if run.precision == "float64" or (run.precision == "bfloat16" and not _on_pytorch()):
        raise SpecError(
            f"the model {run.architecture.name!r} trains through Keras's layers, which compute in "
            f"{'float32 or bfloat16' if _on_pytorch() else 'float32'} here, but got precision={run.precision!r}. "
            "Use precision='float32'."
        )

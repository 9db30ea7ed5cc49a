"""Networks with weights, measured: figures and answers on images, by whatever computes them here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from classlab.datasets.dataset import Split
from classlab.extras import installed
from classlab.records.architecture import Architecture
from classlab.records.run import Loss
from classlab.training.backend import MeasureRequest
from classlab.training.kernels.recognition import method_for_measuring
from classlab.training.led_in import led_in
from classlab.training.need import need_for_measuring
from classlab.training.process.settings import freed_memory_kept, load_pytorch

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from classlab.options.words import DeviceName
    from classlab.records.architecture import KerasArchitecture
    from classlab.records.layers import Normalization, Rescaling
    from classlab.records.run import Figures
    from classlab.training.backend import Measurement, Weights

_AS_THEY_ARE = Loss(name="mean_squared_error")  # with it a network's outputs are handed on without a softmax


class Measuring(Protocol):
    """Measures members that are there on the split that it is given."""

    def __call__(self, split: Split, *, probabilities: bool = True) -> list[Measurement]:
        """One measurement per member, in order."""


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

    Raises:
        MissingExtraError: what computes the network is not installed.
    """
    on = measuring(architecture, weights, input_layer=input_layer, loss=loss, top_k=top_k, device=device)
    return on(split, probabilities=probabilities)


def measuring(
    architecture: Architecture | KerasArchitecture,
    weights: Sequence[Weights],
    *,
    input_layer: Rescaling | Normalization,
    loss: Loss,
    top_k: int | None = None,
    device: DeviceName = "auto",
) -> Measuring:
    """Members that share a network, ready to be measured on several splits: Keras makes a model in tenths of a second.

    Args:
        architecture: as in `measure`.
        weights: as in `measure`.
        input_layer: as in `measure`.
        loss: as in `measure`.
        top_k: as in `measure`.
        device: as in `measure`.

    Returns:
        What takes a split, and whether probabilities are wanted, and gives what `measure` gives.
    """
    made: dict[int, Any] = {}

    def on(split: Split, *, probabilities: bool = True) -> list[Measurement]:
        return _measured(
            MeasureRequest(
                architecture=architecture,
                weights=weights,
                split=split,
                input_layer=input_layer,
                loss=loss,
                top_k=top_k,
                probabilities=probabilities,
                device=device,
                made=made,
            )
        )

    return on


def _measured(request: MeasureRequest) -> list[Measurement]:
    if not installed("torch"):
        request = led_in(request)
    architecture, loss, device = request.architecture, request.loss, request.device
    need_for_measuring(architecture, loss, device)
    if not isinstance(architecture, Architecture):
        from classlab.training.keras.backend import measure_through_keras

        return measure_through_keras(request)
    if (method := method_for_measuring(architecture, loss, device)) is not None:
        from classlab.training.kernels.backend import measure_in_kernels

        return measure_in_kernels(request, method)
    load_pytorch()
    from classlab.training.tensor.backend import measure_on_tensors

    return measure_on_tensors(request)


def scoring(
    architecture: Architecture | KerasArchitecture,
    weights: Weights,
    *,
    input_layer: Rescaling | Normalization,
    device: DeviceName = "auto",
) -> Callable[[NDArray[np.uint8]], NDArray[np.float32]]:
    """A network as a function of images, ready to be called many times.

    Args:
        architecture: the network.
        weights: its weights.
        input_layer: preprocessing.
        device: where to compute.

    Returns:
        From uint8 `(images, height, width, channels)` to the network's outputs as they are, `(images, outputs)`.

    Raises:
        MissingExtraError: what computes the network is not installed.
    """
    if not isinstance(architecture, Architecture):
        need_for_measuring(architecture, _AS_THEY_ARE, device)
        from classlab.training.keras.backend import scoring_through_keras

        return scoring_through_keras(architecture, weights, input_layer=input_layer, device=device)

    def scores(images: NDArray[np.uint8]) -> NDArray[np.float32]:
        unlabeled = Split(images=images, labels=np.zeros(len(images), np.int64))
        with freed_memory_kept():
            (found,) = measure(
                architecture, [weights], unlabeled, input_layer=input_layer, loss=_AS_THEY_ARE, device=device
            )
        assert found.probabilities is not None  # noqa: S101 - asked for
        return found.probabilities

    return scores


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
    """Loss and accuracies on a split; see `measure` for the arguments."""
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
    unlabeled = Split(images=images, labels=np.zeros(len(images), np.int64))
    loss = Loss(from_logits=from_logits)
    (measured,) = measure(architecture, [weights], unlabeled, input_layer=input_layer, loss=loss, device=device)
    assert measured.probabilities is not None  # noqa: S101 - asked for
    return measured.probabilities

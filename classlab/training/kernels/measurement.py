"""Trained dense networks evaluated in the kernels: no PyTorch is loaded."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from classlab.datasets.dataset import Split
from classlab.records.run import Loss
from classlab.training.kernels.backend import known_chain
from classlab.training.kernels.images import KernelImages
from classlab.training.kernels.state import DenseState
from classlab.training.kernels.thread_groups import Crew
from classlab.training.loop.measurement import Measurement, measurements
from classlab.training.loop.randomness import SeedGroups

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from classlab.records.architecture import Architecture
    from classlab.records.layers import Normalization, Rescaling
    from classlab.training.loop.epoch_result import EpochFigures
    from classlab.training.loop.outcome import Weights


def measure_in_kernels(
    architecture: Architecture,
    weights: Sequence[Weights],
    split: Split,
    *,
    input_layer: Rescaling | Normalization,
    loss: Loss,
    top_k: int | None,
    probabilities: bool,
) -> list[Measurement]:
    """Measures members that share a network; see `measure`."""
    wanted = probabilities or top_k is not None
    found, scores = _looked(architecture, weights, split, input_layer=input_layer, loss=loss, scores=wanted)
    if top_k is not None and scores is not None:
        found = replace(found, top_k=_within(scores, split.labels, top_k).tolist())
    chances = shares(scores) if probabilities and scores is not None else None
    return measurements(found, chances, images=len(split))


def predict_in_kernels(
    architecture: Architecture,
    weights: Weights,
    images: NDArray[np.uint8],
    *,
    input_layer: Rescaling | Normalization,
    from_logits: bool,
) -> NDArray[np.float32]:
    """Class probabilities of raw pixels; see `predict`."""
    split = Split(images=images, labels=np.zeros(len(images), np.int64))
    loss = Loss(from_logits=from_logits)
    _, scores = _looked(architecture, [weights], split, input_layer=input_layer, loss=loss, scores=True)
    assert scores is not None  # noqa: S101 - asked for
    return shares(scores[0])


def shares(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """The softmax of scores `(..., classes)`."""
    found: NDArray[np.float32] = scores - scores.max(-1, keepdims=True)
    np.exp(found, out=found)  # in place: a thousand members have hundreds of megabytes of scores
    found /= found.sum(-1, keepdims=True)
    return found


def _looked(
    architecture: Architecture,
    weights: Sequence[Weights],
    split: Split,
    *,
    input_layer: Rescaling | Normalization,
    loss: Loss,
    scores: bool,
) -> tuple[EpochFigures, NDArray[np.float32] | None]:
    library, layers = known_chain(architecture, loss)
    crew = Crew(library, layers, SeedGroups((0,) * len(weights)))
    crew.load(DenseState(weights).arrays)
    images = KernelImages(library, split, input_layer=input_layer, vectors=crew.vectors)
    return crew.look(images, scores=scores)


def _within(scores: NDArray[np.float32], labels: NDArray[np.int64], top_k: int) -> NDArray[np.float64]:
    """Each member's share of images whose label is among the k highest scores."""
    label = scores[:, np.arange(len(labels)), labels]
    found: NDArray[np.float64] = ((scores > label[..., None]).sum(-1) < top_k).mean(-1)
    return found

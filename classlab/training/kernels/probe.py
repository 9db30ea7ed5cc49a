"""A dense population as a probe's subject: a pass of few images, forward and back, in NumPy.

The kernels keep no values between layers, which are what a probe looks at; and for some hundred images NumPy's products
take a few milliseconds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classlab.measures.network import Point, Sums
from classlab.measures.plan import GRADIENT_IMAGES
from classlab.models.weights import weight_specs
from classlab.training.kernels.recognition import Function
from classlab.training.loop.probe import function_of, member_probes
from classlab.training.loop.scaling import scaled
from classlab.training.process.settings import quiet_products

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from classlab.datasets.dataset import Split
    from classlab.records.architecture import Architecture
    from classlab.records.diagnostics import Probe
    from classlab.records.layers import Normalization, Rescaling
    from classlab.training.kernels.recognition import DenseLayer
    from classlab.training.loop.probe import Changes

    Floats = NDArray[np.float32]

_VALUES = 4_000_000  # of a layer, all members' together: 16 MB


class DenseProber:
    """Measures dense populations on the same images.

    Args:
        split: the probe images, of which the first are those whose gradients are measured.
        architecture: the network.
        layers: the same as a chain.
        input_layer: preprocessing.
        classes: how many.
    """

    def __init__(
        self,
        split: Split,
        architecture: Architecture,
        layers: Sequence[DenseLayer],
        *,
        input_layer: Rescaling | Normalization,
        classes: int,
    ) -> None:
        self._architecture, self._layers = architecture, list(layers)
        self._specs = weight_specs(architecture)
        self._images = scaled(split.images, input_layer).reshape(len(split), -1)
        self._labels = split.labels
        self._present = np.bincount(split.labels, minlength=classes).tolist()
        self._points = {
            place: Point(layer.position, function_of(architecture, layer.position)[0])
            for place, layer in enumerate(self._layers)
        }

    def probe(self, values: Mapping[str, Floats], *, epoch: int, changes: Changes) -> list[Probe | None]:
        """One probe per member; None for a member whose figures are not finite.

        Args:
            values: all members' weights by their key.
            epoch: epochs done.
            changes: earlier weights.
        """
        weights = [(spec, values[spec.key]) for spec in self._specs]
        members, count = len(weights[0][1]), len(self._labels)
        sums = Sums(self._points, self._present, members=members, like=weights[0][1])
        with quiet_products(), np.errstate(all="ignore"):  # a member that diverges has no probe, and says so elsewhere
            leading = slice(0, min(GRADIENT_IMAGES, count))
            gradients = self._gradients(values, self._answers(values, sums, leading), leading)
            batch = max(GRADIENT_IMAGES, _VALUES // (members * max(layer.units for layer in self._layers)))
            for start in range(leading.stop, count, batch):
                self._answers(values, sums, slice(start, min(start + batch, count)))
            return member_probes(
                sums,
                self._architecture,
                weights,
                [gradients[spec.key] for spec in self._specs],
                penalties=[0.0] * members,  # the kernels train no regularized network
                epoch=epoch,
                changes=changes,
            )

    def _answers(self, weights: Mapping[str, Floats], sums: Sums, span: slice) -> list[Floats]:
        """Values behind every layer, `(members, batch, units)`; the last ones are the scores."""
        values, found = self._images[None, span], []
        for place, layer in enumerate(self._layers):
            values = values @ weights[layer.kernel].transpose(0, 2, 1) + weights[layer.bias][:, None]
            values = _activated(values, layer.activation)
            sums.note(slice(None), place, values)
            found.append(values)
        labels = self._labels[span]
        sums.answer(slice(None), values.argmax(-1), labels, _losses(values, labels))
        return found

    def _gradients(self, weights: Mapping[str, Floats], answers: list[Floats], span: slice) -> dict[str, Floats]:
        """Of the mean loss of some images, by the weights' keys."""
        labels = self._labels[span]
        wanted = np.eye(self._layers[-1].units, dtype=np.float32)[labels]
        delta: Floats = (np.exp(_log_shares(answers[-1])) - wanted) / np.float32(len(labels))
        found: dict[str, Floats] = {}
        for place in range(len(self._layers) - 1, -1, -1):
            layer = self._layers[place]
            before = answers[place - 1] if place else self._images[None, span]
            found[layer.kernel], found[layer.bias] = delta.transpose(0, 2, 1) @ before, delta.sum(1)
            if place:
                slope = _slope(before, self._layers[place - 1].activation)
                delta = (delta @ weights[layer.kernel]) * slope
        return found


def _activated(x: Floats, activation: Function) -> Floats:
    match activation:
        case Function.RELU:
            return np.maximum(x, 0)
        case Function.SIGMOID:
            return np.float32(1) / (np.float32(1) + np.exp(-x))
        case Function.TANH:
            return np.tanh(x)
        case _:
            return x


def _slope(y: Floats, activation: Function) -> Floats:
    """The derivative, given the function's value."""
    match activation:
        case Function.RELU:
            return (y > 0).astype(np.float32)
        case Function.SIGMOID:
            return y * (1 - y)
        case Function.TANH:
            return 1 - y * y
        case _:
            return np.ones_like(y)


def _log_shares(scores: Floats) -> Floats:
    away = scores - scores.max(-1, keepdims=True)
    shares: Floats = away - np.log(np.exp(away).sum(-1, keepdims=True))
    return shares


def _losses(scores: Floats, labels: NDArray[np.int64]) -> Floats:
    """Each image's cross-entropy, `(members, batch)`."""
    found: Floats = -_log_shares(scores)[:, np.arange(len(labels)), labels]
    return found

"""A dense population as a probe's subject: a pass of few images, forward and back, in NumPy.

The kernels keep no values between layers, which are what a probe looks at; and for some hundred images NumPy's products
take a few milliseconds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classlab.models.weights import weight_specs
from classlab.training.kernels.recognition import Function
from classlab.training.loop.layer_measures import Point, activation_behind
from classlab.training.loop.probe import GRADIENT_IMAGES, Changes, probe_members
from classlab.training.loop.scaling import scaled
from classlab.training.process.products import quiet_products

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from classlab.datasets.dataset import Split
    from classlab.models.weights import WeightSpec
    from classlab.records.architecture import Architecture
    from classlab.records.diagnostics import Probe
    from classlab.records.layers import Normalization, Rescaling
    from classlab.training.kernels.recognition import DenseLayer
    from classlab.training.loop.probe import Sums

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
        self.architecture, self.layers = architecture, list(layers)
        self.images = scaled(split.images, input_layer).reshape(len(split), -1)
        self.labels = split.labels
        self.present = tuple(np.bincount(split.labels, minlength=classes).tolist())

    def probe(self, values: Mapping[str, Floats], *, epoch: int, changes: Changes) -> list[Probe | None]:
        """One probe per member; None for a member whose figures are not finite.

        Args:
            values: all members' weights by their key.
            epoch: epochs done.
            changes: earlier weights.
        """
        with quiet_products(), np.errstate(all="ignore"):  # a member that diverges has no probe, and says so elsewhere
            return probe_members(_Subject(self, values), epoch=epoch, changes=changes)


class _Subject:
    """See `Subject`."""

    def __init__(self, prober: DenseProber, values: Mapping[str, Floats]) -> None:
        self._prober, self._values, self._layers = prober, values, prober.layers
        self.architecture, self.present = prober.architecture, prober.present
        self.weights: list[tuple[WeightSpec, Floats]] = [
            (spec, values[spec.key]) for spec in weight_specs(prober.architecture)
        ]
        self.members = len(self.weights[0][1])
        self.points = {
            place: Point(layer.position, activation_behind(prober.architecture, layer.position))
            for place, layer in enumerate(self._layers)
        }

    def penalties(self) -> list[float]:
        return [0.0] * self.members  # the kernels train no regularised network

    def pass_over(self, sums: Sums) -> list[Floats]:
        """Gradients of the leading images first, then the others a few at a time."""
        count = len(self._prober.labels)
        leading = min(GRADIENT_IMAGES, count)
        gradients = self._gradients(self._answers(sums, slice(0, leading)), slice(0, leading))
        widest = max(layer.units for layer in self._layers)
        batch = max(GRADIENT_IMAGES, _VALUES // (self.members * widest))
        for start in range(leading, count, batch):
            self._answers(sums, slice(start, min(start + batch, count)))
        return [gradients[spec.key] for spec, _ in self.weights]

    def _answers(self, sums: Sums, span: slice) -> list[Floats]:
        """Values behind every layer, `(members, batch, units)`; the last ones are the scores."""
        everyone, found = slice(0, self.members), []
        values = self._prober.images[None, span]
        for place, layer in enumerate(self._layers):
            values = values @ self._values[layer.kernel].transpose(0, 2, 1) + self._values[layer.bias][:, None]
            values = _activated(values, layer.activation)
            sums.note(everyone, place, values)
            found.append(values)
        labels = self._prober.labels[span]
        sums.score(everyone, values, labels, _losses(values, labels))
        return found

    def _gradients(self, answers: list[Floats], span: slice) -> dict[str, Floats]:
        """Of the mean loss of some images, by the weights' keys."""
        labels = self._prober.labels[span]
        wanted = np.eye(self._layers[-1].units, dtype=np.float32)[labels]
        delta: Floats = (np.exp(_log_shares(answers[-1])) - wanted) / np.float32(len(labels))
        found: dict[str, Floats] = {}
        for place in range(len(self._layers) - 1, -1, -1):
            layer = self._layers[place]
            before = answers[place - 1] if place else self._prober.images[None, span]
            found[layer.kernel], found[layer.bias] = delta.transpose(0, 2, 1) @ before, delta.sum(1)
            if place:
                slope = _slope(before, self._layers[place - 1].activation)
                delta = (delta @ self._values[layer.kernel]) * slope
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

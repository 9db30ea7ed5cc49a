"""What moves the layers of a perceptron: gradients at the start, and how far each layer was moved."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, prod
from statistics import fmean
from typing import TYPE_CHECKING, Literal

import numpy as np

from classlab.lab.layers import LayerGradient, Network, layer_gradients, relative_change
from classlab.lab.step import runs_of, usable_figures
from classlab.records.architecture import Architecture

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from classlab.lab.step import Results
    from classlab.records import RunRecord

PROBES = 1000  # training images on which gradients are measured
ALIKE = 1.1  # sizes within a tenth of each other explain no difference in what is learned
Reading = Literal["smaller", "larger", "alike", "mixed", "unknown"]


@dataclass(frozen=True, kw_only=True)
class SeedMovement:
    """One run.

    Args:
        layers: gradients at the initial weights, first layer to last.
        variety: how much the outputs of the last hidden layer differ from image to image: their deviation over the
            images as a share of their size; at the initial weights and when the training ended.
        moved: how far each kernel was moved by the whole training, as a share of what it was.
        first_epoch: how far the kernel of the first layer was moved by the first epoch, as a share of what it was; None
            where that was not noted.
    """

    layers: tuple[LayerGradient, ...]
    variety: tuple[float, float]
    moved: tuple[float, ...]
    first_epoch: float | None


@dataclass(frozen=True, kw_only=True)
class Movement:
    """The runs of one arm.

    Args:
        arm: its name.
        learning_rate: of its optimizer.
        seeds: by seed; None where the run did not come to its end.
    """

    arm: str
    learning_rate: float
    seeds: tuple[SeedMovement | None, ...]

    def figures(self, read: Callable[[SeedMovement], float | None]) -> tuple[float | None, ...]:
        """One figure of every run, by seed."""
        return tuple(None if each is None else read(each) for each in self.seeds)


@dataclass(frozen=True, kw_only=True)
class Contrast:
    """A figure of two arms over the seeds that have both.

    Args:
        first: mean of the first arm; None where no seed has both figures.
        second: of the second.
        reading: how the first stands to the second: `smaller` or `larger` with every seed and by more than a tenth on
            average; `alike` within a tenth; `mixed` where the seeds disagree; `unknown` without figures.
    """

    first: float | None
    second: float | None
    reading: Reading

    @property
    def factor(self) -> float:
        """How many times the larger of the two is the smaller; infinite where that is 0."""
        small, large = sorted((self.first or 0.0, self.second or 0.0))
        return large / small if small > 0 else float("inf")


def contrast(first: Sequence[float | None], second: Sequence[float | None]) -> Contrast:
    """Compares a figure of two arms seed by seed.

    Args:
        first: sizes, by seed.
        second: in the same order of seeds.

    Example:
        >>> contrast([1.0, 2.0], [3.0, 4.0]).reading, contrast([1.0, 5.0], [3.0, 4.0]).reading
        ('smaller', 'mixed')
    """
    pairs = [
        (one, two)
        for one, two in zip(first, second, strict=True)
        if one is not None and two is not None and isfinite(one) and isfinite(two)
    ]
    if not pairs:
        return Contrast(first=None, second=None, reading="unknown")
    one, two = (fmean(values) for values in zip(*pairs, strict=True))
    reading: Reading = "mixed"
    if max(one, two) <= ALIKE * min(one, two) or one == two:
        reading = "alike"
    elif all(a < b for a, b in pairs):
        reading = "smaller"
    elif all(a > b for a, b in pairs):
        reading = "larger"
    return Contrast(first=one, second=two, reading=reading)


def first_gradient(run: SeedMovement) -> float:
    """Norm of the first layer's gradient before the first step."""
    return run.layers[0].gradient


def passed_back(run: SeedMovement) -> float:
    """What the slopes of all hidden layers together multiply a gradient by."""
    return prod(layer.slope for layer in run.layers[:-1])


def measure(results: Results, topic: str) -> tuple[Movement, ...]:
    """Measures every run of a study that came to its end; its seed draws the same initial weights again.

    Args:
        results: with the study, whose networks are perceptrons and whose arms have their images in common.
        topic: of the study.
    """
    study = results.studies[topic]
    data = study.spec.arms[0].spec.data
    probes = results.setting.images.digits.divided_as(data).train.spread(PROBES)
    return tuple(
        Movement(
            arm=arm.name,
            learning_rate=arm.spec.optimizer.learning_rate,
            seeds=tuple(_measure(results, record, probes.images, probes.labels) for record in runs_of(study, arm.name)),
        )
        for arm in study.spec.arms
    )


def _measure(
    results: Results, record: RunRecord, images: NDArray[np.uint8], labels: NDArray[np.int64]
) -> SeedMovement | None:
    from classlab.training.loop.initial_weights import initial_weights

    architecture = record.spec.architecture
    if usable_figures(record, "test") is None or not isinstance(architecture, Architecture):
        return None
    start, end = (
        Network(architecture=architecture, weights=weights, input_layer=record.input_layer)
        for weights in (initial_weights(architecture, record.spec.seed), results.source.run(record.identity).weights)
    )
    return SeedMovement(
        layers=layer_gradients(start, images, labels),
        variety=(_variety(start, images), _variety(end, images)),
        moved=relative_change(start.weights, end.weights),
        first_epoch=_first_epoch(record),
    )


def _variety(network: Network, images: NDArray[np.uint8]) -> float:
    hidden = network.outputs(images)[-2].astype(np.float64)
    return float(np.sqrt(hidden.var(axis=0).mean() / (hidden**2).mean()))


def _first_epoch(record: RunRecord) -> float | None:
    """From the notes of the training; earlier versions took the change as a share of what the layer had become."""
    probes = () if record.diagnostics is None else record.diagnostics.probes
    noted = {probe.epoch: probe for probe in probes if probe.layers}
    if 0 not in noted or 1 not in noted:
        return None
    start, first = noted[0].layers[0], noted[1].layers[0]
    if first.epoch_change is None or not start.weight_norm:
        return None
    return first.epoch_change * (first.weight_norm / start.weight_norm if noted[1].measure == 1 else 1.0)

"""Populations of dense networks in the kernels: no PyTorch is loaded."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from classlab.models.weights import class_count
from classlab.training.kernels.library import kernels
from classlab.training.kernels.population import DenseBench, DensePopulation
from classlab.training.kernels.probe import DenseProber
from classlab.training.kernels.recognition import dense_chain
from classlab.training.loop.probe import GRADIENT_IMAGES, probe_size
from classlab.training.loop.scaling import scaled
from classlab.training.loop.split_notes import division_notes, probe_split
from classlab.training.loop.train import train_members

if TYPE_CHECKING:
    from collections.abc import Sequence
    from ctypes import CDLL

    from classlab.datasets.dataset import Division
    from classlab.records.architecture import Architecture
    from classlab.records.diagnostics import Diagnostics
    from classlab.records.layers import Normalization, Rescaling
    from classlab.records.run import Loss, RunSpec
    from classlab.training.kernels.recognition import DenseLayer
    from classlab.training.loop.member import Member
    from classlab.training.loop.outcome import Outcome, Weights


def train_in_kernels(
    specs: Sequence[RunSpec],
    division: Division,
    *,
    input_layer: Rescaling | Normalization,
    diagnostics: bool,
    **options: Any,
) -> list[Outcome]:
    """Trains runs that the kernels know; see `train_population`, and `train_members` for the options."""
    engine = DenseEngine(specs[0], division, input_layer=input_layer, diagnostics=diagnostics)
    return train_members(engine, specs, **options)


class DenseEngine:
    """See `Engine`.

    Args:
        spec: what all members have in common.
        division: the images.
        input_layer: preprocessing.
        diagnostics: whether to measure for the doctor.
    """

    def __init__(
        self, spec: RunSpec, division: Division, *, input_layer: Rescaling | Normalization, diagnostics: bool
    ) -> None:
        self.diagnoses = diagnostics
        architecture: Architecture = spec.architecture  # type: ignore[assignment]  # others are routed away
        library, layers = known_chain(architecture, spec.loss)
        self._classes = class_count(architecture)
        prober = None
        if diagnostics:
            most = probe_size(len(division.train))
            split = probe_split(division.train, most=most, leading=GRADIENT_IMAGES)
            prober = DenseProber(split, architecture, layers, input_layer=input_layer, classes=self._classes)
        self._bench = DenseBench(
            library=library, layers=layers, division=division, input_layer=input_layer, prober=prober
        )

    def seat(self, members: Sequence[Member], weights: Sequence[Weights]) -> DensePopulation:
        """A population of these members with these weights."""
        return DensePopulation(members, weights, self._bench)

    def notes(self) -> Diagnostics:
        """What holds for every member before the first step."""
        enter = partial(scaled, layer=self._bench.input_layer)
        return division_notes(self._bench.division, enter, classes=self._classes)


def known_chain(architecture: Architecture, loss: Loss) -> tuple[CDLL, list[DenseLayer]]:
    """The kernels, and a network that is known to be theirs."""
    library, layers = kernels(), dense_chain(architecture, loss)
    if library is None or layers is None:
        message = f"the kernels are asked for {architecture.name!r}, which they do not compute"
        raise AssertionError(message)
    return library, layers

"""Probes of a population: what a backend hands over of its members, for the one measure of a network.

A probe changes nothing that training depends on. Where members are trained, and on whose arrays, is nothing to it: a
`Subject` sends its members' values and gradients, NumPy's or PyTorch's, and `classlab.measures` computes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from classlab.measures.functions import FUNCTION_LAYERS, function_behind
from classlab.measures.layers import MeasuredLayer, relative_change
from classlab.measures.network import Sums, for_record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from classlab.measures.network import Point
    from classlab.models.weights import WeightSpec
    from classlab.records.architecture import Architecture
    from classlab.records.diagnostics import Probe
    from classlab.records.layers import Layer


@dataclass(kw_only=True)
class Changes:
    """Weights at earlier moments, by their key, each `(members, ...)`.

    Args:
        epoch_began: before the epoch.
        last_step: before its last step.
    """

    epoch_began: Mapping[str, Any] | None = None
    last_step: Mapping[str, Any] | None = None


class Subject(Protocol):
    """Members, their network, and the images that they are probed on."""

    @property
    def members(self) -> int:
        """How many they are."""

    @property
    def architecture(self) -> Architecture:
        """The layers."""

    @property
    def points(self) -> Mapping[int, Point]:
        """Where layers are measured, by the places that `Sums.note` is told of."""

    @property
    def weights(self) -> Sequence[tuple[WeightSpec, Any]]:
        """What is trained, each `(members, ...)`, units first in a kernel."""

    @property
    def present(self) -> tuple[int, ...]:
        """How many of the probe images each class has."""

    def penalties(self) -> list[float]:
        """What regularizers add to each member's loss."""

    def pass_over(self, sums: Sums) -> Sequence[Any]:
        """Sends all probe images through the network and tells of it; returns the weights' gradients of the first."""


def probe_members(subject: Subject, *, epoch: int, changes: Changes) -> list[Probe | None]:
    """One probe per member; None for a member whose figures are not finite.

    Args:
        subject: the members.
        epoch: epochs done.
        changes: earlier weights.
    """
    sums = Sums(subject.points, subject.present, members=subject.members, like=subject.weights[0][1])
    layers = _layers(subject, subject.pass_over(sums), changes)
    return [for_record(probe) for probe in sums.probes(layers, subject.penalties(), epoch=epoch)]


def function_of(architecture: Architecture, position: int) -> tuple[str, int]:
    """The function behind a layer, and how many of the layers behind it the measured outputs pass through."""
    following = [(layer.kind, _own_function(layer)) for layer in architecture.layers[position + 1 :]]
    return function_behind(_own_function(architecture.layers[position]), following)


def _own_function(layer: Layer) -> str:
    return getattr(layer, "activation", FUNCTION_LAYERS.get(layer.kind, "linear"))


def _layers(subject: Subject, gradients: Sequence[Any], changes: Changes) -> list[MeasuredLayer]:
    """The layers with kernels, in order."""
    found = []
    for spec, kernel in subject.weights:
        if spec.name != "kernel":
            continue
        own = [slope for (other, _), slope in zip(subject.weights, gradients, strict=True) if other.layer == spec.layer]
        ratio, change = (
            None if before is None else relative_change(kernel, before[spec.key])
            for before in (changes.last_step, changes.epoch_began)
        )
        found.append(
            MeasuredLayer(
                position=spec.layer,
                kind=subject.architecture.layers[spec.layer].kind,
                activation=function_of(subject.architecture, spec.layer)[0],
                kernel=kernel,
                units=1,
                gradients=own,
                update_ratio=ratio,
                epoch_change=change,
            )
        )
    return found

"""Probes of a population: what a backend hands over of its members, for the one measure of a network.

A probe changes nothing that training depends on. Where members are trained, and on whose arrays, is nothing to it: a
backend sends the probe images through its network, tells `Sums` of it, and hands over weights and gradients.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from classlab.measures.layers import FUNCTION_LAYERS, MeasuredLayer, function_behind, relative_change
from classlab.measures.network import for_record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from classlab.measures.network import Sums
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


def member_probes(
    sums: Sums,
    architecture: Architecture,
    weights: Sequence[tuple[WeightSpec, Any]],
    gradients: Sequence[Any],
    *,
    penalties: Sequence[float],
    epoch: int,
    changes: Changes,
) -> list[Probe | None]:
    """One probe per member; None for a member whose figures are not finite.

    Args:
        sums: what passes over all probe images added up.
        architecture: the layers.
        weights: what is trained, each `(members, ...)`, units first in a kernel.
        gradients: of the mean loss of the leading probe images, in the same order.
        penalties: what regularizers add to each member's loss.
        epoch: epochs done.
        changes: earlier weights.
    """
    layers = []
    for spec, kernel in weights:
        if spec.name != "kernel":
            continue
        ratio, change = (
            None if before is None else relative_change(kernel, before[spec.key])
            for before in (changes.last_step, changes.epoch_began)
        )
        layers.append(
            MeasuredLayer(
                position=spec.layer,
                kind=architecture.layers[spec.layer].kind,
                activation=function_of(architecture, spec.layer)[0],
                kernel=kernel,
                units=1,
                gradients=[g for (own, _), g in zip(weights, gradients, strict=True) if own.layer == spec.layer],
                update_ratio=ratio,
                epoch_change=change,
            )
        )
    return [for_record(probe) for probe in sums.probes(layers, penalties, epoch=epoch)]


def function_of(architecture: Architecture, position: int) -> tuple[str, int]:
    """The function behind a layer, and how many of the layers behind it the measured outputs pass through."""
    (_, own), *following = ((layer.kind, _own_function(layer)) for layer in architecture.layers[position:])
    return function_behind(own, following)


def _own_function(layer: Layer) -> str:
    return getattr(layer, "activation", FUNCTION_LAYERS.get(layer.kind, "linear"))

"""Probes of a population: what a backend hands over of its members, for the one measure of a network.

A probe changes nothing that training depends on. Where members are trained, and on whose arrays, is nothing to it: a
backend sends the probe images through its network, tells `Sums` of it, and hands over weights and gradients.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from classlab.measures.layers import FUNCTION_LAYERS, MeasuredLayer, function_behind, relative_change
from classlab.measures.network import for_record, without_neighbors
from classlab.records.layers import joins

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

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
        weights: what is trained, each `(members, ...)`, units first in a kernel; of each layer the kernel that
            `is_measured` names has a probe.
        gradients: of the mean loss of the leading probe images, in the same order.
        penalties: what regularizers add to each member's loss.
        epoch: epochs done.
        changes: earlier weights.
    """
    layers = []
    for spec, kernel in weights:
        if not is_measured(spec):
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
    found = sums.probes(layers, penalties, epoch=epoch)
    if architecture.inputs is not None:
        found = [replace(probe, layers=without_neighbors(probe.layers)) for probe in found]
    return [for_record(probe) for probe in found]


def is_measured(spec: WeightSpec) -> bool:
    """Whether a weight is the one that stands for its layer in a probe: its only kernel, or the first of several.

    Of a separable convolution that is the depthwise kernel, and of a recurrent layer the one that its values meet. One
    figure per layer is what symptoms compare; and the gradients of all its weights are in it.
    """
    return spec.name in ("kernel", "depthwise_kernel")


def function_of(architecture: Architecture, position: int) -> tuple[str, int]:
    """The function behind a layer, and the position of the layer whose values are its outputs as they are measured.

    Where several layers read one's values, or a layer joins them with others, nothing behind it belongs to it alone.
    """
    layers, following = architecture.layers, list(behind(architecture, position))
    pairs = [(layers[place].kind, _own_function(layers[place])) for place in following]
    function, passed = function_behind(_own_function(layers[position]), pairs)
    return function, [position, *following][passed]


def behind(architecture: Architecture, position: int) -> Iterator[int]:
    """The positions that follow one in a chain, up to the first branch or join; in a graph they stand anywhere.

    Args:
        architecture: the layers.
        position: where to begin; that layer is left out.
    """
    readers = architecture.readers
    while len(readers[position]) == 1:
        (position,) = readers[position]
        if joins(architecture.layers[position]):
            return
        yield position


def _own_function(layer: Layer) -> str:
    return getattr(layer, "activation", FUNCTION_LAYERS.get(layer.kind, "linear"))

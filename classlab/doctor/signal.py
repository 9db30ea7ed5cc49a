"""How the differences between images travel through the network before the first step.

A network can only learn from differences that arrive. Initialisers are made so that every layer passes them on at about
the size at which it got them; a layer that multiplies them by a hundred, or by a hundredth, starts badly, whatever its
initialiser is called.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from classlab.doctor.case import Case
    from classlab.records.diagnostics import LayerProbe, Probe


@dataclass(frozen=True, kw_only=True)
class Gain:
    """What one layer makes of the spread between images.

    Args:
        probe: the layer before the first step.
        factor: spread of its outputs over that of its inputs.
    """

    probe: LayerProbe
    factor: float


def gains(case: Case) -> tuple[Gain, ...]:
    """The layers with weights whose inputs and outputs were both measured before the first step, in order.

    What comes out of a softmax within the network is measured before it, and averages over places take differences
    within images away, so the layers behind those are left out.
    """
    start = case.first_probe
    if start is None:
        return ()
    train = case.splits.get("train")
    before = train.deviation if train is not None else None
    found, place = [], -1
    for layer in start.layers:
        averaged = any("Average" in each.kind for each in case.layers if place < each.position < layer.layer)
        place = layer.layer
        if layer.output_spread is not None and before and not averaged:
            found.append(Gain(probe=layer, factor=layer.output_spread / before))
        before = None if layer.activation == "softmax" else layer.output_spread
    return tuple(found)


def kept_signal(probe: Probe) -> float | None:
    """Spread between images behind the last hidden layer over that behind the first; None where it is not known."""
    hidden = probe.layers[:-1]
    if len(hidden) < 2 or any(layer.activation == "softmax" for layer in hidden):
        return None
    first, last = hidden[0].output_spread, hidden[-1].output_spread
    return None if not first or last is None else last / first

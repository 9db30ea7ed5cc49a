"""Causes that are inferred from how the network reacts, where the facts that would prove them are not at hand."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

from classlab.doctor import thresholds as at
from classlab.doctor.learning import learning_of
from classlab.doctor.symptoms import bad_start, learning_rate_too_high
from classlab.doctor.symptoms.double_normalization import cause_of
from classlab.doctor.symptoms.missing_normalization import CAUSE as UNSCALED
from classlab.doctor.wording import measured

if TYPE_CHECKING:
    from classlab.doctor.case import Case
    from classlab.records.diagnostics import LayerProbe
    from classlab.records.finding import Cause, Evidence

_SPREAD = "deviation of the input, inferred from the first layer's answers before the first step"
_BOUNDED = ("sigmoid", "tanh")


@dataclass(frozen=True, kw_only=True)
class Suspect:
    """A cause that was inferred.

    Args:
        cause: the cause.
        evidence: what speaks for it.
    """

    cause: Cause
    evidence: tuple[Evidence, ...]


def suspects(case: Case) -> tuple[Suspect, ...]:
    """What can be inferred of the images, of the start, and of the size of the steps.

    Steps are looked at last: weak images and a bad start kill units as well, and large steps are then not to blame.
    """
    images = _images(case)
    start = () if images else _start(case)
    return (*images, *start, *_steps(case, alive=not images and not start))


def _images(case: Case) -> tuple[Suspect, ...]:
    """What the first layer's answers to images say of the images: too weak, or too strong."""
    spread = input_spread(case)
    if spread is not None and 0 < spread < at.WEAK_INPUT:
        expected = f"above {at.WEAK_INPUT:g}; 0.1 to 1 for images scaled once"
        return (Suspect(cause=cause_of(case), evidence=(measured(_SPREAD, spread, expected),)),)
    if spread is not None and spread > at.STRONG_INPUT:
        return (Suspect(cause=UNSCALED, evidence=(measured(_SPREAD, spread, f"below {at.STRONG_INPUT:g}"),)),)
    first = _first_layer(case)
    if first is not None and first.activation in _BOUNDED and (first.saturated_share or 0.0) > at.SATURATED_SHARE:
        name = "saturated values of the first layer before the first step, share"
        return (Suspect(cause=UNSCALED, evidence=(measured(name, first.saturated_share or 0.0, "near 0"),)),)
    return ()


def _start(case: Case) -> tuple[Suspect, ...]:
    evidence = tuple(bad_start.start_evidence(case)) if case.hidden else ()
    return (Suspect(cause=bad_start.CAUSE, evidence=evidence),) if evidence else ()


def _steps(case: Case, *, alive: bool) -> tuple[Suspect, ...]:
    """Steps that are large in themselves, or that killed units which were alive.

    Args:
        case: the training.
        alive: whether images and start are such that units stay alive.
    """
    evidence = learning_rate_too_high.step_evidence(case)
    if alive and learning_of(case).fails:
        evidence += _died(case)
    return (Suspect(cause=learning_rate_too_high.cause_of(case), evidence=tuple(evidence)),) if evidence else ()


def _died(case: Case) -> list[Evidence]:
    """Layers nearly all of whose units were alive before the first step and are dead by now."""
    start = case.first_probe
    if start is None or not case.later_probes:
        return []
    before = {layer.layer: layer.dead_share for layer in start.layers}
    died = [
        layer
        for layer in case.later_probes[-1].layers
        if (layer.dead_share or 0.0) > at.DEAD_ALMOST_ALL and (before.get(layer.layer) or 0.0) < 1 - at.DEAD_ALMOST_ALL
    ]
    return [
        measured(f"units of layer {layer.layer} that died since the start, share", layer.dead_share or 0.0, "near 0")
        for layer in died
    ]


def input_spread(case: Case) -> float | None:
    """Deviation of the values that enter the first layer, from the answers of its units.

    A unit whose n random weights have the norm |w| answers independent inputs of deviation s with one of |w| s. Real
    pixels are not independent and relu halves what it passes, so this is right to a factor of about five, which is
    enough to tell 1/255 from 1. It says what a large learning rate cannot: it is taken before the first step.
    """
    first = _first_layer(case)
    if first is None or first.output_spread is None or first.weight_norm <= 0:
        return None
    width = next((layer.width for layer in case.layers if layer.position == first.layer), None)
    return first.output_spread / (first.weight_norm / sqrt(width)) if width else None


def _first_layer(case: Case) -> LayerProbe | None:
    """The first layer with weights before the first step; None where the weights are not fresh."""
    probe = case.first_probe
    return None if probe is None or not probe.layers or not case.fresh else probe.layers[0]

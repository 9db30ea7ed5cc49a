"""Causes that are inferred from how the network reacts, where the facts that would prove them are not at hand."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

from classlab.doctor import thresholds as at
from classlab.doctor.symptoms.double_normalization import cause_of
from classlab.doctor.symptoms.learning_rate_too_high import cause_of as cause_of_steps
from classlab.doctor.symptoms.learning_rate_too_high import step_evidence
from classlab.doctor.symptoms.missing_normalization import CAUSE as UNSCALED
from classlab.doctor.wording import measured

if TYPE_CHECKING:
    from classlab.doctor.case import Case
    from classlab.records.finding import Cause, Evidence


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
    """What can be inferred of the images, and of the size of the steps."""
    steps = tuple(step_evidence(case))
    large = (Suspect(cause=cause_of_steps(case), evidence=steps),) if steps else ()
    return (*_images(case), *large)


def _images(case: Case) -> tuple[Suspect, ...]:
    """What the first layer's answers to images say of the images: too weak, or too strong."""
    spread = input_spread(case)
    if spread is None:
        return ()
    if 0 < spread < at.WEAK_INPUT:
        expected = f"above {at.WEAK_INPUT:g}; 0.1 to 1 for images scaled once"
        return (Suspect(cause=cause_of(case), evidence=(measured(_NAME, spread, expected),)),)
    if spread > at.STRONG_INPUT:
        return (Suspect(cause=UNSCALED, evidence=(measured(_NAME, spread, f"below {at.STRONG_INPUT:g}"),)),)
    return ()


_NAME = "deviation of the input, inferred from the first layer's answers before the first step"


def input_spread(case: Case) -> float | None:
    """Deviation of the values that enter the first layer, from the answers of its units.

    A unit whose n random weights have the norm |w| answers independent inputs of deviation s with one of |w| s. Real
    pixels are not independent and relu halves what it passes, so this is right to a factor of about five, which is
    enough to tell 1/255 from 1. It says what a large learning rate cannot: it is taken before the first step.
    """
    probe = case.first_probe
    if probe is None or not probe.layers or case.given_weights:
        return None
    first = probe.layers[0]
    width = next((layer.width for layer in case.layers if layer.position == first.layer), None)
    if first.output_spread is None or not width or first.weight_norm <= 0 or first.activation in _BOUNDED:
        return None
    return first.output_spread / (first.weight_norm / sqrt(width))


# Functions whose answers say nothing of the size of what enters them once they saturate, or mix the units.
_BOUNDED = ("softmax",)

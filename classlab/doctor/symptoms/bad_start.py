"""I7: weights that start equal, far too large or far too small."""

from __future__ import annotations

from math import inf, prod
from typing import TYPE_CHECKING

from classlab.doctor import thresholds as at
from classlab.doctor.catalogue import NAMES
from classlab.doctor.learning import learning_of
from classlab.doctor.signal import gains
from classlab.doctor.wording import measured, written
from classlab.records.finding import Cause, Evidence, Finding, Severity, Unchecked

if TYPE_CHECKING:
    from classlab.doctor.case import Case

RULE = "I7"
NAME = NAMES[RULE]
_CONSTANT = ("zeros", "ones", "constant")
_RANDOM = ("random_normal", "truncated_normal", "random_uniform")
_BOUNDED = ("sigmoid", "tanh")
# Initialisers that are made to keep the size of what passes: a layer that starts by one of them is not to blame.
SOUND = (
    *("glorot_uniform", "glorot_normal", "he_uniform", "he_normal", "lecun_uniform", "lecun_normal"),
    *("variance_scaling", "orthogonal", "orthogonal_initializer"),
)
CAUSE = Cause(
    rule=RULE,
    text="The weights start equal, far too large or far too small, so that units cannot come to differ, saturate at "
    "once, or hardly tell images apart.",
    remedy="Leave initialisers at Keras's defaults.",
    change={"initializer": "glorot_uniform"},
)


def check(case: Case) -> Finding | Unchecked | None:
    """Measures how much the units of a layer differ and how much louder or quieter each layer is than its input.

    A single layer that starts from zeros is sound: its loss is convex and its units have gradients of their own.
    """
    if not case.layers:
        return Unchecked(rule=RULE, reason="the network's layers are not known")
    if not case.hidden:
        return None
    evidence, equal = _equal_units(case), True
    if not evidence:
        evidence, equal = start_evidence(case), False
    if not evidence:
        return None
    what = "units of a hidden layer are equal to each other" if equal else "weights or biases start badly"
    return Finding(
        rule=RULE,
        name=NAME,
        severity=_severity(case, equal=equal),
        kind="symptom",
        text=f"The {what}: {evidence[0].name} {written(evidence[0].found)}.",
        evidence=tuple(evidence),
        causes=(CAUSE,),
        limits="Many networks recover from a bad start; it then costs them time only.",
        place=case.place,
    )


def _severity(case: Case, *, equal: bool) -> Severity:
    learning = learning_of(case)
    if learning.fails:
        return "FAIL"
    return "WARN" if equal or learning.behind else "INFO"


def start_evidence(case: Case) -> list[Evidence]:
    """What speaks for a bad start: how the signal travels, else the first loss, else the settings of initialisers."""
    return _by_signal(case) or _by_loss(case) or _by_setting(case)


def _equal_units(case: Case) -> list[Evidence]:
    """Hidden layers whose units are the same on the first probe and on the last one."""
    if not case.probes:
        constant = [layer for layer in case.hidden if layer.initializer in _CONSTANT and (layer.width or 0) > 1]
        return [measured(f"start of layer {layer.position}", layer.initializer, "random") for layer in constant]
    first, last = case.probes[0], case.probes[-1]
    spreads = {layer.layer: layer.unit_spread for layer in first.layers[:-1]}
    widths = {layer.position: layer.width or 0 for layer in case.layers}
    return [
        measured(f"spread across the units of layer {layer.layer}", layer.unit_spread, "about 1")
        for layer in last.layers[:-1]
        if widths.get(layer.layer, 2) > 1
        and layer.name in ("Dense", "Conv2D")
        and max(layer.unit_spread, spreads.get(layer.layer, 1.0)) < at.EQUAL_UNITS
    ]


def _by_signal(case: Case) -> list[Evidence]:
    if not case.fresh:
        return []
    found = []
    train, first = case.splits.get("train"), case.first_probe
    # Unscaled images saturate a first layer that starts well; then the start is not to blame.
    loud_input = train is None or max(abs(train.minimum), abs(train.maximum)) > at.UNSCALED_MAXIMUM
    sound = _sound(case)
    for gain in gains(case):
        bounded = gain.probe.activation in _BOUNDED
        if gain.probe.layer in sound:
            continue
        if bounded and loud_input and first is not None and gain.probe is first.layers[0]:
            continue
        name = f"what layer {gain.probe.layer} makes of the differences between images before the first step, factor"
        if not at.QUIET_GAIN <= gain.factor <= at.LOUD_GAIN:
            found.append(measured(name, gain.factor, "0.2 to 1.5"))
        elif bounded and (gain.probe.saturated_share or 0.0) > at.SATURATED_SHARE:
            saturated = f"saturated values of layer {gain.probe.layer} before the first step, share"
            found.append(measured(saturated, gain.probe.saturated_share or 0.0, "near 0"))
    return found or _together(case, sound)


def _by_loss(case: Case) -> list[Evidence]:
    """A first loss far above ln K, of scaled images and of layers none of which is made to keep their size."""
    train, probe, sound = case.splits.get("train"), case.first_probe, _sound(case)
    weighted = [layer for layer in case.layers if layer.weighted]
    if train is None or probe is None or not case.fresh or any(layer.position in sound for layer in weighted):
        return []
    scaled = max(abs(train.minimum), abs(train.maximum)) <= at.UNSCALED_MAXIMUM
    normalised = any("Normalization" in layer.kind for layer in case.layers)
    if not scaled or normalised or "crossentropy" not in case.loss:
        return []
    if not at.FIRST_LOSS_HIGH * case.chance_loss < probe.loss < inf:
        return []
    return [measured("loss before the first step", probe.loss, f"about {case.chance_loss:.3g}")]


def _sound(case: Case) -> frozenset[int]:
    """Layers that start by an initialiser that is made to keep the size of what passes."""
    if case.given_weights:
        return frozenset()
    return frozenset(
        layer.position
        for layer in case.layers
        if layer.initializer in SOUND
        and layer.bias_value >= 0
        and 1 / at.LOUD_GAIN < (layer.initializer_spread or 1.0) < at.LOUD_GAIN
    )


def _together(case: Case, sound: frozenset[int]) -> list[Evidence]:
    """Layers that are each a little loud, and together too loud."""
    factors = [gain.factor for gain in gains(case) if gain.probe.layer not in sound]
    if len(factors) < 2 or prod(factors) <= at.LOUD_GAIN:
        return []
    name = f"what {len(factors)} layers together make of the differences between images before the first step, factor"
    return [measured(name, prod(factors), "about 1")]


def _by_setting(case: Case) -> list[Evidence]:
    found = []
    for layer in (*case.hidden, case.head):
        if layer is None:
            continue
        spread = layer.initializer_spread or 0.0
        if layer.initializer in _RANDOM and spread >= at.WIDE_START:
            found.append(measured(f"deviation of the start of layer {layer.position}", spread, "0.02 to 0.2"))
        if layer.activation == "relu" and layer.bias_value < 0:
            found.append(measured(f"start of the biases of layer {layer.position}", layer.bias_value, "0"))
    return found

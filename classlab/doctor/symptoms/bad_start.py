"""I7: weights that start equal, or far too large."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.doctor import thresholds as at
from classlab.doctor.learning import learning_of
from classlab.doctor.wording import measured
from classlab.records.finding import Cause, Evidence, Finding, Severity, Unchecked

if TYPE_CHECKING:
    from classlab.doctor.case import Case

RULE = "I7"
NAME = "bad-start"
_CONSTANT = ("zeros", "ones", "constant")
_RANDOM = ("random_normal", "truncated_normal")
CAUSE = Cause(
    rule=RULE,
    text="The weights start equal or far too large, so that units cannot come to differ or saturate at once.",
    remedy="Leave initialisers at Keras's defaults.",
    change={"initializer": "glorot_uniform"},
)


def check(case: Case) -> Finding | Unchecked | None:
    """Reads the initialisers of hidden layers, and measures how much the units of a layer differ.

    A single layer that starts from zeros is sound: its loss is convex and its units have gradients of their own.
    """
    if not case.layers:
        return Unchecked(rule=RULE, reason="the network's layers are not known")
    if not case.hidden:
        return None
    evidence, equal = _equal_units(case), True
    if not evidence:
        evidence, equal = _by_setting(case), False
    learning = learning_of(case)
    if not evidence or (not equal and learning.known and not learning.fails):
        return None
    severity: Severity = "FAIL" if learning.fails else "WARN" if equal else "INFO"
    what = "units of a hidden layer are equal to each other" if equal else "weights or biases start badly"
    return Finding(
        rule=RULE,
        name=NAME,
        severity=severity,
        kind="symptom",
        text=f"The {what}: {evidence[0].name} {evidence[0].found}.",
        evidence=tuple(evidence),
        causes=(CAUSE,),
        limits="Dropout and noise can tell equal units apart as training goes.",
        place=case.place,
    )


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

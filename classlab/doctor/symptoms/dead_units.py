"""I5: relu units that give 0 for every image, and so can never learn again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.doctor import thresholds as at
from classlab.doctor.catalogue import NAMES
from classlab.doctor.learning import learning_of
from classlab.doctor.wording import measured
from classlab.records.finding import Cause, Finding, Severity, Unchecked

if TYPE_CHECKING:
    from classlab.doctor.case import Case
    from classlab.records.diagnostics import LayerProbe, Probe

RULE = "I5"
NAME = NAMES[RULE]


def check(case: Case) -> Finding | Unchecked | None:
    """Counts units, not zeros, on two probes in a row; alarming only where the run fails to learn."""
    relu = [layer for probe in case.later_probes for layer in probe.layers if layer.dead_share is not None]
    if not relu:
        if any(probe.layers for probe in case.later_probes):
            return Unchecked(rule=RULE, reason="no layer has relu")
        return Unchecked(rule=RULE, reason=case.why_missing("probes", "units were not measured"))
    worst = _worst(case)
    if worst is None:
        return None
    share = worst.dead_share or 0.0
    start = _at_start(case, worst.layer)
    return Finding(
        rule=RULE,
        name=NAME,
        severity=_severity(case, share),
        kind="symptom",
        text=f"Of the units of layer {worst.layer} ({worst.name}, relu) {share:.0%} give 0 for every probe image"
        + ("." if start is None else f"; before the first step {start:.0%} did."),
        evidence=(measured(f"dead units of layer {worst.layer}, share", share, f"below {at.DEAD_SHARE:g}"),),
        causes=(
            Cause(
                rule=RULE,
                text="Large steps or a bad start pushed relu units below zero for all images, where no gradient "
                "reaches them.",
                remedy="Lower the learning rate, or take leaky_relu.",
                change={"activation": "leaky_relu"},
            ),
        ),
        limits="A network that learns does well with many dead units; they are only wasted.",
        place=case.place,
    )


def _worst(case: Case) -> LayerProbe | None:
    """The layer with most dead units on the last probe, where it had as many on the one before."""
    recent = case.later_probes[-2:]
    found: LayerProbe | None = None
    for layer in recent[-1].layers:
        shares = [each.dead_share or 0.0 for probe in recent for each in probe.layers if each.layer == layer.layer]
        if min(shares) >= at.DEAD_SHARE and (found is None or (layer.dead_share or 0) > (found.dead_share or 0)):
            found = layer
    return found


def _severity(case: Case, share: float) -> Severity:
    """A layer that is dead altogether passes nothing on and gets no gradient: that needs no patience."""
    if learning_of(case).fails or (share == 1.0 and all(_says_the_same(probe) for probe in case.later_probes[-2:])):
        return "FAIL"
    known = learning_of(case).known and len(case.later_probes) > 1
    return "WARN" if share > at.DEAD_ALMOST_ALL and known else "INFO"


def _says_the_same(probe: Probe) -> bool:
    spread = probe.layers[-1].output_spread
    return spread is not None and spread < at.SAME_ANSWER


def _at_start(case: Case, position: int) -> float | None:
    start = case.first_probe
    return next((x.dead_share for x in start.layers if x.layer == position), None) if start else None

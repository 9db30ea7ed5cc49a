"""I6: gradients that do not reach the first layers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.doctor import thresholds as at
from classlab.doctor.learning import learning_of
from classlab.doctor.wording import measured
from classlab.records.finding import Cause, Finding, Unchecked

if TYPE_CHECKING:
    from classlab.doctor.case import Case
    from classlab.records.diagnostics import Probe

RULE = "I6"
NAME = "vanishing-gradients"
_FLATTENING = ("sigmoid", "tanh")  # functions whose slope is at most 1/4, or 1 only at 0
CAUSE = Cause(
    rule=RULE,
    text="The gradient shrinks from layer to layer, so that the first layers stay as they were.",
    remedy="Take relu with He's initialisation, add batch normalisation, or train with Adam.",
    change={"activation": "relu", "optimizer": "adam"},
)


def check(case: Case) -> Finding | Unchecked | None:
    """Compares the first layer's gradient with the last one's on two probes in a row, where the run fails to learn."""
    recent = [probe for probe in case.later_probes[-2:] if len(probe.layers) > 1]
    if not recent:
        none = "the network has one layer with weights only" if case.probes else "gradients were not measured"
        return Unchecked(rule=RULE, reason=none if case.probes else case.why_missing("probes", none))
    learning = learning_of(case)
    if not learning.known:
        return Unchecked(rule=RULE, reason=f"fewer than {at.CHANCE_STEPS} steps")
    if not (learning.chance or learning.stalled) or not all(_vanishes(case, probe) for probe in recent):
        return None
    last = recent[-1].layers
    ratio = last[0].gradient_norm / last[-1].gradient_norm
    flat = [layer for layer in case.hidden if layer.activation in _FLATTENING]
    return Finding(
        rule=RULE,
        name=NAME,
        severity="FAIL",
        kind="symptom",
        text=f"The first layer's gradient is {ratio:.1g} of the last one's, so the first layer hardly changes.",
        evidence=(
            measured("gradient of the first over the last layer", ratio, f"above {at.VANISHING_RATIO:g}"),
            measured("change of the first layer's weights in the last epoch", last[0].epoch_change or 0.0),
            measured("hidden layers with sigmoid or tanh", len(flat), "fewer than 3"),
        ),
        causes=(CAUSE,),
        limits="With an optimizer that scales gradients, such as Adam, small ones may do.",
        place=case.place,
    )


def _vanishes(case: Case, probe: Probe) -> bool:
    """A gradient that is gone; behind three flattening functions, where theory expects it, one that is nearly so."""
    first, last = probe.layers[0], probe.layers[-1]
    dead = any((layer.dead_share or 0) > at.DEAD_ALMOST_ALL for layer in probe.layers)
    if last.gradient_norm == 0 or first.gradient_norm == 0 or dead:
        return False
    ratio = first.gradient_norm / last.gradient_norm
    if sum(layer.activation in _FLATTENING for layer in case.hidden) < at.FLATTENING_LAYERS:
        return ratio < at.VANISHING_RATIO and (first.epoch_change or 0.0) < at.FROZEN_CHANGE
    frozen = first.epoch_change is not None and first.epoch_change < at.FROZEN_RATIO * (last.epoch_change or 0.0)
    return frozen or ratio < at.VANISHING_RATIO_DEEP

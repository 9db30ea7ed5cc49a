"""I6: gradients that do not reach the first layers."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING

from classlab.doctor import thresholds as at
from classlab.doctor.catalogue import NAMES
from classlab.doctor.learning import learning_of, why_unknown
from classlab.doctor.signal import kept_signal
from classlab.doctor.symptoms import bad_start
from classlab.doctor.wording import measured
from classlab.records.finding import Cause, Evidence, Finding, Severity, Unchecked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classlab.doctor.case import Case
    from classlab.records.diagnostics import Probe

RULE = "I6"
NAME = NAMES[RULE]
_FLATTENING = ("sigmoid", "tanh")  # functions whose slope is at most 1/4, or 1 only at 0
_RATIO = "gradient of the first over the last layer"
_CHANGE = "change of the first layer's weights in the last epoch"
_SHARE = "change of the first layer's weights over that of the last one's in the last epoch"
_KEPT = "differences between images behind the last over the first hidden layer"
_SENTENCES = {  # by the evidence that comes first
    _RATIO: "The first layer's gradient is {} of the last one's.",
    _SHARE: "The first layer's weights changed by {} of what the last one's did in the last epoch.",
    _KEPT: "Behind the last hidden layer {} is left of what tells images apart behind the first.",
}
_HIDDEN = "the layers within the network were not measured"
CAUSE = Cause(
    rule=RULE,
    text="What tells images apart shrinks from layer to layer, and so does the gradient on its way back, so that the "
    "first layers stay as they were.",
    remedy="Take relu in the hidden layers; or add batch normalisation, or train with Adam.",
    change={"activation": "relu"},
)


def check(case: Case) -> Finding | Unchecked | None:
    """Follows gradients back and differences between images forward, where the run fails to learn.

    Gradients are compared on two probes in a row. Of a run that only learns too little, what counts is a signal that
    was lost before the first step.
    """
    recent = [probe for probe in case.later_probes[-2:] if len(probe.layers) > 1]
    if not recent:
        if any(len(probe.layers) > 1 for probe in case.probes):
            return Unchecked(rule=RULE, reason="gradients were measured before the first epoch only")
        if any(probe.layers for probe in case.probes):
            reason = "the network has one layer with weights only"
            return Unchecked(rule=RULE, reason=_HIDDEN if case.hidden else reason)
        return Unchecked(rule=RULE, reason=case.why_missing("probes", "gradients were not measured"))
    learning = learning_of(case)
    if not learning.known:
        return Unchecked(rule=RULE, reason=why_unknown(case))
    lost = _lost_signal(case)
    if learning.chance or learning.stalled:
        small = _shrunken(case, recent) or _flattened(case, recent)
        return _finding(case, "FAIL", lost=lost, small=small) if small or lost else None
    return _finding(case, "WARN", lost=lost, small=[]) if learning.behind and lost else None


def _finding(case: Case, severity: Severity, *, lost: list[Evidence], small: list[Evidence]) -> Finding:
    flat = [layer for layer in case.hidden if layer.activation in _FLATTENING]
    return Finding(
        rule=RULE,
        name=NAME,
        severity=severity,
        kind="symptom",
        text=f"What tells images apart is lost between the first hidden layer and the last: {lost[0].found} of it was "
        "left before the first step."
        if lost
        else _SENTENCES[small[0].name].format(small[0].found),
        evidence=(*lost, *small, measured("hidden layers with sigmoid or tanh", len(flat))),
        causes=(CAUSE,),
        limits="With an optimizer that scales gradients, such as Adam, small ones may do.",
        place=case.place,
    )


def _lost_signal(case: Case) -> list[Evidence]:
    """Layers that each pass on a little less than they get, and together nearly nothing.

    One layer that does it alone is a bad start. Only fresh weights say it: later a network may have learnt silence.
    """
    start = case.first_probe
    kept = None if start is None or not case.fresh else kept_signal(start)
    if kept is None or not 0 < kept < at.VANISHING_RATIO or bad_start.start_evidence(case):
        return []
    name = "differences between images behind the last over the first hidden layer before the first step"
    return [measured(name, kept, f"above {at.VANISHING_RATIO:g}")]


def _flattened(case: Case, probes: Sequence[Probe]) -> list[Evidence]:
    """Three hidden layers and more of sigmoids, behind which images can hardly be told apart, now as at the start."""
    sigmoids = sum(layer.activation == "sigmoid" for layer in case.hidden)
    kept = [each for each in map(kept_signal, probes) if each is not None and each < at.FLATTENED_SIGNAL]
    if sigmoids < at.FLATTENING_LAYERS or len(kept) < len(probes):
        return []
    return [measured(_KEPT, kept[-1], f"above {at.FLATTENED_SIGNAL:g}")]


def _shrunken(case: Case, probes: Sequence[Probe]) -> list[Evidence]:
    """What says at the last probe that gradients are gone, where every probe has something that says so."""
    found = [_small(case, probe) for probe in probes]
    return found[-1] if all(found) else []


def _small(case: Case, probe: Probe) -> list[Evidence]:
    """A gradient that is gone; behind three flattening functions, where theory expects it, one that is nearly so.

    Where no gradient was measured, how far the layers moved stands for it.
    """
    first, last = probe.layers[0], probe.layers[-1]
    dead = any((layer.dead_share or 0) > at.DEAD_ALMOST_ALL for layer in probe.layers)
    if last.gradient_norm == 0 or first.gradient_norm == 0 or dead:
        return []
    ratio, change = first.gradient_norm / last.gradient_norm, first.epoch_change
    share = None if change is None or not last.epoch_change else change / last.epoch_change
    known, deep = not isnan(ratio), sum(x.activation in _FLATTENING for x in case.hidden) >= at.FLATTENING_LAYERS
    found = []
    if known and ratio < (at.VANISHING_RATIO_DEEP if deep else at.VANISHING_RATIO):
        found.append(measured(_RATIO, ratio, f"above {at.VANISHING_RATIO_DEEP if deep else at.VANISHING_RATIO:g}"))
    if deep and share is not None and share < at.FROZEN_RATIO:
        found.append(measured(_SHARE, share, f"above {at.FROZEN_RATIO:g}"))
    if deep:
        return found
    if not found or (change or 0.0) >= at.FROZEN_CHANGE:
        return []
    return found if change is None else [*found, measured(_CHANGE, change, f"above {at.FROZEN_CHANGE:g}")]

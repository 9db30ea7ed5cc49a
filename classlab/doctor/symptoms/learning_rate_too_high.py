"""I2: steps so large that the loss climbs, or that the network was thrown away by them."""

from __future__ import annotations

import sys
from statistics import median
from typing import TYPE_CHECKING

from classlab.doctor import thresholds as at
from classlab.doctor.catalogue import NAMES
from classlab.doctor.learning import epoch_sizes, learning_of, step_sizes, why_unknown
from classlab.doctor.symptoms.nonfinite import bad_from_the_start, first_bad_step
from classlab.doctor.wording import measured, rounded, written
from classlab.records.finding import Cause, Evidence, Finding, Severity, Unchecked

if TYPE_CHECKING:
    from classlab.doctor.case import Case

RULE = "I2"
NAME = NAMES[RULE]


def check(case: Case) -> Finding | Unchecked | None:
    """A learning rate of 0 or less at once; else the size of the steps, where the run fails to learn.

    There is no absolute limit to a learning rate: what is large depends on optimizer, network and images. What
    counts is how far a step moves the weights, relative to their size.
    """
    if case.learning_rate is not None and case.learning_rate <= 0:
        return _not_positive(case, case.learning_rate)
    learning = learning_of(case)
    if not learning.known:
        return Unchecked(rule=RULE, reason=why_unknown(case))
    if not learning.fails:
        return None
    evidence = step_evidence(case)
    if learning.diverging:
        best = max(min(case.history["loss"]), sys.float_info.min)  # 0 where weights left nothing of an epoch
        evidence.append(measured("loss over its best", case.history["loss"][-1] / best, "about 1"))
    if not evidence:
        return None
    return Finding(
        rule=RULE,
        name=NAME,
        severity=_severity(case),
        kind="symptom",
        text="The steps were too large: " + _words(case, evidence),
        evidence=tuple(evidence),
        causes=(cause_of(case),),
        limits="Unscaled images make steps large as well; they are looked at first.",
        place=case.place,
    )


def _severity(case: Case) -> Severity:
    """A loss above ln K with an accuracy that is not bad is overconfidence, not failure."""
    learning = learning_of(case)
    hopeless = learning.chance or learning.stalled or learning.nonfinite or learning.diverging
    reaches = case.baseline_accuracy is not None and max(case.accuracies, default=0.0) >= case.baseline_accuracy
    return "WARN" if reaches and not hopeless else "FAIL"


def cause_of(case: Case) -> Cause:
    """The cause, with a tenth of the rate as its remedy."""
    return Cause(
        rule=RULE,
        text="The learning rate is too high for this optimizer and network.",
        remedy="Divide the learning rate by ten, or limit the gradient's norm.",
        change={} if case.learning_rate is None else {"learning_rate": rounded(case.learning_rate / 10)},
    )


def _not_positive(case: Case, rate: float) -> Finding:
    return Finding(
        rule=RULE,
        name="learning-rate-not-positive",
        severity="FAIL",
        kind="fact",
        text=f"The learning rate is {rate:g}; with it the weights never move downhill.",
        evidence=(measured("learning rate", rate, "above 0"),),
        causes=(Cause(rule=RULE, text="The learning rate is not positive.", remedy="Give a positive one."),),
        place=case.place,
    )


def step_evidence(case: Case) -> list[Evidence]:
    """Updates over weights after the epochs, the weights' growth since the start, and a loss that burst."""
    found: list[Evidence] = []
    ratios = [size for size in step_sizes(case.later_probes) if size]
    if ratios and median(ratios) > at.UPDATE_LARGE:
        found.append(measured("change of the weights in one step", median(ratios), f"below {at.UPDATE_LARGE:g}"))
    moved = _moved(case)
    if moved is not None and moved > at.MOVED:
        found.append(measured("change of the weights in the first epoch", moved, f"below {at.MOVED:g}"))
    grown = growth(case)
    if grown is not None and grown > at.WEIGHT_GROWTH:
        found.append(measured("growth of the weights since the start", grown, f"below {at.WEIGHT_GROWTH:g}"))
    burst = _burst(case)
    if burst is not None and burst > at.BURST:
        found.append(measured("largest loss of an epoch over the loss before the first step", burst, "about 1"))
    jumped = _jumped(case)
    if jumped is not None and jumped > at.FIRST_LOSS_HIGH and learning_of(case).fails:
        found.append(measured("largest loss of the first steps over that of the first", jumped, "about 1"))
    risen = _risen(case)
    if risen is not None and risen > at.DIVERGING_FACTOR and learning_of(case).fails:
        found.append(measured("training loss now over the loss before the first step", risen, "below 1"))
    # A loss that stops being finite within the first epoch leaves no probe behind but the first.
    if case.first_bad_step >= 0 and not case.later_probes and not bad_from_the_start(case):
        found.append(first_bad_step(case))
    return found


def _moved(case: Case) -> float | None:
    """By how much of their own size the kernels moved in the first epoch, as the median over the layers."""
    changes = [size for size in epoch_sizes(probe for probe in case.later_probes if probe.epoch == 1) if size]
    return median(changes) if changes else None


def _burst(case: Case) -> float | None:
    start, losses = case.first_probe, case.history.get("loss", ())
    if start is None or not losses or start.loss + start.penalty <= 0:
        return None
    return max(losses) / (start.loss + start.penalty)


def _jumped(case: Case) -> float | None:
    """Largest loss of the first steps over that of the first one, or over ln K where the first is below it."""
    if not case.first_losses:
        return None
    return max(case.first_losses) / max(case.first_losses[0], case.chance_loss)


def _risen(case: Case) -> float | None:
    """The last epoch's loss over the first one; a start that was loud by itself says nothing of the steps."""
    start, losses = case.first_probe, case.history.get("loss", ())
    if start is None or not losses or not 0 < start.loss <= at.FIRST_LOSS_HIGH * case.chance_loss:
        return None
    penalty = case.later_probes[-1].penalty if case.later_probes else 0.0
    return (losses[-1] - penalty) / start.loss


def growth(case: Case) -> float | None:
    """Largest norm of a layer's weights over its norm before the first step, so far."""
    start = case.first_probe
    if start is None or not case.later_probes:
        return None
    norms = {layer.layer: layer.weight_norm for layer in start.layers if layer.weight_norm > 0}
    ratios = [
        layer.weight_norm / norms[layer.layer]
        for probe in case.later_probes
        for layer in probe.layers
        if layer.layer in norms
    ]
    return max(ratios, default=None)


def _words(case: Case, evidence: list[Evidence]) -> str:
    first = evidence[0]
    rate = "" if case.learning_rate is None else f" (learning rate {case.learning_rate:g} with {case.optimizer})"
    if first == first_bad_step(case):
        return f"the loss stopped being finite at step {case.first_bad_step + 1:,}{rate}."
    return f"{first.name} {written(first.found)}, where {first.expected or 'less'} is usual{rate}."

"""I3: steps so small that the run hardly moves."""

from __future__ import annotations

from itertools import pairwise
from math import isnan, nan
from statistics import median
from typing import TYPE_CHECKING

from classlab.doctor import thresholds as at
from classlab.doctor.catalogue import NAMES
from classlab.doctor.learning import epoch_sizes, learning_of, step_sizes, towards_certainty, why_unknown
from classlab.doctor.symptoms.under_trained import slopes
from classlab.doctor.wording import measured, rounded
from classlab.records.finding import Cause, Evidence, Finding, Unchecked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classlab.doctor.case import Case
    from classlab.records.diagnostics import Probe

RULE = "I3"
NAME = NAMES[RULE]


def check(case: Case) -> Finding | Unchecked | None:
    """Looks at how far steps and epochs move the weights, where the run fails to learn though gradients arrive."""
    if not case.trained:
        return _frozen(case)
    learning = learning_of(case)
    stuck = learning.chance or learning.stalled
    if not stuck and _stands_still(case):
        return _finding(case, _evidence(case.later_probes), stuck=False)
    if not learning.known:
        return Unchecked(rule=RULE, reason=why_unknown(case))
    if not case.later_probes:
        return Unchecked(rule=RULE, reason=case.why_missing("probes", "steps and weights were not measured"))
    if _crawls(case):
        return _finding(case, _evidence(case.later_probes, at.UPDATE_USUAL / at.UPDATE_APART), stuck=False)
    alive = _alive(case.later_probes[-1]) or bool(_limited(case))
    if not (learning.chance or _slow(case)) or not alive:
        return None
    # Of a run that stands still the last two probes count; of one that crawls, all of them.
    evidence = _evidence(case.later_probes[-2:] if stuck else case.later_probes)
    if not evidence or not (stuck or _behind(case)):
        return None
    return _finding(case, evidence, stuck=stuck)


def _finding(case: Case, evidence: Sequence[Evidence], *, stuck: bool) -> Finding:
    return Finding(
        rule=RULE,
        name=NAME,
        severity="FAIL" if stuck else "WARN",
        kind="symptom",
        text=f"The steps are too small {'to get anywhere' if stuck else 'for the length of the training'}: "
        f"{evidence[0].name} {evidence[0].found}.",
        evidence=tuple(evidence),
        causes=_unmoved(case) or (*_limited(case), rate_cause(case)),
        limits="Gradients that are small for another reason make steps small as well.",
        place=case.place,
    )


def _frozen(case: Case) -> Finding:
    return Finding(
        rule=RULE,
        name="nothing-trained",
        severity="FAIL",
        kind="fact",
        text="No weight of the network is trained.",
        evidence=(measured("weights that are trained", 0, "all, or those of the last layers"),),
        causes=(
            Cause(
                rule=RULE,
                text="Every layer is frozen (trainable=False).",
                remedy="Set trainable = True on the layers that are to learn, then compile and fit.",
            ),
        ),
        place=case.place,
    )


def _stands_still(case: Case) -> bool:
    """Fresh weights that epochs hardly move, in a training that ended as it began: that needs no count of steps."""
    changes = epoch_sizes(case.later_probes)
    if not changes or not case.ended or case.given_weights or len(case.history.get("loss", ())) < 2:
        return False
    far = max(case.accuracies, default=1.0) < towards_certainty(case.majority_share, at.LEARNED)
    return far and max(changes) < at.UNMOVED and _slow(case) and _alive(case.later_probes[-1])


def _crawls(case: Case) -> bool:
    """Small steps of a training that ended while it still gained much, where no rule without training was asked."""
    ratios = step_sizes(case.later_probes)
    small = bool(ratios) and 0 < median(ratios) < at.UPDATE_USUAL / at.UPDATE_APART
    return small and case.ended and case.baseline_accuracy is None and slopes(case)[1] > at.STEEP_GAIN


def rate_cause(case: Case) -> Cause:
    """The cause, with ten times the rate as its remedy."""
    return Cause(
        rule=RULE,
        text="The learning rate is too low for the number of steps.",
        remedy="Multiply the learning rate by ten, or train for longer.",
        change={} if case.learning_rate is None else {"learning_rate": rounded(case.learning_rate * 10)},
    )


def _unmoved(case: Case) -> tuple[Cause, ...]:
    """What keeps weights where they are altogether, though their gradients are not 0."""
    changes = epoch_sizes(case.later_probes)
    if not changes or any(changes):
        return ()
    nothing = case.history.get("loss", (1.0,))[-1] == 0
    return (
        Cause(
            rule=RULE,
            text="The loss that fit reports is 0: sample_weight or class_weight leaves nothing of it."
            if nothing
            else "The weights never moved: the rate of the optimizer is 0 in fact, or nothing is left of the loss.",
            remedy="Look at sample_weight and class_weight: some must be above 0."
            if nothing
            else "Look at the schedule of the rate, and at sample_weight and class_weight.",
        ),
    )


def _limited(case: Case) -> tuple[Cause, ...]:
    """What makes steps small whatever the base rate: gradients that are cut, or a schedule that is nearly at 0."""
    found = []
    largest = max((layer.gradient_norm for layer in case.later_probes[-1].layers), default=nan)
    for name, bound in case.clips.items():
        if bound < at.CLIPPED * largest:
            found.append(
                Cause(
                    rule=RULE,
                    text=f"{name}={bound:g} cuts gradients whose norm is {largest:.2g}.",
                    remedy=f"Leave {name} out, or give a bound near the norms that gradients have.",
                    change={name: None},
                )
            )
    rates = case.history.get("learning_rate", ())
    if (
        case.schedule != "constant"
        and rates
        and case.learning_rate
        and rates[-1] < at.SCHEDULED_AWAY * case.learning_rate
    ):
        found.append(
            Cause(
                rule=RULE,
                text=f"The schedule has taken the learning rate from {case.learning_rate:g} to {rates[-1]:.2g}.",
                remedy="Keep the learning rate constant, or let it fall more slowly.",
                change={"schedule": "constant"},
            )
        )
    return tuple(found)


def _slow(case: Case) -> bool:
    """Whether the loss fell, if at all, by less than 2 % in each of the last two epochs."""
    loss = case.history.get("loss", ())[-3:]
    return all(later >= (1 - at.SLOW_LOSS) * earlier for earlier, later in pairwise(loss))


def _behind(case: Case) -> bool:
    """Whether accuracy lies below what a rule without training reaches, after three epochs and more."""
    enough = len(case.accuracies) >= at.STALLED_EPOCHS and case.baseline_accuracy is not None
    return enough and max(case.accuracies) < (case.baseline_accuracy or 0.0)


def _alive(probe: Probe) -> bool:
    """Whether gradients reach the first layer and its units answer: only then the rate is what is missing."""
    dead = any((layer.dead_share or 0) >= at.DEAD_SHARE for layer in probe.layers)
    equal = any(layer.unit_spread < at.EQUAL_UNITS for layer in probe.layers[:-1])
    if not probe.layers or dead or equal:
        return False
    slope = probe.layers[0].gradient_norm
    return slope > 0 or (isnan(slope) and all(layer.epoch_change for layer in probe.layers))


def _evidence(probes: Sequence[Probe], small: float = at.UPDATE_SMALL) -> list[Evidence]:
    found = []
    ratios = step_sizes(probes)
    if ratios and median(ratios) < small:
        found.append(measured("change of the weights in one step", median(ratios), f"above {small:.2g}"))
    changes = epoch_sizes(probes)
    if changes and max(changes) < at.EPOCH_SMALL:
        found.append(measured("change of the weights in one epoch", max(changes), f"above {at.EPOCH_SMALL:g}"))
    return found

"""I16: a run that ends below what a rule without training reaches."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

from classlab.doctor import thresholds as at
from classlab.doctor.catalogue import NAMES
from classlab.doctor.learning import learning_of, step_sizes, why_unknown
from classlab.doctor.symptoms import learning_rate_too_high, learning_rate_too_low
from classlab.doctor.symptoms.under_trained import cause_of as too_short
from classlab.doctor.symptoms.under_trained import slopes
from classlab.doctor.wording import measured
from classlab.records.finding import Cause, Evidence, Finding, Unchecked

if TYPE_CHECKING:
    from classlab.doctor.case import Case

RULE = "I16"
NAME = NAMES[RULE]


def check(case: Case) -> Finding | Unchecked | None:
    """Compares the end of a training with the nearest-centroid rule; what else was found comes before the best guess.

    A short training that is nearly there is none of its business. No guess is certain: the size of the steps says
    whether they were small or large beside what is usual, and a loss that still falls says that the training was short.
    """
    if case.baseline_accuracy is None:
        return Unchecked(rule=RULE, reason=case.why_missing("baseline_accuracy", "no rule without training was asked"))
    if not case.ended:
        return Unchecked(rule=RULE, reason="the training has not ended")
    learning = learning_of(case)
    if not learning.known:
        return Unchecked(rule=RULE, reason=why_unknown(case))
    if not learning.behind or learning.fails:
        return None
    reached = max(*case.accuracies, case.fitted_accuracy or 0.0)
    if reached > case.majority_share + at.NEAR * (case.baseline_accuracy - case.majority_share):
        return None
    evidence, causes = _guess(case)
    # Short alone, and gaining much to its last epoch: it was going well.
    well = slopes(case)[1] > at.STEEP_GAIN and all(cause == too_short(case) for cause in causes)
    return Finding(
        rule=RULE,
        name=NAME,
        severity="INFO" if well else "WARN",
        kind="symptom",
        text=f"The training ended at an accuracy of {reached:.3g} on its own images, where comparing with the mean "
        f"image of each class reaches {case.baseline_accuracy:.3g} without any training.",
        evidence=(measured("best training accuracy", reached, f"above {case.baseline_accuracy:.3g}"), *evidence),
        causes=causes,
        limits="Longer trainings may pass through here; the cause is a guess by the size of the steps.",
        place=case.place,
    )


def _guess(case: Case) -> tuple[tuple[Evidence, ...], tuple[Cause, ...]]:
    """What most likely held it back, by the size of its steps, and what speaks for it."""
    ratios = [size for size in step_sizes(case.later_probes) if size]
    falling, gained = slopes(case)
    short = (too_short(case),) if max(falling / at.STILL_FALLING, gained / at.STALLED_GAIN) > 1 else ()
    if not ratios:
        return (), short
    size = median(ratios)
    speaks = (measured("change of the weights in one step", size, f"about {at.UPDATE_USUAL:g}"),)
    if size < at.UPDATE_USUAL / at.UPDATE_APART:
        return speaks, (learning_rate_too_low.rate_cause(case), *short)
    # What gains much to its last epoch is not held back by large steps.
    if size > at.UPDATE_USUAL * at.UPDATE_APART and gained <= at.STEEP_GAIN:
        return speaks, (learning_rate_too_high.cause_of(case), *short)
    return speaks, short

"""I14: a network that does much worse on the same images when it is not training."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.doctor import thresholds as at
from classlab.doctor.wording import measured
from classlab.records.finding import Cause, Finding, Unchecked

if TYPE_CHECKING:
    from classlab.doctor.case import Case

RULE = "I14"
NAME = "mode-gap"
CAUSE = Cause(
    rule=RULE,
    text="The statistics that batch normalisation keeps for evaluation do not fit the weights.",
    remedy="Lower the momentum of batch normalisation, take larger batches, or train for longer.",
)


def check(case: Case) -> Finding | Unchecked | None:
    """Compares the running training accuracy of the last epoch with evaluation on training images."""
    if case.fitted_accuracy is None or not case.accuracies:
        return Unchecked(rule=RULE, reason="training images were not evaluated after training")
    gap = case.accuracies[-1] - case.fitted_accuracy
    keeps = any(layer.kind == "BatchNormalization" for layer in case.layers)
    if gap <= at.MODE_GAP or not keeps:
        return None
    return Finding(
        rule=RULE,
        name=NAME,
        severity="WARN" if case.steps_done >= at.MODE_STEPS else "INFO",
        kind="symptom",
        text=f"On training images accuracy is {case.accuracies[-1]:.3g} while training and {case.fitted_accuracy:.3g} "
        "in evaluation.",
        evidence=(measured("training minus evaluation accuracy", gap, f"below {at.MODE_GAP:g}"),),
        causes=(CAUSE,),
        limits="After few steps the statistics lag behind in any network.",
        place=case.place,
    )

"""I14: a network that does much worse on the same images when it is not training."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.doctor import thresholds as at
from classlab.doctor.learning import learning_of
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


ONE_BY_ONE = Cause(
    rule=RULE,
    text="Batch normalisation of one image takes the image itself away: what is left is the same for every image.",
    remedy="Take batches of 16 images and more.",
    change={"batch_size": 32},
)


def check(case: Case) -> Finding | Unchecked | None:
    """Compares the running training accuracy of the last epoch with evaluation on training images.

    With batches of one image there is nothing to compare: the network does not learn at all.
    """
    keeps = any(layer.kind == "BatchNormalization" for layer in case.layers)
    if keeps and case.batch_size == 1 and learning_of(case).fails:
        return _one_by_one(case)
    if case.fitted_accuracy is None or not case.accuracies:
        return Unchecked(rule=RULE, reason="training images were not evaluated after training")
    gap = case.accuracies[-1] - case.fitted_accuracy
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


def _one_by_one(case: Case) -> Finding:
    return Finding(
        rule=RULE,
        name="normalised-one-by-one",
        severity="FAIL",
        kind="symptom",
        text="Batch normalisation was given batches of one image, and the network does not learn.",
        evidence=(measured("images per batch", 1, "16 and more"),),
        causes=(ONE_BY_ONE,),
        limits="Behind convolutions, the places of one image may do as a batch.",
        place=case.place,
    )

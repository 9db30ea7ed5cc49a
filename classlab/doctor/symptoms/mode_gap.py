"""I14: a network that does much worse on the same images when it is not training."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from classlab.doctor import thresholds as at
from classlab.doctor.catalogue import NAMES
from classlab.doctor.learning import learning_of
from classlab.doctor.wording import measured
from classlab.records.finding import Cause, Finding, Unchecked

if TYPE_CHECKING:
    from classlab.doctor.case import Case
    from classlab.doctor.layer_facts import LayerFacts

RULE = "I14"
NAME = NAMES[RULE]
CAUSE = Cause(
    rule=RULE,
    text="The statistics that batch normalisation keeps for evaluation do not fit the weights.",
    remedy="Lower the momentum of batch normalisation, take larger batches, or train for longer.",
    change={"momentum": 0.9},
)
NEVER = Cause(
    rule=RULE,
    text="With a momentum of 1 batch normalisation never takes up the statistics of the images: it evaluates with "
    "those it began with.",
    remedy="Leave the momentum at 0.99, or at 0.9 for few steps.",
    change={"momentum": 0.9},
)
DROPPED = Cause(
    rule=RULE,
    text="Dropout in front of batch normalisation makes the values that it meets in training spread wider than those "
    "in evaluation.",
    remedy="Put dropout behind the last batch normalisation.",
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
    norms = [layer for layer in case.layers if layer.kind == "BatchNormalization"]
    if norms and case.batch_size == 1 and learning_of(case).fails:
        return _one_by_one(case)
    if norms and case.steps_done and start_left(case) == 1:
        return _never(case)
    if case.fitted_accuracy is None or not case.accuracies:
        return Unchecked(rule=RULE, reason="training images were not evaluated after training")
    gap = case.accuracies[-1] - case.fitted_accuracy
    if gap <= at.MODE_GAP or not norms:
        return _ahead(case)
    left = start_left(case)
    slow = left > at.MODE_STILL and any((layer.momentum or 0.0) > at.USUAL_MOMENTUM for layer in norms)
    soon = left > at.MODE_LEFT and not slow
    return Finding(
        rule=RULE,
        name=NAME,
        severity="INFO" if soon else "WARN",
        kind="symptom",
        text=f"On training images accuracy is {case.accuracies[-1]:.3g} while training and {case.fitted_accuracy:.3g} "
        "in evaluation.",
        evidence=(
            measured("training minus evaluation accuracy", gap, f"below {at.MODE_GAP:g}"),
            measured("share of its first statistics that batch normalisation still holds", left, "near 0"),
        ),
        causes=_causes(case, norms, left),
        limits="After few steps the statistics lag behind in any network.",
        place=case.place,
    )


def _ahead(case: Case) -> Finding | None:
    """A validation accuracy above the training accuracy, which surprises people and is as it should be."""
    unseen, seen, fitted = case.history.get("val_accuracy", ()), case.accuracies[-1], case.fitted_accuracy
    if not unseen or fitted is None or unseen[-1] - seen <= at.AHEAD or fitted <= seen:
        return None
    dropped = " with dropout on" if any(layer.rate for layer in case.layers) else ""
    return Finding(
        rule=RULE,
        name="validation-ahead",
        severity="INFO",
        kind="symptom",
        text=f"Validation accuracy ({unseen[-1]:.3g}) lies above training accuracy ({seen:.3g}), which is an average "
        f"over the steps of the epoch{dropped}; in evaluation the training images reach {fitted:.3g}.",
        evidence=(measured("validation minus training accuracy", unseen[-1] - seen),),
        place=case.place,
    )


def start_left(case: Case) -> float:
    """Largest share of the statistics of a batch normalisation that is still that of its start, `momentum ^ steps`."""
    momenta = [layer.momentum for layer in case.layers if layer.kind == "BatchNormalization"]
    return max(
        (float((at.USUAL_MOMENTUM if each is None else each) ** case.steps_done) for each in momenta), default=0.0
    )


def _causes(case: Case, norms: list[LayerFacts], left: float) -> tuple[Cause, ...]:
    momentum = max(layer.momentum or at.USUAL_MOMENTUM for layer in norms)
    slow = replace(
        CAUSE,
        text=f"Batch normalisation with a momentum of {momentum:g} still holds {left:.0%} of the statistics of its "
        f"start after {case.steps_done:,} steps.",
    )
    lagging = (slow,) if left > at.MODE_LEFT else ()
    return (*lagging, DROPPED) if _dropped_before(case) else (*lagging,) or (CAUSE,)


def _dropped_before(case: Case) -> bool:
    """Whether a dropout stands somewhere in front of a batch normalisation."""
    kinds = [("rate" if layer.rate else layer.kind) for layer in case.layers]
    return "rate" in kinds and "BatchNormalization" in kinds[kinds.index("rate") :]


def _never(case: Case) -> Finding:
    return Finding(
        rule=RULE,
        name="statistics-never-taken",
        severity="WARN",
        kind="fact",
        text="Batch normalisation has a momentum of 1, so it evaluates with the statistics that it began with.",
        evidence=(measured("momentum of batch normalisation", 1.0, "0.9 to 0.99"),),
        causes=(NEVER,),
        limits="Layers that are frozen on purpose keep their statistics as well.",
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

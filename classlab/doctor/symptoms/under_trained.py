"""I13: training that ended while it was still getting somewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.doctor import thresholds as at
from classlab.doctor.catalogue import NAMES
from classlab.doctor.learning import learning_of
from classlab.doctor.wording import measured
from classlab.records.finding import Cause, Finding, Unchecked

if TYPE_CHECKING:
    from classlab.doctor.case import Case

RULE = "I13"
NAME = NAMES[RULE]


def check(case: Case) -> Finding | Unchecked | None:
    """Looks at the slope of training loss and accuracy over the last fifth, and whether the validation loss rises."""
    if not case.ended or len(case.history.get("loss", ())) < 2:
        return Unchecked(rule=RULE, reason="fewer than 2 epochs" if case.ended else "the training has not ended")
    falling, gained = slopes(case)
    unseen = case.history.get("val_loss", ())
    rising = len(unseen) > 1 and unseen[-1] > unseen[-2]
    if (
        max(falling / at.STILL_FALLING, gained / at.STALLED_GAIN) <= 1
        or rising
        or case.stopped_early
        or learning_of(case).fails
    ):
        return None
    return Finding(
        rule=RULE,
        name=NAME,
        severity="INFO",
        kind="symptom",
        text=f"The training loss was still falling by {falling:.1%} per epoch at the end."
        if falling > at.STILL_FALLING
        else f"The training accuracy was still rising by {100 * gained:.1f} points per epoch at the end.",
        evidence=(
            measured("fall of the training loss per epoch, share", falling, f"below {at.STILL_FALLING:g}"),
            measured("gain of the training accuracy per epoch", gained, f"below {at.STALLED_GAIN:g}"),
        ),
        causes=(cause_of(case),),
        limits="A falling training loss is no promise of a better validation figure.",
        place=case.place,
    )


def slopes(case: Case) -> tuple[float, float]:
    """Fall of the training loss per epoch as a share, and gain of the accuracy, over the last fifth; 0 if unknown."""
    losses, accuracies = case.history.get("loss", ()), case.accuracies
    tail = max(1, round(at.TAIL_SHARE * len(losses)))
    if len(losses) < 2:
        return 0.0, 0.0
    before, last = losses[-tail - 1], losses[-1]
    falling = 1 - (last / before) ** (1 / tail) if before > 0 and last > 0 else 0.0
    return falling, (accuracies[-1] - accuracies[-tail - 1]) / tail if len(accuracies) > tail else 0.0


def cause_of(case: Case) -> Cause:
    """The cause, with twice the epochs as its remedy."""
    return Cause(
        rule=RULE,
        text="The training ended before the network had learned what it can.",
        remedy="Train for more epochs.",
        change={} if case.epochs is None else {"epochs": 2 * case.epochs},
    )

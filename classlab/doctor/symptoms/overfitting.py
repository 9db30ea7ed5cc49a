"""I12: training that went on after the validation loss had turned."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.doctor import thresholds as at
from classlab.doctor.catalogue import NAMES
from classlab.doctor.wording import measured
from classlab.records.finding import Cause, Finding, Unchecked

if TYPE_CHECKING:
    from classlab.doctor.case import Case

RULE = "I12"
NAME = NAMES[RULE]
CAUSE = Cause(
    rule=RULE,
    text="The network learns the training images by heart.",
    remedy="Stop early by the validation loss, or use more images, dropout or a smaller network.",
    change={"early_stopping": 5},
)


def check(case: Case) -> Finding | Unchecked | None:
    """Compares the last validation losses with their minimum, and the accuracies of the last epoch."""
    losses, seen, unseen = case.history.get("val_loss", ()), case.accuracies, case.history.get("val_accuracy", ())
    if len(losses) <= at.OVERFIT_EPOCHS or not seen or not unseen:
        return Unchecked(rule=RULE, reason=f"fewer than {at.OVERFIT_EPOCHS + 1} epochs with validation images")
    best = min(losses)
    gap = seen[-1] - unseen[-1]
    if min(losses[-at.OVERFIT_EPOCHS :]) <= at.OVERFIT_LOSS * best or gap < at.OVERFIT_GAP:
        return None
    epoch = losses.index(best) + 1
    return Finding(
        rule=RULE,
        name=NAME,
        severity="INFO",
        kind="symptom",
        text=f"The validation loss was lowest after epoch {epoch} ({best:.3g}) and stands at {losses[-1]:.3g}; "
        f"accuracy on training images is {gap:.1%} higher than on validation images.",
        evidence=(
            measured("last validation loss over the lowest", losses[-1] / best, f"below {at.OVERFIT_LOSS:g}"),
            measured("training minus validation accuracy", gap, f"below {at.OVERFIT_GAP:g}"),
        ),
        causes=(CAUSE,),
        limits="Validation accuracy may still rise while the loss grows, through overconfidence.",
        place=case.place,
    )

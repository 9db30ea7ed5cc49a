"""I15: a network that is right on the images it trains on, and guesses on those of validation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.doctor import thresholds as at
from classlab.doctor.catalogue import NAMES
from classlab.doctor.learning import share_error, towards_certainty
from classlab.doctor.symptoms import mode_gap
from classlab.doctor.wording import measured
from classlab.records.finding import Cause, Finding, Unchecked

if TYPE_CHECKING:
    from classlab.doctor.case import Case

RULE = "I15"
NAME = NAMES[RULE]
SORTED = Cause(
    rule="A7",
    text="The training rows are in the order of their classes, and `validation_split` takes the last of them: classes "
    "that are validated were never trained.",
    remedy="Shuffle images and labels together before fit.",
)


def check(case: Case) -> Finding | Unchecked | None:
    """Compares the last two epochs' accuracies on both kinds of images with chance.

    Batch normalisation that has not yet taken up its statistics does this to any network, and is not told of.
    """
    unseen, seen = case.history.get("val_accuracy", ()), case.accuracies
    if not unseen or not seen:
        return Unchecked(rule=RULE, reason="no epoch with validation images was finished")
    if case.training_images < at.CHANCE_IMAGES:
        return Unchecked(rule=RULE, reason=f"fewer than {at.CHANCE_IMAGES} training images are known")
    share, facts = case.majority_share, case.splits.get("validation")
    images = facts.images if facts is not None else at.CHANCE_IMAGES
    bound = max(share + at.CHANCE_ERRORS * share_error(share, images), towards_certainty(share, at.HARDLY))
    # What lags behind guesses; what is thrown about is sure of itself, and wrong.
    losses = case.history.get("val_loss", ())
    thrown = bool(losses) and losses[-1] > at.FIRST_LOSS_HIGH * case.chance_loss
    soon = at.MODE_LEFT < mode_gap.start_left(case) < 1 and not thrown
    learned = min(seen[-2:]) > bound + at.LEARNED * (1 - share)
    if soon or not learned or max(unseen[-2:]) > bound:
        return None
    return Finding(
        rule=RULE,
        name=NAME,
        severity="FAIL" if len(unseen) > 1 else "WARN",
        kind="symptom",
        text=f"Accuracy is {seen[-1]:.3g} on the training images and {unseen[-1]:.3g} on the validation images, which "
        "is hardly better than guessing.",
        evidence=(
            measured("training accuracy", seen[-1], "near that on validation images"),
            measured("validation accuracy", unseen[-1], f"above {bound:.3g}"),
        ),
        causes=(SORTED,) if case.sorted_labels and facts is None else (),
        limits="Images of another kind in the validation split look the same.",
        place=case.place,
    )

"""B8: a training that climbs its loss instead of descending it."""

from __future__ import annotations

from itertools import pairwise
from statistics import fmean
from typing import TYPE_CHECKING

from classlab.doctor import thresholds as at
from classlab.doctor.catalogue import NAMES
from classlab.doctor.learning import learning_of, share_error
from classlab.doctor.wording import measured
from classlab.records.finding import Cause, Evidence, Finding, Unchecked

if TYPE_CHECKING:
    from classlab.doctor.case import Case

RULE = "B8"
NAME = NAMES[RULE]
CAUSE = Cause(
    rule=RULE,
    text="The loss is maximised: its sign or that of the gradients is turned round.",
    remedy="Look for a minus sign in the loss, in the optimizer or in the training step, and take it away.",
)


def check(case: Case) -> Finding | Unchecked | None:
    """Compares the first step with the gradient before it, and accuracy with that of guessing.

    A network that learned nothing is right as often as one that always names the same class. To be right less often
    than that on the images that it trains on, it must have learned to avoid the right answer.
    """
    evidence = [*_avoids(case), *_climbs(case), *_rises(case), *_negative(case)]
    if not evidence:
        if case.descent is None and not case.accuracies:
            return Unchecked(rule=RULE, reason="neither the first step nor an accuracy was measured")
        return None
    return Finding(
        rule=RULE,
        name=NAME,
        severity="FAIL",
        kind="symptom",
        text=f"The training goes uphill: {evidence[0].name} {evidence[0].found}, usually {evidence[0].expected}.",
        evidence=tuple(evidence),
        causes=(CAUSE,),
        limits="Labels that were exchanged between the training and the measurement look the same.",
        place=case.place,
    )


def _avoids(case: Case) -> list[Evidence]:
    """Training accuracy below that of naming the smallest class, by more than chance; now and an epoch ago."""
    shares = [share for share in case.class_shares if share > 0]
    images, recent = case.training_images, case.accuracies[-2:]
    if images < at.CHANCE_IMAGES or not recent or len(shares) < 2 or case.steps_done < at.UPHILL_STEPS:
        return []
    start, losses = case.first_probe, case.history.get("loss", ())
    if start is None or not losses or abs(losses[-1] - start.loss) < at.UPHILL_MOVED * abs(start.loss):
        return []  # an untrained network may be right as rarely by chance
    low = min(shares)
    bound = low - at.CHANCE_ERRORS * share_error(low, images)
    if bound <= 0 or max(recent) >= bound:
        return []
    return [measured("training accuracy", recent[-1], f"{low:.3g} and more")]


def _negative(case: Case) -> list[Evidence]:
    """A loss that is below 0 from before the first step on, and lower still at the end of a training that fails.

    What falls from there, while the network knows nothing, pays for wrong answers.
    """
    start, losses = case.first_probe, case.history.get("loss", ())
    if start is None or not losses or not learning_of(case).fails:
        return []
    if not losses[-1] < (1 + at.UPHILL_MOVED) * (start.loss + start.penalty) < 0:
        return []
    return [measured("training loss", losses[-1], "above 0")]


def _rises(case: Case) -> list[Evidence]:
    """A loss that rises from the first steps on, little by little: large steps make it jump, and then fall again."""
    size = at.RISING_STEPS
    means = [fmean(case.first_losses[n : n + size]) for n in range(0, len(case.first_losses) - size + 1, size)]
    if len(means) < at.RISING_BLOCKS or (case.descent or 0.0) < 0 or not learning_of(case).fails:
        return []
    small = means[0] < at.RISING_FIRST * case.chance_loss
    if min(means) <= 0:  # weights left nothing of some steps
        return []
    ratios = [later / earlier for earlier, later in pairwise(means[: at.RISING_BLOCKS])]
    if not small or min(ratios) < at.RISING or max(ratios) > at.JUMPING:
        return []
    name = f"mean loss of {size} steps over that of the {size} before, {at.RISING_BLOCKS - 1} times in a row"
    return [measured(name, min(ratios), "below 1")]


def _climbs(case: Case) -> list[Evidence]:
    """A first step along the gradient rather than against it, of a training that fails."""
    start = case.first_probe
    sound = start is not None and 0 < start.loss <= at.FIRST_LOSS_HIGH * case.chance_loss  # others have odd gradients
    if case.descent is None or case.descent < at.UPHILL or not sound or not learning_of(case).fails:
        return []
    return [measured("cosine between the first step and the gradient before it", case.descent, "below 0")]

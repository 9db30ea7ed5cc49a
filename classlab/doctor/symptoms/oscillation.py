"""I11: accuracy that swings from epoch to epoch by more than chance."""

from __future__ import annotations

from itertools import pairwise
from math import sqrt
from typing import TYPE_CHECKING

from classlab.doctor import thresholds as at
from classlab.doctor.catalogue import NAMES
from classlab.doctor.learning import learning_of
from classlab.doctor.wording import measured, rounded
from classlab.records.finding import Cause, Finding, Unchecked

if TYPE_CHECKING:
    from classlab.doctor.case import Case

RULE = "I11"
NAME = NAMES[RULE]


def check(case: Case) -> Finding | Unchecked | None:
    """Counts reversals of the validation accuracy after epoch 5 that are larger than its own noise."""
    series = case.history.get("val_accuracy", ())[at.SWING_AFTER :]
    if len(series) < 3:
        return Unchecked(rule=RULE, reason=f"fewer than {at.SWING_AFTER + 3} epochs with validation images")
    facts = case.splits.get("validation")
    level = sum(series) / len(series)
    # Two measurements on the same images differ by less than two on different ones; three errors is a safe bound.
    noise = 3 * sqrt(2 * level * (1 - level) / facts.images) if facts else 0.0
    swing = max(at.SWING, noise)
    changes = [later - earlier for earlier, later in pairwise(series)]
    turns = sum(a * b < 0 and min(abs(a), abs(b)) >= swing for a, b in pairwise(changes))
    if turns < max(1, at.SWING_SHARE * len(series)):
        return None
    return Finding(
        rule=RULE,
        name=NAME,
        severity="WARN" if learning_of(case).fails else "INFO",
        kind="symptom",
        text=f"Validation accuracy turned {turns} times by at least {swing:.3g} in {len(series)} epochs.",
        evidence=(measured("turns per epoch", turns / len(series), f"below {at.SWING_SHARE:g}"),),
        causes=(
            Cause(
                rule=RULE,
                text="The steps are too large for the end of the training.",
                remedy="Halve the learning rate, let it fall, or take larger batches.",
                change={} if case.learning_rate is None else {"learning_rate": rounded(case.learning_rate / 2)},
            ),
        ),
        limits="With few validation images accuracy swings by chance.",
        place=case.place,
    )

"""C5: validation images that were trained on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.doctor import thresholds as at
from classlab.doctor.catalogue import NAMES, cause
from classlab.doctor.wording import measured
from classlab.records.finding import Finding, Unchecked

if TYPE_CHECKING:
    from classlab.doctor.case import Case

RULE = "C5"
NAME = NAMES[RULE]


def check(case: Case) -> Finding | Unchecked | None:
    """Counts validation images among the training images; single copies are another rule's."""
    validation = case.splits.get("validation")
    if case.overlap is None or validation is None or "train/validation" not in case.overlap:
        return Unchecked(rule=RULE, reason=case.why_missing("overlap", "training and validation were not compared"))
    share = case.overlap["train/validation"] / max(1, validation.images)
    if share <= at.OVERLAP_SAME_ROWS:
        return None
    return Finding(
        rule=RULE,
        name=NAME,
        severity="INVALID",
        kind="fact",
        text=f"{share:.0%} of the validation images were trained on.",
        evidence=(measured("share of the validation images that were trained on", share, "0"),),
        causes=(cause("C5"),),
        place=case.place,
    )

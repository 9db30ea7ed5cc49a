"""C8: arms of which some start from trained weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.doctor.wording import measured
from classlab.records.finding import Cause, Finding, Place, Unchecked

if TYPE_CHECKING:
    from classlab.records.study import StudyRecord

RULE = "C8"
NAME = "carried-weights"


def check(study: StudyRecord) -> tuple[Finding, ...] | Unchecked:
    """Compares what the arms start from."""
    arms = study.spec.arms
    starts = {arm.spec.initial_weights for arm in arms}
    given = [arm for arm in arms if arm.spec.initial_weights is not None]
    if len(starts) < 2 or not given:
        return ()
    return (
        Finding(
            rule=RULE,
            name=NAME,
            severity="INVALID",
            kind="fact",
            text=f"{len(given)} of {len(arms)} arms start from weights that were given, the others do not start there.",
            evidence=(measured("different starts", len(starts), "1"),),
            causes=(
                Cause(
                    rule=RULE,
                    text="Weights from an earlier training give an arm a lead.",
                    remedy="Let all arms start alike: from their seeds, or from the same weights.",
                ),
            ),
            limits="Where the start is the question of the study, this is meant.",
            place=Place(arm=given[0].name),
        ),
    )

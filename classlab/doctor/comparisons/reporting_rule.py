"""C9: arms whose figures are taken at different moments: the last epoch of one, the best of another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.doctor.wording import measured
from classlab.records.finding import Cause, Finding, Place, Unchecked

if TYPE_CHECKING:
    from classlab.records.study import StudyRecord

RULE = "C9"
NAME = "reporting-rule"


def check(study: StudyRecord) -> tuple[Finding, ...] | Unchecked:
    """Compares whether the arms go back to their best epoch."""
    arms = study.spec.arms
    if len(arms) < 2:
        return Unchecked(rule=RULE, reason="there is only one arm")
    best = [arm for arm in arms if arm.spec.early_stopping and arm.spec.early_stopping.restore_best_weights]
    if not best or len(best) == len(arms):
        return ()
    return (
        Finding(
            rule=RULE,
            name=NAME,
            severity="WARN",
            kind="fact",
            text=f"{len(best)} of {len(arms)} arms report their best epoch, the others their last.",
            evidence=(measured("arms that report their best epoch", len(best), f"0 or {len(arms)}"),),
            causes=(
                Cause(
                    rule=RULE,
                    text="The best of many epochs is higher than the last one by luck alone.",
                    remedy="Give all arms the same rule for ending.",
                ),
            ),
            place=Place(arm=best[0].name),
        ),
    )

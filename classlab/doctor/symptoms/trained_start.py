"""C8: a training that does not start from fresh weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.doctor import thresholds as at
from classlab.doctor.catalogue import NAMES
from classlab.doctor.learning import costs_ln_k
from classlab.doctor.wording import measured
from classlab.records.finding import Cause, Evidence, Finding, Unchecked

if TYPE_CHECKING:
    from classlab.doctor.case import Case

RULE = "C8"
NAME = NAMES[RULE]
CAUSE = Cause(
    rule=RULE,
    text="The weights were trained before this training began.",
    remedy="Build the model, and compile it, anew for every training that is compared.",
)


def check(case: Case) -> Finding | Unchecked | None:
    """Looks at the loss before the first step and at the optimizer's count of steps."""
    probe = case.first_probe
    if probe is None and case.optimizer_steps_before is None:
        return Unchecked(rule=RULE, reason=case.why_missing("probes", "the loss before the first step is not known"))
    evidence: list[Evidence] = []
    if probe is not None and costs_ln_k(case) and _knows(case, probe.loss, probe.accuracy):
        expected = f"about {case.chance_loss:.3g}"
        evidence.append(measured("loss before the first step", probe.loss, expected))
    if case.optimizer_steps_before:
        evidence.append(measured("steps the optimizer had taken before", case.optimizer_steps_before, "0"))
    if not evidence:
        return None
    return Finding(
        rule=RULE,
        name=NAME,
        severity="INFO" if case.given_weights else "WARN",
        kind="fact",
        text="The training starts from given weights that were trained before."
        if case.given_weights
        else "The training does not start from fresh weights.",
        evidence=tuple(evidence),
        causes=(CAUSE,),
        limits="Continuing a training on purpose looks the same.",
        place=case.place,
    )


def _knows(case: Case, loss: float, accuracy: float) -> bool:
    """A low loss alone may be luck with very unequal classes; accuracy above the largest class's share is not."""
    return loss < at.TRAINED_LOSS * case.chance_loss and accuracy > case.majority_share

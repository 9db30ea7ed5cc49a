"""B7: a loss before the first step that is far above ln K."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

from classlab.doctor import thresholds as at
from classlab.doctor.catalogue import NAMES
from classlab.doctor.learning import learning_of
from classlab.doctor.wording import measured
from classlab.records.finding import Finding, Severity, Unchecked

if TYPE_CHECKING:
    from classlab.doctor.case import Case

RULE = "B7"
NAME = NAMES[RULE]


def check(case: Case) -> Finding | Unchecked | None:
    """Compares the first loss with that of knowing nothing; the causes are what else was found."""
    probe = case.first_probe
    if probe is None or not isfinite(probe.loss):
        return Unchecked(rule=RULE, reason=case.why_missing("probes", "the loss before the first step is not known"))
    if "crossentropy" not in case.loss or not case.fresh:
        return Unchecked(rule=RULE, reason="ln K is the first loss of a cross-entropy with fresh weights only")
    if any(layer.kind == "BatchNormalization" for layer in case.layers):
        return Unchecked(rule=RULE, reason="batch normalisation has no statistics before the first step")
    if probe.loss <= at.FIRST_LOSS_HIGH * case.chance_loss:
        return None
    return Finding(
        rule=RULE,
        name=NAME,
        severity=_severity(case, probe.loss),
        kind="fact",
        text=f"Before the first step the loss is {probe.loss:.3g}, where a network that knows nothing has "
        f"ln {case.classes} = {case.chance_loss:.3g}.",
        evidence=(measured("loss before the first step", probe.loss, f"about {case.chance_loss:.3g}"),),
        limits="A network may recover from a bad start; it then loses some time.",
        place=case.place,
    )


def _severity(case: Case, loss: float) -> Severity:
    learning = learning_of(case)
    extreme = loss > at.FIRST_LOSS_EXTREME * case.chance_loss
    if learning.known and not learning.fails:
        return "WARN" if extreme else "INFO"
    return "FAIL" if extreme else "WARN"

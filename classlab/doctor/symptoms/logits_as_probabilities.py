"""B1: raw scores given to a loss that takes probabilities."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.doctor.catalogue import NAMES, cause
from classlab.doctor.wording import measured
from classlab.records.finding import Finding, Unchecked

if TYPE_CHECKING:
    from classlab.doctor.case import Case

RULE = "B1"
NAME = NAMES[RULE]


def check(case: Case) -> Finding | Unchecked | None:
    """Reads the functions behind the last layer with weights, and the loss's settings."""
    if not case.loss or case.head is None:
        return Unchecked(rule=RULE, reason="the loss or the last layer is not known")
    if "crossentropy" not in case.loss or case.from_logits or case.head_activations:
        return None
    return Finding(
        rule=RULE,
        name=NAME,
        severity="FAIL",
        kind="fact",
        text=f"The last layer gives raw scores (it has no activation), but the loss {case.loss} was told to expect "
        "probabilities.",
        evidence=(
            measured("activation of the last layer", "linear", "softmax, or from_logits=True"),
            measured("from_logits", "False", "True"),
        ),
        causes=(cause("B1", {"from_logits": True}),),
        place=case.place,
    )

"""B2: softmax twice, in two layers or in a layer and in the loss."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.doctor.wording import measured
from classlab.records.finding import Cause, Finding, Unchecked

if TYPE_CHECKING:
    from classlab.doctor.case import Case

RULE = "B2"
NAME = "double-softmax"


def check(case: Case) -> Finding | Unchecked | None:
    """Counts the softmax functions between the last layer with weights and the logarithm.

    The second one sees numbers in [0, 1], so no class can get more than e / (e + K - 1) and the loss never falls
    below ln(e + K - 1) - 1: 1.46 for ten classes.
    """
    if not case.loss or case.head is None:
        return Unchecked(rule=RULE, reason="the loss or the last layer is not known")
    layers = case.head_activations.count("softmax")
    in_loss = int(case.from_logits and "crossentropy" in case.loss)
    if layers + in_loss < 2 or not layers:
        return None
    by_loss = bool(in_loss)
    return Finding(
        rule=RULE,
        name=NAME,
        severity="FAIL",
        kind="fact",
        text="The scores go through softmax twice: "
        + ("in the last layer, and in the loss, which was told to expect raw scores." if by_loss else "in two layers."),
        evidence=(measured("softmax functions before the logarithm", layers + in_loss, "1"),),
        causes=(
            Cause(
                rule=RULE,
                text="A second softmax flattens the probabilities, so that the loss cannot fall to 0.",
                remedy="Leave from_logits out." if by_loss else "Remove one of the two softmax functions.",
                change={"from_logits": False} if by_loss else {"head_activation": "softmax"},
            ),
        ),
        limits="The network may still learn, slowly; its probabilities are wrong all the same.",
        place=case.place,
    )

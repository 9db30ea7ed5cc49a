"""B2: softmax twice, in two layers or in a layer and in the loss."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.doctor.catalogue import NAMES, cause
from classlab.doctor.learning import learning_of
from classlab.doctor.wording import measured
from classlab.records.finding import Finding, Severity, Unchecked

if TYPE_CHECKING:
    from classlab.doctor.case import Case

RULE = "B2"
NAME = NAMES[RULE]


def check(case: Case) -> Finding | Unchecked | None:
    """Counts the softmax functions between the last layer with weights and the logarithm, and looks for more within.

    The second one sees numbers in [0, 1], so no class can get more than e / (e + K - 1) and the loss never falls
    below ln(e + K - 1) - 1: 1.46 for ten classes.
    """
    if not case.loss or case.head is None:
        return Unchecked(rule=RULE, reason="the loss or the last layer is not known")
    layers = case.head_activations.count("softmax")
    in_loss = int(case.from_logits and "crossentropy" in case.loss)
    if layers + in_loss < 2 or not layers:
        return _within(case)
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
            cause("B2 in the loss", {"from_logits": False}) if by_loss else cause("B2", {"head_activation": "softmax"}),
        ),
        limits="The network may still learn, slowly; its probabilities are wrong all the same.",
        place=case.place,
    )


def _within(case: Case) -> Finding | None:
    """Softmax behind a hidden layer: a layer of K units hands on numbers of about 1 / K that hardly differ."""
    squeezed = [layer for layer in case.hidden if layer.activation == "softmax"]
    if not squeezed:
        return None
    learning = learning_of(case)
    severity: Severity = "FAIL" if learning.fails else "WARN" if learning.behind else "INFO"
    return Finding(
        rule=RULE,
        name="hidden-softmax",
        severity=severity,
        kind="fact",
        text=f"Softmax stands behind hidden layer {squeezed[0].position}, whose units compete for a sum of 1.",
        evidence=(measured("hidden layers with softmax", len(squeezed), "0"),),
        causes=(cause("B2 hidden", {"activation": "relu"}),),
        limits="A network that is to weigh parts against each other may mean it.",
        place=case.place,
    )

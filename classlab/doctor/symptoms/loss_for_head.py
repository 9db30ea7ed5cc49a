"""B4: a loss and a last activation that do not belong together, or not to classes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.doctor.wording import measured
from classlab.records.finding import Cause, Finding, Severity, Unchecked

if TYPE_CHECKING:
    from classlab.doctor.case import Case

RULE = "B4"
NAME = "loss-for-head"
# Functions whose values are no probabilities of classes that exclude each other.
_NOT_PROBABILITIES = ("relu", "tanh", "elu", "selu", "gelu", "silu", "softplus", "leaky_relu")
_FOR_NUMBERS = ("mean_squared_error", "mse", "mean_absolute_error", "mae", "huber", "hinge", "squared_hinge")
_FOR_YES_OR_NO = ("binary_crossentropy",)


def check(case: Case) -> Finding | Unchecked | None:
    """Looks the pair up in a small table: bad heads are failures, odd losses behind softmax are remarks.

    Sigmoids do not sum to 1, which a loss of classes divides out while training; the probabilities stay wrong. A
    function between the last layer and softmax takes scores away from it: behind relu no class can be ruled out.
    """
    head = case.head
    if not case.loss or head is None:
        return Unchecked(rule=RULE, reason="the loss or the last layer is not known")
    last = case.head_activations[-1] if case.head_activations else "linear"
    if case.classes > 2 and last in _NOT_PROBABILITIES:
        return _finding(case, "FAIL", last, f"The network ends in {last}, which gives no probabilities of classes")
    if case.classes > 2 and last == "sigmoid" and "categorical_crossentropy" in case.loss:
        return _finding(
            case, "WARN", last, "The network ends in sigmoid, whose values do not sum to 1 over the classes"
        )
    cut = next((name for name in case.head_activations[:-1] if name in _NOT_PROBABILITIES), None)
    if last == "softmax" and cut is not None:
        return _finding(case, "WARN", f"{cut}, then softmax", f"Between the last layer and softmax stands {cut}")
    if case.classes > 2 and case.loss in _FOR_YES_OR_NO and (head.width or 0) != 1:
        return _finding(case, "INFO" if last == "softmax" else "WARN", last, "The loss is one for yes and no")
    if case.loss in _FOR_NUMBERS:
        severity: Severity = "INFO" if last in ("softmax", "sigmoid") else "WARN"
        return _finding(case, severity, last, "The loss is one for numbers rather than classes")
    return None


def _finding(case: Case, severity: Severity, last: str, text: str) -> Finding:
    return Finding(
        rule=RULE,
        name=NAME,
        severity=severity,
        kind="fact",
        text=f"{text}: activation {last}, loss {case.loss}, {case.classes} classes.",
        evidence=(
            measured("activation of the last layer", last, "softmax"),
            measured("loss", case.loss, "a cross-entropy of classes"),
        ),
        causes=(
            Cause(
                rule=RULE,
                text="The last activation and the loss do not fit a choice among classes.",
                remedy="End the network in softmax and minimise the cross-entropy of the classes.",
                change={"head_activation": "softmax", "loss": "sparse_categorical_crossentropy"},
            ),
        ),
        limits="Squared errors behind softmax train too, with smaller gradients where the network is wrong.",
        place=case.place,
    )

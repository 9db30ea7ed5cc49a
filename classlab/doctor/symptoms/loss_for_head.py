"""B4: a loss and a last activation that do not belong together, or not to classes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.doctor import thresholds as at
from classlab.doctor.catalogue import NAMES
from classlab.doctor.learning import learning_of, towards_certainty
from classlab.doctor.symptoms.under_trained import slopes
from classlab.doctor.wording import measured
from classlab.records.finding import Cause, Finding, Severity, Unchecked

if TYPE_CHECKING:
    from classlab.doctor.case import Case

RULE = "B4"
NAME = NAMES[RULE]
# Losses that compare numbers, or ask one question with a yes or a no.
_FOR_NUMBERS = (
    *("mean_squared_error", "mean_absolute_error", "mean_squared_logarithmic_error", "mean_absolute_percentage_error"),
    *("huber", "log_cosh", "poisson", "cosine_similarity", "hinge", "squared_hinge"),
)
# Of them the squared error alone is least where the probabilities are right (Brier 1950).
_PROPER = ("mean_squared_error",)
_FOR_YES_OR_NO = ("binary_crossentropy", "binary_focal_crossentropy")
_YES_OR_NO = ("sigmoid", "hard_sigmoid")  # from 0 to 1, each class by itself
_SQUASHED = ("softmax", *_YES_OR_NO)


def check(case: Case) -> Finding | Unchecked | None:
    """Of several classes a cross-entropy takes the probabilities of a softmax, or raw scores; all else is a fault.

    Sigmoids do not sum to 1, which a loss of classes divides out while training; the probabilities stay wrong. A
    function between the last layer and softmax takes scores away from it: behind relu no class can be ruled out. A
    function that nobody knows is judged by what the network says. Squared errors train too; they are a fault where the
    run fails or falls behind.
    """
    head = case.head
    if not case.loss or head is None:
        return Unchecked(rule=RULE, reason="the loss or the last layer is not known")
    last = case.head_activations[-1] if case.head_activations else "linear"
    if case.classes <= 2 or head.width == 1:
        return _no_probability(case, last) or _of_numbers(case, last)
    odd = _odd_end(case, last)
    if odd is not None:
        return odd
    cut = next((name for name in case.head_activations[:-1] if name != "softmax"), None)
    if last == "softmax" and cut is not None:
        return _finding(case, "WARN", f"{cut}, then softmax", f"Between the last layer and softmax stands {cut}")
    if case.loss in _FOR_YES_OR_NO:
        severity: Severity = "INFO" if last == "softmax" else "WARN"
        return _finding(case, _graver(case, severity), last, "The loss is one for yes and no")
    return _of_numbers(case, last) or _in_half(case, last)


def _no_probability(case: Case, last: str) -> Finding | None:
    """What is taken for the probability of a yes, behind a function that gives none; raw scores are B1's."""
    fine = (*_SQUASHED, "linear", "unknown")
    if case.loss not in _FOR_YES_OR_NO or case.from_logits or last in fine:
        return None
    return _finding(case, "FAIL", last, f"The network ends in {last}, which gives no probability of a yes")


def _odd_end(case: Case, last: str) -> Finding | None:
    """A last activation that gives neither probabilities of classes nor raw scores; None where it is sound."""
    fine = ("softmax", "linear", *(("log_softmax",) if case.from_logits else ()))
    if last in fine:
        return None
    if last == "unknown":
        return _by_answers(case)
    if last in _YES_OR_NO:
        if "categorical" not in case.loss:
            return None
        return _finding(
            case, "WARN", last, f"The network ends in {last}, whose values do not sum to 1 over the classes"
        )
    if case.from_logits:
        return _finding(case, "FAIL", last, f"The network ends in {last}, which bends scores that the loss takes raw")
    return _finding(case, "FAIL", last, f"The network ends in {last}, which gives no probabilities of classes")


def _by_answers(case: Case) -> Finding | None:
    """A function of somebody's own: whether what it says of an image sums to 1."""
    mixed = (case.mixing or 0.0) > at.MIXED  # which says more
    if case.answer_sums is None or mixed or case.from_logits or "categorical_crossentropy" not in case.loss:
        return None
    low, high = case.answer_sums
    if max(abs(low - 1), abs(high - 1)) <= at.SUM_ERROR:
        return None
    said = f"The network ends in a function of its own whose values sum to {low:.3g} to {high:.3g} over the classes"
    return _finding(case, "FAIL", "a function of its own", said)


def _in_half(case: Case, last: str) -> Finding | None:
    """A softmax whose probabilities keep two or three digits: small ones become 0, and their logarithm is lost."""
    ends = next((layer for layer in reversed(case.layers) if layer.activation == last), None)
    if last != "softmax" or ends is None or not ends.half:
        return None
    return Finding(
        rule=RULE,
        name="softmax-in-half-precision",
        severity="INFO",
        kind="fact",
        text=f"The softmax of layer {ends.position} is computed in half precision, which keeps two or three digits.",
        evidence=(measured("precision of the softmax", "half", "float32"),),
        causes=(
            Cause(
                rule=RULE,
                text="The last layer takes part in mixed precision.",
                remedy="Give the last layer dtype='float32', as Keras advises for mixed precision.",
            ),
        ),
        place=case.place,
    )


def _of_numbers(case: Case, last: str) -> Finding | None:
    if case.loss not in _FOR_NUMBERS:
        return None
    severity: Severity = "INFO" if last in _SQUASHED and case.loss in _PROPER else "WARN"
    return _finding(case, _graver(case, severity), last, "The loss is one for numbers rather than classes")


def _graver(case: Case, severity: Severity) -> Severity:
    """What only slows a sound network down is the first thing to change in one that fails or ended far too soon."""
    learning = learning_of(case)
    far = max(case.accuracies, default=1.0) < towards_certainty(case.majority_share, at.NEAR)
    slow = case.ended and far and slopes(case)[1] > at.STEEP_GAIN
    return "FAIL" if learning.fails else "WARN" if learning.behind or slow else severity


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

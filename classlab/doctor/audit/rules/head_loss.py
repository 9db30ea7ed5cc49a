"""B1, B2 and B4: a last activation and a loss that do not fit each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from classlab.doctor.audit.draft import Draft
from classlab.doctor.audit.network import Head, head_of
from classlab.doctor.audit.objective import (
    BINARY,
    CATEGORICAL,
    CROSS_ENTROPIES,
    FOR_NUMBERS,
    SPARSE,
    Objective,
    loss_of,
)
from classlab.doctor.audit.trainings import Network

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classlab.doctor.audit.facts import Facts
    from classlab.doctor.audit.location import Location
    from classlab.doctor.audit.trainings import Trace
    from classlab.records.finding import Severity

RULES = ("B1", "B2", "B4")
_NAMES = {"B1": "logits-as-probabilities", "B2": "double-softmax", "B4": "loss-for-head"}
_NOT_PROBABILITIES = ("relu", "tanh", "elu", "selu", "gelu", "silu", "softplus", "leaky_relu")


@dataclass(frozen=True)
class _Problem:
    """What does not fit: the rule, what was found, why that is bad, what to change."""

    rule: str
    text: str
    cause: str
    remedy: str
    severity: Severity = "FAIL"


def check(trace: Trace) -> Iterator[Draft]:
    """Looks at every model that is trained, and at losses applied in loops of the author's own."""
    for network, loss, labels, location in _pairs(trace):
        head = head_of(network)
        problem = None if head is None else _contradiction(head, loss) or _odd_pair(head, loss, labels)
        if head is not None and problem is not None:
            yield _draft(problem, head, loss, location)


def _pairs(trace: Trace) -> Iterator[tuple[Network, Objective, Facts | None, Location]]:
    for fit in trace.fits:
        loss = loss_of(fit.compiled.loss) if fit.compiled is not None else None
        if loss is not None and fit.compiled is not None and not fit.model.fields["own_training"]:
            yield fit.network, loss, fit.labels, fit.compiled.location
    for model in trace.compiled:
        loss = loss_of(model.compiled.loss) if model.compiled is not None and not model.fits else None
        if loss is not None and model.compiled is not None and not model.fields["own_training"]:
            yield model.network, loss, None, model.compiled.location
    for applied in trace.losses:
        loss = loss_of(applied.loss)
        if loss is not None:
            yield Network(applied.tensor, applied.certain), loss, applied.labels, applied.location


def _last(head: Head) -> str:
    return head.activations[-1] if head.activations else "linear"


def _contradiction(head: Head, loss: Objective) -> _Problem | None:
    """Pairs that cannot be meant."""
    last, cross = _last(head), loss.name in CROSS_ENTROPIES
    if cross and last == "linear" and loss.from_logits is False:
        return _Problem(
            "B1",
            f"The model ends in raw scores, but the loss `{loss.name}` takes them for probabilities.",
            "The loss takes the logarithm of numbers that are no probabilities, and is chance or not a number.",
            "Give the loss from_logits=True, or end the model in softmax.",
        )
    if head.activations.count("softmax") > 1:
        return _Problem(
            "B2",
            "The scores go through softmax twice, in two layers.",
            "A second softmax flattens the probabilities, and the loss cannot fall to 0.",
            "Remove one of the two softmax functions.",
        )
    if cross and last in ("softmax", "sigmoid") and loss.from_logits:
        return _Problem(
            "B2",
            f"The model ends in {last}, and the loss applies it again because of from_logits=True.",
            "The loss sees probabilities as if they were raw scores, and cannot fall to 0.",
            "Leave from_logits out, or the last activation.",
        )
    return _no_probabilities(last, loss) if cross and last in _NOT_PROBABILITIES else None


def _no_probabilities(last: str, loss: Objective) -> _Problem:
    return _Problem(
        "B4",
        f"The model ends in {last}, which gives no probabilities of classes, and is trained with `{loss.name}`.",
        "The loss takes the logarithm of numbers that are no probabilities.",
        "End the model in softmax.",
    )


def _odd_pair(head: Head, loss: Objective, labels: Facts | None) -> _Problem | None:
    """Pairs that train after a fashion."""
    last, classes = _last(head), head.width or 0
    if loss.name in FOR_NUMBERS and classes > 2 and _are_classes(labels):
        return _Problem(
            "B4",
            f"The labels are classes, and the loss `{loss.name}` is one for numbers.",
            "Its gradients are small where the model is wrong, and raw class numbers have no distances.",
            "Minimise the cross-entropy of the classes.",
            "WARN",
        )
    if loss.name in BINARY and last == "softmax" and classes > 2:
        return _Problem(
            "B4",
            f"The model ends in softmax over {classes} classes, and the loss `{loss.name}` is one for yes and no.",
            "Every class is judged by itself although the probabilities add up to 1.",
            "Take categorical_crossentropy, or sparse_categorical_crossentropy for labels that are numbers.",
            "WARN",
        )
    if loss.name in (SPARSE, *CATEGORICAL) and last == "sigmoid" and classes > 1:
        return _Problem(
            "B4",
            f"The model ends in sigmoid, and the loss `{loss.name}` is one for classes that exclude each other.",
            "The scores do not add up to 1 and are no probabilities of the classes.",
            "End the model in softmax.",
            "WARN",
        )
    return None


def _are_classes(labels: Facts | None) -> bool:
    known = labels is not None and (labels.one_hot is not None or labels.classes is not None)
    return known and labels is not None and labels.kind == "labels"


def _draft(problem: _Problem, head: Head, loss: Objective, location: Location) -> Draft:
    at_loss = problem.rule == "B1" or loss.from_logits is True
    lines = (location, head.last_spot) if at_loss else (head.last_spot, location)
    return Draft(
        rule=problem.rule,
        name=_NAMES[problem.rule],
        severity=problem.severity,
        text=problem.text,
        location=lines[0],
        also=lines[1:],
        evidence=(
            ("last activations", " then ".join(head.activations) or "linear", ""),
            ("loss", f"{loss.name}{', from_logits=True' if loss.from_logits else ''}", ""),
        ),
        cause=problem.cause,
        remedy=problem.remedy,
    )

"""B1, B2 and B4: a last activation and a loss that do not fit each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.doctor.audit.draft import Draft, found
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
    from classlab.doctor.audit.trace import Trace

RULES = ("B1", "B2", "B4")
_NOT_PROBABILITIES = ("relu", "tanh", "elu", "selu", "gelu", "silu", "softplus", "leaky_relu")


def check(trace: Trace) -> Iterator[Draft]:
    """Looks at every model that is trained, and at losses applied in loops of the author's own."""
    for network, loss, labels, location in _pairs(trace):
        head = head_of(network)
        problem = None if head is None else _contradiction(head, loss) or _odd_pair(head, loss, labels)
        if head is not None and problem is not None:
            kind, text = problem
            at_loss = kind == "B1" or loss.from_logits is True
            places = (location, head.last_spot) if at_loss else (head.last_spot, location)
            settings = f"{loss.name}{', from_logits=True' if loss.from_logits else ''}"
            activations = " then ".join(head.activations) or "linear"
            evidence = (("last activations", activations, ""), ("loss", settings, ""))
            yield found(kind, text, places[0], places[1:], evidence=evidence)


def _pairs(trace: Trace) -> Iterator[tuple[Network, Objective, Facts | None, Location]]:
    compiled = [(fit.model, fit.network, fit.compiled, fit.labels) for fit in trace.fits]
    compiled += [(model, model.network, model.compiled, None) for model in trace.compiled if not model.fits]
    for model, network, settings, labels in compiled:
        loss = loss_of(settings.loss) if settings is not None else None
        if loss is not None and settings is not None and not model.own_training:
            yield network, loss, labels, settings.location
    for applied in trace.losses:
        loss = loss_of(applied.loss)
        if loss is not None:
            yield Network(applied.tensor, applied.certain), loss, applied.labels, applied.location


def _contradiction(head: Head, loss: Objective) -> tuple[str, str] | None:
    """Pairs that cannot be meant: which kind, and what was found."""
    last, cross = head.last, loss.name in CROSS_ENTROPIES
    if cross and last == "linear" and loss.from_logits is False:
        return "B1", f"The model ends in raw scores, but the loss `{loss.name}` takes them for probabilities."
    if head.activations.count("softmax") > 1:
        return "B2", "The scores go through softmax twice, in two layers."
    if cross and last in ("softmax", "sigmoid") and loss.from_logits:
        return "B2 in the loss", f"The model ends in {last}, and the loss applies it again because of from_logits=True."
    if cross and last in _NOT_PROBABILITIES:
        text = f"The model ends in {last}, which gives no probabilities of classes, and is trained with `{loss.name}`."
        return "B4", text
    return None


def _odd_pair(head: Head, loss: Objective, labels: Facts | None) -> tuple[str, str] | None:
    """Pairs that train after a fashion."""
    last, classes = head.last, head.width or 0
    if loss.name in FOR_NUMBERS and classes > 2 and _are_classes(labels):
        return "B4 numbers", f"The labels are classes, and the loss `{loss.name}` is one for numbers."
    if loss.name in BINARY and last == "softmax" and classes > 2:
        text = f"The model ends in softmax over {classes} classes, and the loss `{loss.name}` is one for yes and no."
        return "B4 binary", text
    if loss.name in (SPARSE, *CATEGORICAL) and last == "sigmoid" and classes > 1:
        text = f"The model ends in sigmoid, and the loss `{loss.name}` is one for classes that exclude each other."
        return "B4 sigmoid", text
    return None


def _are_classes(labels: Facts | None) -> bool:
    known = labels is not None and (labels.one_hot is not None or labels.classes is not None)
    return known and labels is not None and labels.kind == "labels"

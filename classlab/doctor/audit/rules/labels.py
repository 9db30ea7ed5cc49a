"""A5, B3 and B5: labels, the loss that reads them, and the width of the last layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.doctor import thresholds as at
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

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classlab.doctor.audit.facts import Facts
    from classlab.doctor.audit.location import Location
    from classlab.doctor.audit.trace import Trace
    from classlab.doctor.audit.trainings import Compiled, Fit, Network

RULES = ("A5", "B3", "B5")
_OF_CLASSES = (SPARSE, *CATEGORICAL)


def check(trace: Trace) -> Iterator[Draft]:
    """Looks at the labels of training, validation and evaluation, their loss, and the last layer's units."""
    for fit in trace.fits:
        loss, labels = fit.loss, fit.labels
        if loss is None or loss.name not in CROSS_ENTROPIES or fit.model.own_training:
            continue
        if labels is not None and labels.kind != "images" and (labels.kind == "labels" or loss.name not in BINARY):
            yield from _scaled(fit, labels)
        head = head_of(fit.network)
        if head is not None and head.width is not None:
            yield from _width(fit, head, loss)
    for place in trace.one_hot_twice if trace.fits else ():
        yield found("B5 twice", "Labels that are rows of 0 and 1 already are made such rows again.", place)
    for network, compiled, facts, location in _uses(trace):
        yield from _form(network, compiled, facts, location)


def _scaled(fit: Fit, labels: Facts) -> Iterator[Draft]:
    for step in labels.steps:
        shrunk = step.kind == "multiply" and abs(step.factor) <= 1 / at.SHRINKING_DIVISOR
        if shrunk or step.kind in ("own-range", "standardise"):  # smoothed labels are multiplied too, by almost 1
            text = f"The labels are scaled like pixels by `{step.words}`, so that they are no longer class numbers."
            evidence = (("operation on the labels", step.words, "none"),)
            yield found("A5 scaled", text, step.location, (fit.location,), evidence=evidence)
            return


def _width(fit: Fit, head: Head, loss: Objective) -> Iterator[Draft]:
    width, labels = head.width or 0, fit.labels
    classes = labels.classes if labels is not None and not labels.opaque else None
    if width == 1 and "softmax" in head.activations:
        text = "The last layer has one unit, and softmax over one unit is 1 whatever the image."
        yield _narrow(fit, head, text, classes or 2)
    elif width == 1 and loss.name in _OF_CLASSES:
        text = f"The last layer has one unit, and the loss `{loss.name}` compares the scores of several classes."
        yield _narrow(fit, head, text, classes or 2)
    elif width == 1 and loss.name in BINARY and classes is not None and classes > 2:
        yield _narrow(fit, head, f"The last layer has one unit, which tells two classes apart, for {classes}.", classes)
    elif loss.name == SPARSE and labels is not None and labels.one_hot is False and not labels.steps_scaled:
        if labels.low is not None and labels.low < 0:
            yield _outside(fit, head, f"Labels begin at {labels.low:g}")
        elif labels.high is not None and labels.high >= width:
            yield _outside(fit, head, f"Labels go up to {labels.high:g}")
        elif classes is not None and width > classes:
            text = f"The last layer has {width} units for {classes} classes."
            yield found(
                "B3 wide", text, head.location, (fit.location,), evidence=_units(width, classes), classes=classes
            )
    elif loss.name in _OF_CLASSES and labels is not None and labels.one_hot and classes not in (None, width):
        text = f"The labels stand in rows of {classes} numbers, and the last layer has {width} units."
        yield _narrow(fit, head, text, classes or 0)


def _units(width: int | None, classes: int) -> tuple[tuple[str, int, str], ...]:
    return (("units of the last layer", width or 0, f"{classes}, one per class"),)


def _narrow(fit: Fit, head: Head, text: str, classes: int) -> Draft:
    one = ", or in one unit behind sigmoid with binary cross-entropy" if classes == 2 else ""
    evidence = _units(head.width, classes)
    return found("B3", text, head.location, (fit.location,), evidence=evidence, classes=classes, or_one_unit=one)


def _outside(fit: Fit, head: Head, what: str) -> Draft:
    width = head.width or 0
    text = f"{what}, but the last layer has units for the classes 0 to {width - 1} only."
    evidence = (("units of the last layer", width, "one per class"),)
    return found("A5", text, head.location, (fit.location,), evidence=evidence)


def _uses(trace: Trace) -> Iterator[tuple[Network, Compiled, Facts, Location]]:
    for fit in trace.fits:
        for labels in (fit.labels, fit.validation_labels):
            if labels is not None and fit.compiled is not None and not fit.model.own_training:
                yield fit.network, fit.compiled, labels, fit.location
    for evaluation in trace.evaluations:
        if evaluation.labels is not None and evaluation.compiled is not None:
            yield evaluation.network, evaluation.compiled, evaluation.labels, evaluation.location


def _form(network: Network, compiled: Compiled, labels: Facts, used: Location) -> Iterator[Draft]:
    """Labels as numbers or as rows of 0 and 1, against what the loss reads."""
    loss, head = loss_of(compiled.loss), head_of(network)
    if loss is None or labels.opaque or labels.one_hot is None:
        return
    width = (head.width if head is not None else None) or 0
    if labels.one_hot and loss.name == SPARSE:
        wanted, seen = "numbers", "rows of 0 and 1"
    elif labels.one_hot is False and loss.name in CATEGORICAL:
        wanted, seen = "rows of 0 and 1", "numbers"
    elif labels.one_hot is False and loss.name in (*BINARY, *FOR_NUMBERS) and width > 2 and labels.classes:
        wanted, seen = f"{width} numbers per image", "one number per image"
    else:
        return
    yield found(
        "B5",
        f"The loss `{loss.name}` expects labels as {wanted}, but they are {seen}.",
        compiled.location,
        (used,),
        evidence=(("labels", seen, wanted),),
        other="categorical_crossentropy" if labels.one_hot else SPARSE,
    )

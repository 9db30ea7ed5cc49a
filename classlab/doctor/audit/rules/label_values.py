"""A5 and B3: labels and the width of the last layer that do not fit each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.doctor import thresholds as at
from classlab.doctor.audit.draft import Draft
from classlab.doctor.audit.network import Head, head_of
from classlab.doctor.audit.objective import BINARY, CATEGORICAL, CROSS_ENTROPIES, SPARSE, Objective, loss_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classlab.doctor.audit.facts import Facts
    from classlab.doctor.audit.trainings import Fit, Trace

RULES = ("A5", "B3")


def check(trace: Trace) -> Iterator[Draft]:
    """Looks at the labels of every `fit`, its loss, and the last layer's units."""
    for fit in trace.fits:
        loss = loss_of(fit.compiled.loss) if fit.compiled is not None else None
        if loss is None or loss.name not in CROSS_ENTROPIES or fit.model.fields["own_training"]:
            continue
        of_classes = fit.labels is not None and (fit.labels.kind == "labels" or loss.name not in BINARY)
        if fit.labels is not None and fit.labels.kind != "images" and of_classes:
            yield from _scaled_labels(fit, fit.labels)
        head = head_of(fit.network)
        if head is not None and head.width is not None:
            yield from _width(fit, head, loss)


def _scaled_labels(fit: Fit, labels: Facts) -> Iterator[Draft]:
    for step in labels.steps:
        shrunk = step.kind == "multiply" and abs(step.factor) <= 1 / at.SHRINKING_DIVISOR
        if shrunk or step.kind in ("own-range", "standardise"):  # smoothed labels are multiplied too, by almost 1
            yield Draft(
                rule="A5",
                name="label-range",
                severity="FAIL",
                text=f"The labels are scaled like pixels by `{step.words}`, so that they are no longer class numbers.",
                location=step.location,
                also=(fit.location,),
                evidence=(("operation on the labels", step.words, "none"),),
                cause="Class numbers that were divided are read as class 0, or refused.",
                remedy="Scale the images only, and leave the labels as they are.",
            )
            return


def _width(fit: Fit, head: Head, loss: Objective) -> Iterator[Draft]:
    width, labels = head.width or 0, fit.labels
    classes = labels.classes if labels is not None and not labels.opaque else None
    if width == 1 and ("softmax" in head.activations or loss.name in (SPARSE, *CATEGORICAL)):
        why = (
            "softmax over one unit is 1 whatever the image"
            if "softmax" in head.activations
            else f"the loss `{loss.name}` compares the scores of several classes"
        )
        yield _narrow(fit, head, f"The last layer has one unit, and {why}.", classes or 2)
        return
    if width == 1 and loss.name in BINARY and classes is not None and classes > 2:
        yield _narrow(fit, head, f"The last layer has one unit, which tells two classes apart, for {classes}.", classes)
        return
    if loss.name not in (SPARSE, *CATEGORICAL) or labels is None:
        return
    if loss.name == SPARSE and labels.one_hot is False and not labels.steps_scaled:
        low, high = labels.low, labels.high
        if low is not None and low < 0:
            yield _outside(fit, head, f"Labels begin at {low:g}", width)
        elif high is not None and high >= width:
            yield _outside(fit, head, f"Labels go up to {high:g}", width)
        elif classes is not None and width > classes:
            yield _wide(fit, head, classes)
    elif labels.one_hot and classes is not None and classes != width:
        text = f"The labels stand in rows of {classes} numbers, and the last layer has {width} units."
        yield _narrow(fit, head, text, classes)


def _narrow(fit: Fit, head: Head, text: str, classes: int) -> Draft:
    return Draft(
        rule="B3",
        name="head-width",
        severity="FAIL",
        text=text,
        location=head.location,
        also=(fit.location,),
        evidence=(("units of the last layer", head.width or 0, f"{classes}, one per class"),),
        cause="The network has not one score for every class.",
        remedy=f"End the network in Dense({classes}, activation='softmax')"
        + (", or in one unit behind sigmoid with binary cross-entropy." if classes == 2 else "."),
    )


def _outside(fit: Fit, head: Head, what: str, width: int) -> Draft:
    return Draft(
        rule="A5",
        name="label-range",
        severity="FAIL",
        text=f"{what}, but the last layer has units for the classes 0 to {width - 1} only.",
        location=head.location,
        also=(fit.location,),
        evidence=(("units of the last layer", width, "one per class"),),
        cause="A label without a unit gives an error, or a loss that is not a number.",
        remedy="Give the last layer one unit per class, and number the classes from 0.",
    )


def _wide(fit: Fit, head: Head, classes: int) -> Draft:
    return Draft(
        rule="B3",
        name="head-width",
        severity="WARN",
        text=f"The last layer has {head.width} units for {classes} classes.",
        location=head.location,
        also=(fit.location,),
        evidence=(("units of the last layer", head.width or 0, f"{classes}, one per class"),),
        cause="Some units stand for classes that do not exist.",
        remedy=f"Give the last layer {classes} units.",
    )

"""B1, B2, B4 and B6: a last activation, a loss and a metric that do not fit one another."""

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
    Metric,
    Objective,
    loss_of,
    metrics_of,
)
from classlab.doctor.audit.trainings import Network

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classlab.doctor.audit.facts import Facts
    from classlab.doctor.audit.location import Location
    from classlab.doctor.audit.trace import Rounded, Trace
    from classlab.doctor.audit.trainings import Compiled, Fit
    from classlab.records.finding import Severity

RULES = ("B1", "B2", "B4", "B6")
_SURE = ("accuracy", "categorical_accuracy", "sparse_categorical_accuracy")
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
    yield from _metrics(trace)


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


def _metrics(trace: Trace) -> Iterator[Draft]:
    """Holds the metrics of every training against the number of classes and the form of the labels."""
    for fit in trace.fits:
        if fit.loss is None or fit.compiled is None or fit.model.own_training:
            continue
        for one_hot in {_one_hot(labels, fit.loss) for labels in (fit.labels, fit.validation_labels)}:
            yield from _of_metrics(fit, fit.compiled, fit.loss, one_hot=one_hot)
    for rounded in trace.rounded:
        yield from _of_rounded(rounded)
    for predicted, location in trace.along_images:
        head = head_of(predicted.model.network)
        if head is not None and (head.width or 0) > 1:
            text = f"The largest score is looked for along the images, for each of {head.width} classes."
            yield found("B6 axis", text, location)


def _of_rounded(rounded: Rounded) -> Iterator[Draft]:
    """Scores of classes that exclude each other, as 0 and 1 before anything is read from them."""
    place, head = rounded.predicted.rounded, head_of(rounded.predicted.model.network)
    if head is not None and head.last == "softmax" and (head.width or 0) > 2 and place is not None:
        result = "becomes class 0" if rounded.picked else "belongs to no class"
        text = f"The scores of {head.width} classes are rounded, so that an image without a score above 0.5 {result}."
        yield found("B6 rounded", text, place, (rounded.location,))


def _one_hot(labels: Facts | None, loss: Objective) -> bool | None:
    """The form of the labels: as they are followed, else as the loss reads them."""
    if labels is not None and labels.one_hot is not None and not labels.opaque:
        return labels.one_hot
    return loss.name in CATEGORICAL if loss.name in (SPARSE, *CATEGORICAL) else None


def _of_metrics(fit: Fit, compiled: Compiled, loss: Objective, *, one_hot: bool | None) -> Iterator[Draft]:
    head, labels = head_of(fit.network), fit.labels
    classes = (head.width if head is not None else None) or (labels.classes if labels is not None else None) or 0
    metrics = tuple(metrics_of(compiled.metrics))
    beside = any(metric.name in _SURE for metric in metrics)
    for metric in metrics if one_hot is not None else ():
        reason = _counts(metric, classes, one_hot=one_hot)
        severity: Severity = "INFO" if beside and metric.name in ("precision", "recall", *FOR_NUMBERS) else "WARN"
        if reason is None and metric.name == "accuracy" and one_hot and classes > 2 and loss.name in BINARY:
            reason, severity = "Keras before version 2.3 takes it for binary_accuracy beside this loss", "INFO"
        if reason is not None:
            text = f"The metric `{metric.name}` does not count images whose most probable class is right: {reason}."
            evidence = (("metric", metric.name, "accuracy"),)
            yield found("B6", text, compiled.location, (fit.location,), severity=severity, evidence=evidence)


def _counts(metric: Metric, classes: int, *, one_hot: bool | None) -> str | None:
    """What a metric counts instead of right images; None where it counts those, or does not claim to."""
    name = metric.name
    if name == "Accuracy":
        return "the class Accuracy counts scores that are equal to the label, which probabilities hardly ever are"
    if one_hot and name == "sparse_categorical_accuracy":
        return "it reads rows of 0 and 1 as class numbers"
    if classes <= 2:
        return None
    if not one_hot and name in FOR_NUMBERS:
        return "it is the distance between class numbers and probabilities"
    if name == "binary_accuracy":
        naming_none = f"every zero of a label counts as right, so that naming no class gives {1 - 1 / classes:.2f}"
        return f"{naming_none} with {classes} classes" if one_hot else "it compares probabilities with class numbers"
    if not one_hot and name == "categorical_accuracy":
        return "it looks for the largest of one number per image, which is always the first"
    if name in ("precision", "recall") and not {"class_id", "top_k"} & set(metric.arguments):
        return f"it counts scores above 0.5 among all {classes} scores of an image"
    return None

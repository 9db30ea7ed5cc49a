"""B6: a metric that counts something else than images whose most probable class is right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.doctor.audit.draft import Draft, found
from classlab.doctor.audit.network import head_of
from classlab.doctor.audit.objective import BINARY, CATEGORICAL, SPARSE, Metric, Objective, metrics_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classlab.doctor.audit.facts import Facts
    from classlab.doctor.audit.trace import Rounded, Trace
    from classlab.doctor.audit.trainings import Compiled, Fit
    from classlab.records.finding import Severity

RULES = ("B6",)
_SURE = ("accuracy", "categorical_accuracy", "sparse_categorical_accuracy")


def check(trace: Trace) -> Iterator[Draft]:
    """Holds the metrics of every training against the number of classes and the form of the labels."""
    for fit in trace.fits:
        if fit.loss is None or fit.compiled is None or fit.model.own_training:
            continue
        for one_hot in {_one_hot(labels, fit.loss) for labels in (fit.labels, fit.validation_labels)}:
            yield from _of_metrics(fit, fit.compiled, fit.loss, one_hot=one_hot)
    for rounded in trace.rounded:
        yield from _of_rounded(rounded)


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
        severity: Severity = "INFO" if beside and metric.name in ("precision", "recall") else "WARN"
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
    if name == "binary_accuracy":
        naming_none = f"every zero of a label counts as right, so that naming no class gives {1 - 1 / classes:.2f}"
        return f"{naming_none} with {classes} classes" if one_hot else "it compares probabilities with class numbers"
    if not one_hot and name == "categorical_accuracy":
        return "it looks for the largest of one number per image, which is always the first"
    if name in ("precision", "recall") and not {"class_id", "top_k"} & set(metric.arguments):
        return f"it counts scores above 0.5 among all {classes} scores of an image"
    return None

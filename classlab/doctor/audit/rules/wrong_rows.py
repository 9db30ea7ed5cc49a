"""A6, A8, C5 and I15: rows that do not belong together, or stand where they must not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.doctor.audit.draft import Draft, found
from classlab.doctor.audit.iteration import STREAMED
from classlab.doctor.audit.rows import Cut, same_rows, share_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classlab.doctor.audit.facts import Facts
    from classlab.doctor.audit.location import Location
    from classlab.doctor.audit.trace import Evaluation, Matched, Trace
    from classlab.doctor.audit.trainings import Fit

RULES = ("A6", "A8", "C5", "I15")


def check(trace: Trace) -> Iterator[Draft]:
    """Compares the rows, and their order, of everything that is handed over together."""
    for fit in trace.fits:
        yield from _apart(fit.images, fit.labels, fit.location, "trained on")
        yield from _apart(fit.validation_images, fit.validation_labels, fit.location, "validated on")
        yield from _validated_on_training_rows(fit)
        yield from _class_by_class(fit)
    for evaluation in trace.evaluations:
        yield from _apart(evaluation.images, evaluation.labels, evaluation.location, "evaluated on")
        yield from _trained_on_test(evaluation)
    for matched in trace.matched:
        yield from _matched(matched)
    for location in trace.copies if trace.fits else ():
        text = "Rows that stand there twice are divided, so that copies of training rows are among those set aside."
        yield found("C5 copies", text, location)


def _apart(images: Facts | None, labels: Facts | None, location: Location, what: str) -> Iterator[Draft]:
    """Images and labels in different orders, or of different rows."""
    if images is None or labels is None or images.opaque or labels.opaque or not images.rows:
        return
    if {row.source for row in images.rows} != {row.source for row in labels.rows}:
        return
    if images.order != labels.order:
        text = f"The images that the model is {what} were shuffled without their labels, or the other way round."
        yield found("A6", text, location)
    elif same_rows(images.rows, labels.rows) is False:
        text = f"The images and the labels that the model is {what} are different rows of the data."
        yield found("A6", text, location)


def _matched(matched: Matched) -> Iterator[Draft]:
    """Predictions against labels: other rows, or the rows of another pass over a stream that is shuffled each time."""
    predicted, labels = matched.predicted, matched.labels
    if {row.source for row in predicted.rows} != {row.source for row in labels.rows} or not labels.rows:
        return
    passes = [
        {each for each in facts.order if isinstance(each, tuple) and each[0] == STREAMED}
        for facts in (predicted, labels)
    ]
    text = "The predictions and the labels that they are held against"
    if passes[0] != passes[1]:
        text = f"{text} stand in different orders: the stream is shuffled anew every time."
        yield found("A6 predicted", text, matched.location, (predicted.origin,))
    elif not predicted.opaque and not labels.opaque and same_rows(predicted.rows, labels.rows) is False:
        yield found("A6 predicted", f"{text} are of different rows of the data.", matched.location, (predicted.origin,))


def _trained_on_test(evaluation: Evaluation) -> Iterator[Draft]:
    images = evaluation.images
    for fit in evaluation.fits if images is not None and images.role == "test" else ():
        if fit.images is not None and images is not None and share_rows(fit.images.rows, images.rows) is True:
            text = "Test images are among the images that the model is trained on, and it is measured on them."
            yield found("A8", text, fit.location, (evaluation.location, fit.images.origin))


def _validated_on_training_rows(fit: Fit) -> Iterator[Draft]:
    images, validation = fit.images, fit.validation_images
    if images is not None and validation is not None and share_rows(images.rows, validation.rows) is True:
        yield found(
            "C5", "Rows of the training images are among the validation images.", fit.location, (images.origin,)
        )


def _class_by_class(fit: Fit) -> Iterator[Draft]:
    """Rows in the order of their classes, of which a share is set aside by their place."""
    labels, theirs = fit.labels, fit.validation_labels
    if labels is None or labels.arranged != "by class":
        return
    how = ""
    if fit.validation_split and fit.validation is None:
        how = "`validation_split` sets the last of them aside"
    elif theirs is not None and theirs.arranged == "by class" and _cut_from_the_same(labels, theirs):
        how = "the validation rows are cut off by their place"
    if how:
        text = f"The rows stand class by class, and {how}: they hold classes that are hardly trained, or not at all."
        yield found("I15", text, fit.location, (labels.origin,))


def _cut_from_the_same(labels: Facts, theirs: Facts) -> bool:
    """Whether training and validation rows are slices of the same rows."""
    pair = (labels, theirs)
    sources = [{row.source for row in facts.rows} for facts in pair]
    cuts = [any(isinstance(part, Cut) for row in facts.rows for part in row.selections[-1:]) for facts in pair]
    return sources[0] == sources[1] and all(cuts)

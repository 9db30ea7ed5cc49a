"""A6 and A9: labels that belong to other images, and axes that were moved by a reshape."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.doctor.audit.draft import Draft
from classlab.doctor.audit.iteration import STREAMED
from classlab.doctor.audit.rows import same_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classlab.doctor.audit.facts import Facts
    from classlab.doctor.audit.location import Location
    from classlab.doctor.audit.trainings import Matched, Trace

RULES = ("A6", "A9")


def check(trace: Trace) -> Iterator[Draft]:
    """Compares rows and order of the images and labels that are handed over together."""
    for fit in trace.fits:
        yield from _compare(fit.images, fit.labels, fit.location, "trained on")
        if fit.validation is not None:
            yield from _compare(*fit.validation, fit.location, "validated on")
    for evaluation in trace.evaluations:
        yield from _compare(evaluation.images, evaluation.labels, evaluation.location, "evaluated on")
    for matched in trace.matched:
        yield from _matched(matched)
    for reshaped in trace.reshaped:
        before, after = (_shape(shape) for shape in (reshaped.before, reshaped.after))
        yield Draft(
            rule="A9",
            name="image-layout",
            severity="FAIL",
            text=f"A reshape from {before} to {after} moves an axis, which mixes up the pixels.",
            location=reshaped.location,
            evidence=(("shape before", before, ""), ("shape after", after, "")),
            cause="A reshape keeps the order of the numbers in memory; what was a row of pixels is one no more.",
            remedy="Move the axis with np.transpose or np.moveaxis.",
        )


def _matched(matched: Matched) -> Iterator[Draft]:
    """Predictions against labels: other rows, or the rows of another pass over a stream that is shuffled each time."""
    predicted, labels = matched.predicted, matched.labels
    if {row.source for row in predicted.rows} != {row.source for row in labels.rows} or not labels.rows:
        return
    passes = [
        {each for each in facts.order if isinstance(each, tuple) and each[0] == STREAMED}
        for facts in (predicted, labels)
    ]
    text = None
    if passes[0] != passes[1]:
        text = "The predictions and the labels that they are held against stand in different orders: the stream is "
        text += "shuffled anew every time."
    elif not predicted.opaque and not labels.opaque and same_rows(predicted.rows, labels.rows) is False:
        text = "The predictions and the labels that they are held against are of different rows of the data."
    if text is not None:
        yield Draft(
            rule="A6",
            name="labels-without-signal",
            severity="FAIL",
            text=text,
            location=matched.location,
            also=() if predicted.origin is None else (predicted.origin,),
            cause="Every prediction is held against the label of another image, and the score is that of guessing.",
            remedy="Give the stream shuffle=False, or take images and labels from one pass over it.",
        )


def _compare(images: Facts | None, labels: Facts | None, location: Location, what: str) -> Iterator[Draft]:
    if images is None or labels is None or images.opaque or labels.opaque or not images.rows or not labels.rows:
        return
    related = {row.source for row in images.rows} == {row.source for row in labels.rows}
    if not related:
        return
    text = None
    if same_rows(images.rows, labels.rows) is False:
        text = f"The images and the labels that the model is {what} are different rows of the data."
    if images.order != labels.order:
        text = f"The images that the model is {what} were shuffled without their labels, or the other way round."
    if text is not None:
        yield Draft(
            rule="A6",
            name="labels-without-signal",
            severity="FAIL",
            text=text,
            location=location,
            cause="The labels do not belong to the images beside them, so there is nothing to learn.",
            remedy="Shuffle and select images and labels together, by one and the same order.",
        )


def _shape(shape: tuple[int | None, ...]) -> str:
    return f"({', '.join('any' if each is None or each < 0 else str(each) for each in shape)})"

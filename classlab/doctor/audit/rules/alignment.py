"""A6 and A9: labels that belong to other images, and axes that were moved by a reshape."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.doctor.audit.draft import Draft
from classlab.doctor.audit.rows import same_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classlab.doctor.audit.facts import Facts
    from classlab.doctor.audit.location import Location
    from classlab.doctor.audit.trainings import Trace

RULES = ("A6", "A9")


def check(trace: Trace) -> Iterator[Draft]:
    """Compares rows and order of the images and labels that are handed over together."""
    for fit in trace.fits:
        yield from _compare(fit.images, fit.labels, fit.location, "trained on")
        if fit.validation is not None:
            yield from _compare(*fit.validation, fit.location, "validated on")
    for evaluation in trace.evaluations:
        yield from _compare(evaluation.images, evaluation.labels, evaluation.location, "evaluated on")
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

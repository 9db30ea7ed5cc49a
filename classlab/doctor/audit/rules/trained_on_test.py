"""A8: a model that is measured on test images which it was trained on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.doctor.audit.draft import Draft
from classlab.doctor.audit.rows import share_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classlab.doctor.audit.trainings import Trace

RULES = ("A8",)


def check(trace: Trace) -> Iterator[Draft]:
    """Compares the rows that a model is measured on as test images with the rows of its trainings before."""
    for evaluation in trace.evaluations:
        images = evaluation.images
        if images is None or images.role != "test":
            continue
        for fit in evaluation.fits:
            if fit.images is not None and share_rows(fit.images.rows, images.rows) is True:
                yield Draft(
                    rule="A8",
                    name="split-overlap",
                    severity="INVALID",
                    text="Test images are among the images that the model is trained on, and it is measured on them.",
                    location=fit.location,
                    also=(evaluation.location, *((fit.images.origin,) if fit.images.origin is not None else ())),
                    cause="A score on images that were trained on says nothing of unseen ones.",
                    remedy="Train on the training images alone.",
                )

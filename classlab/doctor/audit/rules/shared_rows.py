"""C5: training rows among the validation rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.doctor.audit.draft import Draft
from classlab.doctor.audit.rows import share_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classlab.doctor.audit.trainings import Trace

RULES = ("C5",)


def check(trace: Trace) -> Iterator[Draft]:
    """Compares the rows of training and validation by where they were taken from."""
    for fit in trace.fits:
        validation = fit.validation[0] if fit.validation else None
        if fit.images is None or validation is None:
            continue
        if share_rows(fit.images.rows, validation.rows) is True:
            yield Draft(
                rule="C5",
                name="training-rows-as-validation",
                severity="INVALID",
                text="Rows of the training images are among the validation images.",
                location=fit.location,
                also=() if fit.images.origin is None else (fit.images.origin,),
                cause="The network was trained on the images that are to tell how it does on unseen ones.",
                remedy="Take the validation rows out of the training rows.",
            )

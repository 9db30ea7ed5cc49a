"""C10: class numbers that are places in a set or a listing, whose order is not that of the next program."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.doctor.audit.draft import Draft
from classlab.doctor.audit.location import NOWHERE
from classlab.doctor.audit.values import MutableObject

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classlab.doctor.audit.trainings import Fit, Trace

RULES = ()  # C10 is that of `reproducible`


def check(trace: Trace) -> Iterator[Draft]:
    """Looks at where the class numbers come from that a model is trained with."""
    for fit in trace.fits:
        numbering = fit.labels.numbering if fit.labels is not None else None
        if numbering is None:
            continue
        names = numbering.names
        if isinstance(names, MutableObject) and names.fields.get("written"):
            continue  # the list is kept, and so is its order
        grave = numbering.order == "a set" or bool(trace.saved) or _saves(fit)
        location = fit.location if numbering.location == NOWHERE else numbering.location
        order = "a set" if numbering.order == "a set" else f"`{numbering.order}`"
        yield Draft(
            rule="C10",
            name="not-reproducible",
            severity="WARN" if grave else "INFO",
            text=f"The class numbers are places in {order}, which has no fixed order.",
            location=location,
            also=(fit.location, *trace.saved[:3]),
            cause="Another start of Python, or another machine, numbers the classes differently, and reads the saved "
            "model's answers under wrong names.",
            remedy="Number the classes by sorted(names), and keep the list beside the model.",
        )


def _saves(fit: Fit) -> bool:
    return any(callback.kind == "ModelCheckpoint" for callback in fit.callbacks)

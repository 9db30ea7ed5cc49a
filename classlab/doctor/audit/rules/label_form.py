"""B5: labels as numbers or as rows of 0 and 1, against the loss that reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.doctor.audit.draft import Draft
from classlab.doctor.audit.network import head_of
from classlab.doctor.audit.objective import BINARY, CATEGORICAL, FOR_NUMBERS, SPARSE, Objective, loss_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classlab.doctor.audit.facts import Facts
    from classlab.doctor.audit.location import Location
    from classlab.doctor.audit.trainings import Compiled, Network, Trace

RULES = ("B5",)


def check(trace: Trace) -> Iterator[Draft]:
    """Looks at the labels of training, validation and evaluation."""
    for network, compiled, labels, location in _uses(trace):
        loss = loss_of(compiled.loss)
        if loss is None or labels.opaque or labels.one_hot is None:
            continue
        head = head_of(network)
        width = head.width if head is not None else None
        yield from _form(loss, labels, compiled.location, location, width)


def _uses(trace: Trace) -> Iterator[tuple[Network, Compiled, Facts, Location]]:
    for fit in trace.fits:
        validation = fit.validation[1] if fit.validation else None
        for labels in (fit.labels, validation):
            if labels is not None and fit.compiled is not None and not fit.model.fields["own_training"]:
                yield fit.network, fit.compiled, labels, fit.location
    for evaluation in trace.evaluations:
        if evaluation.labels is not None and evaluation.compiled is not None:
            yield evaluation.network, evaluation.compiled, evaluation.labels, evaluation.location


def _form(loss: Objective, labels: Facts, compiled: Location, used: Location, width: int | None) -> Iterator[Draft]:
    wanted = None
    if labels.one_hot and loss.name == SPARSE:
        wanted, seen = "numbers", "rows of 0 and 1"
    elif labels.one_hot is False and loss.name in CATEGORICAL:
        wanted, seen = "rows of 0 and 1", "numbers"
    elif labels.one_hot is False and loss.name in (*BINARY, *FOR_NUMBERS) and (width or 0) > 2 and labels.classes:
        wanted, seen = f"{width} numbers per image", "one number per image"
    if wanted is None:
        return
    other = "categorical_crossentropy" if labels.one_hot else SPARSE
    yield Draft(
        rule="B5",
        name="label-form",
        severity="FAIL",
        text=f"The loss `{loss.name}` expects labels as {wanted}, but they are {seen}.",
        location=compiled,
        also=(used,),
        evidence=(("labels", seen, wanted),),
        cause="The loss reads the labels in another form than they have: an error, or a figure without meaning.",
        remedy=f"Take the loss {other}.",
    )

"""C10: results that do not come out the same again: no seed, cells in another order, classes without one."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from classlab.doctor.audit.draft import Draft, found
from classlab.doctor.audit.location import NOWHERE, Location
from classlab.doctor.audit.values import Items

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from classlab.doctor.audit.source import CodeCell
    from classlab.doctor.audit.trace import Trace
    from classlab.doctor.audit.trainings import Fit
    from classlab.records.finding import Severity

RULES = ("C10",)


def check(trace: Trace) -> Iterator[Draft]:
    """Looks for a seed before the first training, for names used too early, and at how classes are numbered."""
    kinds = {kind for kind, _ in trace.seeds}
    if trace.fits and "all" not in kinds:
        only_numpy = "only NumPy's seed is set, from which Keras draws neither weights nor batches"
        partly = only_numpy if kinds else "no seed is set"
        yield found("C10", f"The training cannot be repeated: {partly}.", trace.fits[0].location)
    for early in trace.early:
        text = f"`{early.name}` is used here, but it is only defined in cell {early.defined.cell}."
        yield found("C10 cells", text, early.location, (early.defined,))
    for fit in trace.fits:
        yield from _unordered_classes(fit, trace)


def _unordered_classes(fit: Fit, trace: Trace) -> Iterator[Draft]:
    """Class numbers that are places in a set or a listing, whose order is not that of the next program."""
    numbering = fit.labels.numbering if fit.labels is not None else None
    if numbering is None or (isinstance(numbering.names, Items) and numbering.names.written):
        return  # or the list is kept, and so is its order
    is_set = numbering.order == "a set"
    saved = bool(trace.saved) or any(callback.kind == "ModelCheckpoint" for callback in fit.callbacks)
    location = fit.location if numbering.location == NOWHERE else numbering.location
    text = f"The class numbers are places in {'a set' if is_set else f'`{numbering.order}`'}, which has no fixed order."
    severity: Severity = "WARN" if is_set or saved else "INFO"
    yield found("C10 classes", text, location, (fit.location, *trace.saved[:3]), severity=severity)


def check_cells(cells: Sequence[CodeCell]) -> Iterator[Draft]:
    """Compares the order of a notebook's cells with the order in which they were run."""
    # A host that writes 0 beside a cell without output says nothing of the order, and a cell of remarks runs nothing.
    numbered = [cell for cell in cells if cell.run and _runs_something(cell.text)]
    for before, after in itertools.pairwise(numbered):
        if (after.run or 0) < (before.run or 0):
            text = (
                f"Cell {after.number} was run before cell {before.number} that stands above it: "
                f"[{after.run}] before [{before.run}]."
            )
            yield found("C10 cells", text, Location(after.number, 1), (Location(before.number, 1),))
            return


def _runs_something(text: str) -> bool:
    return any(line.strip() and not line.lstrip().startswith("#") for line in text.split("\n"))

"""C10: results that do not come out the same again: no seed, or cells run in another order than they stand in."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from classlab.doctor.audit.draft import Draft
from classlab.doctor.audit.location import Location

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from classlab.doctor.audit.source import CodeCell
    from classlab.doctor.audit.trainings import Trace

RULES = ("C10",)


def check(trace: Trace) -> Iterator[Draft]:
    """Looks for a seed before the first training, and for names that are used before the cell that defines them."""
    kinds = {kind for kind, _ in trace.seeds}
    if trace.fits and "all" not in kinds:
        partly = (
            "only NumPy's seed is set, from which Keras draws neither weights nor batches"
            if kinds
            else "no seed is set"
        )
        yield Draft(
            rule="C10",
            name="not-reproducible",
            severity="INFO",
            text=f"The training cannot be repeated: {partly}.",
            location=trace.fits[0].location,
            cause="Initial weights and the order of images differ from run to run.",
            remedy="Call keras.utils.set_random_seed before the model is built.",
        )
    for early in trace.early:
        yield _disorder(
            f"`{early.name}` is used here, but it is only defined in cell {early.defined.cell}.",
            early.location,
            (early.defined,),
        )


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
            yield _disorder(text, Location(after.number, 1), (Location(before.number, 1),))
            return


def _runs_something(text: str) -> bool:
    return any(line.strip() and not line.lstrip().startswith("#") for line in text.split("\n"))


def _disorder(text: str, location: Location, also: tuple[Location, ...]) -> Draft:
    return Draft(
        rule="C10",
        name="not-reproducible",
        severity="WARN",
        text=text,
        location=location,
        also=also,
        cause="The results that the notebook shows may not be those of its code from top to bottom.",
        remedy="Restart the kernel and run all cells.",
    )

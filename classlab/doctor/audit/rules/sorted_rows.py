"""I15: rows that stand class by class, of which the last are set aside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.doctor.audit.draft import Draft
from classlab.doctor.audit.rows import Cut, Rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classlab.doctor.audit.trainings import Fit, Trace

RULES = ("I15",)


def check(trace: Trace) -> Iterator[Draft]:
    """Looks at the order of the labels wherever a share of the rows is set aside by their place."""
    for fit in trace.fits:
        labels = fit.labels
        if labels is None or labels.arranged != "by class":
            continue
        if fit.validation_split and fit.validation is None:
            yield _draft(fit, "`validation_split` sets the last of them aside")
        elif fit.validation is not None and _cut_from_the_same(fit):
            yield _draft(fit, "the validation rows are cut off by their place")


def _cut_from_the_same(fit: Fit) -> bool:
    """Whether training and validation rows are slices of the same rows in the order of their classes."""
    theirs = fit.validation[1] if fit.validation else None
    if fit.labels is None or theirs is None or theirs.arranged != "by class":
        return False
    return {row.source for row in fit.labels.rows} == {row.source for row in theirs.rows} and (
        _is_cut(fit.labels.rows) and _is_cut(theirs.rows)
    )


def _is_cut(rows: Rows) -> bool:
    return any(isinstance(part, Cut) for row in rows for part in row.selections[-1:])


def _draft(fit: Fit, how: str) -> Draft:
    origin = fit.labels.origin if fit.labels is not None else None
    return Draft(
        rule="I15",
        name="unseen-at-chance",
        severity="FAIL",
        text=f"The rows stand class by class, and {how}: they hold classes that are hardly trained, or not at all.",
        location=fit.location,
        also=() if origin is None else (origin,),
        cause="The network is measured on classes that it has not seen, and does not learn them.",
        remedy="Shuffle images and labels together before a share is set aside, or divide them class by class.",
    )

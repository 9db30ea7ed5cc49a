"""A4: means, deviations and scalers that were computed from test images."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.doctor.audit.draft import Draft
from classlab.doctor.audit.network import reaching
from classlab.doctor.audit.rows import Part, share_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classlab.doctor.audit.facts import Facts, Fitted
    from classlab.doctor.audit.location import Location
    from classlab.doctor.audit.trainings import Network, Trace

RULES = ("A4",)


def check(trace: Trace) -> Iterator[Draft]:
    """Looks at the statistics in everything that a model is trained on or measured on."""
    held_out = [facts for facts, _, _ in _used(trace, training=False) if _is_held_out(facts)]
    found: dict[object, dict[Fitted, Location]] = {}
    for facts, network, location in (*_used(trace, training=True), *_used(trace, training=False)):
        for fitted in reaching(network, facts)[0].fitted:
            if _from_test(fitted) or any(share_rows(fitted.rows, other.rows) for other in held_out):
                found.setdefault(fitted.rows, {}).setdefault(fitted, location)
    for group in found.values():
        first = min(group, key=lambda fitted: fitted.location)
        yield _draft(first, (*(fitted.location for fitted in group), group[first]))


def _used(trace: Trace, *, training: bool) -> list[tuple[Facts, Network, Location]]:
    if training:
        return [(fit.images, fit.network, fit.location) for fit in trace.fits if fit.images is not None]
    validation = [
        (fit.validation[0], fit.network, fit.location)
        for fit in trace.fits
        if fit.validation and fit.validation[0] is not None
    ]
    return validation + [
        (each.images, each.network, each.location) for each in trace.evaluations if each.images is not None
    ]


def _is_held_out(facts: Facts) -> bool:
    """Rows for the end: called test images, or the second part of a random split of data without a division."""
    if facts.role in ("test", "validation", "train"):
        return facts.role == "test"
    parts = [part for row in facts.rows for part in row.selections if isinstance(part, Part)]
    return any(part.index == 1 and isinstance(part.split, tuple) and part.split[:1] == ("split",) for part in parts)


def _from_test(fitted: Fitted) -> bool:
    if fitted.declared == "validation":
        return False
    return fitted.declared == "test" or any(row.split == "test" for row in fitted.rows)


def _draft(fitted: Fitted, also: tuple[Location, ...]) -> Draft:
    return Draft(
        rule="A4",
        name="statistics-fitted-on-test",
        severity="WARN",
        text=f"`{fitted.words}` ({fitted.location.said()}) computes its statistics from rows that include test images.",
        location=fitted.location,
        also=also,
        cause="What is known of the test images goes into the preprocessing, and their score is a little too good.",
        remedy="Compute the statistics from the training images alone, and apply those to every split.",
    )

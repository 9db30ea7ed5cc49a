"""A3 and A4: splits that are prepared differently, or by statistics of the test images."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.analysis.numbers import listed
from classlab.doctor import thresholds as at
from classlab.doctor.audit.draft import Draft, found
from classlab.doctor.audit.library.sources import PICTURE
from classlab.doctor.audit.network import reaching
from classlab.doctor.audit.rows import Part, maker_of, share_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classlab.doctor.audit.facts import Facts, Fitted
    from classlab.doctor.audit.location import Location
    from classlab.doctor.audit.trace import Trace
    from classlab.doctor.audit.trainings import Network

RULES = ("A3", "A4")


def check(trace: Trace) -> Iterator[Draft]:
    """Compares what `fit` trains on with its validation images and with what the model is evaluated on later."""
    for fit in trace.fits:
        if fit.images is not None and fit.validation_images is not None:
            yield from _compare(fit.images, fit.validation_images, fit.location, fit.location)
            yield from _augmented(fit.validation_images, fit.location)
    for evaluation in trace.evaluations:
        before = evaluation.fits[-1] if evaluation.fits else None
        if before is None or before.images is None or evaluation.images is None:
            continue
        yield from _compare(before.images, evaluation.images, before.location, evaluation.location)
        yield from _ink(before.images, evaluation.images, evaluation.location)
        if evaluation.scored:  # averages of predictions for changed images are a method
            yield from _augmented(evaluation.images, evaluation.location)
    yield from _fitted(trace)


def _ink(train: Facts, other: Facts, predicted: Location) -> Iterator[Draft]:
    """A picture of an own digit that nothing inverts; whether it is drawn bright on dark, the code does not say."""
    inverted = any(step.factor < 0 for facts in (train, other) for step in facts.steps)
    if (train.name, other.name) == ("mnist", PICTURE) and not inverted and not other.opaque:
        if _difference(train, other):
            return
        text = "The digits that were trained on are bright on dark, and nothing inverts the predicted picture."
        yield found("A3 ink", text, predicted, (other.origin,))


def _augmented(other: Facts, measured: Location) -> Iterator[Draft]:
    """Validation and test images that are changed at random like training images."""
    if other.role in ("validation", "test") and other.augmented:
        names = listed([f"`{name}`" for name in dict.fromkeys(name for name, _ in other.augmented)])
        text = f"The {other.role} images are changed at random by {names}, as training images are."
        yield found("A3 augmented", text, measured, (location for _, location in other.augmented))


def _compare(train: Facts, other: Facts, trained: Location, measured: Location) -> Iterator[Draft]:
    difference = _difference(train, other)
    if difference is None:
        return
    role: str = other.role if other.role in ("test", "validation") else "other"
    role = "predicted" if other.name == PICTURE else role
    scalings = [step.location for facts in (train, other) for step in facts.steps]
    yield found(
        "A3 picture" if role == "predicted" else "A3",
        f"The {role} images are prepared differently from the training images: {difference}.",
        measured,
        (*scalings, trained),
        evidence=(("training images", _said(train), ""), (f"{role} images", _said(other), "the same")),
    )


def _difference(train: Facts, other: Facts) -> str | None:
    """How two arrays differ in scaling; None where they do not, or where that is not known."""
    if train.opaque or other.opaque or "labels" in (train.kind, other.kind):
        return None
    related = bool({row.source for row in train.rows} & {row.source for row in other.rows})
    known = None not in (train.low, train.high, other.low, other.high)
    words = f"{_said(train)} against {_said(other)}"
    if known and (related or train.kind == other.kind == "images"):
        return words if _ranges_differ(train, other) else None
    if not related and not _alike(train, other):
        return None
    mine, theirs = ({step.kind for step in facts.steps if step.kind != "shift"} for facts in (train, other))
    ratio = train.divisor / other.divisor if other.divisor else 1.0
    factors = mine | theirs <= {"multiply"} and not 1 / at.SPLIT_WIDTH_RATIO < ratio < at.SPLIT_WIDTH_RATIO
    return words if factors or {"standardise", "centre"} & (mine ^ theirs) else None


def _alike(train: Facts, other: Facts) -> bool:
    """Whether both come from one and the same function out of sight, as the two halves of what it loads."""
    makers = {maker_of(row) for facts in (train, other) for row in facts.rows}
    return len(makers) == 1 and not makers & {None, ""}


def _ranges_differ(train: Facts, other: Facts) -> bool:
    widths = [(facts.high or 0.0) - (facts.low or 0.0) for facts in (train, other)]
    middles = [((facts.high or 0.0) + (facts.low or 0.0)) / 2 for facts in (train, other)]
    if min(widths) <= 0:
        return False
    moved = abs(middles[0] - middles[1]) > at.SPLIT_SHIFT * max(widths)
    kinds = [{step.kind for step in facts.steps} & {"standardise", "normalise"} for facts in (train, other)]
    return moved or max(widths) / min(widths) >= at.SPLIT_WIDTH_RATIO or kinds[0] != kinds[1]


def _said(facts: Facts) -> str:
    """An array's range, or else its scalings, in words."""
    if facts.low is not None and facts.high is not None:
        return f"values from {facts.low:.3g} to {facts.high:.3g}"
    return f"`{facts.steps[-1].words}`" if facts.steps else "not scaled"


def _fitted(trace: Trace) -> Iterator[Draft]:
    """Means, deviations and scalers in everything that a model is trained on or measured on."""
    training = [(fit.images, fit.network, fit.location) for fit in trace.fits]
    measuring = [(fit.validation_images, fit.network, fit.location) for fit in trace.fits]
    measuring += [(each.images, each.network, each.location) for each in trace.evaluations]
    held_out = [facts for facts, _, _ in measuring if facts is not None and _is_held_out(facts)]
    groups: dict[object, dict[Fitted, Location]] = {}
    for facts, network, location in (*training, *measuring):
        for fitted in _fitted_before(facts, network):
            if _from_test(fitted) or any(share_rows(fitted.rows, other.rows) for other in held_out):
                groups.setdefault(fitted.rows, {}).setdefault(fitted, location)
    for group in groups.values():
        first = min(group, key=lambda fitted: fitted.location)
        where = first.location.said()
        text = f"`{first.words}` ({where}) computes its statistics from rows that include test images."
        yield found("A4", text, first.location, (*(fitted.location for fitted in group), group[first]))


def _fitted_before(facts: Facts | None, network: Network) -> tuple[Fitted, ...]:
    return reaching(network, facts)[0].fitted if facts is not None else ()


def _is_held_out(facts: Facts) -> bool:
    """Rows for the end: called test images, or the second part of a random split of data without a division."""
    if facts.role != "unknown":
        return facts.role == "test"
    parts = [part for row in facts.rows for part in row.selections if isinstance(part, Part)]
    return any(part.index == 1 and isinstance(part.split, tuple) and part.split[:1] == ("split",) for part in parts)


def _from_test(fitted: Fitted) -> bool:
    if fitted.declared == "validation":
        return False
    return fitted.declared == "test" or any(row.split == "test" for row in fitted.rows)

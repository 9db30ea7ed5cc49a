"""A3: validation or test images that are prepared differently from the training images."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.doctor import thresholds as at
from classlab.doctor.audit.draft import Draft
from classlab.doctor.audit.rows import maker_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classlab.doctor.audit.facts import Facts
    from classlab.doctor.audit.location import Location
    from classlab.doctor.audit.trainings import Trace

RULES = ("A3",)


def check(trace: Trace) -> Iterator[Draft]:
    """Compares what `fit` trains on with its validation images and with what the model is evaluated on later."""
    for fit in trace.fits:
        if fit.images is not None and fit.validation is not None and fit.validation[0] is not None:
            yield from _compare(fit.images, fit.validation[0], fit.location, fit.location)
    for evaluation in trace.evaluations:
        fit_before = evaluation.fits[-1] if evaluation.fits else None
        if fit_before is None or fit_before.images is None or evaluation.images is None:
            continue
        yield from _compare(fit_before.images, evaluation.images, fit_before.location, evaluation.location)


def _compare(train: Facts, other: Facts, trained: Location, measured: Location) -> Iterator[Draft]:
    difference = _difference(train, other)
    if difference is None:
        return
    role = {"test": "test", "validation": "validation"}.get(other.role, "other")
    scalings = [step.location for facts in (train, other) for step in facts.steps]
    yield Draft(
        rule="A3",
        name="split-inconsistent-preprocessing",
        severity="INVALID",
        text=f"The {role} images are prepared differently from the training images: {difference}.",
        location=measured,
        also=(*scalings, trained),
        evidence=(("training images", said(train), ""), (f"{role} images", said(other), "the same")),
        cause="The figures are those of other inputs than the network was trained on.",
        remedy="Prepare all splits by the same scaling and evaluate again; nothing has to be trained anew.",
    )


def _difference(train: Facts, other: Facts) -> str | None:
    """How two arrays differ in scaling; None where they do not, or where that is not known."""
    if train.opaque or other.opaque or "labels" in (train.kind, other.kind):
        return None
    related = bool({row.source for row in train.rows} & {row.source for row in other.rows})
    known = None not in (train.low, train.high, other.low, other.high)
    if known and (related or train.kind == other.kind == "images"):
        return _by_range(train, other)
    if not related and not _alike(train, other):
        return None
    mine, theirs = ([step.kind for step in facts.steps if step.kind != "shift"] for facts in (train, other))
    if set(mine) != set(theirs) and {"standardise", "centre"} & (set(mine) ^ set(theirs)):
        return f"{said(train)} against {said(other)}"
    plain = set(mine) | set(theirs) <= {"multiply"}
    ratio = train.divisor / other.divisor if other.divisor else 1.0
    if plain and not 1 / at.SPLIT_WIDTH_RATIO < ratio < at.SPLIT_WIDTH_RATIO:
        return f"{said(train)} against {said(other)}"
    return None


def _alike(train: Facts, other: Facts) -> bool:
    """Whether both come from one and the same function out of sight, as the two halves of what it loads."""
    makers = {maker_of(row) for facts in (train, other) for row in facts.rows}
    return len(makers) == 1 and not makers & {None, ""}


def _by_range(train: Facts, other: Facts) -> str | None:
    widths = [(facts.high or 0.0) - (facts.low or 0.0) for facts in (train, other)]
    middles = [((facts.high or 0.0) + (facts.low or 0.0)) / 2 for facts in (train, other)]
    if min(widths) <= 0:
        return None
    apart = max(widths) / min(widths) >= at.SPLIT_WIDTH_RATIO or abs(middles[0] - middles[1]) > at.SPLIT_SHIFT * max(
        widths
    )
    kinds = [{step.kind for step in facts.steps} & {"standardise", "normalise"} for facts in (train, other)]
    if not apart and kinds[0] == kinds[1]:
        return None
    return f"{said(train)} against {said(other)}"


def said(facts: Facts) -> str:
    """An array's range, or else its scalings, in words."""
    if facts.low is not None and facts.high is not None:
        return f"values from {facts.low:.3g} to {facts.high:.3g}"
    steps = [step.words for step in facts.steps]
    return f"`{steps[-1]}`" if steps else "not scaled"

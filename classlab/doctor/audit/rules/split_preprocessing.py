"""A3: validation or test images that are prepared differently from the training images."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.analysis.numbers import listed
from classlab.doctor import thresholds as at
from classlab.doctor.audit.draft import Draft
from classlab.doctor.audit.library.pictures import PICTURE
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
            yield from _augmented(fit.validation[0], fit.location)
    for evaluation in trace.evaluations:
        fit_before = evaluation.fits[-1] if evaluation.fits else None
        if fit_before is None or fit_before.images is None or evaluation.images is None:
            continue
        yield from _compare(fit_before.images, evaluation.images, fit_before.location, evaluation.location)
        yield from _ink(fit_before.images, evaluation.images, evaluation.location)
        if evaluation.scored:  # averages of predictions for changed images are a method
            yield from _augmented(evaluation.images, evaluation.location)


def _ink(train: Facts, other: Facts, predicted: Location) -> Iterator[Draft]:
    """A picture of an own digit that nothing inverts; whether it is drawn bright on dark, the code does not say."""
    if (train.name, other.name) != ("mnist", PICTURE) or other.opaque or _difference(train, other):
        return
    if any(step.factor < 0 for facts in (train, other) for step in facts.steps):
        return
    yield Draft(
        rule="A3",
        name="split-inconsistent-preprocessing",
        severity="INFO",
        text="The digits that were trained on are bright on dark, and nothing inverts the predicted picture.",
        location=predicted,
        also=() if other.origin is None else (other.origin,),
        cause="Ink on paper is dark on bright, which the network has never seen.",
        remedy="Invert the picture, as in 255 - picture, unless it is bright on dark itself.",
    )


def _augmented(other: Facts, measured: Location) -> Iterator[Draft]:
    """Validation and test images that are changed at random like training images."""
    if other.role not in ("validation", "test") or not other.augmented:
        return
    names = listed([f"`{name}`" for name in dict.fromkeys(name for name, _ in other.augmented)])
    yield Draft(
        rule="A3",
        name="split-inconsistent-preprocessing",
        severity="WARN",
        text=f"The {other.role} images are changed at random by {names}, as training images are.",
        location=measured,
        also=tuple(location for _, location in other.augmented),
        cause="The figures are those of changed images, other ones every time, and not of those that were set aside.",
        remedy="Give the images that measure a generator or a pipeline of their own, without random changes.",
    )


def _compare(train: Facts, other: Facts, trained: Location, measured: Location) -> Iterator[Draft]:
    difference = _difference(train, other)
    if difference is None:
        return
    role = {"test": "test", "validation": "validation"}.get(other.role, "other")
    role = "predicted" if other.name == PICTURE else role
    scalings = [step.location for facts in (train, other) for step in facts.steps]
    yield Draft(
        rule="A3",
        name="split-inconsistent-preprocessing",
        severity="INVALID",
        text=f"The {role} images are prepared differently from the training images: {difference}.",
        location=measured,
        also=(*scalings, trained),
        evidence=(("training images", said(train), ""), (f"{role} images", said(other), "the same")),
        cause="The answers are those to other inputs than the network was trained on."
        if role == "predicted"
        else "The figures are those of other inputs than the network was trained on.",
        remedy="Prepare the picture as the training images were; nothing has to be trained anew."
        if role == "predicted"
        else "Prepare all splits by the same scaling and evaluate again; nothing has to be trained anew.",
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

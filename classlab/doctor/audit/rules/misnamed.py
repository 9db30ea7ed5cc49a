"""C1: a name that speaks of another optimizer than the one that was built."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.doctor.audit.draft import Draft
from classlab.doctor.audit.objective import optimizer_of
from classlab.doctor.audit.trainings import Curve, Fit, History, Logs, Model, Naming, Score, Scores
from classlab.doctor.audit.values import CallResult, Function, Symbol
from classlab.doctor.audit.words import OPTIMIZERS, words_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classlab.doctor.audit.location import Location
    from classlab.doctor.audit.trainings import Trace
    from classlab.doctor.audit.values import Value

RULES = ("C1",)
# A text with one of these compares with another arm rather than naming its own.
_COMPARING = {"than", "vs", "versus", "instead", "not", "no", "unlike", "against", "from", "to", "without", "minus"}
# Optimizers whose names are words besides; beside a figure they mostly are that.
_WORDS_TOO = {"lion", "lamb", "muon"}
# Names that cover more than one class.
_COVERS = {"Adam": {"Adam", "AdamW"}, "SGD": {"SGD"}}


def check(trace: Trace) -> Iterator[Draft]:
    """Holds every name that speaks of one optimizer against what it was given to."""
    groups: dict[tuple[object, ...], list[tuple[Naming, str, str, Location | None]]] = {}
    true_functions = {naming.text for naming in trace.namings if naming.how == "the function" and _is_true(naming)}
    for naming in trace.namings:
        claimed, built = claimed_by(naming), built_for(naming.value)
        if claimed is None or built is None or _is_true(naming):
            continue
        if naming.how == "the function" and naming.text in true_functions:
            continue  # it trains what its name says, and others to compare with
        groups.setdefault((claimed, built[0], built[1]), []).append((naming, claimed, built[0], built[1]))
    for key, found in groups.items():
        by_class = (*key[:2], None)  # a class under a wrong name explains every object that it made
        if key[2] is not None and by_class in groups:
            continue
        others = [each for other, more in groups.items() if other[:2] == key[:2] and key[2] is None for each in more]
        yield _draft([*found, *(each for each in others if each not in found)])


def _is_true(naming: Naming) -> bool:
    claimed, built = claimed_by(naming), built_for(naming.value)
    return claimed is not None and built is not None and built[0] in _COVERS.get(claimed, {claimed})


def claimed_by(naming: Naming) -> str | None:
    """The one optimizer that a name speaks of; None where it speaks of several, or of something else."""
    words = words_of(naming.text)
    if naming.loose and "rms" in words and "rmsprop" not in words:
        return None  # the root of the mean square, of which measures speak
    if naming.loose and _WORDS_TOO & set(words):
        return None
    if _COMPARING & set(words) and " " in naming.text:
        return None
    found = {OPTIMIZERS[word] for word in words if word in OPTIMIZERS}
    return found.pop() if len(found) == 1 else None


def built_for(value: Value) -> tuple[str, Location | None] | None:
    """The optimizer that a named value was built with, and where; None where that is unknown or varies."""
    if isinstance(value, CallResult | Symbol):
        name = optimizer_of(value)
        return (name, value.location if isinstance(value, CallResult) else None) if name else None
    if isinstance(value, Function):
        made = {built[0] for each in value.gave if (built := built_for(each)) is not None}
        return built_for(value.gave[0]) if len(made) == 1 else None
    fits = _fits(value)
    if isinstance(value, Model) and not fits:
        compiled = value.compiled
        name = optimizer_of(compiled.optimizer) if compiled is not None else None
        return (name, compiled.location) if name and compiled is not None else None
    found = {(optimizer_of(fit.compiled.optimizer), _built_at(fit)) for fit in fits if fit.compiled is not None}
    names = {name for name, _ in found}
    if len(names) != 1 or None in names or not found:
        return None
    name, location = next(iter(found))
    return (name, location) if name else None


def _built_at(fit: Fit) -> Location | None:
    if fit.compiled is None:
        return None
    optimizer = fit.compiled.optimizer
    return optimizer.location if isinstance(optimizer, CallResult) else fit.compiled.location


def _fits(value: Value) -> tuple[Fit, ...]:
    if isinstance(value, History | Logs | Curve):
        return (value.fit,)
    if isinstance(value, Score | Scores | Model):
        return value.fits
    return ()


def _draft(found: list[tuple[Naming, str, str, Location | None]]) -> Draft:
    first, claimed, built, location = found[0]
    others = [naming.location for naming, *_ in found[1:]]
    elsewhere = location is not None and (location.cell, location.line) != (first.location.cell, first.location.line)
    where = f" ({location.said()})" if location is not None and elsewhere else ""
    return Draft(
        rule="C1",
        name="misnamed-arm",
        severity="INVALID",
        text=f"{first.how[0].upper()}{first.how[1:]} `{_short(first.text)}` speaks of {claimed}, but "
        f"what it names was built with {built}{where}.",
        location=location if location is not None else first.location,
        also=(first.location, *others[:20]),
        evidence=(("optimizer in the name", claimed, ""), ("optimizer that was built", built, claimed)),
        cause="What is shown under this name is not a result of the optimizer that it speaks of.",
        remedy=f"Build {claimed}, or rename it.",
        limits="The name may mean something else by the word.",
    )


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 60 else f"{text[:57]}..."

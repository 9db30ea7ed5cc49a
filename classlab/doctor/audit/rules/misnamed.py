"""C1 and C11: names that speak of another optimizer, or of other images, than those behind what they name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.doctor.audit.draft import Draft, found
from classlab.doctor.audit.objective import loss_of, metrics_of, optimizer_of
from classlab.doctor.audit.rows import share_rows
from classlab.doctor.audit.rules.arms import fits_of
from classlab.doctor.audit.scopes import Function
from classlab.doctor.audit.trace import Naming
from classlab.doctor.audit.trainings import Curve, Fit, Model, Score, Scores
from classlab.doctor.audit.values import CallResult, Symbol
from classlab.doctor.audit.words import OPTIMIZERS, figure_of, split_of, words_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classlab.doctor.audit.location import Location
    from classlab.doctor.audit.trace import Trace
    from classlab.doctor.audit.values import Value

RULES = ("C1", "C11")
# A text with one of these compares with another arm rather than naming its own.
_COMPARING = {"than", "vs", "versus", "instead", "not", "no", "unlike", "against", "from", "to", "without", "minus"}
# Optimizers whose names are words besides; beside a figure they mostly are that.
_WORDS_TOO = {"lion", "lamb", "muon"}
# Names that cover more than one class.
_COVERS = {"Adam": {"Adam", "AdamW"}, "SGD": {"SGD"}}
# Beside these, "training" names the images; beside others it may be the time: "accuracy after training".
_OF_IMAGES = {
    "train", "training", "acc", "accuracy", "loss", "score", "error", "on", "the", "images", "set", "data", "of", "is",
}  # fmt: skip
_SAID = {"train": "training", "test": "test", "validation": "validation"}
_Claim = tuple[Naming, str, str, "Location | None"]  # the name, what it speaks of, what was built, and where


def check(trace: Trace) -> Iterator[Draft]:
    """Holds every name that speaks of an optimizer, or of a split, against what it was given to."""
    yield from wrong_optimizers(trace)
    for naming in trace.namings:
        yield from _wrong_images(naming, trace)
    for naming in {id(naming.value): naming for naming in reversed(trace.namings)}.values():
        yield from _wrong_figure(naming)


def wrong_optimizers(trace: Trace) -> Iterator[Draft]:
    """C1: an arm under the name of another optimizer than the one that was built."""
    groups: dict[tuple[object, ...], list[_Claim]] = {}
    true_functions = {naming.text for naming in trace.namings if naming.how == "the function" and _is_true(naming)}
    for naming in trace.namings:
        claimed, built = _claimed(naming), _built(naming.value)
        if claimed is None or built is None or _is_true(naming):
            continue
        if naming.how == "the function" and naming.text in true_functions:
            continue  # it trains what its name says, and others to compare with
        groups.setdefault((claimed, built[0], built[1]), []).append((naming, claimed, built[0], built[1]))
    for key, claims in groups.items():
        by_class = (*key[:2], None)  # a class under a wrong name explains every object that it made
        if key[2] is not None and by_class in groups:
            continue
        others = [each for other, more in groups.items() if other[:2] == key[:2] and key[2] is None for each in more]
        yield _optimizer_draft([*claims, *(each for each in others if each not in claims)])


def _is_true(naming: Naming) -> bool:
    claimed, built = _claimed(naming), _built(naming.value)
    return claimed is not None and built is not None and built[0] in _COVERS.get(claimed, {claimed})


def _claimed(naming: Naming) -> str | None:
    """The one optimizer that a name speaks of; None where it speaks of several, or of something else."""
    words = words_of(naming.text)
    if naming.loose and "rms" in words and "rmsprop" not in words:
        return None  # the root of the mean square, of which measures speak
    if (naming.loose and _WORDS_TOO & set(words)) or (_COMPARING & set(words) and " " in naming.text):
        return None
    spoken = {OPTIMIZERS[word] for word in words if word in OPTIMIZERS}
    return spoken.pop() if len(spoken) == 1 else None


def _built(value: Value) -> tuple[str, Location | None] | None:
    """The optimizer that a named value was built with, and where; None where that is unknown or varies."""
    if isinstance(value, CallResult | Symbol):
        name = optimizer_of(value)
        return (name, value.location if isinstance(value, CallResult) else None) if name else None
    if isinstance(value, Function):
        made = {built[0] for each in value.gave if (built := _built(each)) is not None}
        return _built(value.gave[0]) if len(made) == 1 else None
    fits = fits_of(value)
    if isinstance(value, Model) and not fits:
        compiled = value.compiled
        name = optimizer_of(compiled.optimizer) if compiled is not None else None
        return (name, compiled.location) if name and compiled is not None else None
    every = {(fit.optimizer, _built_at(fit)) for fit in fits if fit.compiled is not None}
    names = {name for name, _ in every}
    if len(names) != 1 or None in names:
        return None
    name, location = next(iter(every))
    return (name, location) if name else None


def _built_at(fit: Fit) -> Location | None:
    if fit.compiled is None:
        return None
    optimizer = fit.compiled.optimizer
    return optimizer.location if isinstance(optimizer, CallResult) else fit.compiled.location


def _optimizer_draft(claims: list[_Claim]) -> Draft:
    first, claimed, built, location = claims[0]
    elsewhere = location is not None and (location.cell, location.line) != (first.location.cell, first.location.line)
    where = f" ({location.said()})" if location is not None and elsewhere else ""
    return found(
        "C1",
        f"{_quoted(first)} speaks of {claimed}, but what it names was built with {built}{where}.",
        location if location is not None else first.location,
        (first.location, *[naming.location for naming, *_ in claims[1:]][:20]),
        evidence=(("optimizer in the name", claimed, ""), ("optimizer that was built", built, claimed)),
        claimed=claimed,
    )


def _quoted(naming: Naming) -> str:
    text = " ".join(naming.text.split())
    return f"{naming.how[0].upper()}{naming.how[1:]} `{text if len(text) <= 60 else f'{text[:57]}...'}`"


def _wrong_images(naming: Naming, trace: Trace) -> Iterator[Draft]:
    """C11: a score of the images that were trained on under the name of a test score, or the other way round."""
    claimed, measured = split_of(naming.text), _measured(naming, trace)
    if claimed is None or not measured or naming.how == "the function":
        return
    if naming.how != "the printed text" and any(letter.isdigit() for letter in naming.text):
        return  # "test 3" is a trial
    if measured == "train" if claimed != "train" else measured == "test" and set(words_of(naming.text)) <= _OF_IMAGES:
        yield found(
            "C11",
            f"{_quoted(naming)} speaks of {_SAID[claimed]} images, but the figure is of {_SAID[measured]} images.",
            naming.location,
            (fit.location for fit in getattr(naming.value, "fits", ())[-1:]),
            evidence=(("images in the name", claimed, ""), ("images that were measured", measured, claimed)),
        )


def _measured(naming: Naming, trace: Trace) -> str:
    """What the images are for that a figure was measured on: "train" where all of them were trained on."""
    value = naming.value
    if isinstance(value, Curve):
        return "train" if value.figure in ("accuracy", "acc", "loss") else ""
    if not isinstance(value, Score | Scores) or value.model is None:
        return ""
    if value.role in ("test", "trained"):
        return "test" if value.role == "test" else "train"
    every = [each.images for each in trace.evaluations if each.model is value.model and each.images is not None]
    seen = [images.rows for images in every if images.role == value.role == "train"]
    trained = [fit.images.rows for fit in value.fits if fit.images is not None]
    both = bool(seen) and all(any(share_rows(rows, each) is True for each in trained) for rows in seen)
    return "train" if both else ""


def _wrong_figure(naming: Naming) -> Iterator[Draft]:
    """C11: a loss under the name of an accuracy, or the other way round."""
    claimed, value = figure_of(naming.text), naming.value
    if claimed is None or naming.how in ("the function", "the title") or not isinstance(value, Score | Curve):
        return
    model = value.fit.model if isinstance(value, Curve) else value.model
    compiled = model.compiled if model is not None else None
    metrics = tuple(metrics_of(compiled.metrics)) if compiled is not None and loss_of(compiled.loss) else ()
    figure = figure_of(value.figure) if isinstance(value, Curve) or value.figure in ("loss", "accuracy") else None
    sure = figure == "loss" or all(metric.name.endswith("accuracy") for metric in metrics)
    if compiled is not None and loss_of(compiled.loss) and figure not in (None, claimed) and sure:
        other = "the loss" if figure == "loss" else "an accuracy"
        text = f"{_quoted(naming)} speaks of {claimed}, but the figure is {other}."
        evidence = (("figure in the name", claimed, ""), ("figure that was measured", figure or "", claimed))
        yield found("C11 figure", text, naming.location, (compiled.location,), evidence=evidence)

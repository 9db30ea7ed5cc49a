"""`ImageDataGenerator`: its `rescale` and its statistics go into the images that it hands on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from classlab.doctor.audit.facts import Facts, Fitted, hidden, scaled, stepped
from classlab.doctor.audit.foreign import as_array
from classlab.doctor.audit.library.folders import folder_rows
from classlab.doctor.audit.rows import Part, narrow
from classlab.doctor.audit.values import (
    NONE,
    UNKNOWN,
    Array,
    CallResult,
    Const,
    Items,
    Stream,
    Value,
    number_of,
    text_of,
)

if TYPE_CHECKING:
    from classlab.doctor.audit.library.request import Request

_CHANGES = (
    "rotation_range", "width_shift_range", "height_shift_range", "brightness_range", "shear_range", "zoom_range",
    "channel_shift_range", "horizontal_flip", "vertical_flip",
)  # fmt: skip
_NO_CHANGE = (NONE, Const(False), Const(0), Const(0.0))
_STATISTICS = {"featurewise_center", "samplewise_center", "samplewise_std_normalization", "zca_whitening"}


def generator_method(request: Request, made: CallResult, name: str) -> Value:
    """What a method of a generator gives."""
    if name == "fit":
        array = request.array()
        if array is not None:
            fitted = Fitted(array.facts.rows, request.location, request.words(), array.facts.declared)
            request.interpreter.put(made, "fitted", fitted)
        return NONE
    pair = _from_arrays(request) if name == "flow" else _from_folder(request) if name.startswith("flow_from") else None
    if pair is None:
        return UNKNOWN
    images, labels = (_subset(request, made, value) for value in pair)
    if not isinstance(images, Array):
        return UNKNOWN
    shuffled = request.kwargs.get("shuffle", Const(True)) == Const(True) and "?" not in request.kwargs
    element = Items((Array(_prepared(made, images.facts)), labels), "tuple")
    return Stream(element, request.location if shuffled else None)


def _from_arrays(request: Request) -> tuple[Value, Value]:
    value, labels = request.get(0, "x"), request.get(1, "y")
    if isinstance(value, Items) and len(value.items) == 2:
        value, labels = value.items
    return as_array(value) or UNKNOWN, as_array(labels) or UNKNOWN


def _from_folder(request: Request) -> tuple[Value, Value]:
    row, declared = folder_rows(request)
    images = Facts(kind="images", rows=(row,), low=0.0, high=255.0, declared=declared, origin=request.location)
    mode = text_of(request.kwargs.get("class_mode", Const("categorical"))) or ""
    form = {"categorical": True, "sparse": False}.get(mode)
    return Array(images), Array(replace(images, kind="labels", low=None, high=None, one_hot=form))


def _subset(request: Request, made: CallResult, value: Value) -> Value:
    """`subset="training"` and `subset="validation"` of one share hold different rows."""
    subset = text_of(request.kwargs.get("subset"))
    if subset is None or not isinstance(value, Array):
        return value
    split = ("generator", made.kwargs.get("validation_split", made.location))
    facts = value.facts
    if subset == "validation":
        facts = replace(facts, declared="validation")
    return Array(replace(facts, rows=narrow(facts.rows, Part(split, 0 if subset == "training" else 1))))


def _prepared(made: CallResult, facts: Facts) -> Facts:
    given = tuple((name, made.location) for name in _CHANGES if made.kwargs.get(name, NONE) not in _NO_CHANGE)
    facts = replace(facts, augmented=(*facts.augmented, *given))
    if "preprocessing_function" in made.kwargs or "?" in made.kwargs:
        return hidden(facts)
    rescale = number_of(made.kwargs.get("rescale"))
    if rescale is None and made.kwargs.get("rescale", NONE) != NONE:
        return hidden(facts)
    if rescale:
        facts = scaled(facts, rescale, made.location, f"ImageDataGenerator(rescale={rescale:.4g})")
    if made.kwargs.get("featurewise_std_normalization") == Const(True):
        facts = stepped(facts, "standardise", made.location, "featurewise_std_normalization", ends=(-4.0, 4.0))
        fitted = made.fields.get("fitted")
        return replace(facts, fitted=(*facts.fitted, fitted)) if isinstance(fitted, Fitted) else facts
    return hidden(facts) if _STATISTICS & made.kwargs.keys() else facts

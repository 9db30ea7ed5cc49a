"""Subscripts: `a[b]`."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING

from classlab.doctor.audit import bounds
from classlab.doctor.audit.facts import Facts
from classlab.doctor.audit.foreign import as_array, foreign_of
from classlab.doctor.audit.library.containers import entry, item, missing
from classlab.doctor.audit.library.picking import INDEX, any_rows, by_numbers, cut, one_row, picked, stored
from classlab.doctor.audit.library.scores import curve_score
from classlab.doctor.audit.library.shown import column
from classlab.doctor.audit.library.sources import IDENTITIES, one_hot_rows
from classlab.doctor.audit.rows import Cut, Part, Selection, Somehow, narrow
from classlab.doctor.audit.trainings import Curve, Frame2D, Logs, Predicted, Score, Scores
from classlab.doctor.audit.values import (
    NONE,
    UNKNOWN,
    Array,
    CallResult,
    Chooser,
    Const,
    Foreign,
    Items,
    Mapping,
    Value,
    text_of,
    whole_of,
)

if TYPE_CHECKING:
    from classlab.doctor.audit.interpreter import Interpreter


def subscript(interpreter: Interpreter, owner: Value, index: ast.expr) -> Value:
    """What `owner[index]` is."""
    if isinstance(owner, Array | Chooser):
        return _of_rows(interpreter, owner, index)
    foreign = foreign_of(owner)
    if foreign is not None:
        return _of_foreign(interpreter, foreign, index)
    if isinstance(index, ast.Slice):
        return _sliced(interpreter, owner, index)

    return by_key(interpreter, owner, interpreter.evaluate(index))


def _of_foreign(interpreter: Interpreter, owner: Foreign, index: ast.expr) -> Value:
    """A part of something from out of sight by key or place; rows of it where it can only be an array."""
    if isinstance(index, ast.Slice | ast.Tuple):
        return _of_rows(interpreter, as_array(owner) or Array(Facts()), index)
    key = interpreter.evaluate(index)
    if isinstance(key, Chooser | Array):
        return _by_value(as_array(owner) or Array(Facts()), key)
    names = key.items if isinstance(key, Items) else (key,)
    known = all(isinstance(name, Const) for name in names)
    return owner.part(names if known else interpreter.mark())


def by_key(interpreter: Interpreter, owner: Value, key: Value) -> Value:
    """What stands under a key or at a place."""
    if isinstance(owner, Mapping):
        found = entry(owner, key)
        return missing(interpreter, owner, key) if found is None else found
    place, text = whole_of(key), text_of(key)
    if isinstance(owner, Items):
        return _inside(owner, key)
    if isinstance(owner, Logs):
        return Curve(owner.fit, text) if text is not None else UNKNOWN
    if isinstance(owner, Curve):
        return curve_score(owner)
    if isinstance(owner, Scores):
        return owner.at(text if text is not None else place)
    if isinstance(owner, CallResult):
        if owner.name in IDENTITIES and isinstance(key, Array) and key.facts.one_hot is False:
            return one_hot_rows(key, whole_of(owner.argument("N", 0)))
        if text is not None and owner.name == "numpy.load":
            return _kept_array(owner, text)
        found_field = owner.fields.get(text or "")
        return found_field if isinstance(found_field, Value) else UNKNOWN
    if isinstance(owner, Const) and isinstance(owner.value, str) and place is not None:
        return Const(owner.value[place]) if -len(owner.value) <= place < len(owner.value) else UNKNOWN
    if isinstance(owner, Predicted):  # `scores[:, 1]` are those of one class
        known = isinstance(key, Items) and not key.open
        return replace(owner, stage="other") if known else replace(owner, row=owner.row or place is not None)
    return (column(owner, text) if isinstance(owner, Frame2D) else None) or UNKNOWN


def _inside(owner: Items, key: Value) -> Value:
    """An item by its place, or by one place per axis as in `axes[0, 1]`."""
    found: Value = owner
    for part in key.items if isinstance(key, Items) and key.kind == "tuple" else (key,):
        place = whole_of(part)
        found = item(found, place) if place is not None and isinstance(found, Items) else UNKNOWN
    return found


def _kept_array(made: CallResult, key: str) -> Value:
    """The same array whenever the same key of an archive is asked for."""
    known = made.fields.get(f"key {key}")
    if isinstance(known, Array):
        return Array(known.facts)
    array = stored(made, key)
    made.fields[f"key {key}"] = array
    return Array(array.facts)


def bound_key(node: ast.AST | None) -> object:
    """A slice's bound that is not known, as it is written: the same text is the same bound."""
    return ast.dump(node) if node is not None else None


def _bounds(interpreter: Interpreter, part: ast.Slice) -> tuple[Selection | None, int | None]:
    """What a slice picks, and how many rows; None for all of them."""
    values = [None if each is None else interpreter.evaluate(each) for each in (part.lower, part.upper, part.step)]
    low, high = (None if value is None or value == NONE else whole_of(value) for value in values[:2])
    low_open, high_open = (value is None or value == NONE for value in values[:2])
    if values[2] == Const(-1) and low_open and high_open:
        return Part(("reversed",), 0), None
    if values[2] is not None and values[2] not in (NONE, Const(1)):
        return Somehow(("step", bound_key(part))), None
    if (low is not None or low_open) and (high is not None or high_open):
        from_start = low in (None, 0)
        length = high if from_start and high is not None and high > 0 else None
        return None if from_start and high_open else Cut(low, high), length
    if low_open or low == 0:
        return Part(("cut", bound_key(part.upper)), 0), None
    if high_open:
        return Part(("cut", bound_key(part.lower)), 1), None
    return Somehow(("cut", bound_key(part))), None


def _of_rows(interpreter: Interpreter, owner: Array | Chooser, index: ast.expr) -> Value:
    """Rows of an array: by a slice, a mask, an index array, one by one; further axes do not matter here."""
    if isinstance(index, ast.Tuple):
        return _several_axes(interpreter, owner, index)
    if isinstance(index, ast.Slice):
        selection, length = _bounds(interpreter, index)
        if selection is None:
            return owner if isinstance(owner, Chooser) else Array(owner.facts)
        if isinstance(owner, Chooser):
            return Chooser((*owner.selections, selection), owner.order)
        if selection == Part(("reversed",), 0):
            return cut(owner, selection).but(order=(*owner.facts.order, "reversed"))
        return cut(owner, selection, length)
    value = interpreter.evaluate(index)
    return UNKNOWN if isinstance(owner, Chooser) else _by_value(owner, value)


def _by_value(owner: Array, value: Value) -> Value:
    facts = owner.facts
    if isinstance(value, Chooser):
        return picked(owner, value)
    if isinstance(value, Items) and value.order is not None:  # a list of row numbers that was shuffled
        return picked(owner, Chooser((Part(("order", value.order), 0),), value.order))
    if value == NONE or value == Const(...):
        return owner.but(shape=None)
    if whole_of(value) is not None:
        return one_row(owner)
    if isinstance(value, Const) and isinstance(value.value, str):
        return UNKNOWN
    if isinstance(value, Array) and value.facts.name == INDEX and not value.facts.opaque and not value.facts.steps:
        return by_numbers(owner, value.facts)
    values = {"classes": None, "low": None, "high": None} if facts.kind == "labels" else {}
    return owner.but(rows=narrow(facts.rows, Somehow()), shape=any_rows(facts), **values)


def _several_axes(interpreter: Interpreter, owner: Array | Chooser, index: ast.Tuple) -> Value:
    """`x[..., None]` and `x[:100, :, :, None]`: the first part is about rows, a new axis at the end is of length 1."""
    if isinstance(owner, Chooser) or not index.elts:
        return UNKNOWN
    first = index.elts[0]
    is_all = isinstance(first, ast.Constant) and first.value is Ellipsis
    rows = Array(owner.facts) if is_all else _of_rows(interpreter, owner, first)
    if not isinstance(rows, Array):
        return UNKNOWN
    last = index.elts[-1]
    widened = is_all and len(index.elts) == 2 and _is_new_axis(last) and owner.facts.shape
    shape = (*owner.facts.shape, 1) if widened and owner.facts.shape else None
    if isinstance(last, ast.Constant) and isinstance(last.value, int):  # one column
        return rows.but(shape=None, one_hot=None if rows.facts.one_hot else rows.facts.one_hot)
    return rows.but(shape=shape)


def _is_new_axis(node: ast.expr) -> bool:
    return (isinstance(node, ast.Constant) and node.value is None) or (
        isinstance(node, ast.Attribute) and node.attr == "newaxis"
    )


def _sliced(interpreter: Interpreter, owner: Value, part: ast.Slice) -> Value:
    selection, _ = _bounds(interpreter, part)
    if isinstance(owner, Items):
        contents = owner.contents
        if selection is None and part.step is None:
            return Items(contents.items, owner.kind, open=contents.open)
        if isinstance(selection, Cut) and not contents.open:
            return Items(contents.items[selection.start : selection.stop], owner.kind)
        return Items(contents.items[: bounds.ITEMS], owner.kind, open=True)
    text = text_of(owner)
    if text is not None and isinstance(selection, Cut):
        return Const(text[selection.start : selection.stop])
    if isinstance(owner, Curve | Predicted | Score):
        return owner
    return UNKNOWN

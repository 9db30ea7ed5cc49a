"""Rows of arrays: one, a slice, what a mask or a permutation picks, what stands under a key of an archive."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.doctor.audit.facts import Facts, Kind
from classlab.doctor.audit.rows import Fragment, Part, Selection, Somehow, SplitName, narrow
from classlab.doctor.audit.values import Array
from classlab.doctor.audit.words import words_of

if TYPE_CHECKING:
    from classlab.doctor.audit.values import CallResult, Chooser

INDEX = "row numbers"


def one_row(array: Array) -> Array:
    """One of an array's rows: the same values, one axis less."""
    facts = array.facts
    return array.but(shape=facts.shape[1:] if facts.shape else None, rows=narrow(facts.rows, Part(("row",), -1)))


def picked(array: Array, chooser: Chooser) -> Array:
    """The rows that a mask or a permutation picks."""
    rows, facts = array.facts.rows, array.facts
    for selection in chooser.selections:
        rows = narrow(rows, selection)
    order = facts.order if chooser.order is None else (*facts.order, chooser.order)
    arranged = chooser.arranges or ("" if chooser.order is not None else facts.arranged)
    masked = chooser.other is not None and facts.kind == "labels"
    values = {"classes": None, "low": None, "high": None} if masked else {}
    return array.but(rows=rows, order=order, arranged=arranged, shape=any_rows(facts), **values)


def by_numbers(array: Array, numbers: Facts) -> Array:
    """The rows whose numbers stand in an array of row numbers."""
    rows = array.facts.rows
    for selection in numbers.rows[0].selections if len(numbers.rows) == 1 else (Somehow(),):
        rows = narrow(rows, selection)
    return array.but(rows=rows, order=(*array.facts.order, *numbers.order), shape=any_rows(array.facts))


def any_rows(facts: Facts) -> tuple[int | None, ...] | None:
    """The shape where the number of rows is not known."""
    return (None, *facts.shape[1:]) if facts.shape else None


def cut(array: Array, selection: Selection, length: int | None = None) -> Array:
    """The rows of a slice."""
    facts = array.facts
    shape = (length, *facts.shape[1:]) if facts.shape else None
    return array.but(rows=narrow(facts.rows, selection), shape=shape)


def stored(made: CallResult, key: str) -> Array:
    """An array of an archive; its key says what it is, as in Keras's own `x_train`."""
    words = words_of(key)
    split: SplitName = "test" if "test" in words else "train" if "train" in words else "all"
    kind: Kind = "labels" if {"y", "labels", "label", "targets"} & set(words) else "unknown"
    if {"x", "images", "image"} & set(words):
        kind = "images"
    return Array(Facts(kind=kind, rows=(Fragment(id(made), split),), origin=made.location))

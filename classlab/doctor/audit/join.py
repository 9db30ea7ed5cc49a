"""What is known where two ways through a program meet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from classlab.doctor.audit.facts import Facts, joined
from classlab.doctor.audit.scopes import frozen
from classlab.doctor.audit.values import (
    UNKNOWN,
    Array,
    CallResult,
    Const,
    Contents,
    Entries,
    Items,
    Stream,
    SymbolicTensor,
    Union,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

MISSING: Any = object()  # a name that one of the ways did not define
_MOST_OPTIONS = 6


def join(one: Any, other: Any, *, depth: int = 0) -> Any:
    """What holds on both ways, for a field of anything that can change.

    Args:
        one: the field after one way.
        other: after the other.
        depth: how deep inside containers.
    """
    if one is other or one is MISSING:
        return other
    if other is MISSING or (type(one) is type(other) and not isinstance(one, Value) and one == other):
        return one
    if isinstance(one, Facts) and isinstance(other, Facts):
        return joined(one, other)
    if isinstance(one, Contents) and isinstance(other, Contents):
        return _contents(one, other, depth)
    if isinstance(one, Entries) and isinstance(other, Entries):
        return _entries(one, other, depth)
    if isinstance(one, Value) and isinstance(other, Value):
        return _values(one, other, depth)
    if isinstance(one, tuple) and isinstance(other, tuple):
        return one if len(one) >= len(other) else other
    if isinstance(one, bool) and isinstance(other, bool):
        return one or other
    return one if other is None else other


def any_of(values: Sequence[Value]) -> Value:
    """What is known of a value that is one of several."""
    result: Value = values[0] if values else UNKNOWN
    for other in values[1:]:
        result = join(result, other)
    return result


def _values(one: Value, other: Value, depth: int) -> Value:
    if isinstance(one, Const) and one == other:
        return one
    if isinstance(one, Unknown) or isinstance(other, Unknown) or depth > 6:
        return UNKNOWN
    if isinstance(one, Array) and isinstance(other, Array):
        return Array(joined(one.facts, other.facts))
    if isinstance(one, Items) and isinstance(other, Items) and one.kind == other.kind == "tuple":
        contents = _contents(one.contents, other.contents, depth + 1)
        return Items(contents.items, "tuple", open=contents.open)
    if isinstance(one, SymbolicTensor) and isinstance(other, SymbolicTensor):
        return _tensors(one, other)
    if isinstance(one, Stream) and isinstance(other, Stream):
        return Stream(_values(one.element, other.element, depth + 1), one.reshuffled)
    options: list[Value] = []
    for value in (one, other):
        for each in value.options if isinstance(value, Union) else (value,):
            if not any(each is known or (not isinstance(each, Array) and each == known) for known in options):
                options.append(each)
    if len(options) == 1:
        return options[0]
    return Union(tuple(options)) if len(options) <= _MOST_OPTIONS else UNKNOWN


def _tensors(one: SymbolicTensor, other: SymbolicTensor) -> SymbolicTensor:
    """What two tensors have in common: the layers at the beginning, and then something that is not known."""
    shared = 0
    for mine, theirs in zip(one.layers, other.layers, strict=False):
        if mine is not theirs:
            break
        shared += 1
    if shared == len(one.layers) == len(other.layers):
        return one
    location = (one.layers or other.layers)[-1].location
    gap = CallResult("operation.unknown", (), {}, location)
    return SymbolicTensor((*one.layers[:shared], gap), one.certain and other.certain, one.start)


def _contents(one: Contents, other: Contents, depth: int) -> Contents:
    if one == other:
        return one
    longer, shorter = (one, other) if len(one.items) >= len(other.items) else (other, one)
    shared = tuple(
        join(mine, theirs, depth=depth + 1) for mine, theirs in zip(longer.items, shorter.items, strict=False)
    )
    unequal = len(longer.items) != len(shorter.items)
    return Contents((*shared, *longer.items[len(shorter.items) :]), one.open or other.open or unequal)


def _entries(one: Entries, other: Entries, depth: int) -> Entries:
    if one == other:
        return one
    mine, theirs = ({_key(key): (key, value) for key, value in each.pairs} for each in (one, other))
    pairs = [
        (key, join(value, theirs[name][1], depth=depth + 1) if name in theirs else value)
        for name, (key, value) in mine.items()
    ]
    pairs += [pair for name, pair in theirs.items() if name not in mine]
    return Entries(tuple(pairs), one.open or other.open or mine.keys() != theirs.keys())


def _key(value: Value) -> object:
    known = frozen(value)
    return known if known is not None else id(value)

"""What comes out of a value that is looped over or unpacked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from classlab.doctor.audit import bounds
from classlab.doctor.audit.library.picking import one_row
from classlab.doctor.audit.trainings import Scores
from classlab.doctor.audit.values import UNKNOWN, Array, Const, Foreign, Items, Mapping, Stream, Value

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from classlab.doctor.audit.facts import Facts
    from classlab.doctor.audit.interpreter import Interpreter

STREAMED = "one pass"


@dataclass(frozen=True)
class Turns:
    """The values of a loop; `whole` where these are all of them."""

    values: Sequence[Value]
    whole: bool


def elements(interpreter: Interpreter, value: Value) -> Turns:
    """What a loop over a value sees, turn by turn, within the bound."""
    if isinstance(value, Items):
        return _bounded(interpreter, list(value.items), value.open)
    if isinstance(value, Mapping):
        return _bounded(interpreter, [key for key, _ in value.pairs], value.open)
    if isinstance(value, Const) and isinstance(value.value, str):
        return _bounded(interpreter, [Const(letter) for letter in value.value], False)
    if isinstance(value, Stream):
        if value.reshuffled:
            order = one_pass(interpreter)
            value = changed(value, lambda facts: replace(facts, order=(*facts.order, order)))
        return Turns([value.element] * bounds.UNKNOWN_TURNS, False)
    if isinstance(value, Array):
        return Turns([one_row(value)] * bounds.UNKNOWN_TURNS, False)
    return Turns([UNKNOWN] * bounds.UNKNOWN_TURNS, False)


def one_pass(interpreter: Interpreter) -> object:
    """The order of one pass over a stream that is shuffled anew every time."""
    return (STREAMED, interpreter.mark())


def changed(stream: Stream, change: Callable[[Facts], Facts]) -> Stream:
    """A pipeline whose arrays are different."""

    def each(value: Value) -> Value:
        if isinstance(value, Array):
            return Array(change(value.facts))
        if isinstance(value, Items):
            return Items(tuple(each(item) for item in value.items), value.kind, open=value.open)
        if isinstance(value, Mapping):
            return Mapping(tuple((key, each(item)) for key, item in value.pairs), open=value.open)
        return value

    return Stream(each(stream.element), stream.reshuffled)


def unpacked(value: Value, count: int | None) -> list[Value] | None:
    """The parts of a value that is assigned to several names; None where it is not known how many there are.

    Args:
        value: what is unpacked.
        count: how many names there are; None where one of them takes the rest.
    """
    if isinstance(value, Items):
        items = value.items
        if value.open and (count is None or len(items) < count):
            return None
        return list(items)
    if isinstance(value, Foreign) and count is not None:
        return [value.part((Const(place),)) for place in range(count)]
    if isinstance(value, Mapping):
        return None if value.open else [key for key, _ in value.pairs]
    if isinstance(value, Scores) and count is not None:
        return [value.at(place) for place in range(count)]
    if isinstance(value, Const) and isinstance(value.value, str):
        return [Const(letter) for letter in value.value[: bounds.ITEMS]]
    return None


def _bounded(interpreter: Interpreter, values: list[Value], more: bool) -> Turns:
    """All values of a short list; of a long one the first, and the same when the budget runs low."""
    most = bounds.UNROLLED if interpreter.steps < bounds.STEPS // 2 else 4
    if len(values) > most:
        return Turns(values[:most], False)
    return Turns(values + [UNKNOWN] * (bounds.UNKNOWN_TURNS - len(values)) if more else values, not more)

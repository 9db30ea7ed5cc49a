"""Notes which name is given to what, and which results are put beside one another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.doctor.audit.scopes import Function, Instance
from classlab.doctor.audit.trainings import Curve, History, Kept, Logs, Model, Naming, Reported, Score, Scores
from classlab.doctor.audit.values import CallResult, Const, Items, Mapping, Symbol, Text, Value, text_of
from classlab.doctor.audit.words import optimizers_in, split_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classlab.doctor.audit.interpreter import Interpreter
    from classlab.doctor.audit.location import Location

MOST_TEXT = 200  # a longer text tells a story rather than names something


def is_optimizer(value: Value) -> bool:
    """Whether a value is an optimizer of Keras, or its class."""
    name = value.name if isinstance(value, CallResult | Symbol) and not isinstance(value, Instance) else ""
    return name.startswith("keras.optimizers.") and name.rpartition(".")[2][:1].isupper() and "schedules" not in name


def named(interpreter: Interpreter, text: str | None, how: str, value: Value, location: Location) -> None:
    """Notes that a value got a name that speaks of an optimizer, or a figure one that speaks of a split."""
    if text is None or len(text) > MOST_TEXT or interpreter.trace.full(4000):
        return
    speaks = bool(optimizers_in(text))
    if not speaks and (split_of(text) is None or not isinstance(value, Score | Scores | Curve)):
        return
    for each in carriers(value):
        loose = isinstance(each, Score | Scores | Curve)
        interpreter.trace.namings.append(Naming(text, how, each, location, loose))


def kept(interpreter: Interpreter, container: object, key: Value | None, value: Value, location: Location) -> None:
    """Notes that a result was put into a container beside others."""
    if interpreter.trace.full(4000):
        return
    label: object = None
    if isinstance(key, Const | Items):
        label = _label(key)
    for each in carriers(value):
        interpreter.trace.kept.append(Kept(container, label, each, location))
        if isinstance(each, Score) and each.best is not None:
            interpreter.trace.reported.append(Reported(each, location))


def paired(interpreter: Interpreter, items: tuple[Value, ...], location: Location) -> None:
    """Notes a name that stands beside its value, as in `("RMSprop", accuracy)`."""
    texts = [text for item in items if (text := text_of(item)) is not None]
    naming = [text for text in texts if optimizers_in(text)]
    if len(naming) != 1:
        return
    found = [each for item in items if not isinstance(item, Items | Mapping) for each in carriers(item)]
    if found:
        for each in found:
            named(interpreter, naming[0], "the name", each, location)


def carriers(value: Value, depth: int = 0) -> Iterator[Value]:
    """The optimizers, models and results inside a value."""
    if isinstance(value, Model | History | Logs | Curve | Score | Scores) or is_optimizer(value):
        yield value
    elif isinstance(value, Items) and depth < 3:
        for item in value.items[:50]:
            yield from carriers(item, depth + 1)
    elif isinstance(value, Mapping) and depth < 3:
        for _, item in value.pairs[:50]:
            yield from carriers(item, depth + 1)
    elif isinstance(value, Function):
        yield value  # what it makes is known after it was called


def said(value: Value | None) -> str | None:
    """The text of a title, label or line of output, as far as it is known."""
    if isinstance(value, Text):
        return value.known
    return text_of(value)


def _label(key: Value) -> object:
    if isinstance(key, Const):
        return key.value
    if isinstance(key, Items):
        return tuple(_label(item) for item in key.items)
    return None

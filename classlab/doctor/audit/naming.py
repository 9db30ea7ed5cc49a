"""Notes which name is given to what, which results are put beside one another, and what arguments tell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from classlab.doctor.audit.scopes import Function, Instance
from classlab.doctor.audit.trace import Kept, Naming, Reported
from classlab.doctor.audit.trainings import Curve, History, Logs, Model, Score, Scores
from classlab.doctor.audit.values import CallResult, Const, Items, Mapping, Symbol, Value, text_of
from classlab.doctor.audit.words import figure_of, optimizers_in, split_of, words_of

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator

    from classlab.doctor.audit.interpreter import Interpreter
    from classlab.doctor.audit.location import Location

MOST_TEXT = 200  # a longer text tells a story rather than names something


@dataclass(frozen=True)
class Text(Value):
    """A text of which some parts are not known.

    Args:
        parts: what it is put together from.
    """

    parts: tuple[Value, ...]

    @property
    def known(self) -> str:
        """The known parts."""
        return " ".join(str(part.value) for part in self.parts if isinstance(part, Const))


def is_optimizer(value: Value) -> bool:
    """Whether a value is an optimizer of Keras, or its class."""
    name = value.name if isinstance(value, CallResult | Symbol) and not isinstance(value, Instance) else ""
    return name.startswith("keras.optimizers.") and name.rpartition(".")[2][:1].isupper() and "schedules" not in name


def named(interpreter: Interpreter, text: str | None, how: str, value: Value, location: Location) -> None:
    """Notes that a value got a name that speaks of an optimizer, or a figure one that speaks of a split."""
    if text is None or len(text) > MOST_TEXT or interpreter.trace.full:
        return
    of_figure = isinstance(value, Score | Scores | Curve) and (
        split_of(text) is not None or figure_of(text) is not None
    )
    if not of_figure and not optimizers_in(text):
        return
    for each in carriers(value):
        loose = isinstance(each, Score | Scores | Curve)
        interpreter.trace.namings.append(Naming(text, how, each, location, loose))


def kept(interpreter: Interpreter, container: object, key: Value | None, value: Value, location: Location) -> None:
    """Notes that a result was put into a container beside others."""
    if interpreter.trace.full:
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


Args = tuple[Value, ...]
Kwargs = dict[str, Value]


def note_arguments(interpreter: Interpreter, args: Args, kwargs: Kwargs, node: ast.AST) -> None:
    """A name that is passed on with an optimizer or a result names it, as in `train("RMSprop", Adam())`."""
    texts = [text_of(value) for value in (*args, *(kwargs[word] for word in kwargs if _names(word)))]
    texts = [text for text in texts if text is not None and optimizers_in(text)]
    if len(texts) != 1 or texts[0] is None:
        return
    values = (*args, *kwargs.values())
    # A model may be about to be compiled anew, with what the text says.
    built = [each for value in values for each in carriers(value) if not isinstance(each, Function | Model)]
    if len(built) == 1:
        named(interpreter, texts[0], "the argument", built[0], interpreter.at(node))


def _names(parameter: str) -> bool:
    """Whether a parameter takes the name of something, rather than what it is compared with."""
    return bool(
        set(words_of(parameter)) & {"name", "title", "label", "key", "tag", "caption", "arm", "run", "file", "path"}
    )


def unknown_use(interpreter: Interpreter, args: Args, kwargs: Kwargs) -> None:
    """Something unknown got these values: it may have changed lists and models."""
    for value in (*args, *kwargs.values()):
        if isinstance(value, Model):
            interpreter.put(value, "fresh", False)
        elif isinstance(value, Items) and value.kind == "list":
            interpreter.put(value, "contents", type(value.contents)(value.items, True))
        elif isinstance(value, Mapping):
            interpreter.put(value, "entries", type(value.entries)(value.pairs, True))

"""Python's own functions, and a few of its standard library."""

from __future__ import annotations

import itertools
from math import prod
from typing import TYPE_CHECKING

from classlab.doctor.audit import bounds
from classlab.doctor.audit.iteration import elements
from classlab.doctor.audit.join import any_of
from classlab.doctor.audit.library.attributes import attribute
from classlab.doctor.audit.library.containers import numbering_of, unordered
from classlab.doctor.audit.library.request import table
from classlab.doctor.audit.library.scores import averaged, note_order
from classlab.doctor.audit.library.subscripts import by_key
from classlab.doctor.audit.naming import Text, named, paired, said
from classlab.doctor.audit.scopes import ClassOf, Function, Native, Record
from classlab.doctor.audit.trace import Reported
from classlab.doctor.audit.trainings import Curve, Predicted, Score, Scores
from classlab.doctor.audit.values import (
    NONE,
    UNKNOWN,
    Array,
    Const,
    Items,
    Mapping,
    Named,
    Number,
    Place,
    Stream,
    Symbol,
    Value,
    number_of,
    text_of,
    whole_of,
)
from classlab.doctor.audit.words import optimizers_in

if TYPE_CHECKING:
    from classlab.doctor.audit.library.request import Request, Table


def _length(request: Request) -> Value:
    value = request.first()
    if isinstance(value, Items):
        return UNKNOWN if value.open else Const(len(value.items))
    if isinstance(value, Mapping):
        return UNKNOWN if value.open else Const(len(value.pairs))
    if isinstance(value, Array):
        rows = value.facts.shape[0] if value.facts.shape else None
        return UNKNOWN if rows is None else Const(rows)
    text = text_of(value)
    return Const(len(text)) if text is not None else UNKNOWN


def _range(request: Request) -> Value:
    numbers = [whole_of(each) for each in request.args]
    if None in numbers or not numbers or request.kwargs:
        return Items((UNKNOWN,) * bounds.UNKNOWN_TURNS, open=True)
    known = [each for each in numbers if each is not None]
    try:
        span = range(*known)
    except (ValueError, TypeError):
        return UNKNOWN
    first = [Const(value) for value in itertools.islice(span, bounds.UNROLLED)]
    return Items(tuple(first), open=len(span) > len(first) if abs(known[-1]) < 2**40 else True)


def _enumerate(request: Request) -> Value:
    given = request.first()
    start = whole_of(request.get(1, "start")) or 0
    if isinstance(given, Stream):
        return Stream(Items((UNKNOWN, given.element), "tuple"))
    turns, numbering = elements(request.interpreter, given), numbering_of(given)
    pairs: list[Value] = []
    for place, value in enumerate(turns.values, start):
        pairs.append(Items((Const(place) if numbering is None else Place(place, numbering), value), "tuple"))
    return Items(tuple(pairs), open=not turns.whole)


def _zip(request: Request) -> Value:
    turns = [elements(request.interpreter, each) for each in request.args]
    if not turns:
        return UNKNOWN
    rows = [Items(tuple(values), "tuple") for values in zip(*(turn.values for turn in turns), strict=False)]
    shortest = min(len(turn.values) for turn in turns)
    whole = all(turn.whole for turn in turns) or any(turn.whole and len(turn.values) == shortest for turn in turns)
    return Items(tuple(rows), open=not whole)


def _product(request: Request) -> Value:
    turns = [elements(request.interpreter, each) for each in request.args]
    if not turns or "repeat" in request.kwargs:
        return UNKNOWN
    if prod(max(1, len(turn.values)) for turn in turns) > bounds.ITEMS:
        return Items((UNKNOWN,) * bounds.UNKNOWN_TURNS, open=True)
    rows = itertools.product(*(turn.values for turn in turns))
    whole = all(turn.whole for turn in turns)
    return Items(tuple(Items(tuple(row), "tuple") for row in rows), open=not whole)


def _mapped(request: Request) -> Value:
    if len(request.args) < 2:
        return UNKNOWN
    columns = [elements(request.interpreter, each) for each in request.args[1:]]
    rows = zip(*(column.values for column in columns), strict=False)
    values = [request.interpreter.call(request.args[0], tuple(row), {}, request.node) for row in rows]
    return Items(tuple(values), open=not all(column.whole for column in columns))


def _partial(request: Request) -> Value:
    if not request.args:
        return UNKNOWN
    (function, *given), settings, node = request.args, request.kwargs, request.node
    call = request.interpreter.call
    return Native(lambda args, kwargs: call(function, (*given, *args), {**settings, **kwargs}, node))


def _getter(request: Request) -> Value:
    """`operator.itemgetter(1)` and `attrgetter("accuracy")`."""
    interpreter, node, keys = request.interpreter, request.node, request.args
    name = text_of(keys[0]) if len(keys) == 1 else None
    if len(keys) != 1 or (request.kind == "attrgetter" and name is None):
        return UNKNOWN
    if request.kind == "attrgetter":
        return Native(lambda args, _kwargs: attribute(interpreter, args[0], name or "", node) if args else UNKNOWN)
    return Native(lambda args, _kwargs: by_key(interpreter, args[0], keys[0]) if args else UNKNOWN)


def _getattr(request: Request) -> Value:
    name = text_of(request.args[1]) if len(request.args) > 1 else None
    return attribute(request.interpreter, request.args[0], name, request.node) if name is not None else UNKNOWN


def _setattr(request: Request) -> Value:
    name = text_of(request.args[1]) if len(request.args) > 2 else None
    if name is not None and isinstance(request.args[0], Named):
        request.interpreter.put(request.args[0], name, request.args[2])
    return NONE


def _print(request: Request) -> Value:
    """What is printed beside a score names it; the best over the epochs is reported by that."""
    parts: list[Value] = []
    for value in request.args:
        parts += value.parts if isinstance(value, Text) else (value,)
    note_spoken(request, parts, "the printed text")
    return NONE


def note_spoken(request: Request, parts: list[Value], how: str) -> None:
    """Notes the scores in a text, and the name that the text gives them where it speaks of one training only."""
    scores = [part for part in parts if isinstance(part, Score | Scores | Curve)]
    for part in scores:
        if isinstance(part, Score) and part.best is not None:
            request.interpreter.trace.reported.append(Reported(part, request.location))
    fits = {id(fit) for part in scores for fit in ((part.fit,) if isinstance(part, Curve) else part.fits)}
    text = " ".join(word for part in parts if (word := said(part)) is not None)
    if len(fits) == 1 and text and (len(scores) == 1 or optimizers_in(text)):
        named(request.interpreter, text, how, scores[0], request.location)


def _number(request: Request) -> Value:
    value = request.first()
    if isinstance(value, Score | Number):
        return value
    number = number_of(value)
    text = text_of(value)
    try:
        if number is not None:
            return Const(int(number) if request.name == "int" else float(number))
        if text is not None and len(text) < 40:
            return Const(int(text) if request.name == "int" else float(text))
    except (ValueError, OverflowError):
        return UNKNOWN
    return UNKNOWN


def rounded(request: Request) -> Value:
    """`round(x)`: of predictions answers of 0 and 1, of a number that number."""
    value = request.first()
    if isinstance(value, Predicted):
        whole = whole_of(request.get(1, "decimals", "ndigits") or Const(0)) == 0 and request.kind != "abs"
        return value.rounding(request.location) if whole else value
    number = number_of(value)
    if isinstance(value, Const) and number is not None:
        digits = whole_of(request.get(1, "ndigits"))
        small = abs(number) < bounds.NUMBER and (digits is None or abs(digits) < 30)
        return Const(round(number, digits)) if small else UNKNOWN
    return value if isinstance(value, Score) else UNKNOWN


def _text(request: Request) -> Value:
    value = request.first()
    if isinstance(value, Const):
        return Const(str(value.value)) if not isinstance(value.value, int) or abs(value.value) < 2**63 else UNKNOWN
    return value if isinstance(value, Text | Score) else Text((value,))


def _sorted(request: Request) -> Value:
    turns = elements(request.interpreter, request.first())
    note_order(request, tuple(turns.values), request.kwargs.get("key"))
    values = list(turns.values)
    constants = [value.value for value in values if isinstance(value, Const)]
    if turns.whole and not request.kwargs and len(constants) == len(values):
        try:
            return Items(tuple(Const(value) for value in sorted(constants)))
        except TypeError:
            return UNKNOWN
    # Which comes where is not known: every place can hold any of them.
    return Items((any_of(values) if len(values) <= 8 else UNKNOWN,) * len(values), open=not turns.whole)


def _reversed(request: Request) -> Value:
    value = request.first()
    return Items(value.items[::-1], open=value.open) if isinstance(value, Items) else UNKNOWN


def _sum(request: Request) -> Value:
    value = request.first()
    if isinstance(value, Items):
        numbers = [number_of(each) for each in value.items]
        if numbers and None not in numbers and not value.open:
            return Const(sum(each for each in numbers if each is not None))
    return averaged(value)


def _deep_copy(request: Request) -> Value:
    value = request.first()
    if isinstance(value, Items):
        return Items(value.items, value.kind, open=value.open)
    if isinstance(value, Mapping):
        return Mapping(value.pairs, open=value.open)
    return (
        value.but() if isinstance(value, Array) else value if isinstance(value, Const | Function | ClassOf) else UNKNOWN
    )


def _record_class(request: Request) -> Value:
    """`namedtuple`: a call of it keeps its arguments under the names of the fields."""
    names = request.get(1, "field_names")
    text = text_of(names)
    words = text.replace(",", " ").split() if text is not None else []
    if isinstance(names, Items):
        words = [word for each in names.items if (word := text_of(each)) is not None]
    location, interpreter = request.location, request.interpreter

    def make(args: tuple[Value, ...], kwargs: dict[str, Value]) -> Value:
        fields = {**dict(zip(words, args, strict=False)), **kwargs}
        made = Record(fields, tuple(fields.get(word, UNKNOWN) for word in words))
        paired(interpreter, made.items, location)
        return made

    return Native(make)


def _is_instance(request: Request) -> Value:
    value, of = request.get(0), request.get(1)
    kinds = {"str": str, "int": int, "float": float, "bool": bool}
    kind = kinds.get(of.name) if isinstance(of, Symbol) else None
    return Const(isinstance(value.value, kind)) if kind is not None and isinstance(value, Const) else UNKNOWN


def _iterated(request: Request) -> Value:
    """A loop over a list or a stream, or the next of a stream."""
    value = request.first()
    if request.kind == "next":
        return value.element if isinstance(value, Stream) else UNKNOWN
    return value if isinstance(value, Stream | Items) else UNKNOWN


NAMES: Table = table(
    (_length, "len"),
    (_range, "range"),
    (_enumerate, "enumerate"),
    (_zip, "zip"),
    (_product, "itertools.product"),
    (_mapped, "map"),
    (_iterated, "tqdm.tqdm tqdm.auto.tqdm tqdm.notebook.tqdm iter"),
    (_partial, "functools.partial"),
    (_getter, "operator.itemgetter operator.attrgetter"),
    (_getattr, "getattr"),
    (_setattr, "setattr"),
    (_print, "print"),
    (_number, "int float"),
    (rounded, "abs round"),
    (_text, "str"),
    (_sorted, "sorted numpy.sort"),
    (_reversed, "reversed"),
    (_sum, "sum"),
    (_deep_copy, "copy.deepcopy copy.copy"),
    (_record_class, "collections.namedtuple"),
    (_is_instance, "isinstance"),
    (lambda _request: Symbol("super()"), "super"),
    (_iterated, "next"),
    (lambda _request: Symbol("exit"), "exit quit sys.exit"),
    (lambda request: unordered(Items((), open=True), request.name, request.location), "os.listdir glob.glob"),
)

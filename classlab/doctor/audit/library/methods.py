"""Methods: `a.b(...)`, by what `a` is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from classlab.doctor.audit import bounds
from classlab.doctor.audit.array_arithmetic import pictured
from classlab.doctor.audit.facts import Fitted
from classlab.doctor.audit.foreign import as_array, foreign_of
from classlab.doctor.audit.library.containers import list_method, mapping_method
from classlab.doctor.audit.library.keras_training import model_method, model_of, searched, unseen_model
from classlab.doctor.audit.library.orders import SCALERS, choice, fold_rows, permutation, scaler_method, shuffle
from classlab.doctor.audit.library.registry import METHODS
from classlab.doctor.audit.library.request import Request
from classlab.doctor.audit.library.shown import AXES, DRAWN, legend, plot, table_method, title
from classlab.doctor.audit.library.sources import KEPT_BY, PICTURE
from classlab.doctor.audit.library.streams import generator_method, stream_method
from classlab.doctor.audit.naming import Text, said, unknown_use
from classlab.doctor.audit.scopes import Instance, Method
from classlab.doctor.audit.trace import Reported
from classlab.doctor.audit.trainings import Curve, Frame2D, Logs, Predicted, Score
from classlab.doctor.audit.values import (
    NONE,
    UNKNOWN,
    Array,
    CallResult,
    Const,
    Foreign,
    Items,
    Mapping,
    Stream,
    SymbolicTensor,
    Value,
    text_of,
)

if TYPE_CHECKING:
    import ast

    from classlab.doctor.audit.interpreter import Interpreter


_OF_RANDOM = {
    "shuffle": shuffle, "permutation": permutation, "permuted": permutation, "choice": choice, "integers": choice,
    "randint": choice,
}  # fmt: skip
# Methods that tables, files and objects out of sight have too, where they do something else.
_OF_OTHERS = ("take", "drop", "choose", "view", "sort", "fill", "put", "append", "add", "pad", "sample")


def method_call(
    interpreter: Interpreter, owner: Value, name: str, args: tuple[Value, ...], kwargs: dict[str, Value], node: ast.AST
) -> Value:
    """What a method gives, and what it changes."""
    request = Request(interpreter, name, args, kwargs, node)
    owner = pictured(owner)
    if isinstance(owner, Array):
        return _array_method(request, owner)
    foreign = foreign_of(owner)
    if foreign is not None:
        unseen = unseen_model(request, foreign)
        return _foreign_method(request, foreign) if unseen is None else model_method(request, unseen, name)
    model = model_of(interpreter, owner)
    if model is not None:
        result = model_method(request, model, name)
        return owner if result is model else result
    if isinstance(owner, Items):
        own = list_method(request, owner, name)
        return own if own is not None else _as_function(request, owner) or UNKNOWN
    if isinstance(owner, Mapping):
        return mapping_method(request, owner, name)
    if isinstance(owner, Stream):
        return stream_method(request, owner, name)
    if isinstance(owner, Const | Text):
        return _text_method(request, owner)
    if isinstance(owner, Predicted | Score | Curve | Logs):
        return _result_method(request, owner)
    if isinstance(owner, Frame2D):
        return table_method(request, owner)
    if isinstance(owner, CallResult) and not isinstance(owner, Instance):
        return _made_method(request, owner)
    return _other(request, owner)


def _as_function(request: Request, owner: Value) -> Value | None:
    """A method of an array, or of what counts as one, as the function of the same name."""
    handler = METHODS.get(request.name)
    return handler(replace(request, args=(owner, *request.args), method=True)) if handler is not None else None


def _foreign_method(request: Request, owner: Foreign) -> Value:
    """A method that arrays have is one of an array; what any other gives is out of sight too."""
    array = as_array(owner) if request.name not in _OF_OTHERS else None
    result = _as_function(request, array) if array is not None else None
    result = _other(request, owner) if result is None else result
    given = (*request.args, *request.kwargs.values())
    seeded = not request.kwargs or "random_state" in request.kwargs
    known = seeded and all(isinstance(each, Const) for each in given)
    step = (request.name, given if known else request.interpreter.mark())
    return owner.part(step) if result is UNKNOWN else result


def _array_method(request: Request, owner: Array) -> Value:
    if owner.facts.name == PICTURE and request.name in KEPT_BY:
        return owner.but(shape=None) if request.first() != Const("1") else UNKNOWN
    return _as_function(request, owner) or UNKNOWN


def _text_method(request: Request, owner: Const | Text) -> Value:
    text, name = said(owner), request.name
    if text is None:
        return UNKNOWN
    if name == "format":
        for value in (*request.args, *request.kwargs.values()):
            if isinstance(value, Score) and value.best is not None:
                request.interpreter.trace.reported.append(Reported(value, request.location))
        return Text((Const(text), *request.args, *request.kwargs.values()))
    if isinstance(owner, Const) and name in ("lower", "upper", "title", "capitalize", "strip", "swapcase"):
        return Const(getattr(text, name)()) if not request.args else UNKNOWN
    if isinstance(owner, Const) and name in ("startswith", "endswith"):
        other = text_of(request.first())
        return Const(getattr(text, name)(other)) if other is not None and len(request.args) == 1 else UNKNOWN
    if isinstance(owner, Const) and name == "split":
        by = text_of(request.args[0]) if request.args else None
        parts = text.split(by or None)[: bounds.ITEMS] if not request.args or by else []
        return Items(tuple(Const(part) for part in parts), open=bool(request.args) and not by)
    if name == "replace" and isinstance(owner, Const) and len(request.args) == 2:
        old, new = text_of(request.args[0]), text_of(request.args[1])
        fits = old and new is not None and len(text) * max(1, len(new)) < bounds.TEXT
        return Const(text.replace(old, new)) if fits and old and new is not None else UNKNOWN
    if name == "join":
        given = request.first()
        return Text(given.items[:100]) if isinstance(given, Items) else UNKNOWN
    return UNKNOWN


def _result_method(request: Request, owner: Predicted | Score | Curve | Logs) -> Value:
    if isinstance(owner, Score):
        return owner
    if isinstance(owner, Logs):
        text = text_of(request.first()) if request.name == "get" else None
        return Curve(owner.fit, text) if text is not None else UNKNOWN
    result = _as_function(request, owner)
    return owner if result is None and isinstance(owner, Predicted) else result or UNKNOWN


def _made_method(request: Request, owner: CallResult) -> Value:
    name, kind = request.name, owner.kind
    if owner.name.startswith("sklearn.") and kind in SCALERS:
        return scaler_method(request, owner, name)
    if kind.endswith(("Fold", "ShuffleSplit", "FoldCV")) and name == "split":
        return fold_rows(owner)
    if kind == "ImageDataGenerator":
        return generator_method(request, owner, name)
    if owner.name == "numpy.random.Generator" and name in _OF_RANDOM:
        return _OF_RANDOM[name](request, owner.fields.get("source"))
    if kind == "Normalization" and name == "adapt":
        return _adapted(request, owner)
    if owner.name.startswith(("keras_tuner.", "kerastuner.")) and name == "search":
        return searched(request)
    return _drawing(request, owner if owner.name == AXES else None) or UNKNOWN


def _adapted(request: Request, owner: CallResult) -> Value:
    """`normalization.adapt(x)`: from an array, or from a pipeline's images."""
    value = request.first()
    if isinstance(value, Stream):
        element = value.element
        value = element.items[0] if isinstance(element, Items) and element.items else element
    if isinstance(value, Array):
        fitted = Fitted(value.facts.rows, request.location, request.words(), value.facts.declared)
        request.interpreter.put(owner, "fitted", fitted)
    return NONE


def _other(request: Request, owner: Value) -> Value:
    """Methods of values that are not known: axes of a figure are drawn on all the same."""
    if isinstance(owner, SymbolicTensor):
        return owner
    drawn = _drawing(request)
    if drawn is not None:
        return drawn
    if isinstance(owner, Method):
        return UNKNOWN
    unknown_use(request.interpreter, request.args, request.kwargs)
    return UNKNOWN


def _drawing(request: Request, axes: CallResult | None = None) -> Value | None:
    handler = {**dict.fromkeys(DRAWN, plot), "legend": legend, "set_title": title, "suptitle": title}.get(request.name)
    return handler(request, axes) if handler is not None else None

"""Methods: `a.b(...)`, by what `a` is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from classlab.doctor.audit import bounds
from classlab.doctor.audit.arguments import unknown_use
from classlab.doctor.audit.array_arithmetic import pictured
from classlab.doctor.audit.facts import Fitted
from classlab.doctor.audit.foreign import as_array, foreign_of
from classlab.doctor.audit.layout import reshaped
from classlab.doctor.audit.library import scikit
from classlab.doctor.audit.library.arrays import cut_off
from classlab.doctor.audit.library.containers import list_method, mapping_method
from classlab.doctor.audit.library.drawing import AXES, legend, plot, title
from classlab.doctor.audit.library.generators import generator_method
from classlab.doctor.audit.library.keras_training import model_method, model_of, searched
from classlab.doctor.audit.library.pictures import KEPT_BY, PICTURE
from classlab.doctor.audit.library.random_order import permutation, shuffle
from classlab.doctor.audit.library.request import Request
from classlab.doctor.audit.library.scores import best_of, predicted_score
from classlab.doctor.audit.library.statistic import statistic_of
from classlab.doctor.audit.library.streams import stream_method
from classlab.doctor.audit.library.tables import table_method
from classlab.doctor.audit.naming import said
from classlab.doctor.audit.rows import Somehow, narrow
from classlab.doctor.audit.scopes import Instance, Method
from classlab.doctor.audit.trainings import Curve, Frame2D, Logs, Predicted, Reported, Score
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
    Symbol,
    SymbolicTensor,
    Text,
    Value,
    text_of,
)

if TYPE_CHECKING:
    import ast

    from classlab.doctor.audit.interpreter import Interpreter


_OF_ARRAYS = (
    "mean", "std", "max", "min", "reshape", "astype", "copy", "numpy", "to_numpy", "flatten", "ravel", "squeeze",
    "transpose", "swapaxes", "repeat", "sample", "head", "tail",
)  # fmt: skip


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
        return _foreign_method(request, foreign)
    model = model_of(interpreter, owner)
    if model is not None:
        result = model_method(request, model, name)
        return owner if result is model else result
    if isinstance(owner, Items):
        return list_method(request, owner, name)
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


def _foreign_method(request: Request, owner: Foreign) -> Value:
    """A method that arrays have is one of an array; what any other gives is out of sight too."""
    array = as_array(owner)
    if request.name in _OF_ARRAYS and array is not None:
        return _array_method(request, array)
    result = _other(request, owner)
    known = not request.kwargs and all(isinstance(each, Const) for each in request.args)
    step = (request.name, request.args if known else request.interpreter.mark())
    return owner.part(step) if result is UNKNOWN else result


def _array_method(request: Request, owner: Array) -> Value:
    name, facts = request.name, owner.facts
    if name in ("mean", "std", "max", "min"):
        kind: Any = name
        return statistic_of(owner, kind, request.location, request.words())
    if name == "reshape":
        return reshaped(request.interpreter, owner, request.args, request.node)
    if name == "astype":
        wanted = request.first()
        text = wanted.name if isinstance(wanted, Symbol) else text_of(wanted) or ""
        return Array(replace(facts, whole_numbers=False if "float" in text else facts.whole_numbers))
    if facts.name == PICTURE and name in KEPT_BY:
        return Array(replace(facts, shape=None)) if request.first() != Const("1") else UNKNOWN
    if name in ("copy", "numpy", "to_numpy", "view", "tolist", "float", "to"):
        return Array(facts)
    if name in ("clip", "clamp"):
        return cut_off(request, facts, request.args)
    if name in ("flatten", "ravel", "squeeze", "transpose", "swapaxes", "repeat"):
        column = name in ("flatten", "ravel", "squeeze") and facts.kind == "labels"
        return Array(replace(facts, shape=facts.shape[:1] if column and facts.shape else None))
    if name == "argmax" and facts.kind == "labels":
        return Array(replace(facts, one_hot=False, shape=None))
    if name in ("sample", "head", "tail", "take", "drop", "choose"):
        return Array(replace(facts, rows=narrow(facts.rows, Somehow()), shape=None))
    if name in ("sort", "fill", "resize", "put", "itemset"):
        request.interpreter.put(owner, "facts", replace(facts, opaque=True, low=None, high=None))
        return NONE
    return UNKNOWN


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
        return Items(tuple(Const(part) for part in parts), "list", open=bool(request.args) and not by)
    if name == "replace" and isinstance(owner, Const) and len(request.args) == 2:
        old, new = text_of(request.args[0]), text_of(request.args[1])
        fits = old and new is not None and len(text) * max(1, len(new)) < bounds.TEXT
        return Const(text.replace(old, new)) if fits and old and new is not None else UNKNOWN
    if name == "join":
        given = request.first()
        return Text(given.items[:100]) if isinstance(given, Items) else UNKNOWN
    return UNKNOWN


def _result_method(request: Request, owner: Predicted | Score | Curve | Logs) -> Value:
    name = request.name
    if isinstance(owner, Predicted):
        if name in ("mean", "sum"):
            return predicted_score(owner)
        if name == "round" and not request.args:
            return owner.rounding(request.location)
        if name in ("argmax", "max", "min"):
            return request.interpreter.trace.read_off(owner, request.location, picked=name == "argmax")
        return owner
    if isinstance(owner, Score):
        return owner
    if isinstance(owner, Curve):
        way = {"max": "largest", "min": "smallest"}.get(name)
        return best_of(owner, way, request.location) if way else UNKNOWN
    if name == "get":
        text = text_of(request.first())
        return Curve(owner.fit, text) if text is not None else UNKNOWN
    return UNKNOWN


def _made_method(request: Request, owner: CallResult) -> Value:
    name, kind = request.name, owner.kind
    if owner.name.startswith("sklearn.") and kind in scikit.SCALERS:
        return scikit.scaler_method(request, owner, name)
    if kind.endswith(("Fold", "ShuffleSplit", "FoldCV")) and name == "split":
        return scikit.fold_rows(owner)
    if kind == "ImageDataGenerator":
        return generator_method(request, owner, name)
    if owner.name in ("numpy.random.Generator",):
        return _random_method(request, owner)
    if kind == "Normalization" and name == "adapt":
        return _adapted(request, owner)
    if owner.name.startswith(("keras_tuner.", "kerastuner.")) and name == "search":
        return searched(request)
    if owner.name.startswith("keras.losses.") and name in ("call", "__call__"):
        return UNKNOWN
    if kind in ("load_digits", "fetch_openml") and name in ("items", "keys"):
        return UNKNOWN
    return _drawing(request, owner if owner.name == AXES else None) or UNKNOWN


def _random_method(request: Request, owner: CallResult) -> Value:
    source = owner.fields.get("source")
    if request.name == "shuffle":
        return shuffle(request, source)
    if request.name in ("permutation", "permuted"):
        return permutation(request, source)
    return UNKNOWN


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
    if request.name in ("plot", "bar", "barh", "scatter", "errorbar", "semilogy", "semilogx"):
        return plot(request, axes)
    if request.name == "legend":
        return legend(request, axes)
    if request.name in ("set_title", "suptitle"):
        return title(request, axes)
    return None

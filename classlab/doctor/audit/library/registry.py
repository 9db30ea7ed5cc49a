"""Finds what the audit knows of a library function."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from classlab.doctor.audit.foreign import given_by
from classlab.doctor.audit.library import (
    array_table,
    containers,
    drawing,
    keras_models,
    keras_training,
    python_names,
    random_order,
    scikit,
    scores,
    sources,
    streams,
    tables,
)
from classlab.doctor.audit.library.array_table import ARRAYS, bare
from classlab.doctor.audit.library.keras_models import on_tensors, tensors_in
from classlab.doctor.audit.library.request import Request
from classlab.doctor.audit.naming import note_arguments, unknown_use
from classlab.doctor.audit.values import NONE, Items, Value

if TYPE_CHECKING:
    import ast

    from classlab.doctor.audit.interpreter import Interpreter
    from classlab.doctor.audit.library.request import Handler

# Libraries whose objects are kept as "made by calling this name"; anything else that they give is unknown.
_KEPT = ("keras.", "keras_tuner.", "kerastuner.", "sklearn.", "tensorflow.", "tensorflow_addons.", "numpy.", "torch.")

# Objects that do nothing until they are handed on.
_EFFECTS = ("keras.layers.", "keras.callbacks.", "keras.optimizers.schedules.", "keras.preprocessing.image.ImageData")
_WRITERS = ("dump", "dumps", "save", "savez", "savetxt")  # what they get is kept beside the model


def library_call(
    interpreter: Interpreter, name: str, args: tuple[Value, ...], kwargs: dict[str, Value], node: ast.AST
) -> Value:
    """What a library function gives.

    Args:
        interpreter: the state.
        name: its full name.
        args: positional arguments.
        kwargs: named arguments.
        node: the call in the code.
    """
    request = Request(interpreter, name, args, kwargs, node)
    if request.kind in _WRITERS:
        for value in args:
            if isinstance(value, Items):
                interpreter.put(value, "written", True)
    symbolic = [each for value in (*args, *kwargs.values()) for each in tensors_in(value)]
    handler = _table().get(name) or _by_prefix(name) or (None if symbolic else ARRAYS.get(bare(name)))
    if handler is not None:
        return handler(request)
    if symbolic:
        return on_tensors(request, symbolic)
    if not name.startswith("keras."):
        note_arguments(interpreter, args, kwargs, node)
    if name.startswith(_EFFECTS) and request.kind[:1].isupper():
        interpreter.trace.made[id(node)] = (name, request.location)
    if name.startswith(_KEPT):
        return request.made()
    unknown_use(interpreter, args, kwargs)
    return given_by(interpreter, name, request.location)


def _by_prefix(name: str) -> Handler | None:
    if name.startswith("keras.applications."):
        return keras_models.application
    return scores.measured if name.startswith("sklearn.metrics.") else None


@lru_cache(maxsize=1)
def _table() -> dict[str, Handler]:
    modules = (
        array_table, containers, drawing, keras_models, keras_training, python_names, sources,
        random_order, scikit, scores, streams, tables,
    )  # fmt: skip
    table: dict[str, Handler] = {"tensorflow.print": lambda _request: NONE}
    for module in modules:
        table |= module.NAMES
    return table

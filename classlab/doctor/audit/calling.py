"""Calls: functions of the file are followed with their arguments, those of libraries are looked up."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from classlab.doctor.audit import bounds
from classlab.doctor.audit.foreign import given_by
from classlab.doctor.audit.interpreter import Flow
from classlab.doctor.audit.join import any_of
from classlab.doctor.audit.library.keras_models import through_lambda
from classlab.doctor.audit.library.methods import method_call
from classlab.doctor.audit.library.registry import library_call
from classlab.doctor.audit.naming import Args, Kwargs, is_optimizer, named, note_arguments, paired, unknown_use
from classlab.doctor.audit.network import extend, merged, obscured, on_array
from classlab.doctor.audit.scopes import ClassOf, Frame, Function, Instance, Method, Native, Scope
from classlab.doctor.audit.trace import LossCall
from classlab.doctor.audit.trainings import Model
from classlab.doctor.audit.values import (
    NONE,
    UNKNOWN,
    Array,
    CallResult,
    Const,
    Items,
    Mapping,
    Stream,
    Symbol,
    SymbolicTensor,
    Union,
    Value,
    text_of,
)

if TYPE_CHECKING:
    from classlab.doctor.audit.interpreter import Interpreter


def evaluate_call(interpreter: Interpreter, node: ast.Call) -> Value:
    """Follows a call as it stands in the code."""
    callee = interpreter.evaluate(node.func)
    args: list[Value] = []
    complete = True
    for part in node.args:
        value = interpreter.evaluate(part)
        if not isinstance(part, ast.Starred):
            args.append(value)
        elif isinstance(value, Items) and not value.open:
            args += value.items
        else:
            complete = False
    kwargs: Kwargs = {}
    for keyword in node.keywords:
        value = interpreter.evaluate(keyword.value)
        if keyword.arg is not None:
            kwargs[keyword.arg] = value
        elif isinstance(value, Mapping):
            for key, each in value.pairs:
                kwargs[text_of(key) or "?"] = each
            complete = complete and not value.open
        else:
            complete = False
    if not complete:
        kwargs["?"] = UNKNOWN  # there are arguments that are not known
    return call(interpreter, callee, tuple(args), kwargs, node)


def call(interpreter: Interpreter, callee: Value, args: Args, kwargs: Kwargs, node: ast.AST) -> Value:
    """What calling a value gives; as `Interpreter.call`."""
    interpreter.step()
    if isinstance(callee, Function):
        return call_function(interpreter, callee, args, kwargs, node)
    if isinstance(callee, Method):
        return _call_method(interpreter, callee, args, kwargs, node)
    if isinstance(callee, ClassOf):
        return construct(interpreter, callee, args, kwargs, node)
    if isinstance(callee, Native):
        return callee.call(args, kwargs)
    if isinstance(callee, Symbol):
        return library_call(interpreter, callee.name, args, kwargs, node)
    if isinstance(callee, Model | CallResult):
        return apply(interpreter, callee, args, node)
    if isinstance(callee, Union):
        return any_of([call(interpreter, option, args, kwargs, node) for option in callee.options[:3]])
    note_arguments(interpreter, args, kwargs, node)
    unknown_use(interpreter, args, kwargs)
    return given_by(interpreter, "", interpreter.at(node))


def call_function(interpreter: Interpreter, function: Function, args: Args, kwargs: Kwargs, node: ast.AST) -> Value:
    """Follows a function's body with its arguments in place of its parameters."""
    inside = sum(1 for name in interpreter.functions if name == _identity(function))
    if inside >= bounds.SAME_FUNCTION or len(interpreter.functions) >= bounds.CALL_DEPTH or function.decorated:
        return UNKNOWN
    function.called = True
    frame = Frame(names=Scope(), parent=function.frame, function=function)
    outer, location, names = interpreter.frame, interpreter.location, interpreter.functions
    cell, file, caller = interpreter.cell, interpreter.file, interpreter.caller
    note_arguments(interpreter, args, kwargs, node)
    if node is not function.node:  # else nobody in sight calls it
        interpreter.caller = caller or interpreter.at(node)
    interpreter.frame, interpreter.functions = frame, (*names, _identity(function))
    interpreter.cell, interpreter.file = getattr(function.node, "place", (cell, file))
    interpreter.enter()
    try:
        _bind_arguments(interpreter, function, args, kwargs)
        _follow_body(interpreter, function)
    finally:
        interpreter.leave(Flow.RETURN)
        interpreter.frame, interpreter.location, interpreter.functions = outer, location, names
        interpreter.cell, interpreter.file, interpreter.caller = cell, file, caller
    result = _result(frame)
    if is_optimizer(result) and len(function.gave) < bounds.UNROLLED:
        function.gave.append(result)
        named(interpreter, function.name, "the function", result, interpreter.at(node))
    return result


def _follow_body(interpreter: Interpreter, function: Function) -> None:

    if isinstance(function.node, ast.Lambda):
        interpreter.frame.returned.append(interpreter.evaluate(function.node.body))
        return
    if interpreter.follow(function.node.body) is Flow.NORMAL:
        interpreter.frame.returned.append(NONE)


def _result(frame: Frame) -> Value:
    if frame.yielded:
        return Stream(frame.yielded[0])
    return any_of(frame.returned)


def _identity(function: Function) -> str:
    return f"{function.name}@{getattr(function.node, 'lineno', 0)}"


def _bind_arguments(interpreter: Interpreter, function: Function, args: Args, kwargs: Kwargs) -> None:
    arguments = function.node.args
    scope = interpreter.frame.names
    positional = [argument.arg for argument in (*arguments.posonlyargs, *arguments.args)]
    every = [*positional, *(argument.arg for argument in arguments.kwonlyargs)]
    more = "?" in kwargs
    for name in every:
        default = UNKNOWN if more else function.defaults.get(name, UNKNOWN)
        interpreter.put(scope, name, default)
    for name, value in zip(positional, args, strict=False):
        interpreter.put(scope, name, value)
    for name, value in kwargs.items():
        if name in every:
            interpreter.put(scope, name, value)
    if arguments.vararg is not None:
        interpreter.put(scope, arguments.vararg.arg, Items(args[len(positional) :], "tuple", open=more))
    if arguments.kwarg is not None:
        rest = tuple((Const(name), value) for name, value in kwargs.items() if name not in every and name != "?")
        interpreter.put(scope, arguments.kwarg.arg, Mapping(rest, open=more))


def _call_method(interpreter: Interpreter, method: Method, args: Args, kwargs: Kwargs, node: ast.AST) -> Value:
    if method.function is not None:
        static = " staticmethod" in method.function.defaults
        given = args if static else (method.owner, *args)
        return call_function(interpreter, method.function, given, kwargs, node)
    return method_call(interpreter, method.owner, method.name, args, kwargs, node)


def construct(interpreter: Interpreter, of: ClassOf, args: Args, kwargs: Kwargs, node: ast.AST) -> Value:
    """Makes an object of a class of the file and follows its `__init__`."""
    of.made = True
    made = Instance(of, args, kwargs, interpreter.at(node))
    if any(base.startswith("keras.callbacks.") for base in of.foreign()):
        interpreter.trace.made[id(node)] = (f"keras.callbacks.{of.name}", made.location)
    start = of.find("__init__")
    if isinstance(start, Function):
        call_function(interpreter, start, (made, *args), kwargs, node)
    elif any(base.startswith("keras.Sequential") for base in of.foreign()):
        return UNKNOWN
    else:
        fields = {**dict(zip(of.annotated, args, strict=False)), **kwargs}  # a dataclass keeps its arguments
        for name, value in fields.items():
            interpreter.put(made, name, value)
        paired(interpreter, tuple(fields.values()), made.location)
    return made


def apply(interpreter: Interpreter, layer: CallResult | Model, args: Args, node: ast.AST) -> Value:
    """Applies a layer or a model to a tensor or an array."""
    given = args[0] if args else UNKNOWN
    if isinstance(layer, Instance):
        for name in ("call", "__call__", "forward"):
            method = layer.of.find(name)
            if isinstance(method, Function):
                result = call_function(interpreter, method, (layer, *args), {}, node)
                return result if not isinstance(given, Array) or isinstance(result, Array | SymbolicTensor) else UNKNOWN
        return UNKNOWN
    if layer.__class__ is CallResult and isinstance(layer, CallResult) and layer.name.startswith("keras.losses."):
        return _lost(interpreter, layer, args, node)
    tensors = _tensors(given)
    if tensors:
        tensor = tensors[0] if len(tensors) == 1 else merged(tensors, interpreter.at(node))
        if isinstance(layer, Model):
            return _through(tensor, layer, interpreter, node)
        if layer.name.startswith("keras.layers."):
            interpreter.trace.applied.append((layer, tensor.start))
        return through_lambda(interpreter, layer, tensor) or extend(tensor, layer)
    if isinstance(given, Array):
        return on_array(layer, given)
    if isinstance(layer, Model):
        return SymbolicTensor(layer.network.layers, layer.network.certain, None, layer)
    return UNKNOWN


def _lost(interpreter: Interpreter, loss: CallResult, args: Args, node: ast.AST) -> Value:
    """A loss that is applied in a loop of the author's own."""
    predicted = args[1] if len(args) > 1 else UNKNOWN
    if isinstance(predicted, SymbolicTensor):
        labels = args[0].facts if isinstance(args[0], Array) else None
        interpreter.trace.losses.append(
            LossCall(loss, predicted.layers, predicted.certain, labels, interpreter.at(node))
        )
    return UNKNOWN


def _through(tensor: SymbolicTensor, model: Model, interpreter: Interpreter, node: ast.AST) -> SymbolicTensor:
    whole = extend(tensor, *model.network.layers) if model.network.layers else tensor
    return whole if model.network.certain else obscured(whole, interpreter.at(node))


def _tensors(value: Value) -> list[SymbolicTensor]:
    if isinstance(value, SymbolicTensor):
        return [value]
    if isinstance(value, Items):
        return [item for item in value.items if isinstance(item, SymbolicTensor)]
    if isinstance(value, Mapping):
        return [item for _, item in value.pairs if isinstance(item, SymbolicTensor)]
    return []

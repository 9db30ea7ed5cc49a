"""Calls: functions of the file are followed with their arguments, those of libraries are looked up."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from classlab.doctor.audit import bounds
from classlab.doctor.audit.arguments import Args, Kwargs, note_arguments, unknown_use
from classlab.doctor.audit.join import join
from classlab.doctor.audit.layers import extend, merged, obscured
from classlab.doctor.audit.library.application import on_array
from classlab.doctor.audit.library.keras_models import through_lambda
from classlab.doctor.audit.library.methods import method_call
from classlab.doctor.audit.library.registry import library_call
from classlab.doctor.audit.machine import Flow
from classlab.doctor.audit.naming import is_optimizer, named, paired
from classlab.doctor.audit.trainings import LossCall, Model
from classlab.doctor.audit.values import (
    NONE,
    UNKNOWN,
    Array,
    ClassOf,
    Const,
    Either,
    Frame,
    Function,
    Instance,
    Items,
    Made,
    Mapping,
    Method,
    Native,
    Scope,
    Stream,
    Symbol,
    Trail,
    Value,
    text_of,
)

if TYPE_CHECKING:
    from classlab.doctor.audit.machine import Machine


def evaluate_call(machine: Machine, node: ast.Call) -> Value:
    """Follows a call as it stands in the code."""
    callee = machine.evaluate(node.func)
    args: list[Value] = []
    complete = True
    for part in node.args:
        value = machine.evaluate(part)
        if not isinstance(part, ast.Starred):
            args.append(value)
        elif isinstance(value, Items) and not value.contents.open:
            args += value.contents.items
        else:
            complete = False
    kwargs: Kwargs = {}
    for keyword in node.keywords:
        value = machine.evaluate(keyword.value)
        if keyword.arg is not None:
            kwargs[keyword.arg] = value
        elif isinstance(value, Mapping):
            for key, each in value.entries.pairs:
                kwargs[text_of(key) or "?"] = each
            complete = complete and not value.entries.open
        else:
            complete = False
    if not complete:
        kwargs["?"] = UNKNOWN  # there are arguments that are not known
    return call(machine, callee, tuple(args), kwargs, node)


def call(machine: Machine, callee: Value, args: Args, kwargs: Kwargs, node: ast.AST) -> Value:
    """What calling a value gives.

    Args:
        machine: the state.
        callee: what is called.
        args: positional arguments.
        kwargs: named arguments; "?" where there are some that are not known.
        node: where.
    """
    machine.step()
    if isinstance(callee, Function):
        return call_function(machine, callee, args, kwargs, node)
    if isinstance(callee, Method):
        return _call_method(machine, callee, args, kwargs, node)
    if isinstance(callee, ClassOf):
        return construct(machine, callee, args, kwargs, node)
    if isinstance(callee, Native):
        return callee.call(args, kwargs)
    if isinstance(callee, Symbol):
        return library_call(machine, callee.name, args, kwargs, node)
    if isinstance(callee, Model | Made):
        return apply(machine, callee, args, node)
    if isinstance(callee, Either):
        results = [call(machine, option, args, kwargs, node) for option in callee.options[:3]]
        result: Value = results[0]
        for other in results[1:]:
            result = join(result, other)
        return result
    note_arguments(machine, args, kwargs, node)
    unknown_use(machine, args, kwargs)
    return UNKNOWN


def call_function(machine: Machine, function: Function, args: Args, kwargs: Kwargs, node: ast.AST) -> Value:
    """Follows a function's body with its arguments in place of its parameters."""
    inside = sum(1 for name in machine.functions if name == _identity(function))
    if inside >= bounds.SAME_FUNCTION or len(machine.functions) >= bounds.CALL_DEPTH or function.decorated:
        return UNKNOWN
    function.called = True
    frame = Frame(names=Scope(), parent=function.frame, function=function)
    outer, spot, names, cell = machine.frame, machine.spot, machine.functions, machine.cell
    caller = machine.caller
    note_arguments(machine, args, kwargs, node)
    if node is not function.node:  # else nobody in sight calls it
        machine.caller = caller or machine.at(node)
    machine.frame, machine.functions = frame, (*names, _identity(function))
    machine.cell = getattr(function.node, "cell", cell)
    machine.enter()
    try:
        _bind_arguments(machine, function, args, kwargs)
        _follow_body(machine, function)
    finally:
        machine.leave(Flow.RETURN)
        machine.frame, machine.spot, machine.functions, machine.cell = outer, spot, names, cell
        machine.caller = caller
    result = _result(frame)
    if is_optimizer(result) and len(function.gave) < bounds.UNROLLED:
        function.gave.append(result)
        named(machine, function.name, "the function", result, machine.at(node))
    return result


def _follow_body(machine: Machine, function: Function) -> None:

    if isinstance(function.node, ast.Lambda):
        machine.frame.returned.append(machine.evaluate(function.node.body))
        return
    if machine.follow(function.node.body) is Flow.NORMAL:
        machine.frame.returned.append(NONE)


def _result(frame: Frame) -> Value:
    if frame.yielded:
        return Stream(frame.yielded[0])
    result: Value = frame.returned[0] if frame.returned else UNKNOWN
    for other in frame.returned[1:]:
        result = join(result, other)
    return result


def _identity(function: Function) -> str:
    return f"{function.name}@{getattr(function.node, 'lineno', 0)}"


def _bind_arguments(machine: Machine, function: Function, args: Args, kwargs: Kwargs) -> None:
    arguments = function.node.args
    scope = machine.frame.names
    positional = [argument.arg for argument in (*arguments.posonlyargs, *arguments.args)]
    every = [*positional, *(argument.arg for argument in arguments.kwonlyargs)]
    more = "?" in kwargs
    for name in every:
        default = UNKNOWN if more else function.defaults.get(name, UNKNOWN)
        machine.put(scope, name, default)
    for name, value in zip(positional, args, strict=False):
        machine.put(scope, name, value)
    for name, value in kwargs.items():
        if name in every:
            machine.put(scope, name, value)
    if arguments.vararg is not None:
        machine.put(scope, arguments.vararg.arg, Items(args[len(positional) :], "tuple", open=more))
    if arguments.kwarg is not None:
        rest = tuple((Const(name), value) for name, value in kwargs.items() if name not in every and name != "?")
        machine.put(scope, arguments.kwarg.arg, Mapping(rest, open=more))


def _call_method(machine: Machine, method: Method, args: Args, kwargs: Kwargs, node: ast.AST) -> Value:
    if method.function is not None:
        static = " staticmethod" in method.function.defaults
        given = args if static else (method.owner, *args)
        return call_function(machine, method.function, given, kwargs, node)
    return method_call(machine, method.owner, method.name, args, kwargs, node)


def construct(machine: Machine, of: ClassOf, args: Args, kwargs: Kwargs, node: ast.AST) -> Value:
    """Makes an object of a class of the file and follows its `__init__`."""
    of.made = True
    made = Instance(of, args, kwargs, machine.at(node))
    start = of.find("__init__")
    if isinstance(start, Function):
        call_function(machine, start, (made, *args), kwargs, node)
    elif any(base.startswith("keras.Sequential") for base in of.foreign()):
        return UNKNOWN
    else:
        fields = {**dict(zip(of.annotated, args, strict=False)), **kwargs}  # a dataclass keeps its arguments
        for name, value in fields.items():
            machine.put(made, name, value)
        paired(machine, tuple(fields.values()), made.spot)
    return made


def apply(machine: Machine, layer: Made | Model, args: Args, node: ast.AST) -> Value:
    """Applies a layer or a model to a tensor or an array."""
    given = args[0] if args else UNKNOWN
    if isinstance(layer, Instance):
        for name in ("call", "__call__", "forward"):
            method = layer.of.find(name)
            if isinstance(method, Function):
                result = call_function(machine, method, (layer, *args), {}, node)
                return result if not isinstance(given, Array) or isinstance(result, Array | Trail) else UNKNOWN
        return UNKNOWN
    if layer.__class__ is Made and isinstance(layer, Made) and layer.name.startswith("keras.losses."):
        return _lost(machine, layer, args, node)
    trails = _trails(given)
    if trails:
        trail = trails[0] if len(trails) == 1 else merged(trails, machine.at(node))
        if isinstance(layer, Model):
            return _through(trail, layer, machine, node)
        return through_lambda(machine, layer, trail) or extend(trail, layer)
    if isinstance(given, Array):
        return on_array(layer, given)
    if isinstance(layer, Model):
        return Trail(layer.network.layers, layer.network.certain, None, layer)
    return UNKNOWN


def _lost(machine: Machine, loss: Made, args: Args, node: ast.AST) -> Value:
    """A loss that is applied in a loop of the author's own."""
    predicted = args[1] if len(args) > 1 else UNKNOWN
    if isinstance(predicted, Trail):
        labels = args[0].facts if isinstance(args[0], Array) else None
        machine.trace.losses.append(LossCall(loss, predicted.layers, predicted.certain, labels, machine.at(node)))
    return UNKNOWN


def _through(trail: Trail, model: Model, machine: Machine, node: ast.AST) -> Trail:
    whole = extend(trail, *model.network.layers) if model.network.layers else trail
    return whole if model.network.certain else obscured(whole, machine.at(node))


def _trails(value: Value) -> list[Trail]:
    if isinstance(value, Trail):
        return [value]
    if isinstance(value, Items):
        return [item for item in value.contents.items if isinstance(item, Trail)]
    if isinstance(value, Mapping):
        return [item for _, item in value.entries.pairs if isinstance(item, Trail)]
    return []

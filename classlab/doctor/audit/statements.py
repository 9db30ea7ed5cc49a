"""Following statements: assignments, branches, loops, functions and classes."""

from __future__ import annotations

import ast
from functools import partial
from typing import TYPE_CHECKING, Any

from classlab.doctor.audit import bounds
from classlab.doctor.audit.array_arithmetic import written
from classlab.doctor.audit.assignment import assign, augment, unbind
from classlab.doctor.audit.definitions import define_class, define_function, import_from, import_module
from classlab.doctor.audit.interpreter import Flow
from classlab.doctor.audit.iteration import elements
from classlab.doctor.audit.scopes import Method, truth
from classlab.doctor.audit.values import NONE, UNKNOWN, Array, CallResult, Const, Foreign, Symbol, Value

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from classlab.doctor.audit.interpreter import Interpreter


def _expression(interpreter: Interpreter, node: ast.Expr) -> Flow | None:
    value = interpreter.evaluate(node.value)
    if isinstance(value, Array) and not hasattr(node, "shown") and _only_gives(interpreter, node.value):
        interpreter.trace.unkept.append((written(node.value), interpreter.at(node)))
    return Flow.RAISE if value == Symbol("exit") else None


_SHOWS = (".head", ".tail", ".sample")  # for people to look at, in a script that was a notebook


def _only_gives(interpreter: Interpreter, node: ast.expr) -> bool:
    """Whether an expression changes nothing: arithmetic, or a function of a library that is given no place to write."""
    if not isinstance(node, ast.Call):
        return isinstance(node, ast.BinOp)
    name = ast.unparse(node.func)
    simple = name.replace(".", "").isidentifier() and not name.endswith(_SHOWS)
    written_to = any(keyword.arg in (None, "out", "inplace") for keyword in node.keywords)
    callee = interpreter.evaluate(node.func) if simple and not written_to else None
    return isinstance(callee, Symbol) or (isinstance(callee, Method) and callee.function is None)


def _assign(interpreter: Interpreter, node: ast.Assign) -> None:
    value = interpreter.evaluate(node.value)
    for target in node.targets:
        assign(interpreter, target, value)


def _annotated(interpreter: Interpreter, node: ast.AnnAssign) -> None:
    if node.value is not None:
        assign(interpreter, node.target, interpreter.evaluate(node.value))


def _if(interpreter: Interpreter, node: ast.If) -> Flow:
    holds = truth(interpreter.evaluate(node.test))
    if holds is not None:
        return interpreter.follow(node.body if holds else node.orelse)
    return interpreter.fork(node, [lambda: interpreter.follow(node.body), lambda: interpreter.follow(node.orelse)])


def _match(interpreter: Interpreter, node: ast.Match) -> Flow:
    subject = interpreter.evaluate(node.subject)
    cases: list[Callable[[], Flow]] = []
    for case in node.cases:
        fits = _fits(interpreter, subject, case.pattern) if case.guard is None else None
        if fits is True and not cases:
            return interpreter.follow(case.body)
        if fits is not False:
            cases.append(partial(interpreter.follow, case.body))
        if fits is True:
            return interpreter.fork(node, cases)
    return interpreter.fork(node, [*cases, lambda: Flow.NORMAL])


def _fits(interpreter: Interpreter, subject: Value, pattern: ast.pattern) -> bool | None:
    """Whether a value fits the pattern of a `case`; None where that is not known."""
    if isinstance(pattern, ast.MatchAs) and pattern.pattern is None:
        if pattern.name is not None:
            interpreter.put(interpreter.frame.names, pattern.name, subject)
        return True
    if isinstance(pattern, ast.MatchOr):
        inside = [_fits(interpreter, subject, each) for each in pattern.patterns]
        return True if True in inside else None if None in inside else False
    if isinstance(pattern, ast.MatchValue) and isinstance(subject, Const):
        value = interpreter.evaluate(pattern.value)
        return bool(subject.value == value.value) if isinstance(value, Const) else None
    return None


def _for(interpreter: Interpreter, node: ast.For | ast.AsyncFor) -> Flow:
    turns = elements(interpreter, interpreter.evaluate(node.iter))
    return _loop(interpreter, node, turns.values, turns.whole, lambda value: assign(interpreter, node.target, value))


def _while(interpreter: Interpreter, node: ast.While) -> Flow:
    holds = truth(interpreter.evaluate(node.test))
    if holds is False:
        return interpreter.follow(node.orelse)

    def test(_: Value) -> None:
        interpreter.evaluate(node.test)

    return _loop(interpreter, node, [UNKNOWN] * bounds.UNKNOWN_TURNS, False, test)


def _loop(
    interpreter: Interpreter,
    node: ast.For | ast.AsyncFor | ast.While,
    values: Sequence[Value],
    whole: bool,
    begin: Callable[[Value], None],
) -> Flow:
    """Follows the turns of a loop; where there may be more or fewer, what its last turn changed is uncertain."""
    outer, ended = interpreter.turns, Flow.NORMAL
    interpreter.enter()
    for turn, value in enumerate(values):
        interpreter.turns = (*outer, (id(node), turn))
        last = not whole and turn == len(values) - 1 and turn > 0

        def once(value: Value = value) -> Flow:
            interpreter.enter()
            begin(value)
            flow = interpreter.follow(node.body)
            interpreter.leave(Flow.CONTINUE, outward=True)
            return Flow.NORMAL if flow is Flow.CONTINUE else flow

        if last:
            flow, changes = interpreter.attempt(once)
            interpreter.merge([changes], also_unchanged=True)
        else:
            flow = once()
        if flow is not Flow.NORMAL:
            ended = flow
            break
    interpreter.turns = outer
    interpreter.leave(Flow.BREAK, outward=True)
    if ended is Flow.NORMAL:
        return interpreter.follow(node.orelse)
    if ended is Flow.BREAK or not whole:
        return Flow.NORMAL
    return ended


def _with(interpreter: Interpreter, node: ast.With | ast.AsyncWith) -> Flow:
    for item in node.items:
        value = interpreter.evaluate(item.context_expr)
        if item.optional_vars is not None:
            # An archive of arrays is itself inside; what other contexts give is not known.
            assign(interpreter, item.optional_vars, value if isinstance(value, CallResult | Foreign) else UNKNOWN)
    return interpreter.follow(node.body)


def _try(interpreter: Interpreter, node: ast.Try | ast.TryStar) -> Flow:
    """Follows the body; a handler is an alternative to what comes after it, with the state that the body leaves."""
    went_on = interpreter.follow([*node.body, *node.orelse])
    handlers: list[Callable[[], Flow]] = [partial(_handler, interpreter, each) for each in node.handlers]
    if handlers and went_on is Flow.RAISE:
        went_on = interpreter.fork(node, handlers)
    elif handlers:
        caught = interpreter.fork(node, [lambda: went_on, *handlers])
        went_on = caught if went_on is not Flow.NORMAL else Flow.NORMAL
    last = interpreter.follow(node.finalbody)
    return last if last is not Flow.NORMAL else went_on


def _handler(interpreter: Interpreter, node: ast.ExceptHandler) -> Flow:
    if node.name:
        interpreter.put(interpreter.frame.names, node.name, UNKNOWN)
    return interpreter.follow(node.body)


def _return(interpreter: Interpreter, node: ast.Return) -> Flow:
    interpreter.frame.returned.append(interpreter.evaluate(node.value) if node.value is not None else NONE)
    return Flow.RETURN


def _raise(interpreter: Interpreter, node: ast.Raise) -> Flow:
    if node.exc is not None:
        interpreter.evaluate(node.exc)
    return Flow.RAISE


def _delete(interpreter: Interpreter, node: ast.Delete) -> None:
    for target in node.targets:
        unbind(interpreter, target)


def _global(interpreter: Interpreter, node: ast.Global | ast.Nonlocal) -> None:
    interpreter.frame.outer.update(node.names)


def _assert(interpreter: Interpreter, node: ast.Assert) -> None:
    met = len(interpreter.trace.choices)
    interpreter.evaluate(node.test)
    del interpreter.trace.choices[met:]  # a test of the program chooses nothing


STATEMENTS: dict[type[ast.stmt], Callable[[Interpreter, Any], Flow | None]] = {
    ast.Expr: _expression,
    ast.Assign: _assign,
    ast.AnnAssign: _annotated,
    ast.AugAssign: augment,
    ast.If: _if,
    ast.Match: _match,
    ast.For: _for,
    ast.AsyncFor: _for,
    ast.While: _while,
    ast.With: _with,
    ast.AsyncWith: _with,
    ast.Try: _try,
    ast.TryStar: _try,
    ast.Return: _return,
    ast.Raise: _raise,
    ast.Delete: _delete,
    ast.Global: _global,
    ast.Nonlocal: _global,
    ast.Assert: _assert,
    ast.FunctionDef: define_function,
    ast.AsyncFunctionDef: define_function,
    ast.ClassDef: define_class,
    ast.Import: import_module,
    ast.ImportFrom: import_from,
    ast.Break: lambda _machine, _node: Flow.BREAK,
    ast.Continue: lambda _machine, _node: Flow.CONTINUE,
}

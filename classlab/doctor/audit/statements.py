"""Following statements: assignments, branches, loops, functions and classes."""

from __future__ import annotations

import ast
from functools import partial
from typing import TYPE_CHECKING, Any

from classlab.doctor.audit import bounds
from classlab.doctor.audit.assignment import assign, augment, unbind
from classlab.doctor.audit.definitions import define_class, define_function, import_from, import_module
from classlab.doctor.audit.iteration import elements
from classlab.doctor.audit.machine import Flow
from classlab.doctor.audit.values import NONE, UNKNOWN, Const, Made, Symbol, Value, truth

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from classlab.doctor.audit.machine import Machine


def _expression(machine: Machine, node: ast.Expr) -> Flow:
    value = machine.evaluate(node.value)
    return Flow.RAISE if value == Symbol("exit") else Flow.NORMAL


def _assign(machine: Machine, node: ast.Assign) -> Flow:
    value = machine.evaluate(node.value)
    for target in node.targets:
        assign(machine, target, value)
    return Flow.NORMAL


def _annotated(machine: Machine, node: ast.AnnAssign) -> Flow:
    if node.value is not None:
        assign(machine, node.target, machine.evaluate(node.value))
    return Flow.NORMAL


def _augmented(machine: Machine, node: ast.AugAssign) -> Flow:
    augment(machine, node)
    return Flow.NORMAL


def _if(machine: Machine, node: ast.If) -> Flow:
    holds = truth(machine.evaluate(node.test))
    if holds is not None:
        return machine.follow(node.body if holds else node.orelse)
    return machine.fork(node, [lambda: machine.follow(node.body), lambda: machine.follow(node.orelse)])


def _match(machine: Machine, node: ast.Match) -> Flow:
    subject = machine.evaluate(node.subject)
    cases: list[Callable[[], Flow]] = []
    for case in node.cases:
        fits = _fits(machine, subject, case.pattern) if case.guard is None else None
        if fits is True and not cases:
            return machine.follow(case.body)
        if fits is not False:
            cases.append(partial(machine.follow, case.body))
        if fits is True:
            return machine.fork(node, cases)
    return machine.fork(node, [*cases, lambda: Flow.NORMAL])


def _fits(machine: Machine, subject: Value, pattern: ast.pattern) -> bool | None:
    """Whether a value fits the pattern of a `case`; None where that is not known."""
    if isinstance(pattern, ast.MatchAs) and pattern.pattern is None:
        if pattern.name is not None:
            machine.put(machine.frame.names, pattern.name, subject)
        return True
    if isinstance(pattern, ast.MatchOr):
        inside = [_fits(machine, subject, each) for each in pattern.patterns]
        return True if True in inside else None if None in inside else False
    if isinstance(pattern, ast.MatchValue) and isinstance(subject, Const):
        value = machine.evaluate(pattern.value)
        return bool(subject.value == value.value) if isinstance(value, Const) else None
    return None


def _for(machine: Machine, node: ast.For | ast.AsyncFor) -> Flow:
    turns = elements(machine, machine.evaluate(node.iter))
    return _loop(machine, node, turns.values, turns.whole, lambda value: assign(machine, node.target, value))


def _while(machine: Machine, node: ast.While) -> Flow:
    holds = truth(machine.evaluate(node.test))
    if holds is False:
        return machine.follow(node.orelse)

    def test(_: Value) -> None:
        machine.evaluate(node.test)

    return _loop(machine, node, [UNKNOWN] * bounds.UNKNOWN_TURNS, False, test)


def _loop(
    machine: Machine,
    node: ast.For | ast.AsyncFor | ast.While,
    values: Sequence[Value],
    whole: bool,
    begin: Callable[[Value], None],
) -> Flow:
    """Follows the turns of a loop; where there may be more or fewer, what its last turn changed is uncertain."""
    outer, ended = machine.turns, Flow.NORMAL
    machine.enter()
    for turn, value in enumerate(values):
        machine.turns = (*outer, (id(node), turn))
        last = not whole and turn == len(values) - 1 and turn > 0

        def once(value: Value = value) -> Flow:
            machine.enter()
            begin(value)
            flow = machine.follow(node.body)
            machine.leave(Flow.CONTINUE, outward=True)
            return Flow.NORMAL if flow is Flow.CONTINUE else flow

        if last:
            flow, changes = machine.attempt(once)
            machine.merge([changes], also_unchanged=True)
        else:
            flow = once()
        if flow is not Flow.NORMAL:
            ended = flow
            break
    machine.turns = outer
    machine.leave(Flow.BREAK, outward=True)
    if ended is Flow.NORMAL:
        return machine.follow(node.orelse)
    if ended is Flow.BREAK or not whole:
        return Flow.NORMAL
    return ended


def _with(machine: Machine, node: ast.With | ast.AsyncWith) -> Flow:
    for item in node.items:
        value = machine.evaluate(item.context_expr)
        if item.optional_vars is not None:
            # An archive of arrays is itself inside; what other contexts give is not known.
            assign(machine, item.optional_vars, value if isinstance(value, Made) else UNKNOWN)
    return machine.follow(node.body)


def _try(machine: Machine, node: ast.Try | ast.TryStar) -> Flow:
    """Follows the body; a handler is an alternative to what comes after it, with the state that the body leaves."""
    went_on = machine.follow([*node.body, *node.orelse])
    handlers: list[Callable[[], Flow]] = [partial(_handler, machine, each) for each in node.handlers]
    if handlers and went_on is Flow.RAISE:
        went_on = machine.fork(node, handlers)
    elif handlers:
        caught = machine.fork(node, [lambda: went_on, *handlers])
        went_on = caught if went_on is not Flow.NORMAL else Flow.NORMAL
    last = machine.follow(node.finalbody)
    return last if last is not Flow.NORMAL else went_on


def _handler(machine: Machine, node: ast.ExceptHandler) -> Flow:
    if node.name:
        machine.put(machine.frame.names, node.name, UNKNOWN)
    return machine.follow(node.body)


def _return(machine: Machine, node: ast.Return) -> Flow:
    machine.frame.returned.append(machine.evaluate(node.value) if node.value is not None else NONE)
    return Flow.RETURN


def _raise(machine: Machine, node: ast.Raise) -> Flow:
    if node.exc is not None:
        machine.evaluate(node.exc)
    return Flow.RAISE


def _delete(machine: Machine, node: ast.Delete) -> Flow:
    for target in node.targets:
        unbind(machine, target)
    return Flow.NORMAL


def _global(machine: Machine, node: ast.Global | ast.Nonlocal) -> Flow:
    machine.frame.outer.update(node.names)
    return Flow.NORMAL


def _assert(machine: Machine, node: ast.Assert) -> Flow:
    met = len(machine.trace.choices)
    machine.evaluate(node.test)
    del machine.trace.choices[met:]  # a test of the program chooses nothing
    return Flow.NORMAL


def _function(machine: Machine, node: ast.FunctionDef | ast.AsyncFunctionDef) -> Flow:
    define_function(machine, node)
    return Flow.NORMAL


def _class(machine: Machine, node: ast.ClassDef) -> Flow:
    define_class(machine, node)
    return Flow.NORMAL


def _import(machine: Machine, node: ast.Import) -> Flow:
    import_module(machine, node)
    return Flow.NORMAL


def _import_from(machine: Machine, node: ast.ImportFrom) -> Flow:
    import_from(machine, node)
    return Flow.NORMAL


STATEMENTS: dict[type[ast.stmt], Callable[[Machine, Any], Flow]] = {
    ast.Expr: _expression,
    ast.Assign: _assign,
    ast.AnnAssign: _annotated,
    ast.AugAssign: _augmented,
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
    ast.FunctionDef: _function,
    ast.AsyncFunctionDef: _function,
    ast.ClassDef: _class,
    ast.Import: _import,
    ast.ImportFrom: _import_from,
    ast.Break: lambda _machine, _node: Flow.BREAK,
    ast.Continue: lambda _machine, _node: Flow.CONTINUE,
}

"""Following expressions to what they can be."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from classlab.doctor.audit import bounds
from classlab.doctor.audit.assignment import assign
from classlab.doctor.audit.builtin_names import BUILTINS
from classlab.doctor.audit.calling import evaluate_call
from classlab.doctor.audit.comparison import compared
from classlab.doctor.audit.definitions import take_defaults
from classlab.doctor.audit.iteration import elements
from classlab.doctor.audit.join import join
from classlab.doctor.audit.library.attributes import attribute
from classlab.doctor.audit.library.containers import set_entry
from classlab.doctor.audit.library.subscripts import subscript
from classlab.doctor.audit.machine import Flow
from classlab.doctor.audit.naming import named, paired
from classlab.doctor.audit.operations import combined, negated
from classlab.doctor.audit.star_imports import starred
from classlab.doctor.audit.trainings import Early, Reported, Score
from classlab.doctor.audit.values import (
    UNKNOWN,
    Const,
    Frame,
    Function,
    Items,
    Mapping,
    Scope,
    Symbol,
    Text,
    Value,
    text_of,
    truth,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from classlab.doctor.audit.machine import Machine


def _constant(_machine: Machine, node: ast.Constant) -> Value:
    return Const(node.value) if not isinstance(node.value, str) or len(node.value) <= bounds.TEXT else UNKNOWN


def look_up(machine: Machine, name: str) -> Value | None:
    """What a name stands for here; None where it was never bound."""
    frame: Frame | None = machine.frame
    while frame is not None:
        if name in frame.names.fields:
            found: Value = frame.names.fields[name]
            return found
        frame = frame.parent
    return machine.top.names.fields.get(name)


def _name(machine: Machine, node: ast.Name) -> Value:
    found = look_up(machine, node.id)
    if found is not None:
        return found
    full = starred(machine.stars, node.id) if machine.stars and node.id not in BUILTINS else None
    if full is not None:
        return Symbol(full)
    if node.id in BUILTINS:
        return Symbol(node.id)
    defined = machine.later.get(node.id)
    if defined is not None and machine.frame is machine.top and not machine.path and defined.cell > machine.cell > 0:
        machine.trace.early.append(Early(node.id, machine.at(node), defined))
    return UNKNOWN


def _attribute(machine: Machine, node: ast.Attribute) -> Value:
    return attribute(machine, machine.evaluate(node.value), node.attr, node)


def _subscript(machine: Machine, node: ast.Subscript) -> Value:
    return subscript(machine, machine.evaluate(node.value), node.slice)


def _binary(machine: Machine, node: ast.BinOp) -> Value:
    return combined(machine, node.op, machine.evaluate(node.left), machine.evaluate(node.right), node)


def _unary(machine: Machine, node: ast.UnaryOp) -> Value:
    return negated(machine, node.op, machine.evaluate(node.operand), node)


def _boolean(machine: Machine, node: ast.BoolOp) -> Value:
    """`and` and `or` give one of their operands; the first that decides, as far as that is known."""
    is_and = isinstance(node.op, ast.And)
    possible: list[Value] = []
    for operand in node.values:
        value = machine.evaluate(operand)
        holds = truth(value)
        if holds is None:
            possible.append(value)
        elif holds != is_and:
            possible.append(value)
            break
        elif operand is node.values[-1]:
            possible.append(value)
    return possible[0] if len(possible) == 1 else UNKNOWN


def _compare(machine: Machine, node: ast.Compare) -> Value:
    values = [machine.evaluate(operand) for operand in (node.left, *node.comparators)]
    return compared(machine, node, values)


def _conditional(machine: Machine, node: ast.IfExp) -> Value:
    holds = truth(machine.evaluate(node.test))
    if holds is not None:
        return machine.evaluate(node.body if holds else node.orelse)
    found: list[Value] = []

    def branch(part: ast.expr) -> Flow:
        found.append(machine.evaluate(part))
        return Flow.NORMAL

    machine.fork(node, [lambda: branch(node.body), lambda: branch(node.orelse)])
    result: Value = join(found[0], found[1])
    return result


def _items(machine: Machine, node: ast.Tuple | ast.List | ast.Set) -> Value:
    items: list[Value] = []
    more = False
    for part in node.elts[: bounds.ITEMS]:
        value = machine.evaluate(part.value if isinstance(part, ast.Starred) else part)
        if not isinstance(part, ast.Starred):
            items.append(value)
        elif isinstance(value, Items):
            items += value.contents.items
            more = more or value.contents.open
        else:
            more = True
    paired(machine, tuple(items), machine.at(node))
    kind: Any = {ast.Tuple: "tuple", ast.List: "list", ast.Set: "set"}[type(node)]
    return Items(tuple(items), kind, open=more or len(node.elts) > bounds.ITEMS)


def _dictionary(machine: Machine, node: ast.Dict) -> Value:
    made = Mapping(())
    for key, value in zip(node.keys, node.values, strict=True):
        content = machine.evaluate(value)
        if key is not None:
            name = machine.evaluate(key)
            named(machine, text_of(name), "the key", content, machine.at(key))
            set_entry(machine, made, name, content)
            continue
        if isinstance(content, Mapping):
            for inner, each in content.entries.pairs:
                set_entry(machine, made, inner, each)
        if not isinstance(content, Mapping) or content.entries.open:
            made.fields["entries"] = type(made.entries)(made.entries.pairs, True)
    paired(machine, tuple(value for _, value in made.entries.pairs[:20]), machine.at(node))
    return made


def _joined(machine: Machine, node: ast.JoinedStr) -> Value:
    """An f-string: a constant where every part is known, else a text with its known parts."""
    parts = [machine.evaluate(part) for part in node.values]
    for part in parts:
        if isinstance(part, Score) and part.best is not None:
            machine.trace.reported.append(Reported(part, machine.at(node)))
    if all(isinstance(part, Const) for part in parts):
        text = "".join(str(part.value) for part in parts if isinstance(part, Const))
        return Const(text) if len(text) <= bounds.TEXT else UNKNOWN
    flat: list[Value] = []
    for part in parts:
        flat += part.parts if isinstance(part, Text) else (part,)
    return Text(tuple(flat[:100]))


def _formatted(machine: Machine, node: ast.FormattedValue) -> Value:
    value = machine.evaluate(node.value)
    if isinstance(value, Const) and node.format_spec is None:
        return Const(str(value.value)) if len(str(value.value)) <= bounds.TEXT else UNKNOWN
    if isinstance(value, Const) and isinstance(value.value, str):
        return value
    if isinstance(value, Const) and isinstance(value.value, int | float):
        return Const(str(value.value)) if abs(value.value) < bounds.NUMBER else UNKNOWN
    return value


def _lambda(machine: Machine, node: ast.Lambda) -> Value:
    function = Function(node, machine.frame, "")
    take_defaults(machine, function)
    return function


def _comprehension(machine: Machine, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> Value:
    """Follows a comprehension like the loops that it abbreviates."""
    outer = machine.frame
    machine.frame = Frame(names=Scope(), parent=outer)
    found: list[tuple[Value, Value]] = []
    try:
        whole = _generate(machine, node, node.generators, found)
    finally:
        machine.frame = outer
    if isinstance(node, ast.DictComp):
        made = Mapping((), open=not whole)
        for key, value in found:
            named(machine, text_of(key), "the key", value, machine.at(node))
            set_entry(machine, made, key, value)
        return made
    values = tuple(value for _, value in found)
    return Items(values, "set" if isinstance(node, ast.SetComp) else "list", open=not whole)


def _generate(
    machine: Machine,
    node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp,
    generators: list[ast.comprehension],
    found: list[tuple[Value, Value]],
) -> bool:
    """Follows the loops from one of them inwards; whether all values of them are known."""
    if not generators:
        if isinstance(node, ast.DictComp):
            found.append((machine.evaluate(node.key), machine.evaluate(node.value)))
        else:
            found.append((UNKNOWN, machine.evaluate(node.elt)))
        return True
    first, outer = generators[0], machine.turns
    turns = elements(machine, machine.evaluate(first.iter))
    whole = turns.whole
    for turn, value in enumerate(turns.values):
        if len(found) >= bounds.ITEMS:
            return False
        machine.turns = (*outer, (id(first), turn))
        assign(machine, first.target, value)
        holds = [truth(machine.evaluate(condition)) for condition in first.ifs]
        if False in holds:
            continue
        whole = whole and None not in holds
        whole = _generate(machine, node, generators[1:], found) and whole
    machine.turns = outer
    return whole


def _walrus(machine: Machine, node: ast.NamedExpr) -> Value:
    value = machine.evaluate(node.value)
    assign(machine, node.target, value)
    return value


def _yield(machine: Machine, node: ast.Yield) -> Value:
    if node.value is not None:
        machine.frame.yielded.append(machine.evaluate(node.value))
    return UNKNOWN


def _inner(machine: Machine, node: ast.Starred | ast.Await | ast.YieldFrom) -> Value:
    return machine.evaluate(node.value)


EXPRESSIONS: dict[type[ast.expr], Callable[[Machine, Any], Value]] = {
    ast.Constant: _constant,
    ast.Name: _name,
    ast.Attribute: _attribute,
    ast.Subscript: _subscript,
    ast.Call: evaluate_call,
    ast.BinOp: _binary,
    ast.UnaryOp: _unary,
    ast.BoolOp: _boolean,
    ast.Compare: _compare,
    ast.IfExp: _conditional,
    ast.Tuple: _items,
    ast.List: _items,
    ast.Set: _items,
    ast.Dict: _dictionary,
    ast.JoinedStr: _joined,
    ast.FormattedValue: _formatted,
    ast.Lambda: _lambda,
    ast.ListComp: _comprehension,
    ast.SetComp: _comprehension,
    ast.GeneratorExp: _comprehension,
    ast.DictComp: _comprehension,
    ast.NamedExpr: _walrus,
    ast.Yield: _yield,
    ast.YieldFrom: _inner,
    ast.Starred: _inner,
    ast.Await: _inner,
}

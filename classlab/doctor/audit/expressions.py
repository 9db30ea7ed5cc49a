"""Following expressions to what they can be."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from classlab.doctor.audit import bounds
from classlab.doctor.audit.assignment import assign
from classlab.doctor.audit.calling import evaluate_call
from classlab.doctor.audit.definitions import BUILTINS, starred, take_defaults
from classlab.doctor.audit.interpreter import Flow
from classlab.doctor.audit.iteration import elements
from classlab.doctor.audit.join import any_of
from classlab.doctor.audit.library.attributes import attribute
from classlab.doctor.audit.library.containers import set_entry
from classlab.doctor.audit.library.subscripts import subscript
from classlab.doctor.audit.naming import Text, kept, named, paired
from classlab.doctor.audit.operations import combined, compared, negated
from classlab.doctor.audit.scopes import Frame, Function, Scope, truth
from classlab.doctor.audit.trace import Early, Reported
from classlab.doctor.audit.trainings import Score
from classlab.doctor.audit.values import UNKNOWN, Const, Items, Mapping, Symbol, Value, text_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from classlab.doctor.audit.interpreter import Interpreter


def _constant(_machine: Interpreter, node: ast.Constant) -> Value:
    return Const(node.value) if not isinstance(node.value, str) or len(node.value) <= bounds.TEXT else UNKNOWN


def look_up(interpreter: Interpreter, name: str) -> Value | None:
    """What a name stands for here; None where it was never bound."""
    frame: Frame | None = interpreter.frame
    while frame is not None:
        if name in frame.names.fields:
            found: Value = frame.names.fields[name]
            return found
        frame = frame.parent
    return interpreter.top.names.fields.get(name)


def _name(interpreter: Interpreter, node: ast.Name) -> Value:
    found = look_up(interpreter, node.id)
    if found is not None:
        return found
    full = starred(interpreter.stars, node.id) if interpreter.stars and node.id not in BUILTINS else None
    if full is not None:
        return Symbol(full)
    if node.id in BUILTINS:
        return Symbol(node.id)
    defined = interpreter.later.get(node.id)
    if (
        defined is not None
        and interpreter.frame is interpreter.top
        and not interpreter.path
        and defined.cell > interpreter.cell > 0
    ):
        interpreter.trace.early.append(Early(node.id, interpreter.at(node), defined))
    return UNKNOWN


def _attribute(interpreter: Interpreter, node: ast.Attribute) -> Value:
    return attribute(interpreter, interpreter.evaluate(node.value), node.attr, node)


def _subscript(interpreter: Interpreter, node: ast.Subscript) -> Value:
    return subscript(interpreter, interpreter.evaluate(node.value), node.slice)


def _binary(interpreter: Interpreter, node: ast.BinOp) -> Value:
    return combined(interpreter, node.op, interpreter.evaluate(node.left), interpreter.evaluate(node.right), node)


def _unary(interpreter: Interpreter, node: ast.UnaryOp) -> Value:
    return negated(interpreter, node.op, interpreter.evaluate(node.operand), node)


def _boolean(interpreter: Interpreter, node: ast.BoolOp) -> Value:
    """`and` and `or` give one of their operands; the first that decides, as far as that is known."""
    is_and = isinstance(node.op, ast.And)
    possible: list[Value] = []
    for operand in node.values:
        value = interpreter.evaluate(operand)
        holds = truth(value)
        if holds is None:
            possible.append(value)
        elif holds != is_and:
            possible.append(value)
            break
        elif operand is node.values[-1]:
            possible.append(value)
    return possible[0] if len(possible) == 1 else UNKNOWN


def _compare(interpreter: Interpreter, node: ast.Compare) -> Value:
    values = [interpreter.evaluate(operand) for operand in (node.left, *node.comparators)]
    return compared(interpreter, node, values)


def _conditional(interpreter: Interpreter, node: ast.IfExp) -> Value:
    holds = truth(interpreter.evaluate(node.test))
    if holds is not None:
        return interpreter.evaluate(node.body if holds else node.orelse)
    found: list[Value] = []

    def branch(part: ast.expr) -> Flow:
        found.append(interpreter.evaluate(part))
        return Flow.NORMAL

    interpreter.fork(node, [lambda: branch(node.body), lambda: branch(node.orelse)])
    return any_of(found)


def _items(interpreter: Interpreter, node: ast.Tuple | ast.List | ast.Set) -> Value:
    items: list[Value] = []
    more = False
    for part in node.elts[: bounds.ITEMS]:
        value = interpreter.evaluate(part.value if isinstance(part, ast.Starred) else part)
        if not isinstance(part, ast.Starred):
            items.append(value)
        elif isinstance(value, Items):
            items += value.items
            more = more or value.open
        else:
            more = True
    paired(interpreter, tuple(items), interpreter.at(node))
    kind: Any = {ast.Tuple: "tuple", ast.List: "list", ast.Set: "set"}[type(node)]
    return Items(tuple(items), kind, open=more or len(node.elts) > bounds.ITEMS)


def _dictionary(interpreter: Interpreter, node: ast.Dict) -> Value:
    made = Mapping(())
    for key, value in zip(node.keys, node.values, strict=True):
        content = interpreter.evaluate(value)
        if key is not None:
            name = interpreter.evaluate(key)
            named(interpreter, text_of(name), "the key", content, interpreter.at(key))
            set_entry(interpreter, made, name, content)
            kept(interpreter, made, name, content, interpreter.at(key))
            continue
        if isinstance(content, Mapping):
            for inner, each in content.pairs:
                set_entry(interpreter, made, inner, each)
        if not isinstance(content, Mapping) or content.open:
            made.entries = type(made.entries)(made.pairs, True)
    paired(interpreter, tuple(value for _, value in made.pairs[:20]), interpreter.at(node))
    return made


def _joined(interpreter: Interpreter, node: ast.JoinedStr) -> Value:
    """An f-string: a constant where every part is known, else a text with its known parts."""
    parts = [interpreter.evaluate(part) for part in node.values]
    for part in parts:
        if isinstance(part, Score) and part.best is not None:
            interpreter.trace.reported.append(Reported(part, interpreter.at(node)))
    if all(isinstance(part, Const) for part in parts):
        text = "".join(str(part.value) for part in parts if isinstance(part, Const))
        return Const(text) if len(text) <= bounds.TEXT else UNKNOWN
    flat: list[Value] = []
    for part in parts:
        flat += part.parts if isinstance(part, Text) else (part,)
    return Text(tuple(flat[:100]))


def _formatted(interpreter: Interpreter, node: ast.FormattedValue) -> Value:
    value = interpreter.evaluate(node.value)
    if isinstance(value, Const) and node.format_spec is None:
        return Const(str(value.value)) if len(str(value.value)) <= bounds.TEXT else UNKNOWN
    if isinstance(value, Const) and isinstance(value.value, str):
        return value
    if isinstance(value, Const) and isinstance(value.value, int | float):
        return Const(str(value.value)) if abs(value.value) < bounds.NUMBER else UNKNOWN
    return value


def _lambda(interpreter: Interpreter, node: ast.Lambda) -> Value:
    function = Function(node, interpreter.frame, "")
    take_defaults(interpreter, function)
    return function


def _comprehension(
    interpreter: Interpreter, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp
) -> Value:
    """Follows a comprehension like the loops that it abbreviates."""
    outer = interpreter.frame
    interpreter.frame = Frame(names=Scope(), parent=outer)
    found: list[tuple[Value, Value]] = []
    try:
        whole = _generate(interpreter, node, node.generators, found)
    finally:
        interpreter.frame = outer
    if isinstance(node, ast.DictComp):
        made = Mapping((), open=not whole)
        for key, value in found:
            named(interpreter, text_of(key), "the key", value, interpreter.at(node))
            set_entry(interpreter, made, key, value)
        return made
    values = tuple(value for _, value in found)
    return Items(values, "set" if isinstance(node, ast.SetComp) else "list", open=not whole)


def _generate(
    interpreter: Interpreter,
    node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp,
    generators: list[ast.comprehension],
    found: list[tuple[Value, Value]],
) -> bool:
    """Follows the loops from one of them inwards; whether all values of them are known."""
    if not generators:
        if isinstance(node, ast.DictComp):
            found.append((interpreter.evaluate(node.key), interpreter.evaluate(node.value)))
        else:
            found.append((UNKNOWN, interpreter.evaluate(node.elt)))
        return True
    first, outer = generators[0], interpreter.turns
    turns = elements(interpreter, interpreter.evaluate(first.iter))
    whole = turns.whole
    for turn, value in enumerate(turns.values):
        if len(found) >= bounds.ITEMS:
            return False
        interpreter.turns = (*outer, (id(first), turn))
        assign(interpreter, first.target, value)
        holds = [truth(interpreter.evaluate(condition)) for condition in first.ifs]
        if False in holds:
            continue
        whole = whole and None not in holds
        whole = _generate(interpreter, node, generators[1:], found) and whole
    interpreter.turns = outer
    return whole


def _walrus(interpreter: Interpreter, node: ast.NamedExpr) -> Value:
    value = interpreter.evaluate(node.value)
    assign(interpreter, node.target, value)
    return value


def _yield(interpreter: Interpreter, node: ast.Yield) -> Value:
    if node.value is not None:
        interpreter.frame.yielded.append(interpreter.evaluate(node.value))
    return UNKNOWN


def _inner(interpreter: Interpreter, node: ast.Starred | ast.Await | ast.YieldFrom) -> Value:
    return interpreter.evaluate(node.value)


EXPRESSIONS: dict[type[ast.expr], Callable[[Interpreter, Any], Value]] = {
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

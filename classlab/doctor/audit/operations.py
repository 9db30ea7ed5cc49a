"""Arithmetic and comparisons; a comparison of scores is a choice."""

from __future__ import annotations

import ast
import operator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from classlab.doctor.audit import bounds
from classlab.doctor.audit.array_arithmetic import array_operation, mask_of, number_operation, pictured
from classlab.doctor.audit.foreign import as_array
from classlab.doctor.audit.library.containers import holds_key
from classlab.doctor.audit.naming import Text
from classlab.doctor.audit.network import after_operation
from classlab.doctor.audit.scopes import Function, truth
from classlab.doctor.audit.trace import Choice
from classlab.doctor.audit.trainings import Curve, Model, Predicted, Score
from classlab.doctor.audit.values import (
    NONE,
    UNKNOWN,
    Array,
    CallResult,
    Chooser,
    Const,
    Items,
    Mapping,
    Number,
    Symbol,
    SymbolicTensor,
    Union,
    Unknown,
    Value,
    number_of,
    whole_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from classlab.doctor.audit.interpreter import Interpreter

_ARITHMETIC: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}


def combined(interpreter: Interpreter, op: ast.operator, left: Value, right: Value, node: ast.AST) -> Value:
    """What `left op right` is."""
    if isinstance(op, ast.Add | ast.Sub | ast.Mult | ast.Div):
        left, right = _arrays(left, right), _arrays(right, left)
    if isinstance(op, ast.Mult | ast.Div | ast.Add | ast.Sub) and Const in (type(left), type(right)):
        left, right = pictured(left), pictured(right)
    pair = (left, right)
    if isinstance(left, Const) and isinstance(right, Const):
        return _constants(op, left.value, right.value)
    if isinstance(left, SymbolicTensor) or isinstance(right, SymbolicTensor):
        return after_operation(interpreter, op, left, right, node)
    if isinstance(left, Array) or isinstance(right, Array):
        return array_operation(interpreter, op, left, right, node)
    if isinstance(left, Number) or isinstance(right, Number):
        return number_operation(op, left, right)
    if any(isinstance(each, Text) or (isinstance(each, Const) and isinstance(each.value, str)) for each in pair):
        return _texts(op, left, right)
    if any(isinstance(each, Score) for each in pair):
        return _scores(op, left, right)
    if isinstance(left, Items | Mapping):
        return _containers(op, left, right)
    return left if isinstance(left, Predicted | Curve) else UNKNOWN


def _arrays(value: Value, other: Value) -> Value:
    """A value from out of sight that meets a number or an array is an array."""
    met = isinstance(other, Array) or number_of(other) is not None
    return as_array(value) or value if met and not isinstance(value, Number) else value


def _constants(op: ast.operator, left: Any, right: Any) -> Value:
    """Works out numbers and short texts; anything that could grow large is left unknown."""
    if isinstance(left, str) and isinstance(right, str) and isinstance(op, ast.Add):
        return Const(left + right) if len(left) + len(right) <= bounds.TEXT else UNKNOWN
    if isinstance(left, str) and isinstance(op, ast.Mod):
        return Text((Const(left), Const(right)))
    if not (isinstance(left, int | float) and isinstance(right, int | float)):
        return UNKNOWN
    if isinstance(op, ast.Pow):
        return _power(left, right)
    work = _ARITHMETIC.get(type(op))
    if work is None or not (abs(left) < bounds.NUMBER and abs(right) < bounds.NUMBER):
        return UNKNOWN
    try:
        return Const(work(left, right))
    except (ArithmeticError, ValueError):
        return UNKNOWN


def _power(left: float, right: float) -> Value:
    if not (abs(left) < 1e6 and abs(right) <= 64):
        return UNKNOWN
    try:
        result = left**right
    except (ArithmeticError, ValueError):
        return UNKNOWN
    small = isinstance(result, int | float) and abs(result) < bounds.NUMBER
    return Const(result) if small else UNKNOWN


def _scores(op: ast.operator, left: Value, right: Value) -> Value:
    """A score times a hundred is a score; two added are one about both trainings, their difference is a comparison."""
    if isinstance(left, Score) and isinstance(right, Score):
        if isinstance(op, ast.Add):
            fits = left.fits + tuple(fit for fit in right.fits if fit not in left.fits)
            role = left.role if left.role == right.role else "unknown"
            return Score(fits[:50], role, left.figure, left.best or right.best, left.model)
        return UNKNOWN
    score = left if isinstance(left, Score) else right
    other = right if isinstance(left, Score) else left
    if isinstance(op, ast.Sub) and score is right and isinstance(other, Const) and isinstance(score, Score):
        return replace(score, figure="error" if score.figure == "accuracy" else "")  # the larger, the worse
    unknown_size = isinstance(op, ast.Mult | ast.Div) and score is left and isinstance(other, Unknown)
    return score if isinstance(other, Const) or unknown_size else UNKNOWN


def _texts(op: ast.operator, left: Value, right: Value) -> Value:
    if not isinstance(op, ast.Add | ast.Mod):
        return UNKNOWN
    parts: list[Value] = []
    for value in (left, right):
        if isinstance(value, Items) and isinstance(op, ast.Mod):
            parts += value.items
        else:
            parts += value.parts if isinstance(value, Text) else (value,)
    return Text(tuple(parts[:100]))


def _containers(op: ast.operator, left: Value, right: Value) -> Value:
    if isinstance(left, Items) and isinstance(right, Items) and isinstance(op, ast.Add):
        items = (*left.items, *right.items)
        more = left.open or right.open or len(items) > bounds.ITEMS
        return Items(items[: bounds.ITEMS], left.kind, open=more)
    if isinstance(left, Items) and isinstance(op, ast.Mult):
        times = whole_of(right)
        if times is None or times * len(left.items) > bounds.ITEMS:
            return Items(left.items, left.kind, open=True)
        return Items(left.items * max(0, times), left.kind, open=left.open)
    if isinstance(left, Mapping) and isinstance(right, Mapping) and isinstance(op, ast.BitOr):
        more = left.open or right.open
        return Mapping((*left.pairs, *right.pairs)[: bounds.ITEMS], open=more)
    return UNKNOWN


def negated(interpreter: Interpreter, op: ast.unaryop, value: Value, node: ast.AST) -> Value:
    """What `-x`, `+x`, `not x` or `~x` is."""
    if isinstance(op, ast.Not):
        holds = truth(value)
        return UNKNOWN if holds is None else Const(not holds)
    if isinstance(op, ast.Invert) and isinstance(value, Array) and value.facts.high == 255:
        return array_operation(interpreter, ast.Sub(), Const(255), value, node)
    if isinstance(op, ast.Invert):
        swapped = isinstance(value, Chooser) and value.other is not None
        return (
            Chooser(value.other or (), value.order, value.selections)
            if swapped and isinstance(value, Chooser)
            else UNKNOWN
        )
    if isinstance(value, Const) and isinstance(value.value, int | float) and not isinstance(value.value, bool):
        return Const(-value.value) if isinstance(op, ast.USub) else value
    if isinstance(value, Array) and isinstance(op, ast.USub):
        return array_operation(interpreter, ast.Mult(), value, Const(-1), node)
    if isinstance(value, Score):
        return value
    return value if isinstance(op, ast.UAdd) else UNKNOWN


_HALF = 0.5


def compared(interpreter: Interpreter, node: ast.Compare, values: list[Value]) -> Value:
    """What a comparison gives; scores that meet in it are noted as a choice."""
    if len(node.ops) > 1:
        return UNKNOWN
    op, left, right = node.ops[0], values[0], values[1]
    if isinstance(op, ast.Lt | ast.Gt | ast.LtE | ast.GtE):
        _note_choice(interpreter, left, right, node)
        return _ordered(interpreter, node, left, right)
    if isinstance(op, ast.Is | ast.IsNot):
        same = _identical(left, right)
        return UNKNOWN if same is None else Const(same == isinstance(op, ast.Is))
    if isinstance(op, ast.Eq | ast.NotEq):
        predicted = next((value for value in (left, right) if isinstance(value, Predicted)), None)
        if predicted is not None:
            other = right if predicted is left else left
            if isinstance(other, Array):
                interpreter.trace.match(predicted, other.facts, interpreter.at(node))
            return interpreter.trace.read_off(predicted, interpreter.at(node))  # right or wrong, image by image
        if isinstance(left, Array) or isinstance(right, Array):
            array = left if isinstance(left, Array) else right
            labels = isinstance(array, Array) and array.facts.kind == "labels"
            return mask_of(interpreter, array, node, one_class=labels and isinstance(op, ast.Eq))
        same = _equal(left, right)
        return UNKNOWN if same is None else Const(same == isinstance(op, ast.Eq))
    inside = holds_key(right, left)
    return UNKNOWN if inside is None else Const(inside == isinstance(op, ast.In))


def _ordered(interpreter: Interpreter, node: ast.Compare, left: Value, right: Value) -> Value:
    if isinstance(left, Array | Chooser) or isinstance(right, Array):
        return mask_of(interpreter, left if isinstance(left, Array) else right, node)
    if isinstance(left, Predicted) and number_of(right) == _HALF:
        return left.rounding(interpreter.location)
    first, second = number_of(left), number_of(right)
    if first is None or second is None or isinstance(left, Number) or isinstance(right, Number):
        return UNKNOWN
    table = {ast.Lt: first < second, ast.Gt: first > second, ast.LtE: first <= second, ast.GtE: first >= second}
    return Const(table[type(node.ops[0])])


def _note_choice(interpreter: Interpreter, left: Value, right: Value, node: ast.AST) -> None:
    mine, theirs = _scores_in(left), _scores_in(right)
    if mine and theirs:
        interpreter.trace.choices.append(Choice((*mine, *theirs), "compared", interpreter.at(node)))


def _scores_in(value: Value) -> tuple[Score, ...]:
    options = value.options if isinstance(value, Union) else (value,)
    return tuple(option for option in options if isinstance(option, Score))


def _identical(left: Value, right: Value) -> bool | None:
    if isinstance(left, Const) and isinstance(right, Const):
        return left == right
    known = (Array, Items, Mapping, Function, CallResult, Model)
    for one, other in ((left, right), (right, left)):
        if one == NONE and isinstance(other, known):
            return False
    return None


def _equal(left: Value, right: Value) -> bool | None:
    if isinstance(left, Const) and isinstance(right, Const):
        return bool(left.value == right.value)
    if isinstance(left, Symbol) and isinstance(right, Symbol) and left == right:
        return True
    return None

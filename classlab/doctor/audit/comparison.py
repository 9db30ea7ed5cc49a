"""Comparing values; a comparison of scores is a choice."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from classlab.doctor.audit.array_arithmetic import mask_of
from classlab.doctor.audit.library.containers import holds_key
from classlab.doctor.audit.scopes import Function
from classlab.doctor.audit.trainings import Choice, Model, Predicted, Score
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
    Union,
    Value,
    number_of,
)

if TYPE_CHECKING:
    from classlab.doctor.audit.interpreter import Interpreter

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
    mine, theirs = _scores(left), _scores(right)
    if mine and theirs:
        interpreter.trace.choices.append(Choice((*mine, *theirs), "compared", interpreter.at(node)))


def _scores(value: Value) -> tuple[Score, ...]:
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

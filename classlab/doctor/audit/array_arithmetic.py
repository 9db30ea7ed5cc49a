"""What arithmetic and reshapes leave of an array: scaling, shifting, standardising, axes."""

from __future__ import annotations

import ast
from dataclasses import replace
from math import prod
from typing import TYPE_CHECKING

from classlab.doctor.audit.facts import Facts, Fitted, hidden, scaled, shifted, stepped, truncated, two_valued
from classlab.doctor.audit.rows import Part
from classlab.doctor.audit.trace import Reshaped
from classlab.doctor.audit.values import UNKNOWN, Array, Chooser, Const, Items, Number, Value, number_of, whole_of

if TYPE_CHECKING:
    from classlab.doctor.audit.interpreter import Interpreter

_NEGLIGIBLE = 1e-2  # added to a deviation so that nobody divides by zero


def array_operation(interpreter: Interpreter, op: ast.operator, left: Value, right: Value, node: ast.AST) -> Value:
    """What an array is after arithmetic with a number, a statistic or another array."""
    array, other = (left, right) if isinstance(left, Array) else (right, left)
    assert isinstance(array, Array)  # noqa: S101  (the caller has looked)
    facts, location, words = array.facts, interpreter.at(node), written(node)
    first = array is left
    number = number_of(other)
    if isinstance(other, Number) and isinstance(op, ast.Sub | ast.Div) and first:
        return Array(_with_statistic(facts, op, other, interpreter, words, node))
    if number is None:
        return Array(_with_unknown(facts, op, other))
    if isinstance(op, ast.Mult):
        return Array(scaled(facts, number, location, words))
    if isinstance(op, ast.Div) and first:
        return Array(scaled(facts, 1 / number, location, words)) if number else Array(hidden(facts))
    if isinstance(op, ast.Add):
        return Array(shifted(facts, number, location, words))
    if isinstance(op, ast.Sub):
        if first:
            return Array(shifted(facts, -number, location, words))
        return Array(shifted(scaled(facts, -1.0, location, words), number, location, words))
    if isinstance(op, ast.FloorDiv) and first and number > 1 and facts.kind == "images":
        whole = scaled(facts, 1 / number, location, words)  # `x // 128` is a threshold in the middle
        return Array(truncated(whole, location, words) if (whole.high or 0.0) <= 1 else whole)
    changed = hidden(facts)
    return Array(replace(changed, classes=None) if facts.kind == "labels" else changed)


def number_operation(op: ast.operator, left: Value, right: Value) -> Value:
    """Arithmetic with a number that was computed from an array: `deviation + 1e-7`, `largest - smallest`."""
    if isinstance(left, Number) and isinstance(right, Number):
        if isinstance(op, ast.Sub) and left.stat == "max" and right.stat == "min":
            known = left.value is not None and right.value is not None
            return replace(left, value=(left.value or 0.0) - (right.value or 0.0) if known else None)
        return UNKNOWN
    number, other = (left, right) if isinstance(left, Number) else (right, left)
    constant = number_of(other)
    assert isinstance(number, Number)  # noqa: S101  (the caller has looked)
    if constant is not None and isinstance(op, ast.Add) and abs(constant) <= _NEGLIGIBLE:
        return number
    return UNKNOWN


def mask_of(interpreter: Interpreter, compared: Value, node: ast.AST, *, one_class: bool = False) -> Chooser:
    """A mask, as a comparison of an array gives it: it and its complement share no row; of images it is a picture.

    Args:
        interpreter: the state.
        compared: what is compared.
        node: the comparison.
        one_class: whether it picks the rows of one label.
    """
    split = ("mask", interpreter.mark())
    images = compared.facts if isinstance(compared, Array) and compared.facts.kind == "images" else None
    pixels = None if images is None else two_valued(images, 0.0, 1.0, interpreter.at(node), written(node))
    return Chooser((Part(split, 0),), None, (Part(split, 1),), "one class" if one_class else "", pixels)


def pictured(value: Value) -> Value:
    """A mask over images as the array that it is where one reckons with it; anything else as it is."""
    return Array(value.pixels) if isinstance(value, Chooser) and value.pixels is not None else value


def written(node: ast.AST) -> str:
    """An expression as its author wrote it, cut where it is long."""
    try:
        text = ast.unparse(node)
    except (ValueError, RecursionError, AttributeError):
        return "this"
    return text if len(text) <= 70 else f"{text[:67]}..."


def _with_statistic(
    facts: Facts, op: ast.operator, number: Number, interpreter: Interpreter, words: str, node: ast.AST
) -> Facts:
    location = interpreter.at(node)
    if number.stat in ("max", "min"):
        if isinstance(op, ast.Sub):
            return shifted(facts, -(number.value or 0.0), location, words) if number.value is not None else facts
        if number.value:
            return scaled(facts, 1 / number.value, location, words)
        same = _scale(number.facts) == _scale(facts)
        return stepped(facts, "own-range", location, words, ends=(0.0, 1.0) if same and number.stat == "max" else None)
    fitted = (*facts.fitted, Fitted(number.facts.rows, number.location, number.words, number.facts.declared))
    same = _scale(number.facts) == _scale(facts)
    if isinstance(op, ast.Sub):
        low, high = (None, None) if not same or facts.high is None else (-facts.high, facts.high)
        ends = None if low is None or high is None else (low, high)
        return replace(stepped(facts, "centre", location, words, ends=ends), fitted=fitted)
    ends = (-4.0, 4.0) if same else None  # most of a standardised image lies within four deviations
    return replace(stepped(facts, "standardise", location, words, ends=ends), fitted=fitted)


def _scale(facts: Facts) -> tuple[tuple[str, float], ...]:
    """What was done to the values, apart from shifts and centring, which leave their spread alone."""
    return tuple((step.kind, step.factor) for step in facts.steps if step.kind not in ("shift", "centre"))


def _with_unknown(facts: Facts, op: ast.operator, other: Value) -> Facts:
    if isinstance(other, Const) or isinstance(op, ast.MatMult):
        return replace(hidden(facts), rows=facts.rows)
    if isinstance(other, Array) and isinstance(op, ast.Add | ast.Sub):
        return replace(hidden(facts), kind=facts.kind, rows=facts.rows)
    return hidden(facts)


Shape = tuple[int | None, ...]


def reshaped(interpreter: Interpreter, array: Array, given: tuple[Value, ...], node: ast.AST) -> Array:
    """An array in another shape.

    Args:
        interpreter: the state.
        array: what is reshaped.
        given: the new lengths, each an argument or all of them as one tuple.
        node: where.
    """
    before = array.facts.shape
    if len(given) == 1 and isinstance(given[0], Items):
        given = () if given[0].open else given[0].items
    after = _resolved(tuple(whole_of(each) for each in given), before) if given else None
    if before is not None and after is not None and moves_an_axis(before, after):
        interpreter.trace.reshaped.append(Reshaped(before, after, interpreter.at(node)))
    one_hot = array.facts.one_hot
    return Array(replace(array.facts, shape=after, one_hot=one_hot))


def moves_an_axis(before: Shape, after: Shape) -> bool:
    """Whether the axes are the same in another order, which a reshape does not do without mixing up the pixels.

    Axes of length 1 do not count: a reshape may move them.

    Example:
        >>> moves_an_axis((None, 32, 32, 3), (None, 3, 32, 32)), moves_an_axis((60000, 28, 28), (60000, 784))
        (True, False)
    """
    # The number of rows may be known on one side only, and is then written -1 or left out of sight.
    if before and after and None in (before[0], after[0]):
        before, after = before[1:], after[1:]
    mine, theirs = [each for each in before if each != 1], [each for each in after if each != 1]
    if None in mine or None in theirs or len(mine) < 2:
        return False
    return mine != theirs and sorted(each or 0 for each in mine) == sorted(each or 0 for each in theirs)


def _resolved(after: Shape, before: Shape | None) -> Shape:
    """Works out the length written as -1, where all others are known."""
    if after.count(-1) != 1:
        return after
    rest = [each for each in after if each != -1]
    known = before is not None and None not in before and None not in rest
    total = prod(each or 1 for each in before) if known and before else 0
    size = prod(each or 1 for each in rest)
    length = total // size if known and size and total % size == 0 else None
    return tuple(length if each == -1 else each for each in after)

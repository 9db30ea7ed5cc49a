"""Shapes of arrays: what a reshape leaves, and a reshape that moves an axis where a transpose was meant."""

from __future__ import annotations

from dataclasses import replace
from math import prod
from typing import TYPE_CHECKING

from classlab.doctor.audit.trace import Reshaped
from classlab.doctor.audit.values import Array, Items, Value, whole_of

if TYPE_CHECKING:
    import ast

    from classlab.doctor.audit.interpreter import Interpreter

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

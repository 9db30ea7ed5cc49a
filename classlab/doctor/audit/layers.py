"""Layers one after the other: applying them to symbolic tensors, and what operations between them count as."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from classlab.doctor.audit.array_arithmetic import written
from classlab.doctor.audit.values import Const, Made, Trail, Value, number_of

if TYPE_CHECKING:
    from classlab.doctor.audit.machine import Machine
    from classlab.doctor.audit.spot import Spot

# Names of what stands between layers without being one.
RESCALED = "operation.Rescaling"
MERGED = "operation.merge"
OBSCURE = "operation.unknown"
_MOST_LAYERS = 500


def extend(trail: Trail, *layers: Made) -> Trail:
    """A tensor after some more layers; of very deep networks the beginning and the end are kept."""
    joined = (*trail.layers, *layers)
    if len(joined) > _MOST_LAYERS:
        gap = operation(OBSCURE, {}, layers[-1].spot)
        joined = (*joined[: _MOST_LAYERS // 2], gap, *joined[-_MOST_LAYERS // 2 :])
    return Trail(joined, trail.certain, trail.start, trail.model)


def operation(name: str, kwargs: dict[str, Value], spot: Spot) -> Made:
    """An operation as if it were a layer."""
    return Made(name, (), kwargs, spot)


def obscured(trail: Trail, spot: Spot) -> Trail:
    """A tensor after something that is not understood."""
    return extend(trail, operation(OBSCURE, {}, spot))


def merged(trails: list[Trail], spot: Spot) -> Trail:
    """Several tensors added, concatenated or otherwise put together."""
    longest = max(trails, key=lambda trail: len(trail.layers))
    seen = {id(layer) for layer in longest.layers}
    others = [layer for trail in trails for layer in trail.layers if id(layer) not in seen and not seen.add(id(layer))]  # type: ignore[func-returns-value]
    certain = all(trail.certain for trail in trails)
    whole = Trail(longest.layers, certain, longest.start, longest.model)
    return extend(whole, *others, operation(MERGED, {}, spot))


def after_operation(machine: Machine, op: ast.operator, left: Value, right: Value, node: ast.AST) -> Trail:
    """What a symbolic tensor is after arithmetic: a scaling by a number counts as a Rescaling layer."""
    spot = machine.at(node)
    if isinstance(left, Trail) and isinstance(right, Trail):
        return merged([left, right], spot)
    trail, other = (left, right) if isinstance(left, Trail) else (right, left)
    assert isinstance(trail, Trail)  # noqa: S101  (the caller has looked)
    number = number_of(other)
    scale, offset = 1.0, 0.0
    if number is None or (trail is right and isinstance(op, ast.Sub | ast.Div)):
        return obscured(trail, spot)
    if isinstance(op, ast.Div) and number:
        scale = 1 / number
    elif isinstance(op, ast.Mult):
        scale = number
    elif isinstance(op, ast.Add | ast.Sub):
        offset = number if isinstance(op, ast.Add) else -number
    else:
        return obscured(trail, spot)
    kwargs: dict[str, Value] = {"scale": Const(scale), "offset": Const(offset), "words": Const(written(node))}
    return extend(trail, operation(RESCALED, kwargs, spot))

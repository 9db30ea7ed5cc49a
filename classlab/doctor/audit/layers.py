"""Layers one after the other: applying them to symbolic tensors, and what operations between them count as."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from classlab.doctor.audit.array_arithmetic import written
from classlab.doctor.audit.values import CallResult, Const, SymbolicTensor, Value, number_of

if TYPE_CHECKING:
    from classlab.doctor.audit.interpreter import Interpreter
    from classlab.doctor.audit.location import Location

# Names of what stands between layers without being one.
RESCALED = "operation.Rescaling"
MERGED = "operation.merge"
OBSCURE = "operation.unknown"
_MOST_LAYERS = 500


def extend(tensor: SymbolicTensor, *layers: CallResult) -> SymbolicTensor:
    """A tensor after some more layers; of very deep networks the beginning and the end are kept."""
    joined = (*tensor.layers, *layers)
    if len(joined) > _MOST_LAYERS:
        gap = operation(OBSCURE, {}, layers[-1].location)
        joined = (*joined[: _MOST_LAYERS // 2], gap, *joined[-_MOST_LAYERS // 2 :])
    return SymbolicTensor(joined, tensor.certain, tensor.start, tensor.model)


def operation(name: str, kwargs: dict[str, Value], location: Location) -> CallResult:
    """An operation as if it were a layer."""
    return CallResult(name, (), kwargs, location)


def obscured(tensor: SymbolicTensor, location: Location) -> SymbolicTensor:
    """A tensor after something that is not understood."""
    return extend(tensor, operation(OBSCURE, {}, location))


def merged(tensors: list[SymbolicTensor], location: Location) -> SymbolicTensor:
    """Several tensors added, concatenated or otherwise put together."""
    longest = max(tensors, key=lambda tensor: len(tensor.layers))
    seen = {id(layer) for layer in longest.layers}
    others = {id(layer): layer for tensor in tensors for layer in tensor.layers if id(layer) not in seen}
    certain = all(tensor.certain for tensor in tensors)
    whole = SymbolicTensor(longest.layers, certain, longest.start, longest.model)
    return extend(whole, *others.values(), operation(MERGED, {}, location))


def after_operation(
    interpreter: Interpreter, op: ast.operator, left: Value, right: Value, node: ast.AST
) -> SymbolicTensor:
    """What a symbolic tensor is after arithmetic: a scaling by a number counts as a Rescaling layer."""
    location = interpreter.at(node)
    if isinstance(left, SymbolicTensor) and isinstance(right, SymbolicTensor):
        return merged([left, right], location)
    tensor, other = (left, right) if isinstance(left, SymbolicTensor) else (right, left)
    assert isinstance(tensor, SymbolicTensor)  # noqa: S101  (the caller has looked)
    number = number_of(other)
    scale, offset = 1.0, 0.0
    if number is None or (tensor is right and isinstance(op, ast.Sub | ast.Div)):
        return obscured(tensor, location)
    if isinstance(op, ast.Div) and number:
        scale = 1 / number
    elif isinstance(op, ast.Mult):
        scale = number
    elif isinstance(op, ast.Add | ast.Sub):
        offset = number if isinstance(op, ast.Add) else -number
    else:
        return obscured(tensor, location)
    kwargs: dict[str, Value] = {"scale": Const(scale), "offset": Const(offset), "words": Const(written(node))}
    return extend(tensor, operation(RESCALED, kwargs, location))

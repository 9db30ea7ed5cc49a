"""Attributes: `a.b`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from classlab.doctor.audit.definitions import library_name, member_of
from classlab.doctor.audit.join import any_of
from classlab.doctor.audit.library.containers import flattened
from classlab.doctor.audit.library.shown import column
from classlab.doctor.audit.scopes import ClassOf, Function, Instance, Method, Module, Record
from classlab.doctor.audit.trainings import Frame2D, History, Logs, Model
from classlab.doctor.audit.values import (
    UNKNOWN,
    Array,
    CallResult,
    Const,
    Items,
    Stream,
    Symbol,
    SymbolicTensor,
    Union,
    Value,
)

if TYPE_CHECKING:
    import ast

    from classlab.doctor.audit.interpreter import Interpreter

_VALUES_OF_ARRAYS = ("values", "data", "array")


def attribute(interpreter: Interpreter, owner: Value, name: str, node: ast.AST) -> Value:
    """What `owner.name` is; a method that is not called yet where nothing better is known."""
    if isinstance(owner, Symbol):
        return Symbol(library_name(f"{owner.name}.{name}"))
    if isinstance(owner, Array):
        return _of_array(owner, name)
    if isinstance(owner, Module):
        return member_of(interpreter, owner, name)
    if isinstance(owner, Instance):
        return _of_instance(interpreter, owner, name, node)
    if isinstance(owner, ClassOf):
        found = owner.find(name)
        return found if found is not None else UNKNOWN
    if isinstance(owner, Model):
        return _of_model(owner, name)
    if isinstance(owner, History):
        return Logs(owner.fit) if name == "history" else owner.fit.model if name == "model" else UNKNOWN
    if isinstance(owner, CallResult) and name in owner.fields:
        found_field: Value = owner.fields[name] if isinstance(owner.fields[name], Value) else UNKNOWN
        return found_field
    if isinstance(owner, Record) and name in owner.named:
        return owner.named[name]
    if isinstance(owner, Frame2D):
        return column(owner, name) or Method(owner, name)
    if isinstance(owner, Items) and name == "flat":
        return flattened(owner)
    if isinstance(owner, Stream) and name in ("classes", "labels") and isinstance(owner.element, Items):
        labels = owner.element.items[-1]  # here they stand in the order of the files
        return Array(replace(labels.facts, one_hot=False)) if isinstance(labels, Array) else UNKNOWN
    if isinstance(owner, Union):
        return _of_either(interpreter, owner, name, node)
    if isinstance(owner, SymbolicTensor):
        return UNKNOWN if name in ("shape", "dtype", "name") else Method(owner, name)
    return Method(owner, name)


def _of_array(owner: Array, name: str) -> Value:
    if name == "shape":
        shape = owner.facts.shape
        if shape is None:
            return UNKNOWN
        return Items(tuple(UNKNOWN if each is None else Const(each) for each in shape), "tuple")
    if name == "T":
        return Array(replace(owner.facts, shape=None))
    if name in _VALUES_OF_ARRAYS:
        return owner
    if name in ("dtype", "ndim", "size", "nbytes"):
        return UNKNOWN
    return Method(owner, name)


def _of_instance(interpreter: Interpreter, owner: Instance, name: str, node: ast.AST) -> Value:

    if name in owner.fields:
        value: Value = owner.fields[name]
        return value
    found = owner.of.find(name)
    if isinstance(found, Function):
        if " property" in found.defaults:
            return interpreter.call(found, (owner,), {}, node)
        return Method(owner, name, found)
    if found is not None:
        return found
    return Method(owner, name)


def _of_model(owner: Model, name: str) -> Value:
    network = owner.network
    if name in ("input", "inputs"):
        return SymbolicTensor((), start=owner) if name == "input" else Items((SymbolicTensor((), start=owner),))
    if name in ("output", "outputs"):
        tensor = SymbolicTensor(network.layers, network.certain, owner)
        return tensor if name == "output" else Items((tensor,))
    if name == "layers":
        return Items(network.layers, open=not network.certain)
    if name == "history" and owner.fits:
        return History(owner.fits[-1])
    if name == "optimizer" and owner.compiled is not None:
        return owner.compiled.optimizer if isinstance(owner.compiled.optimizer, CallResult) else UNKNOWN
    if name == "name":
        return Const(owner.name) if owner.name else UNKNOWN
    return Method(owner, name)


def _of_either(interpreter: Interpreter, owner: Union, name: str, node: ast.AST) -> Value:
    """A method of either is called on each; an attribute is that of either."""
    found = [attribute(interpreter, option, name, node) for option in owner.options]
    if all(isinstance(each, Method) for each in found):
        return Union(tuple(found))
    return any_of(found)

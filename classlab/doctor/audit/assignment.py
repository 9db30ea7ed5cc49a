"""Binding names, attributes and items to values."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING

from classlab.doctor.audit.foreign import foreign_of
from classlab.doctor.audit.iteration import unpacked
from classlab.doctor.audit.library.containers import extended, set_entry
from classlab.doctor.audit.naming import kept, named
from classlab.doctor.audit.operations import combined
from classlab.doctor.audit.rows import is_fold
from classlab.doctor.audit.scopes import Instance, Scope
from classlab.doctor.audit.trainings import Model, Network
from classlab.doctor.audit.values import (
    UNKNOWN,
    Array,
    Contents,
    Items,
    Mapping,
    Named,
    Value,
    text_of,
    whole_of,
)
from classlab.doctor.audit.words import splits_in, words_of

if TYPE_CHECKING:
    from classlab.doctor.audit.interpreter import Interpreter


def assign(interpreter: Interpreter, target: ast.expr, value: Value) -> None:
    """Binds a target of an assignment, a loop or a `with` to a value."""
    if isinstance(target, ast.Name):
        bind(interpreter, target.id, value, target)
    elif isinstance(target, ast.Tuple | ast.List):
        _unpack(interpreter, target, value)
    elif isinstance(target, ast.Starred):
        assign(interpreter, target.value, value)
    elif isinstance(target, ast.Attribute):
        _assign_attribute(interpreter, target, value)
    elif isinstance(target, ast.Subscript):
        _assign_item(interpreter, target, value)


def bind(interpreter: Interpreter, name: str, value: Value, node: ast.AST) -> None:
    """Gives a name to a value, in the scope that it belongs to."""
    interpreter.put(scope_of(interpreter, name), name, declared(interpreter, value, name))
    named(interpreter, name, "the variable", value, interpreter.at(node))


def scope_of(interpreter: Interpreter, name: str) -> Scope:
    """Where an assignment to a name goes."""
    frame = interpreter.frame
    if name in frame.outer:
        outer = frame.parent
        while outer is not None and name not in outer.names.fields:
            outer = outer.parent
        return (outer or interpreter.top).names
    return frame.names


def declared(interpreter: Interpreter, value: Value, name: str) -> Value:
    """Rows that the author set aside and called test or validation images are that.

    The name decides only for a share of the training rows, for rows without a division of their own, and for test
    images that are called validation images.
    """
    roles = splits_in(name) - {"train"} or ({"test"} if words_of(name)[-1:] == ("te",) else set())
    foreign = foreign_of(value)
    if foreign is not None:
        return replace(foreign, declared=roles.pop()) if len(roles) == 1 else foreign
    if not isinstance(value, Array) or not value.facts.rows:
        return value
    facts = value.facts
    if len(roles) != 1 or facts.role in roles:
        return value
    role = "validation" if is_fold(facts.rows) else roles.pop()  # every fold is held out once
    chosen = any(fragment.selections for fragment in facts.rows)
    all_trained = not chosen and {fragment.split for fragment in facts.rows} == {"train"}
    if not all_trained and (role != "test" or (chosen and facts.declared == "unknown")):
        interpreter.put(value, "facts", replace(facts, declared=role))
    return value


def _unpack(interpreter: Interpreter, target: ast.Tuple | ast.List, value: Value) -> None:
    star = next((place for place, part in enumerate(target.elts) if isinstance(part, ast.Starred)), None)
    parts = unpacked(value, len(target.elts) if star is None else None)
    if star is None:
        values = parts if parts is not None and len(parts) == len(target.elts) else [UNKNOWN] * len(target.elts)
    elif parts is None or len(parts) < len(target.elts) - 1:
        values = [UNKNOWN] * len(target.elts)
    else:
        after = len(target.elts) - star - 1
        middle = Items(tuple(parts[star : len(parts) - after]))
        values = [*parts[:star], middle, *parts[len(parts) - after :]]
    for part, each in zip(target.elts, values, strict=True):
        assign(interpreter, part, each)


def _assign_attribute(interpreter: Interpreter, target: ast.Attribute, value: Value) -> None:
    owner = interpreter.evaluate(target.value)
    if isinstance(owner, Model):
        if target.attr == "trainable":
            for layer in owner.network.layers:
                interpreter.put(layer, "trainable", value)
        elif target.attr == "layers":
            interpreter.put(owner, "network", Network((), False))
        return
    if isinstance(owner, Array):
        if target.attr != "shape":
            interpreter.put(owner, "facts", replace(owner.facts, opaque=True))
        return
    if isinstance(owner, Named):
        interpreter.put(owner, target.attr, value)
    if isinstance(owner, Instance):
        named(interpreter, target.attr, "the attribute", value, interpreter.at(target))


def _assign_item(interpreter: Interpreter, target: ast.Subscript, value: Value) -> None:
    owner, key = interpreter.evaluate(target.value), interpreter.evaluate(target.slice)
    location = interpreter.at(target)
    if isinstance(owner, Mapping):
        set_entry(interpreter, owner, key, value)
        named(interpreter, text_of(key), "the key", value, location)
        kept(interpreter, owner, key, value, location)
    elif isinstance(owner, Items):
        if isinstance(key, Items) and len(key.items) == 2:
            owner, key = _row_and_place(owner, key)
        place = whole_of(key)
        items = owner.items
        if place is not None and -len(items) <= place < len(items):
            changed = list(items)
            changed[place] = value
            interpreter.put(owner, "contents", Contents(tuple(changed), owner.open))
        else:
            interpreter.put(owner, "contents", Contents(tuple(UNKNOWN for _ in items), True))
    elif isinstance(owner, Array):
        interpreter.put(owner, "facts", replace(owner.facts, opaque=True, low=None, high=None))


def _row_and_place(owner: Items, key: Items) -> tuple[Items, Value]:
    """`table[i, j]` is place j of row i; of a row that is not known, the place in the table itself is not."""
    row, place = key.items
    number, rows = whole_of(row), owner.items
    inner = rows[number] if number is not None and -len(rows) <= number < len(rows) else None
    return (inner, place) if isinstance(inner, Items) else (owner, UNKNOWN)


def augment(interpreter: Interpreter, node: ast.AugAssign) -> None:
    """`x += y`: an array is changed in place, anything else gets a new value."""
    old = interpreter.evaluate(node.target)
    right = interpreter.evaluate(node.value)
    if isinstance(old, Items) and old.kind == "list" and isinstance(node.op, ast.Add):
        extended(interpreter, old, right)
        return
    new = combined(interpreter, node.op, old, right, node)
    if isinstance(old, Array) and isinstance(new, Array):
        if isinstance(node.target, ast.Subscript):
            _augment_part(interpreter, node.target, new)
        else:
            interpreter.put(old, "facts", new.facts)
    else:
        assign(interpreter, node.target, new)


def _augment_part(interpreter: Interpreter, target: ast.Subscript, new: Array) -> None:
    """`x[:] /= 255` changes the whole array; any other part leaves values of two kinds in it."""
    owner = interpreter.evaluate(target.value)
    if isinstance(owner, Mapping):
        set_entry(interpreter, owner, interpreter.evaluate(target.slice), new)
    elif isinstance(owner, Array):
        part = target.slice
        whole = ast.unparse(part) in (":", "...")
        interpreter.put(owner, "facts", new.facts if whole else replace(owner.facts, opaque=True, low=None, high=None))


def unbind(interpreter: Interpreter, target: ast.expr) -> None:
    """`del name`."""
    if isinstance(target, ast.Name):
        interpreter.drop(scope_of(interpreter, target.id), target.id)
    elif isinstance(target, ast.Tuple | ast.List):
        for part in target.elts:
            unbind(interpreter, part)

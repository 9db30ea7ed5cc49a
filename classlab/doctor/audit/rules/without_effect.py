"""E1: things that are made and never handed on: layers, callbacks, schedules, generators, class weights.

A name counts as read wherever the file reads it, in whichever scope, except where it only goes into a list that nobody
reads either.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from classlab.doctor.audit.draft import Draft, found
from classlab.doctor.audit.layers import OBSCURE
from classlab.doctor.audit.location import Location
from classlab.doctor.audit.words import words_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classlab.doctor.audit.trainings import Trace
    from classlab.doctor.audit.values import CallResult

RULES = ("E1",)
_LOST = (
    ("keras.layers.", "it is part of no model"),
    ("keras.callbacks.", "no training is given it"),
    ("keras.optimizers.", "no optimizer is given it"),
    ("keras.preprocessing.", "no training takes images from it"),
)
_GROWS = ("append", "extend", "insert")
_ANYTHING = ("globals", "locals", "vars", "eval", "exec")


def check(trace: Trace) -> Iterator[Draft]:
    """Looks for objects under names that nobody reads, layers made in passing, and outputs that lead nowhere."""
    if not trace.fits or trace.cut:
        return
    lost: dict[int, tuple[str, Location]] = {}
    for _, tree in trace.trees:
        lost |= _in_passing(trace, tree)
    lost |= _Reads(trace).lost()
    every = [*lost.values(), *((layer.name, layer.location) for layer in _leading_nowhere(trace))]
    for name, location in dict.fromkeys(every):
        yield _draft(name, location)


def _in_passing(trace: Trace, tree: ast.Module) -> dict[int, tuple[str, Location]]:
    """Layers that are made as a statement of their own."""
    statements = [node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)]
    made = {id(value): trace.made[id(value)] for value in statements if id(value) in trace.made}
    return {call: entry for call, entry in made.items() if entry[0].startswith("keras.layers.")}


def _leading_nowhere(trace: Trace) -> Iterator[CallResult]:
    """Layers that tensors went through and no model holds, where all models are known to the last layer."""
    networks = [*(model.network for model, _ in trace.models), *(fit.network for fit in trace.fits)]
    if not trace.models or any(fit.model.instance for fit in trace.fits):
        return
    if any(not network.certain or any(layer.name == OBSCURE for layer in network.layers) for network in networks):
        return
    held = {id(layer) for network in networks for layer in network.layers}
    inputs = {id(start) for _, start in trace.models if start is not None}
    for layer, start in trace.applied:
        if id(start) in inputs and id(layer) not in held and not layer.location.file:
            yield layer


class _Reads:
    """Where the names of a file are read."""

    def __init__(self, trace: Trace) -> None:
        self._made = trace.made
        nodes = [node for _, tree in trace.trees for node in ast.walk(tree)]
        self._parents = {id(child): node for node in nodes for child in ast.iter_child_nodes(node)}
        self._reads: dict[str, list[ast.Name]] = {}
        for node in nodes:
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                self._reads.setdefault(node.id, []).append(node)
        self._bound = [
            (cell, self._target(node), node.value)
            for cell, tree in trace.trees
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign | ast.AnnAssign)
        ]

    def lost(self) -> dict[int, tuple[str, Location]]:
        """The objects whose names nobody reads."""
        if any(name in self._reads for name in _ANYTHING):
            return {}
        unread: dict[int, tuple[str, Location]] = {}
        for cell, name, value in self._bound:
            if name is None or value is None or not self._unread(name, ()):
                continue
            for call in self._calls(value):
                unread[id(call)] = self._made[id(call)]
            if {"class"} < {*words_of(name)} and {"weight", "weights"} & {*words_of(name)} and _is_made(value):
                unread[id(value)] = ("class weights", Location(cell, value.lineno))
        return unread

    def _target(self, node: ast.Assign | ast.AnnAssign) -> str | None:
        """The one name that is bound; None for attributes, several names, and names of a class."""
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        inside_class = isinstance(self._parents.get(id(node)), ast.ClassDef)
        return targets[0].id if len(targets) == 1 and isinstance(targets[0], ast.Name) and not inside_class else None

    def _calls(self, value: ast.expr) -> Iterator[ast.Call]:
        for part in value.elts if isinstance(value, ast.List | ast.Tuple) else (value,):
            made = part.func if isinstance(part, ast.Call) and isinstance(part.func, ast.Call) else part
            if isinstance(made, ast.Call) and id(made) in self._made:
                yield made

    def _unread(self, name: str, inside: tuple[str, ...]) -> bool:
        if name in inside or len(inside) > 5:
            return name in inside
        return all(self._is_idle(node, (*inside, name)) for node in self._reads.get(name, ()))

    def _is_idle(self, node: ast.Name, inside: tuple[str, ...]) -> bool:
        """Whether a read leads nowhere: into a list that nobody reads, or to a method that only prepares the object."""
        parent = self._parents.get(id(node))
        above = self._parents.get(id(parent))
        if isinstance(parent, ast.Expr):
            return True
        if isinstance(parent, ast.Attribute) and parent.attr in (*_GROWS, "fit"):
            return isinstance(above, ast.Call) and isinstance(self._parents.get(id(above)), ast.Expr)
        if isinstance(parent, ast.Call) and isinstance(parent.func, ast.Attribute) and parent.func.attr in _GROWS:
            return isinstance(parent.func.value, ast.Name) and self._unread(parent.func.value.id, inside)
        if isinstance(parent, ast.List | ast.Tuple) and isinstance(above, ast.Assign):
            target = self._target(above)
            return target is not None and self._unread(target, inside)
        return False


def _is_made(value: ast.expr) -> bool:
    return isinstance(value, ast.Call | ast.Dict | ast.DictComp)


def _draft(name: str, location: Location) -> Draft:
    kind = name.rpartition(".")[2]
    text = "Class weights are worked out here, and no training is given them."
    for start, lost in _LOST:
        if name.startswith(start):
            text = f"{_article(kind)} {kind} is made here, and {lost}."
    return found("E1", text, location)


def _article(word: str) -> str:
    return "An" if word[:1] in "AEIOU" else "A"

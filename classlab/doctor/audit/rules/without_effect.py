"""E1: things that are made and never handed on, and callbacks and arguments that can never act.

A name counts as read wherever the file reads it, in whichever scope, except where it only goes into a list that nobody
reads either.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Final

from classlab.doctor.audit.draft import Draft, found
from classlab.doctor.audit.location import Location
from classlab.doctor.audit.network import OBSCURE
from classlab.doctor.audit.values import Const, text_of, whole_of
from classlab.doctor.audit.words import words_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classlab.doctor.audit.trace import Trace
    from classlab.doctor.audit.trainings import Fit
    from classlab.doctor.audit.values import CallResult

RULES = ("E1",)
_LOST = (
    ("keras.layers.", "it is part of no model"),
    ("keras.callbacks.", "no training is given it"),
    ("keras.optimizers.", "no model is compiled with it"),
    ("keras.losses.", "no model is compiled with it"),
    ("keras.metrics.", "no model is compiled with it"),
    ("keras.optimizers.schedules.", "no optimizer is given it"),
    ("keras.preprocessing.", "no training takes images from it"),
)
# Callbacks of Keras that wait: the place and the default of `patience`.
_WAITING: Final = {"EarlyStopping": (2, 0), "ReduceLROnPlateau": (2, 10)}
_GROWS = ("append", "extend", "insert")
_ANYTHING = ("globals", "locals", "vars", "eval", "exec")


def check(trace: Trace) -> Iterator[Draft]:
    """Looks for objects under names that nobody reads, layers made in passing, and outputs that lead nowhere."""
    yield from _never_acts(trace)
    for words, location in trace.unkept if trace.fits else ():
        yield found("E1 no result", f"`{words}` is worked out here, and its result goes nowhere.", location)
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
        if isinstance(parent, ast.Expr) or (isinstance(parent, ast.Subscript) and isinstance(parent.ctx, ast.Store)):
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


def _never_acts(trace: Trace) -> Iterator[Draft]:
    """Looks at what the callbacks of every training watch, and for how long they wait."""
    for fit in trace.fits:
        yield from _without_validation(fit)
        yield from _waiting_too_long(fit)
        if fit.validation is not None and fit.validation_split:
            text = "`validation_split` has no effect beside `validation_data`."
            yield found("E1 never acts", text, fit.location, remedy="Leave one of the two out.")


def _without_validation(fit: Fit) -> Iterator[Draft]:
    if fit.validation is not None or fit.validation_split or not fit.validation_known:
        return
    for callback in fit.callbacks:
        watched = _monitor(callback)
        if watched is not None and watched.startswith("val_"):
            text = f"{callback.kind} watches `{watched}`, which does not exist: the training has no validation images."
            remedy = "Set a share of the training images aside, as in validation_split=0.1."
            yield found("E1 never acts", text, callback.location, (fit.location,), remedy=remedy)


def _waiting_too_long(fit: Fit) -> Iterator[Draft]:
    waiting = {each.kind: each for each in fit.callbacks if each.kind in _WAITING and _patience(each) is not None}
    stop, reduce = waiting.get("EarlyStopping"), waiting.get("ReduceLROnPlateau")
    if stop is not None and reduce is not None and _monitor(stop) == _monitor(reduce) is not None:
        ends, waits = _patience(stop) or 0, _patience(reduce) or 0
        if waits >= ends and "start_from_epoch" not in stop.kwargs:
            text = (
                f"ReduceLROnPlateau waits for {waits} epochs without improvement, but EarlyStopping ends the training "
                f"after {ends}."
            )
            also, remedy = (stop.location, fit.location), "Let it wait for fewer epochs."
            yield found("E1 never acts", text, reduce.location, also, remedy=remedy)
            return
    for each in waiting.values():
        patience = _patience(each) or 0
        if fit.epochs is not None and 0 < fit.epochs <= patience and not _restores(each):
            text = f"{each.kind} waits for {patience} epochs without improvement, and the training has {fit.epochs}."
            remedy = "Let it wait for fewer epochs, or train for more."
            yield found("E1 never acts", text, each.location, (fit.location,), remedy=remedy)


def _monitor(callback: CallResult) -> str | None:
    """The figure that a callback acts by; None where it acts by none, or that is not known."""
    if not callback.name.startswith("keras.callbacks.") or "?" in callback.kwargs:
        return None
    if callback.kind == "ModelCheckpoint":
        given = callback.argument("monitor", 1)
        acts = callback.kwargs.get("save_best_only") == Const(True)
        return None if not acts else "val_loss" if given is None else text_of(given)
    if callback.kind not in _WAITING:
        return None
    given = callback.argument("monitor", 0)
    return "val_loss" if given is None else text_of(given)


def _patience(callback: CallResult) -> int | None:
    if "?" in callback.kwargs:
        return None
    place, default = _WAITING[callback.kind]
    given = callback.argument("patience", place)
    return default if given is None else whole_of(given)


def _restores(callback: CallResult) -> bool:
    return callback.kwargs.get("restore_best_weights", Const(False)) != Const(False)

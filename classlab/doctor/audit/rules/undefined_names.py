"""N1: names that are used and that nothing defines, as a model called by another name than it was built under.

Python's scopes are read, not followed: a name counts as defined wherever the file binds it in a scope around its use,
before or after. What may bring any name (a star import, `exec`, a cell that is not Python) leaves the rule unchecked.
"""

from __future__ import annotations

import ast
import difflib
import warnings
from typing import TYPE_CHECKING

from classlab.doctor.audit.definitions import BUILTINS
from classlab.doctor.audit.draft import Draft, found
from classlab.doctor.audit.location import Location

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from classlab.doctor.audit.source import CodeCell
    from classlab.doctor.audit.trace import Trace

RULES = ("N1",)
_ANYTHING = ("exec", "globals", "locals", "vars")
_INTO_MODULES = ("modules", "_convert_")  # `sys.modules[__name__]`, and how the standard library makes constants
_CAUGHT = ("NameError", "Exception", "BaseException")
_PREDEFINED = BUILTINS | {
    "__builtins__", "__", "___", "_i", "_ih", "_oh", "_dh", "__path__", "__annotations__", "__class__",
}  # fmt: skip
_MOST_PLACES = 10

_Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
_Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


def check_cells(trace: Trace, cells: Sequence[CodeCell]) -> Iterator[Draft]:
    """Looks up every name that the cells use; a notebook's cells share their names.

    Args:
        trace: where it is noted that the rule could not be checked.
        cells: the program.
    """
    trees = [_parsed(cell.text) for cell in cells]
    reason = _obstacle(trees)
    if reason:
        trace.unchecked["N1"] = reason
        return
    known = _PREDEFINED.union(*(_bound(tree.body) | _globals(tree) for tree in trees if tree))
    unknown: dict[str, list[Location]] = {}
    try:
        for cell, tree in zip(cells, trees, strict=True):
            uses = _Uses(known)
            uses.visit(tree or ast.Module([], []))
            for node in uses.found:
                unknown.setdefault(node.id, []).append(Location(cell.number, node.lineno))
    except RecursionError:
        trace.unchecked["N1"] = "the program is nested more deeply than the audit follows it"
        return
    for name, places in unknown.items():
        yield _draft(name, places, known)


def _draft(name: str, places: list[Location], known: frozenset[str]) -> Draft:
    near = difflib.get_close_matches(name, known - _PREDEFINED, n=1, cutoff=0.75)
    meant = f"; `{near[0]}` is close to it" if near else ""
    text, also = f"`{name}` is used here, but nothing defines it.", places[1:_MOST_PLACES]
    return found("N1", text, places[0], also, name=name, meant=meant)


def _parsed(text: str) -> ast.Module | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _obstacle(trees: Iterable[ast.Module | None]) -> str:
    """Why names may come from anywhere; "" where they cannot."""
    for tree in trees:
        if tree is None:
            return "a cell that is not valid Python may define any name"
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.names[0].name == "*":
                return f"`from {'.' * node.level}{node.module or ''} import *` may bring any name"
            word = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
            if word in (_ANYTHING if isinstance(node, ast.Name) else _INTO_MODULES):
                return f"`{word}` may define any name"
    return ""


def _globals(tree: ast.Module) -> set[str]:
    return {name for node in ast.walk(tree) if isinstance(node, ast.Global) for name in node.names}


def _bound(parts: Iterable[ast.AST]) -> set[str]:
    """The names that statements bind in their own scope."""
    names: set[str] = set()
    waiting = list(parts)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
            continue
        if isinstance(node, ast.Lambda):
            continue
        if isinstance(node, _Comprehension):
            names |= {each.target.id for each in ast.walk(node) if isinstance(each, ast.NamedExpr)}
            continue
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            names.add(node.id)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names |= {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
            names.add(node.name)
        elif isinstance(node, ast.MatchMapping) and node.rest:
            names.add(node.rest)
        waiting += ast.iter_child_nodes(node)
    return names


class _Uses(ast.NodeVisitor):
    """The names that no scope around them binds; annotations, which need not be worked out, are passed over."""

    def __init__(self, known: frozenset[str]) -> None:
        self.scopes: list[frozenset[str] | set[str]] = [known]
        self.found: list[ast.Name] = []

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load) and not any(node.id in scope for scope in self.scopes):
            self.found.append(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        self._visit_all([node.target, *([node.value] if node.value else [])])

    def visit_Try(self, node: ast.Try | ast.TryStar) -> None:
        caught = [ast.unparse(handler.type) if handler.type else "Exception" for handler in node.handlers]
        asked = any(name in each for each in caught for name in _CAUGHT)  # whether the name is there
        self._visit_all([*([] if asked else node.body), *node.handlers, *node.orelse, *node.finalbody])

    visit_TryStar = visit_Try  # noqa: N815  (names that the visitor asks for)

    def visit_FunctionDef(self, node: _Function) -> None:
        arguments = node.args
        self._visit_all([*arguments.defaults, *(each for each in arguments.kw_defaults if each)])
        self._visit_all(getattr(node, "decorator_list", []))
        body = [node.body] if isinstance(node, ast.Lambda) else node.body
        given = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
        self._inside({each.arg for each in given if each} | _bound(body) | _parameters(node), body)

    visit_AsyncFunctionDef = visit_Lambda = visit_FunctionDef  # noqa: N815  (names that the visitor asks for)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._visit_all(node.decorator_list)
        self._inside(_bound(node.body) | _parameters(node), [*node.bases, *node.keywords, *node.body])

    def visit_ListComp(self, node: _Comprehension) -> None:
        results = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        self._inside(_bound(node.generators), [*node.generators, *results])

    visit_SetComp = visit_DictComp = visit_GeneratorExp = visit_ListComp  # noqa: N815  (names that the visitor asks for)

    def _inside(self, names: set[str], parts: Iterable[ast.AST]) -> None:
        self.scopes.append(names)
        self._visit_all(parts)
        self.scopes.pop()

    def _visit_all(self, parts: Iterable[ast.AST]) -> None:
        for part in parts:
            self.visit(part)


def _parameters(node: ast.AST) -> set[str]:
    """The type parameters of a generic function or class."""
    return {each.name for each in getattr(node, "type_params", ())}

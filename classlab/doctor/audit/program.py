"""Follows the cells of a source one after the other, and functions that nobody called at the end."""

from __future__ import annotations

import ast
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from classlab.doctor.audit import bounds
from classlab.doctor.audit.calling import call
from classlab.doctor.audit.expressions import EXPRESSIONS
from classlab.doctor.audit.interpreter import Flow, Interpreter, Language, OutOfBudgetError
from classlab.doctor.audit.location import Location
from classlab.doctor.audit.scopes import ClassOf, Frame, Function, Instance, Module
from classlab.doctor.audit.source import read_source
from classlab.doctor.audit.statements import STATEMENTS
from classlab.doctor.audit.trace import Trace
from classlab.doctor.audit.values import UNKNOWN
from classlab.errors import ClasslabError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classlab.doctor.audit.source import CodeCell, Source


_KERAS = {
    "keras",
    "tensorflow",
    "tf_keras",
    "keras_core",
    "keras_tuner",
    "kerastuner",
    "tensorflow_datasets",
    "autokeras",
}
# Names that are never taken for a module beside the file.
_LIBRARIES = _KERAS | {"numpy", "pandas", "sklearn", "matplotlib", "torch", "scipy", "cv2", "PIL", "jax"}


class NotPythonError(Exception):
    """A piece of code that is not valid Python.

    Args:
        location: where.
        reason: what the parser says.
    """

    def __init__(self, location: Location, reason: str) -> None:
        super().__init__(reason)
        self.location, self.reason = location, reason


def trace_of(source: Source) -> tuple[Trace, tuple[NotPythonError, ...]]:
    """Follows a program and notes what the rules need.

    Args:
        source: the code.

    Returns:
        What was met, and the cells that are not Python.
    """
    trace = Trace()
    beside = Beside(source.name, source.folder)
    language = Language(expressions=EXPRESSIONS, statements=STATEMENTS, call=call, module=beside.module)
    interpreter = Interpreter(trace, language)
    parsed, broken = _parse(source.cells)
    interpreter.later = _first_definitions(parsed)
    trace.trees += [(cell.number, tree) for cell, tree in parsed]
    if not any(_imports_keras(tree, beside) for _, tree in parsed):
        trace.cut = "the file imports neither Keras nor TensorFlow"
        return trace, broken
    try:
        for cell, tree in parsed:
            interpreter.cell = cell.number
            _follow_all(interpreter, tree.body)
        _follow_uncalled(interpreter)
    except OutOfBudgetError:
        trace.cut = "the program goes on for longer than the audit follows it"
    except RecursionError:
        trace.cut = "the program is nested more deeply than the audit follows it"
    return trace, broken


class Beside:
    """The modules in the folder of a file: read like the file itself, and followed when they are first imported.

    Args:
        name: the file's name.
        folder: its folder; None where there is none.
    """

    def __init__(self, name: str, folder: Path | None) -> None:
        self._name, self._folder = name, folder
        self._known: dict[str, Module | None] = {}

    def path(self, name: str) -> Path | None:
        """The file, or the folder, that a module's name stands for."""
        if self._folder is None or name.partition(".")[0] in _LIBRARIES:
            return None
        found = self._folder.joinpath(*name.split(".")) if name else self._folder
        script = found.with_suffix(".py")
        if name and script.is_file():
            return None if script.name == Path(self._name).name and script.parent == self._folder else script
        if (found / "__init__.py").is_file():
            return found / "__init__.py"
        return found if found.is_dir() else None

    def module(self, interpreter: Interpreter, name: str) -> Module | None:
        """Follows a module, or gives what it was followed to before; None where it is not beside the file."""
        if name not in self._known:
            path = self.path(name) if len(self._known) < bounds.MODULES else None
            self._known[name] = Module(name) if path is not None else None
            if path is not None and path.suffix == ".py":
                self._follow(interpreter, self._known[name] or Module(name), path)
        return self._known[name]

    def _follow(self, interpreter: Interpreter, module: Module, path: Path) -> None:
        try:
            source = read_source(path, name=str(Path(self._name).parent / path.relative_to(self._folder or path)))
        except ClasslabError:
            return  # as if it were not there: its names are unknown
        parsed, _ = _parse(source.cells, file=source.name)
        interpreter.trace.modules.append(source)
        before = {name: getattr(interpreter, name) for name in ("frame", "cell", "file", "location", "caller")}
        interpreter.frame, interpreter.cell, interpreter.file = Frame(names=module), 0, source.name
        try:
            for _, tree in parsed:
                _follow_all(interpreter, tree.body)
        finally:
            for name, value in before.items():
                setattr(interpreter, name, value)


def _imports_keras(tree: ast.Module, beside: Beside) -> bool:
    """Whether there is anything to follow: without Keras nothing is trained that the rules speak of."""
    names: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names.append(node.module or "")
    return any(name.partition(".")[0] in _KERAS or (name and beside.path(name)) for name in names)


def _follow_all(interpreter: Interpreter, body: Sequence[ast.stmt]) -> None:
    """Follows statements; one that ends the program, as `sys.exit()`, does not end the audit."""
    for statement in body:
        interpreter.enter()
        try:
            interpreter.follow([statement])
        finally:
            interpreter.leave(Flow.BREAK, Flow.CONTINUE, Flow.RETURN)


def _parse(
    cells: Sequence[CodeCell], *, file: str = ""
) -> tuple[list[tuple[CodeCell, ast.Module]], tuple[NotPythonError, ...]]:
    parsed: list[tuple[CodeCell, ast.Module]] = []
    broken: list[NotPythonError] = []
    for cell in cells:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # an odd escape in somebody's string is no concern of ours
                tree = ast.parse(cell.text)
        except SyntaxError as problem:
            broken.append(NotPythonError(Location(cell.number, problem.lineno or 1), problem.msg))
            continue
        except (ValueError, RecursionError, MemoryError) as problem:
            broken.append(NotPythonError(Location(cell.number, 1), str(problem) or type(problem).__name__))
            continue
        if cell.number and tree.body:
            tree.body[-1].shown = True  # type: ignore[attr-defined]  # a notebook shows what its last line gives
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                node.place = (cell.number, file)  # type: ignore[union-attr]
        parsed.append((cell, tree))
    return parsed, tuple(broken)


def _first_definitions(parsed: Sequence[tuple[CodeCell, ast.Module]]) -> dict[str, Location]:
    """Where each name of the notebook is first bound outside functions."""
    found: dict[str, Location] = {}
    for cell, tree in parsed:
        for statement in tree.body:
            for name in _bound_by(statement):
                found.setdefault(name, Location(cell.number, statement.lineno))
    return found


def _bound_by(statement: ast.stmt) -> list[str]:
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [statement.name]
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return [(alias.asname or alias.name).partition(".")[0] for alias in statement.names]
    return [node.id for node in ast.walk(statement) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]


def _follow_uncalled(interpreter: Interpreter) -> None:
    """Functions that the file defines for others to call: their arguments are not known."""
    for value in list(interpreter.top.names.fields.values()):
        if isinstance(value, Function | ClassOf) and _is_imported(value):
            continue
        if isinstance(value, Function) and not value.called:
            parameters = value.node.args
            count = len(parameters.posonlyargs) + len(parameters.args) - len(parameters.defaults)
            interpreter.call(value, (UNKNOWN,) * max(0, count), {}, value.node)
        elif isinstance(value, ClassOf) and not value.made:
            _follow_class(interpreter, value)


def _is_imported(value: Function | ClassOf) -> bool:
    place = value.location.file if isinstance(value, ClassOf) else getattr(value.node, "place", (0, ""))[1]
    return bool(place)


def _follow_class(interpreter: Interpreter, of: ClassOf) -> None:
    """A class that nobody instantiates in the file: made with unknown arguments, its public methods called once."""
    start = of.find("__init__")
    count = len(start.node.args.args) - 1 - len(start.node.args.defaults) if isinstance(start, Function) else 0
    node = ast.Pass(lineno=of.location.line, end_lineno=of.location.line)
    interpreter.cell = of.location.cell
    made = interpreter.call(of, (UNKNOWN,) * max(0, count), {}, node)
    if not isinstance(made, Instance) or any(name.startswith("keras.") for name in of.foreign()):
        return
    for name, method in list(of.fields.items()):
        if isinstance(method, Function) and not name.startswith("_") and not method.called:
            parameters = method.node.args
            needed = max(0, len(parameters.args) - 1 - len(parameters.defaults))
            interpreter.call(method, (made, *(UNKNOWN,) * needed), {}, method.node)

"""The state of a followed program: names, branches that may or may not be taken, and how far one may go on."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING, Any

from classlab.doctor.audit import bounds
from classlab.doctor.audit.join import MISSING, join
from classlab.doctor.audit.location import NOWHERE, Location
from classlab.doctor.audit.scopes import Frame, Scope
from classlab.doctor.audit.values import UNKNOWN, Contents, MutableObject

if TYPE_CHECKING:
    import ast
    from collections.abc import Callable, Mapping, Sequence

    from classlab.doctor.audit.scopes import Module
    from classlab.doctor.audit.trace import Trace
    from classlab.doctor.audit.trainings import Model
    from classlab.doctor.audit.values import Value


class Flow(Enum):
    """How a block of statements ended."""

    NORMAL = auto()
    BREAK = auto()
    CONTINUE = auto()
    RETURN = auto()
    RAISE = auto()


class OutOfBudgetError(Exception):
    """The program is longer than the audit follows."""


# What changed: the object and its field, and the field afterwards.
Changes = dict[tuple[int, str], tuple[MutableObject, Any]]


@dataclass(eq=False)
class Canvas(MutableObject):
    """The figure that is being drawn: its number, and its curves in the order in which they were drawn."""

    figure: int = 0
    drawn: Contents = field(default_factory=lambda: Contents(()))


@dataclass(frozen=True)
class Language:
    """What the interpreter knows of Python and of libraries, by the kind of syntax.

    It is handed to the interpreter, so that expressions, statements and library functions can ask it for one
    another without importing each other.

    Args:
        expressions: evaluates one kind of expression.
        statements: follows one kind of statement; None where the next one comes after it.
        call: what calling a value with arguments gives.
        module: a module beside the file by its name, None where there is none.
    """

    expressions: Mapping[type[ast.expr], Callable[[Interpreter, Any], Value]]
    statements: Mapping[type[ast.stmt], Callable[[Interpreter, Any], Flow | None]]
    call: Callable[[Interpreter, Value, tuple[Value, ...], dict[str, Value], ast.AST], Value]
    module: Callable[[Interpreter, str], Module | None]


class Interpreter:
    """Holds the state, and forks and joins it.

    Every change of a name, list, model or array goes through `put`, which remembers what was there before. A branch
    that may not be taken is undone by that and compared with its alternative.

    Args:
        trace: what is met on the way.
        language: how each kind of syntax is followed.
    """

    def __init__(self, trace: Trace, language: Language) -> None:
        self.trace, self._language = trace, language
        self.top = Frame(names=Scope())
        self.frame = self.top
        self.steps = 0
        self.cell = 0
        self.file = ""
        self.location = NOWHERE
        self.caller: Location | None = None
        self.path: tuple[tuple[int, int], ...] = ()
        self.turns: tuple[tuple[int, int], ...] = ()
        self.functions: tuple[str, ...] = ()
        self.stars: list[str] = []
        self.seed: object = None
        self.shuffles: dict[object, int] = {}
        self.unseen: dict[object, Model] = {}  # models from out of sight, by what they are parts of
        self.canvas = Canvas()
        self.later: dict[str, Location] = {}
        self._marks = 0
        self._journal: list[dict[tuple[int, str], tuple[MutableObject, Any]]] = []
        self._pending: list[dict[Flow, list[Changes]]] = []

    def at(self, node: ast.AST) -> Location:
        """Where a piece of code stands."""
        line = getattr(node, "lineno", self.location.line)
        return Location(self.cell, line, getattr(node, "end_lineno", line) or line, self.caller, self.file)

    def step(self) -> None:
        """Counts one expression or statement.

        Raises:
            OutOfBudgetError: that was one too many.
        """
        self.steps += 1
        if self.steps > bounds.STEPS:
            raise OutOfBudgetError

    def evaluate(self, node: ast.expr) -> Value:
        """What an expression can be."""
        self.step()
        handler = self._language.expressions.get(type(node))
        return handler(self, node) if handler else UNKNOWN

    def follow(self, body: Sequence[ast.stmt]) -> Flow:
        """Follows statements one after the other, and says how they end."""
        for statement in body:
            self.step()
            self.location = self.at(statement)
            handler = self._language.statements.get(type(statement))
            flow = handler(self, statement) if handler else None
            if flow is not None and flow is not Flow.NORMAL:
                return flow
        return Flow.NORMAL

    def call(self, callee: Value, args: tuple[Value, ...], kwargs: dict[str, Value], node: ast.AST) -> Value:
        """What calling a value gives.

        Args:
            callee: what is called.
            args: positional arguments.
            kwargs: named arguments; "?" where there are some that are not known.
            node: where.
        """
        return self._language.call(self, callee, args, kwargs, node)

    def module(self, name: str) -> Module | None:
        """A module beside the file, followed when it is first asked for."""
        return self._language.module(self, name)

    def mark(self) -> int:
        """A number that nothing else has."""
        self._marks += 1
        return self._marks

    def put(self, owner: MutableObject, name: str, value: Any) -> None:
        """Changes one field of something."""
        if self._journal:
            self._journal[-1].setdefault((id(owner), name), (owner, owner.fields.get(name, MISSING)))
        owner.fields[name] = value

    def drop(self, owner: MutableObject, name: str) -> None:
        """Forgets one field."""
        if name in owner.fields:
            self.put(owner, name, MISSING)
            del owner.fields[name]

    def fork(self, node: ast.AST, branches: Sequence[Callable[[], Flow]]) -> Flow:
        """Follows several branches of which one is taken, and joins what they leave behind.

        Args:
            node: what makes them branch.
            branches: each follows one.

        Returns:
            NORMAL where one of them goes on; else how they all end.
        """
        before = self.path
        outcomes: list[tuple[Flow, Changes]] = []
        for index, branch in enumerate(branches):
            self.path = (*before, (id(node), index))[-24:]
            outcomes.append(self.attempt(branch))
        self.path = before
        for flow in (Flow.BREAK, Flow.CONTINUE, Flow.RETURN):
            if self._pending:
                self._pending[-1].setdefault(flow, []).extend(
                    changes for ended, changes in outcomes if ended is flow and len(outcomes) > 1
                )
        going = [changes for flow, changes in outcomes if flow is Flow.NORMAL]
        if going:
            self.merge(going)
            return Flow.NORMAL
        kind = next((flow for flow, _ in outcomes if flow is not Flow.RAISE), Flow.RAISE)
        self.merge([changes for flow, changes in outcomes if flow is kind])
        return kind

    def attempt(self, branch: Callable[[], Flow]) -> tuple[Flow, Changes]:
        """Follows a branch and undoes it; gives how it ended and what it would have changed."""
        self._journal.append({})
        try:
            flow = branch()
        finally:
            entries = self._journal.pop()
            after: Changes = {}
            for key, (owner, old) in entries.items():
                after[key] = (owner, owner.fields.get(key[1], MISSING))
                if old is MISSING:
                    owner.fields.pop(key[1], None)
                else:
                    owner.fields[key[1]] = old
        return flow, after

    def merge(self, outcomes: Sequence[Changes], *, also_unchanged: bool = False) -> None:
        """Applies the changes of the branches that go on, joined."""
        keys = {key: change[0] for changes in outcomes for key, change in changes.items()}
        for key, owner in keys.items():
            old = owner.fields.get(key[1], MISSING)
            ends = [changes[key][1] if key in changes else old for changes in outcomes]
            ends += [old] if also_unchanged else []
            result = ends[0]
            for other in ends[1:]:
                result = join(result, other)
            if result is MISSING:
                self.drop(owner, key[1])
            else:
                self.put(owner, key[1], result)

    def enter(self) -> None:
        """Begins a loop or a function: ends of branches that leave it are kept until it ends."""
        self._pending.append({})

    def leave(self, *kinds: Flow, outward: bool = False) -> None:
        """Ends it, and joins what the branches that left it early had changed.

        Args:
            *kinds: the ways of leaving that end here.
            outward: whether other ways of leaving go on to what encloses it.
        """
        pending = self._pending.pop()
        early = [changes for kind in kinds for changes in pending.get(kind, [])]
        if early:
            self.merge(early, also_unchanged=True)
        if outward and self._pending:
            for kind, changes in pending.items():
                if kind not in kinds:
                    self._pending[-1].setdefault(kind, []).extend(changes)

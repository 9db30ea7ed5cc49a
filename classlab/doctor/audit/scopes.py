"""Names and what the file defines: scopes, functions, classes and their objects, modules beside the file."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from classlab.doctor.audit.values import CallResult, Const, Items, Mapping, Named, Symbol, SymbolicTensor, Value

if TYPE_CHECKING:
    import ast
    from collections.abc import Callable

    from classlab.doctor.audit.location import Location


@dataclass
class Frame:
    """The names of one function call."""

    names: Scope
    parent: Frame | None = None
    outer: set[str] = field(default_factory=set)
    returned: list[Value] = field(default_factory=list)
    yielded: list[Value] = field(default_factory=list)
    function: Function | None = None


class Scope(Named):
    """Names and what they stand for; the fields are the names."""


class Module(Scope):
    """A module beside the file, with the names that it defines.

    Args:
        name: its full name.
    """

    def __init__(self, name: str) -> None:
        super().__init__(__name__=Const(name))
        self.name = name


class Function(Value):
    """A function or lambda of the file."""

    def __init__(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, frame: Frame, name: str) -> None:
        self.node, self.frame, self.name = node, frame, name
        self.defaults: dict[str, Value] = {}
        self.called = False
        self.decorated = False
        self.gave: list[Value] = []  # optimizers that calls of it gave back


class ClassOf(Named):
    """A class of the file.

    Args:
        name: its name.
        bases: what it inherits from.
        methods: its functions and attributes.
    """

    def __init__(self, name: str, bases: tuple[Value, ...], methods: dict[str, Value], location: Location) -> None:
        super().__init__(**methods)
        self.name, self.bases, self.location = name, bases, location
        self.made = False
        self.annotated: tuple[str, ...] = ()

    def find(self, name: str) -> Value | None:
        """A method or attribute, also of a base class of the file."""
        if name in self.fields:
            found: Value = self.fields[name]
            return found
        return next((hit for base in self.bases if isinstance(base, ClassOf) and (hit := base.find(name))), None)

    def foreign(self) -> tuple[str, ...]:
        """Full names of the library classes that it descends from."""
        names: list[str] = []
        for base in self.bases:
            names += base.foreign() if isinstance(base, ClassOf) else [base.name] if isinstance(base, Symbol) else ["?"]
        return tuple(names)


class Instance(CallResult):
    """An object of a class of the file; the fields are its attributes."""

    def __init__(self, of: ClassOf, args: tuple[Value, ...], kwargs: dict[str, Value], location: Location) -> None:
        super().__init__(of.name, args, kwargs, location)
        self.of = of


@dataclass(frozen=True)
class Method(Value):
    """A method of a value, not yet called."""

    owner: Value
    name: str
    function: Function | None = None


@dataclass(frozen=True)
class Native(Value):
    """A function worked out by the audit itself, as `functools.partial(f, 1)`."""

    call: Callable[[tuple[Value, ...], dict[str, Value]], Value]


class Record(Items):
    """A named tuple."""

    def __init__(self, named: dict[str, Value], order: tuple[Value, ...]) -> None:
        super().__init__(order, "tuple")
        self.named = named


def truth(value: Value) -> bool | None:
    """Whether a condition holds; None where that is not known."""
    if isinstance(value, Const):
        return bool(value.value)
    if isinstance(value, Items):
        return None if value.open and not value.items else bool(value.items)
    if isinstance(value, Mapping):
        return None if value.open and not value.pairs else bool(value.pairs)
    return True if isinstance(value, Function | ClassOf | CallResult | SymbolicTensor) else None


def frozen(value: Value) -> object | None:
    """A value as something that can be compared and looked up; None where it is not known."""
    if isinstance(value, Const | Symbol):
        return value
    if isinstance(value, Items) and value.kind == "tuple" and not value.open:
        parts = tuple(frozen(item) for item in value.items)
        return None if None in parts else parts
    return None

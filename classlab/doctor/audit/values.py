"""What an expression can be: a constant, an array, a container, something of Keras's, or unknown.

Unknown stays unknown: no rule speaks of a value whose origin is not followed all the way.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import ast
    from collections.abc import Callable

    from classlab.doctor.audit.facts import DatasetRole, Facts, Numbering
    from classlab.doctor.audit.location import Location
    from classlab.doctor.audit.rows import Selection


class Value:
    """Anything that a name can stand for."""


@dataclass(frozen=True)
class Unknown(Value):
    """Nothing is known."""


UNKNOWN = Unknown()


@dataclass(frozen=True)
class Foreign(Unknown):
    """What code out of sight gave: nothing is known of it, except that two uses of it are uses of the same.

    Args:
        maker: the function that gave it, and which call of it.
        path: the places, keys and attributes that lead to this part of it.
        location: where it was called.
        declared: what the author's name for it says that its rows are for.
    """

    maker: tuple[str, int]
    location: Location
    path: tuple[object, ...] = ()
    declared: DatasetRole = "unknown"

    def part(self, step: object) -> Foreign:
        """One of its parts."""
        return replace(self, path=(*self.path, step))


@dataclass(frozen=True)
class Const(Value):
    """A number, a text, True, False, None or Ellipsis."""

    value: Any

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Const) and type(self.value) is type(other.value) and self.value == other.value

    def __hash__(self) -> int:
        return hash((type(self.value), self.value))


NONE = Const(None)


@dataclass(frozen=True, eq=False)
class Place(Const):
    """A place in a list whose order is not fixed; the value is None where the place is not known."""

    numbering: Numbering


@dataclass(frozen=True)
class Union(Value):
    """One of a few values, depending on a condition that is not known."""

    options: tuple[Value, ...]


@dataclass(frozen=True)
class Symbol(Value):
    """A module, class or function of a library, by its full name, as in `keras.layers.Dense`."""

    name: str


@dataclass(frozen=True)
class Number(Value):
    """A number computed from an array, as its largest value or its mean.

    Args:
        stat: what it is.
        facts: the array when it was computed.
        value: the number where it is known.
        location: where it was computed.
        words: how it is written.
    """

    stat: Literal["max", "min", "mean", "std", "length"]
    facts: Facts
    value: float | None
    location: Location
    words: str


@dataclass(frozen=True)
class Chooser(Value):
    """What picks rows: a mask, a permutation or part of one.

    Args:
        selections: what it does to the rows.
        order: the permutation that it is, None where it keeps the order.
        other: for a mask, what its complement does.
        arranges: what the rows are afterwards, where it picks one class or puts rows in the order of their classes.
        pixels: for a mask over images, what it is as an array of 0 and 1.
    """

    selections: tuple[Selection, ...]
    order: object = None
    other: tuple[Selection, ...] | None = None
    arranges: Literal["", "one class", "by class"] = ""
    pixels: Facts | None = None


class MutableObject(Value):
    """Something that can change: what changes is in `fields`, so that two branches of an `if` can be told apart."""

    def __init__(self, **fields: Any) -> None:
        self.fields: dict[str, Any] = fields


class Array(MutableObject):
    """An array, tensor or column of data; its facts change when it is scaled in place."""

    def __init__(self, facts: Facts) -> None:
        super().__init__(facts=facts)

    @property
    def facts(self) -> Facts:
        """What is known of it now."""
        facts: Facts = self.fields["facts"]
        return facts


@dataclass(frozen=True)
class Contents:
    """What a list or tuple holds; `open` where there may be more."""

    items: tuple[Value, ...]
    open: bool = False


class Items(MutableObject):
    """A list, tuple or set."""

    def __init__(self, items: tuple[Value, ...], kind: Literal["list", "tuple", "set"], *, open: bool = False) -> None:  # noqa: A002  (the word for it)
        super().__init__(contents=Contents(items, open))
        self.kind = kind

    @property
    def contents(self) -> Contents:
        """What it holds now."""
        contents: Contents = self.fields["contents"]
        return contents


@dataclass(frozen=True)
class Entries:
    """What a dictionary holds, in order; `open` where there may be more."""

    pairs: tuple[tuple[Value, Value], ...]
    open: bool = False


class Mapping(MutableObject):
    """A dictionary."""

    def __init__(self, pairs: tuple[tuple[Value, Value], ...], *, open: bool = False) -> None:  # noqa: A002
        super().__init__(entries=Entries(pairs, open))

    @property
    def entries(self) -> Entries:
        """What it holds now."""
        entries: Entries = self.fields["entries"]
        return entries


class CallResult(MutableObject):
    """The result of calling a library: a layer, an optimizer, a loss, a callback, a scaler.

    Args:
        name: full name of what was called.
        args: positional arguments.
        kwargs: named arguments.
        location: where.
    """

    def __init__(self, name: str, args: tuple[Value, ...], kwargs: dict[str, Value], location: Location) -> None:
        super().__init__()
        self.name, self.args, self.kwargs, self.location = name, args, kwargs, location

    @property
    def kind(self) -> str:
        """The last part of the name."""
        return self.name.rpartition(".")[2]

    def argument(self, name: str, position: int | None = None) -> Value | None:
        """An argument by its name, or by its place; None where it was not given."""
        if name in self.kwargs:
            return self.kwargs[name]
        return self.args[position] if position is not None and position < len(self.args) else None


@dataclass(frozen=True)
class SymbolicTensor(Value):
    """A symbolic tensor, or a model's output: the layers that its values went through.

    Args:
        layers: first to last.
        certain: whether all of them are known and stand in one row; False after a merge or something unknown.
        start: the input it came from.
    """

    layers: tuple[CallResult, ...]
    certain: bool = True
    start: object = None
    model: MutableObject | None = None


@dataclass
class Frame:
    """The names of one function call."""

    names: Scope
    parent: Frame | None = None
    outer: set[str] = field(default_factory=set)
    returned: list[Value] = field(default_factory=list)
    yielded: list[Value] = field(default_factory=list)
    function: Function | None = None


class Scope(MutableObject):
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


class ClassOf(MutableObject):
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


@dataclass(frozen=True)
class Stream(Value):
    """A pipeline or generator of data: what one element looks like."""

    element: Value
    reshuffled: Location | None = None


@dataclass(frozen=True)
class Text(Value):
    """A text of which some parts are not known.

    Args:
        parts: what it is put together from.
    """

    parts: tuple[Value, ...]

    @property
    def known(self) -> str:
        """The known parts."""
        return " ".join(str(part.value) for part in self.parts if isinstance(part, Const))


def text_of(value: Value | None) -> str | None:
    """The text that a value is."""
    return value.value if isinstance(value, Const) and isinstance(value.value, str) else None


def number_of(value: Value | None) -> float | None:
    """The number that a value is."""
    if isinstance(value, Number):
        return value.value
    known = isinstance(value, Const) and isinstance(value.value, int | float) and not isinstance(value.value, bool)
    return value.value if known and isinstance(value, Const) else None


def whole_of(value: Value | None) -> int | None:
    """The whole number that a value is."""
    number = number_of(value)
    return (
        int(number)
        if number is not None and number == number and abs(number) < 2**62 and number == int(number)
        else None
    )


def truth(value: Value) -> bool | None:
    """Whether a condition holds; None where that is not known."""
    if isinstance(value, Const):
        return bool(value.value)
    if isinstance(value, Items):
        return None if value.contents.open and not value.contents.items else bool(value.contents.items)
    if isinstance(value, Mapping):
        return None if value.entries.open and not value.entries.pairs else bool(value.entries.pairs)
    if isinstance(value, Function | ClassOf | CallResult | SymbolicTensor | Symbol):
        return True if not isinstance(value, Symbol) else None
    return None


def frozen(value: Value) -> object | None:
    """A value as something that can be compared and looked up; None where it is not known."""
    if isinstance(value, Const | Symbol):
        return value
    if isinstance(value, Items) and value.kind == "tuple" and not value.contents.open:
        parts = tuple(frozen(item) for item in value.contents.items)
        return None if None in parts else parts
    return None

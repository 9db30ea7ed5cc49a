"""What an expression can be: a constant, an array, a container, something of Keras's, or unknown.

Unknown stays unknown: no rule speaks of a value whose origin is not followed all the way.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
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


Stat = Literal["max", "min", "mean", "std"]


@dataclass(frozen=True)
class Number(Value):
    """A number computed from an array, as its largest value or its mean; the facts are those of that time.

    Args:
        stat: what it is.
        value: the number where it is known.
        words: how it is written.
    """

    stat: Stat
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
    """Something that can change: what changes goes through `Interpreter.put`, so that branches can be told apart."""

    @property
    def fields(self) -> dict[str, Any]:
        """What can change, by name."""
        return self.__dict__


class Named(MutableObject):
    """Something whose fields have names of the program's own: a scope, an object and its attributes."""

    def __init__(self, **fields: Any) -> None:
        self._fields: dict[str, Any] = fields

    @property
    def fields(self) -> dict[str, Any]:
        """What can change, by name."""
        return self._fields


@dataclass(eq=False)
class Array(MutableObject):
    """An array, tensor or column of data; its facts change when it is scaled in place."""

    facts: Facts

    def but(self, **changes: Any) -> Array:
        """Another array of which other facts hold."""
        return Array(replace(self.facts, **changes))


@dataclass(frozen=True)
class Contents:
    """What a list or tuple holds; `open` where there may be more."""

    items: tuple[Value, ...]
    open: bool = False


class Items(MutableObject):
    """A list, tuple or set.

    Args:
        items: what it holds.
        kind: which of the three.
        open: whether there may be more.
        numbering: what places in it are, where its order is not fixed.
    """

    def __init__(
        self,
        items: tuple[Value, ...],
        kind: Literal["list", "tuple", "set"] = "list",
        *,
        open: bool = False,  # noqa: A002  (the word for it)
        numbering: Numbering | None = None,
    ) -> None:
        self.contents, self.kind, self.numbering = Contents(items, open), kind, numbering
        self.written = False  # whether it is kept in a file
        self.order: object = None  # the last shuffle that it went through

    @property
    def items(self) -> tuple[Value, ...]:
        """What it holds now."""
        return self.contents.items

    @property
    def open(self) -> bool:
        """Whether there may be more."""
        return self.contents.open


@dataclass(frozen=True)
class Entries:
    """What a dictionary holds, in order; `open` where there may be more."""

    pairs: tuple[tuple[Value, Value], ...]
    open: bool = False


class Mapping(MutableObject):
    """A dictionary; a missing key of one with a default gets what the default makes."""

    def __init__(
        self,
        pairs: tuple[tuple[Value, Value], ...] = (),
        *,
        open: bool = False,  # noqa: A002  (the word for it)
        default: Value | None = None,
    ) -> None:
        self.entries, self.default = Entries(pairs, open), default

    @property
    def pairs(self) -> tuple[tuple[Value, Value], ...]:
        """What it holds now."""
        return self.entries.pairs

    @property
    def open(self) -> bool:
        """Whether there may be more."""
        return self.entries.open


class CallResult(Named):
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


@dataclass(frozen=True)
class Stream(Value):
    """A pipeline or generator of data: what one element looks like."""

    element: Value
    reshuffled: Location | None = None


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
    whole = number is not None and number == number and abs(number) < 2**62 and number == int(number)
    return int(number) if whole and number is not None else None

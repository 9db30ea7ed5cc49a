"""One call of a library function, as the tables of the library see it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from classlab.doctor.audit.array_arithmetic import written
from classlab.doctor.audit.foreign import as_array
from classlab.doctor.audit.values import UNKNOWN, Array, CallResult, Const, Value, text_of, whole_of

if TYPE_CHECKING:
    import ast
    from collections.abc import Callable

    from classlab.doctor.audit.interpreter import Interpreter
    from classlab.doctor.audit.location import Location


@dataclass(frozen=True)
class Request:
    """A call.

    Args:
        interpreter: the state.
        name: full name of the function.
        args: positional arguments.
        kwargs: named arguments; "?" among them where some are not known.
        node: the call in the code.
        method: whether it is a method, whose object is the first argument.
    """

    interpreter: Interpreter
    name: str
    args: tuple[Value, ...]
    kwargs: dict[str, Value]
    node: ast.AST
    method: bool = False

    @property
    def location(self) -> Location:
        """Where it stands."""
        return self.interpreter.at(self.node)

    @property
    def kind(self) -> str:
        """The last part of the name."""
        return self.name.rpartition(".")[2]

    def get(self, position: int | None, *names: str) -> Value | None:
        """An argument by its place or its names; None where it was not given."""
        for name in names:
            if name in self.kwargs:
                return self.kwargs[name]
        return self.args[position] if position is not None and position < len(self.args) else None

    def text(self, position: int | None, *names: str) -> str | None:
        """An argument that is a text."""
        return text_of(self.get(position, *names))

    def whole(self, position: int | None, *names: str) -> int | None:
        """An argument that is a whole number."""
        return whole_of(self.get(position, *names))

    def says(self, name: str, value: object) -> bool:
        """Whether a named argument is this constant."""
        return self.kwargs.get(name) == Const(value)

    def first(self) -> Value:
        """The first argument, whatever its name."""
        return self.args[0] if self.args else next(iter(self.kwargs.values()), UNKNOWN)

    def array(self) -> Array | None:
        """The first argument where it is, or may be, an array."""
        return as_array(self.first())

    def made(self) -> CallResult:
        """The object that the call makes, of which it is known what made it."""
        return CallResult(self.name, self.args, self.kwargs, self.location)

    def words(self) -> str:
        """The call as its author wrote it."""
        return written(self.node)


if TYPE_CHECKING:
    Handler = Callable[[Request], Value]
    Table = dict[str, Handler]


def table(*rows: tuple[Handler, str]) -> Table:
    """Handlers by the names of what they handle, from rows of a handler and names apart by spaces.

    Example:
        >>> table((len, "a b"), (max, "c")) == {"a": len, "b": len, "c": max}
        True
    """
    return {name: handler for handler, names in rows for name in names.split()}

"""The base of every record: how records behave on their way to JSON and back, and what they refuse to hold."""

from __future__ import annotations

from dataclasses import fields
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, get_type_hints

from pydantic import ConfigDict

from classlab.errors import SpecError
from classlab.records.bounds import Bounds
from classlab.records.field_types import Misfit, converter, words_for

if TYPE_CHECKING:
    from collections.abc import Callable

    Field = tuple[str, Callable[[Any], Any], Bounds | None, str]

_LONGEST_SHOWN = 80  # characters of a refused value


class Record:
    """Marks a frozen dataclass as a record.

    Unknown keys are refused when a record is read. Figures of diverged runs are not finite and JSON has no
    such numbers, so they travel as the strings "NaN", "Infinity" and "-Infinity".
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid", ser_json_inf_nan="strings")


class CheckedRecord(Record):
    """A record that is written to disk: what it holds when it is made is what reading it back will give.

    Every field is held against its own type and bounds, by the rules of a reader: NumPy's numbers become Python's,
    a whole number stands for a float, and nothing else is converted.

    Raises:
        SpecError: a field has a value that it does not take.
    """

    _owner: ClassVar[str] = ""  # what a sentence puts before a field's name, as in "early stopping's "

    def __post_init__(self) -> None:
        for name, convert, bounds, rule in _fields(type(self)):  # type: ignore[arg-type]  # a class hashes by what it is
            given = getattr(self, name)
            try:
                value = convert(given)
            except Misfit:
                value = Misfit
            if value is Misfit or not (bounds is None or bounds.hold(value)):
                raise SpecError(self._refusal(name, given, bounds, rule))
            if value is not given:
                object.__setattr__(self, name, value)

    def _refusal(self, name: str, given: Any, bounds: Bounds | None, rule: str) -> str:
        shown = repr(given)
        shown = shown if len(shown) <= _LONGEST_SHOWN else f"{shown[:_LONGEST_SHOWN]}..."
        step = "Give such a value." if bounds is None or bounds.example is None else f"Try {name}={bounds.example!r}."
        step = step if bounds is None else bounds.step or step
        return f"{self._owner}`{name}` must be {rule}, but got {name}={shown}. {step}"


@cache
def _fields(kind: type[CheckedRecord]) -> tuple[Field, ...]:
    """Name, converter, bounds and rule of every field."""
    hints = get_type_hints(kind, include_extras=True)
    found = []
    for field in fields(kind):  # type: ignore[arg-type]  # every record is a dataclass
        hint = hints[field.name]
        bounds = next((part for part in getattr(hint, "__metadata__", ()) if isinstance(part, Bounds)), None)
        found.append((field.name, converter(hint), bounds, words_for(hint) if bounds is None else bounds.rule))
    return tuple(found)

"""The base of every record: how records behave on their way to JSON and back, and what they refuse to hold."""

from __future__ import annotations

from dataclasses import fields
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, get_type_hints

from pydantic import ConfigDict

from classlab.errors import SpecError, shown_value
from classlab.options import check
from classlab.records.bounds import Asked, Bounds
from classlab.records.field_types import Misfit, converter, takes_none, words_for

if TYPE_CHECKING:
    from collections.abc import Callable


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
        for field in _fields(type(self)):  # type: ignore[arg-type]  # a class hashes by what it is
            given = getattr(self, field.name)
            value = given
            if field.option and not (given is None and field.may_be_none):
                value = check(field.option, given, called=field.name)
            try:
                value = field.convert(value)
            except Misfit:
                raise SpecError(self._refusal(field, given)) from None
            if field.bounds is not None and not field.bounds.hold(value):
                raise SpecError(self._refusal(field, given))
            if value is not given:
                object.__setattr__(self, field.name, value)

    def _refusal(self, field: _Field, given: Any) -> str:
        bounds = field.bounds
        example = None if bounds is None else bounds.example
        step = "Give such a value." if example is None else f"Write for example {field.name}={example!r}."
        return f"{self._owner}`{field.name}` must be {field.rule}, but got {field.name}={shown_value(given)}. {step}"


class _Field(NamedTuple):
    """What is known of a record's field: its name, the test of its type, its bounds, and its name as an option."""

    name: str
    convert: Callable[[Any], Any]
    bounds: Bounds | None
    rule: str
    option: str
    may_be_none: bool


@cache
def _fields(kind: type[CheckedRecord]) -> tuple[_Field, ...]:
    """What is known of every field of a record."""
    hints = get_type_hints(kind, include_extras=True)
    found = []
    for field in fields(kind):  # type: ignore[arg-type]  # every record is a dataclass
        hint = hints[field.name]
        marks = getattr(hint, "__metadata__", ())
        bounds = next((mark for mark in marks if isinstance(mark, Bounds)), None)
        asked = next((mark.option or field.name for mark in marks if isinstance(mark, Asked)), "")
        rule = words_for(hint) if bounds is None else bounds.rule
        found.append(_Field(field.name, converter(hint), bounds, rule, asked, takes_none(hint)))
    return tuple(found)

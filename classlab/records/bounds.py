"""The bounds of a field: which values it takes, in numbers for a program and in words for a sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, get_type_hints


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """Which numbers a field takes; the one place where that is said, whoever asks for a value.

    Args:
        rule: completes "must be", as in "a whole number of at least 1".
        example: a usual value.
        step: the next step of a refusal; the example where it is empty.
        least: smallest value.
        above: every value is larger.
        most: largest value.
        below: every value is smaller.
    """

    rule: str
    example: Any = None
    step: str = ""
    least: float | None = None
    above: float | None = None
    most: float | None = None
    below: float | None = None

    def hold(self, value: Any) -> bool:
        """Whether the bounds hold for a number, or for every number of a tuple; words are judged by their type.

        Example:
            >>> Bounds(rule="two sizes", least=1).hold((3, 0))
            False
        """
        if isinstance(value, tuple):
            return all(self.hold(each) for each in value)
        if value is None or isinstance(value, str):
            return True
        # Written so that a NaN, of which every comparison is false, holds nowhere.
        return (
            (self.least is None or value >= self.least)
            and (self.above is None or value > self.above)
            and (self.most is None or value <= self.most)
            and (self.below is None or value < self.below)
        )

    def constraints(self) -> dict[str, float]:
        """The bounds under the names of pydantic's `Field` and of JSON Schema's drafts."""
        named = {"ge": self.least, "gt": self.above, "le": self.most, "lt": self.below}
        return {name: bound for name, bound in named.items() if bound is not None}


_INFINITY = float("inf")
_MOST_COUNTED = 10_000_000  # epochs, images of a batch: more is always a slip


def count(example: int, *, step: str = "") -> Bounds:
    """At least one, and no more than anyone counts."""
    return Bounds(
        rule="a whole number from 1 to 10,000,000",
        example=example,
        step=step,
        least=1,
        most=_MOST_COUNTED,
    )


def positive(example: float, *, step: str = "") -> Bounds:
    """Above zero and finite."""
    return Bounds(rule="a positive, finite number", example=example, step=step, above=0, below=_INFINITY)


def not_negative(example: float, *, step: str = "") -> Bounds:
    """Zero or more, and finite."""
    return Bounds(rule="a finite number that is not negative", example=example, step=step, least=0, below=_INFINITY)


def share(example: float, *, step: str = "") -> Bounds:
    """From 0 to below 1."""
    return Bounds(rule="a number from 0 to below 1", example=example, step=step, least=0, below=1)


def size(example: int | tuple[int, ...], *, words: str = "a whole number") -> Bounds:
    """At least one, and small enough that a shape can be reckoned with."""
    return Bounds(rule=f"{words} from 1 to 2**31 - 1", example=example, least=1, below=2**31)


FINITE = Bounds(rule="a finite number", above=-_INFINITY, below=_INFINITY)
SEED = Bounds(rule="a whole number from 0 to 2**63 - 1", example=0, least=0, below=2**63, step="Try 0.")


def bounds_of(kind: type, name: str) -> Bounds | None:
    """The bounds of a record's field; None where its type says all.

    Args:
        kind: the record's class.
        name: the field.

    Example:
        >>> from classlab.records import RunSpec
        >>> bounds_of(RunSpec, "epochs").constraints()
        {'ge': 1, 'le': 10000000}
    """
    hint = get_type_hints(kind, include_extras=True)[name]
    return next((part for part in getattr(hint, "__metadata__", ()) if isinstance(part, Bounds)), None)

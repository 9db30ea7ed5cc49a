"""The bounds of a field: which values it takes, in numbers for a program and in words for a sentence.

Of a field that a user can set, the table of options has them (`classlab.options`); here stand the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """Which numbers a field takes.

    Args:
        rule: completes "must be", as in "a number from 0 to below 1".
        example: a usual value.
        least: smallest value.
        above: every value is larger.
        most: largest value.
        below: every value is smaller.
    """

    rule: str
    example: Any = None
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


_INFINITY = float("inf")
EDGES = Bounds(rule="two pairs of whole numbers from 0 on", example=((1, 1), (1, 1)), least=0, below=2**31)
FINITE = Bounds(rule="a finite number", above=-_INFINITY, below=_INFINITY)


def not_negative(example: float) -> Bounds:
    """Zero or more, and finite."""
    return Bounds(rule="a finite number that is not negative", example=example, least=0, below=_INFINITY)


def share(example: float) -> Bounds:
    """From 0 to below 1."""
    return Bounds(rule="a number from 0 to below 1", example=example, least=0, below=1)


def size(example: int | tuple[int, ...], *, words: str = "a whole number") -> Bounds:
    """At least one, and small enough that a shape can be reckoned with."""
    return Bounds(rule=f"{words} from 1 to 2**31 - 1", example=example, least=1, below=2**31)


@dataclass(frozen=True)
class Asked:
    """Marks a field that is an option of a training or study: its type and bounds stand in the table of options.

    Args:
        option: its name there; the field's own where it is empty.
    """

    option: str = ""

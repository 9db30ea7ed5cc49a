"""Statistics of arrays: their largest value, their mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from classlab.doctor.audit.values import UNKNOWN, Array, Const, Number, Value

if TYPE_CHECKING:
    from classlab.doctor.audit.location import Location


def statistic_of(array: Array, stat: Literal["max", "min", "mean", "std"], location: Location, words: str) -> Value:
    """A statistic of an array.

    The largest value is taken for known where the range is: among thousands of images some pixel has it.
    """
    facts = array.facts
    if facts.kind == "labels" and stat in ("max", "min"):
        known = facts.high if stat == "max" else facts.low
        return UNKNOWN if known is None or facts.opaque else Const(int(known) if known == int(known) else known)
    value = facts.high if stat == "max" else facts.low if stat == "min" else None
    return Number(stat, facts, value, location, words)

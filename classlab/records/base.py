"""The base of every record: how records behave on their way to JSON and back."""

from __future__ import annotations

from datetime import UTC, datetime
from math import isfinite, isnan
from typing import Any, ClassVar

from pydantic import ConfigDict


class Record:
    """Marks a frozen dataclass as a record.

    Unknown keys are refused when a record is read. Figures of diverged runs are not finite and JSON has no
    such numbers, so they travel as the strings "NaN", "Infinity" and "-Infinity".
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid", ser_json_inf_nan="strings")


def time_stamp(now: datetime | None = None) -> str:
    """A time as records carry it, ISO 8601 in UTC to the second; the clock's where `now` is None."""
    return (now or datetime.now(UTC)).isoformat(timespec="seconds")


def finite(value: Any) -> Any:
    """What JSON can carry: in dicts, lists and tuples, figures that are not finite become strings as in records."""
    if isinstance(value, dict):
        return {key: finite(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [finite(each) for each in value]
    if not isinstance(value, float) or isfinite(value):
        return value
    return "NaN" if isnan(value) else "Infinity" if value > 0 else "-Infinity"

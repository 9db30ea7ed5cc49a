"""Values as JSON and people read them: documents, times, states, and figures that are not finite."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from math import isfinite, isnan
from typing import Any, TypeAlias

JsonDocument: TypeAlias = Mapping[str, object]  # leaves the program; whoever reads it knows its keys


def time_stamp(now: datetime | None = None, *, exact: bool = False) -> str:
    """A time as records carry it, ISO 8601 in UTC to the second; the clock's where `now` is None.

    Args:
        now: the time.
        exact: to the microsecond, where it tells apart what happened in the same second on two machines.
    """
    return (now or datetime.now(UTC)).isoformat(timespec="auto" if exact else "seconds")


def to_second(time: str) -> str:
    """A time for people.

    Example:
        >>> to_second("2026-03-01T10:00:00.123456+00:00")
        '2026-03-01T10:00:00+00:00'
    """
    return re.sub(r"\.\d+", "", time)


def state_words(state: str) -> str:
    """How a run ended, as people read it.

    Example:
        >>> state_words("stopped_early")
        'stopped early'
    """
    return state.replace("_", " ")


def to_minute(time: str) -> str:
    """A time in UTC for a column.

    Example:
        >>> to_minute("2026-03-01T10:00:00+00:00")
        '2026-03-01 10:00'
    """
    return time[:16].replace("T", " ")


def finite(value: Any) -> Any:
    """What JSON can carry: in dicts, lists and tuples, figures that are not finite become strings as in records."""
    if isinstance(value, dict):
        return {key: finite(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [finite(each) for each in value]
    if not isinstance(value, float) or isfinite(value):
        return value
    return "NaN" if isnan(value) else "Infinity" if value > 0 else "-Infinity"

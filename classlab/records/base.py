"""The base of every record: how records behave on their way to JSON and back."""

from __future__ import annotations

from typing import ClassVar

from pydantic import ConfigDict


class Record:
    """Marks a frozen dataclass as a record.

    Unknown keys are refused when a record is read. Figures of diverged runs are not finite and JSON has no
    such numbers, so they travel as the strings "NaN", "Infinity" and "-Infinity".
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid", ser_json_inf_nan="strings")

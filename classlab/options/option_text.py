"""The value that a study file would have for an option's text, as a command line and a form give it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from classlab.options.table import OPTIONS, TABLE

if TYPE_CHECKING:
    from classlab.options.option import Option


def read_value(name: str, text: str) -> Any:
    """The value that a study file would have for an option's text, a list where an option of arms has several.

    What cannot be read stays text, which the study's checks then refuse.
    """
    option = TABLE[name]
    separator = "/" if option.kind in ("list", "weights") else ","
    values = [_readable(option, part.strip()) for part in text.split(separator)] if name in OPTIONS else []
    return values if len(values) > 1 else _readable(option, text.strip())


def _readable(option: Option, text: str) -> Any:
    try:
        value = option.read(text)
    except ValueError:
        return text
    return list(value) if isinstance(value, tuple) else value

"""The JSON Schema of search files, see `study_schema`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from classlab.options import STUDY_KEYS
from classlab.options.table import SEARCH_SETTINGS, TABLE
from classlab.search.search_file import ONCE, RANGED, SPACE
from classlab.studies.asked.study_schema import file_schema, one_or_many

if TYPE_CHECKING:
    from classlab.options.option import Option


def json_schema() -> dict[str, Any]:
    """The schema of search files."""
    keys = {name: option for name, option in {**STUDY_KEYS, **SEARCH_SETTINGS}.items() if name != "folds"}
    return file_schema("search", options={name: _choices(name, TABLE[name]) for name in SPACE}, keys=keys)


def _choices(name: str, option: Option) -> dict[str, Any]:
    """One value, a list of choices, or a range, as far as the option takes them."""
    found = one_or_many(option)
    if name in ONCE:
        return {**found, "anyOf": found["anyOf"][:1]}
    if option.kind not in RANGED:
        return found
    number = {"type": "number" if option.kind == "number" else "integer"}
    ends = {"low": number, "high": number, "log": {"type": "boolean"}, "step": {**number, "exclusiveMinimum": 0}}
    between = {"type": "object", "additionalProperties": False, "properties": ends, "required": ["low", "high"]}
    return {**found, "anyOf": [*found["anyOf"], between]}

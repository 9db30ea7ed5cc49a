"""The JSON Schema of study files, made of the table of options, for editors that complete and check TOML."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from classlab.options import OPTIONS, STUDY_KEYS
from classlab.options.table import MOST_RUNS, meaning

if TYPE_CHECKING:
    from classlab.options.option import Option


def json_schema() -> dict[str, Any]:
    """The schema."""
    options = {name: _one_or_many(option) for name, option in OPTIONS.items()}
    arm = {"type": "object", "additionalProperties": False, "properties": {**options, "name": _one(STUDY_KEYS["name"])}}
    keys = {name: _one(option) for name, option in STUDY_KEYS.items()}
    arms = {"type": "array", "maxItems": MOST_RUNS, "items": {"$ref": "#/$defs/ArmDocument"}}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$defs": {"ArmDocument": arm},
        "title": "classlab study",
        "type": "object",
        "additionalProperties": False,
        "properties": {**options, **keys, "arms": {**arms, "description": "combinations with options of their own"}},
        "required": ["name", "data"],
    }


def _one(option: Option) -> dict[str, Any]:
    default = {} if option.default is None else {"default": _listed(option.default)}
    return {**option.schema(), "description": meaning(option), "examples": [_listed(option.example)], **default}


def _listed(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _one_or_many(option: Option) -> dict[str, Any]:
    one = option.schema()
    many = {"type": "array", "items": one, "minItems": 1, "maxItems": MOST_RUNS}
    described = _one(option)
    return {"anyOf": [one, many], **{key: value for key, value in described.items() if key not in one}}

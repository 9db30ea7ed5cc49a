"""JSON Schemas of study and search files, made of the table of options, for editors that complete and check TOML."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from classlab.options import OPTIONS, STUDY_KEYS
from classlab.options.table import MOST_RUNS, meaning

if TYPE_CHECKING:
    from collections.abc import Mapping

    from classlab.options.option import Option


def json_schema() -> dict[str, Any]:
    """The schema of study files."""
    return file_schema(
        "study", options={name: one_or_many(option) for name, option in OPTIONS.items()}, keys=STUDY_KEYS
    )


def file_schema(what: str, *, options: dict[str, Any], keys: Mapping[str, Option]) -> dict[str, Any]:
    """The schema of a file that describes a study or a search.

    Args:
        what: which of the two.
        options: schemas of what an arm may have, by name.
        keys: what stands at the top level alone.
    """
    arm = {"type": "object", "additionalProperties": False, "properties": {**options, "name": _one(STUDY_KEYS["name"])}}
    arms = {"type": "array", "maxItems": MOST_RUNS, "items": {"$ref": "#/$defs/ArmDocument"}}
    top = {name: _one(option) for name, option in keys.items()}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$defs": {"ArmDocument": arm},
        "title": f"classlab {what}",
        "type": "object",
        "additionalProperties": False,
        "properties": {**options, **top, "arms": {**arms, "description": "combinations with options of their own"}},
        "required": ["name", "data"],
    }


def _one(option: Option) -> dict[str, Any]:
    default = {} if option.default is None else {"default": _listed(option.default)}
    return {**option.schema(), "description": meaning(option), "examples": [_listed(option.example)], **default}


def _listed(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def one_or_many(option: Option) -> dict[str, Any]:
    """One value of an option, or a list of several."""
    one = option.schema()
    many = {"type": "array", "items": one, "minItems": 1, "maxItems": MOST_RUNS}
    described = _one(option)
    return {"anyOf": [one, many], **{key: value for key, value in described.items() if key not in one}}

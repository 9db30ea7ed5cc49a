"""A draft as the study file that stands for it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from classlab.datasets.known import NAMES, spelled
from classlab.datasets.selection import exists, path_of
from classlab.options import STUDY_KEYS
from classlab.studies.asked.study_draft import PATHS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from classlab.studies.asked.study_draft import StudyDraft


def study_text(draft: StudyDraft) -> str:
    """The study file from which this draft is read again, from any folder; "" where Python gave what no file holds.

    Args:
        draft: what was asked for.

    Example:
        >>> from classlab.studies.asked.study_file import checked
        >>> document = {"name": "rates", "data": "digits", "learning_rate": [0.1, 0.01], "epochs": 5}
        >>> print(study_text(checked(document, place="here")))
        name = "rates"
        data = "digits"
        learning_rate = [0.1, 0.01]
        epochs = 5
        <BLANKLINE>
    """
    seeds = draft.seeds
    counted = seeds == tuple(range(len(seeds)))
    head = {name: getattr(draft, name) for name in STUDY_KEYS} | {"seeds": len(seeds) if counted else list(seeds)}
    head = {
        name: value for name, value in head.items() if name in ("name", "data") or value != STUDY_KEYS[name].default
    }
    grids = [
        {name: values[0] if len(values) == 1 else values for name, values in arm.grid.items()} for arm in draft.arms
    ]
    tables = [({"name": arm.name} if arm.name else {}) | grid for arm, grid in zip(draft.arms, grids, strict=True)]
    try:
        if len(tables) == 1 and not draft.arms[0].name:
            return _lines(head | tables[0])
        return "\n[[arms]]\n".join([_lines(head), *map(_lines, tables)])
    except TypeError:
        return ""


def _lines(table: Mapping[str, Any]) -> str:
    return "".join(f"{name} = {toml_value(_placed(name, value))}\n" for name, value in table.items())


def _placed(name: str, value: Any) -> Any:
    """A path as it is reached from everywhere; a name as it is."""
    if name not in ("data", *PATHS):
        return value
    if isinstance(value, list):
        return [_placed(name, each) for each in value]
    if not isinstance(value, str | Path):
        return value
    text = str(value)
    built_in = spelled(text) in NAMES if name == "data" else name == "model" and not text.endswith(".keras")
    path = path_of(text)
    if built_in or not exists(path):
        return text
    _, mark, rest = text.rpartition("#") if path != Path(text) else (text, "", "")
    return f"{path.absolute()}{mark}{rest}"


def toml_value(value: Any) -> str:
    """A value as TOML writes it.

    Raises:
        TypeError: TOML has no such value.
    """
    match value:
        case bool():
            return str(value).lower()
        case int() | float():
            return repr(value)
        case str():
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
        case list() | tuple():
            return f"[{', '.join(toml_value(each) for each in value)}]"
        case dict():
            return f"{{ {', '.join(f'{toml_value(str(key))} = {toml_value(each)}' for key, each in value.items())} }}"
    raise TypeError(value)

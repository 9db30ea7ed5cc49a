"""The options of a study as Python gives them: ready objects beside plain values, tuples and arrays beside lists."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from classlab.errors import SpecError
from classlab.options import OPTIONS, plain_value
from classlab.studies.asked.study_draft import StudyDraft, arms_of, check_size
from classlab.studies.asked.study_file import checked

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from classlab.studies.asked.study_draft import Grid


def draft_from_python(
    name: str,
    *,
    data: Any,
    arms: Sequence[Mapping[str, Any]],
    settings: Mapping[str, Any],
    options: Mapping[str, Any],
) -> StudyDraft:
    """Checks what Python was given by the same rules as a study file.

    Args:
        name: the study's name.
        data: a dataset's name or path, or what `classlab.fit` takes besides.
        arms: one mapping of options per arm, perhaps with a `name`.
        settings: the study's other keys: question, size, seeds, select, margin, confidence.
        options: defaults of every arm.

    Raises:
        SpecError: a key or value is wrong.
    """
    place = f"the study {name!r}"
    defaults = _grid(options)
    tables = [(str(arm.get("name", "")), _grid({k: v for k, v in arm.items() if k != "name"})) for arm in arms]
    document = {
        "name": name,
        "data": str(data) if isinstance(data, str | Path) else "data",
        **{key: plain_value(value) for key, value in settings.items() if value is not None},
        **_stand_ins(defaults),
    }
    if arms:
        names = [{"name": given} if given else {} for given, _ in tables]
        document["arms"] = [{**own, **_stand_ins(grid)} for own, (_, grid) in zip(names, tables, strict=True)]
    plain = checked(document, place=place)
    draft = replace(plain, data=data, arms=arms_of(_grid(options), tables))
    check_size(draft)
    return draft


def with_settings(draft: StudyDraft, settings: Mapping[str, Any], *, place: str) -> StudyDraft:
    """A study with other settings; its arms, and so the runs that are there already, stay what they are.

    Args:
        draft: the study.
        settings: values by the keys of a study that leave its arms as they are; None leaves a setting as it is.
        place: where they were given, for errors.

    Raises:
        SpecError: a value is none that the setting takes, or there would be too many runs.
    """
    given = {name: plain_value(value) for name, value in settings.items() if value is not None}
    asked = checked({"name": "a study", "data": "data", **given}, place=place)
    found = replace(draft, **{name: getattr(asked, name) for name in given})
    check_size(found)
    return found


def _grid(options: Mapping[str, Any]) -> Grid:
    """Every option as its list of values; one that is None is left out."""
    return {key: _values(key, value) for key, value in options.items() if value is not None}


def _values(key: str, value: Any) -> list[Any]:
    value = plain_value(value)
    return value if key in OPTIONS and OPTIONS[key].is_many(value) else [value]


def _stand_ins(grid: Grid) -> dict[str, Any]:
    """The grid with a plain value in place of every ready object, so that the rules of files can be applied."""
    found: dict[str, Any] = {}
    for key, values in grid.items():
        if key in OPTIONS and not values:
            raise SpecError(
                f"`{key}` must have at least one value, but got an empty list. Leave it out for the default."
            )
        takes_objects = key in OPTIONS and OPTIONS[key].ready
        plain = [
            OPTIONS[key].example if takes_objects and not isinstance(each, str | int | float | list | dict) else each
            for each in values
        ]
        found[key] = plain if len(plain) > 1 else plain[0]
    return found

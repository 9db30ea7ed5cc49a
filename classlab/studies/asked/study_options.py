"""The options of a study as Python gives them: ready objects beside plain values, tuples and arrays beside lists."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from classlab.errors import SpecError
from classlab.studies.asked.study_draft import StudyDraft, arms_of, check_size
from classlab.studies.asked.study_file import checked
from classlab.studies.asked.study_schema import OPTIONS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from classlab.studies.asked.study_draft import Grid

_OBJECTS = ("model", "optimizer", "schedule", "loss", "early_stopping")  # options that take a ready object as well
_STAND_INS = {"model": "mlp", "optimizer": "adam", "schedule": "constant", "early_stopping": 5}


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
    draft = StudyDraft(
        name=plain.name,
        data=data,
        arms=arms_of(defaults, tables),
        place=place,
        seeds=plain.seeds,
        question=plain.question,
        size=plain.size,
        select=plain.select,
        margin=plain.margin,
        confidence=plain.confidence,
    )
    check_size(draft)
    return draft


def _grid(options: Mapping[str, Any]) -> Grid:
    """Every option as its list of values; one that is None is left out."""
    return {key: _values(key, value) for key, value in options.items() if value is not None}


def _values(key: str, value: Any) -> list[Any]:
    value = plain_value(value)
    if not isinstance(value, list):
        return [value]
    if key != "units" or any(isinstance(each, list) for each in value):
        return value
    return [value]


def plain_value(value: Any) -> Any:
    """Tuples, ranges and NumPy's arrays and numbers as lists and numbers; anything else as it is."""
    if isinstance(value, tuple | list | range):
        return [plain_value(each) for each in value]
    if hasattr(value, "tolist") and hasattr(value, "dtype"):
        return value.tolist()
    return str(value) if isinstance(value, Path) else value


def _stand_ins(grid: Grid) -> dict[str, Any]:
    """The grid with a plain value in place of every ready object, so that the rules of files can be applied."""
    found: dict[str, Any] = {}
    for key, values in grid.items():
        if key in OPTIONS and not values:
            raise SpecError(
                f"`{key}` must have at least one value, but got an empty list. Leave it out for the default."
            )
        stand_in = _STAND_INS.get(key, "sparse_categorical_crossentropy")
        plain = [
            stand_in if key in _OBJECTS and not isinstance(each, str | int | float | list | dict) else each
            for each in values
        ]
        found[key] = plain if len(plain) > 1 else plain[0]
    return found

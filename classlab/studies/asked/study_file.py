"""Study files: TOML, read under a size limit, checked key by key, refused with the place and the nearest spelling."""

from __future__ import annotations

import re
import tomllib
from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from classlab.errors import SpecError
from classlab.files.read_file import read_file
from classlab.studies.asked.study_draft import StudyDraft, draft_of
from classlab.studies.asked.study_schema import OPTIONS, ArmDocument, OneOrMany, StudyDocument, json_schema

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pydantic.fields import FieldInfo
    from pydantic_core import ErrorDetails

_SIZE_LIMIT = 2**20  # bytes; 10,000 arms written one by one fit
_LONGEST_SHOWN = 80  # characters of a refused value


def read_study(path: Path) -> StudyDraft:
    r"""Reads a study file.

    Paths of data and models in it are relative to the file's own folder.

    Args:
        path: a TOML file.

    Raises:
        StorageError: the file cannot be read.
        SpecError: it is not TOML, has a key that no study file has, or a value that the key does not take.

    Example:
        >>> from pathlib import Path
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     file = Path(folder) / "optimizers.toml"
        ...     _ = file.write_text('name = "o"\ndata = "digits"\noptimizer = ["sgd", "adam"]\nseeds = 2')
        ...     draft = read_study(file)
        >>> draft.seeds, draft.arms[0].grid
        ((0, 1), {'optimizer': ['sgd', 'adam']})
    """
    text, document = _parsed(path)
    return checked(document, place=str(path), text=text, folder=path.parent)


def checked(document: dict[str, Any], *, place: str, text: str = "", folder: Path | None = None) -> StudyDraft:
    """Checks the content of a study file, wherever it comes from.

    Args:
        document: what the TOML says.
        place: the file's name, for the error's sentence.
        text: the file's text, in which lines are looked for.
        folder: what paths in it are relative to.

    Raises:
        SpecError: a key or value is wrong.
    """
    try:
        known = StudyDocument.model_validate(document)
    except ValidationError as problem:
        raise SpecError(_sentence(_told(problem.errors()), document, place=place, text=text)) from None
    return draft_of(known, place=place, folder=folder)


def _parsed(path: Path) -> tuple[str, dict[str, Any]]:
    content = read_file(path, limit=_SIZE_LIMIT, step="Give a study file.")
    try:
        text = content.decode("utf-8-sig")
        return text, tomllib.loads(text)
    except UnicodeDecodeError:
        raise SpecError(f"{path} must be a text file in UTF-8, but it is not. Save it as UTF-8.") from None
    except tomllib.TOMLDecodeError as problem:
        raise SpecError(f"{path} must be TOML, but it is not: {problem}. Correct that place.") from None
    except RecursionError:
        raise SpecError(f"{path} must be a study file, but its brackets are nested too deep. Flatten it.") from None


def _told(errors: Sequence[ErrorDetails]) -> ErrorDetails:
    """The refusal to tell: the first, or that of another form of the same value which it only outgrows."""
    same = (error for error in errors if error["input"] is errors[0]["input"])
    return next((error for error in same if _upper_bound(error)), errors[0])


def _upper_bound(error: ErrorDetails) -> str:
    """The rule that a value which is too large breaks; empty where it is not, and for shares, whose rule names 1."""
    bounds = error.get("ctx", {})
    match error["type"]:
        case "less_than_equal":
            return f"be at most {bounds['le']:,}"
        case "less_than" if bounds["lt"] > 1:
            return f"be below {bounds['lt']:,}"
        case "too_long" if bounds["max_length"] > 2:  # of a pair the rule itself says so
            return f"have at most {bounds['max_length']:,} entries"
        case "string_too_long":
            return f"have at most {bounds['max_length']:,} characters"
    return ""


def _sentence(error: ErrorDetails, document: dict[str, Any], *, place: str, text: str) -> str:
    """One refusal as a sentence: file, line, key path, rule, value, next step."""
    steps = _steps(error["loc"], document)
    in_arm = len(steps) > 1 and steps[0] == "arms"
    fields = ArmDocument.model_fields if in_arm else StudyDocument.model_fields
    key = str(steps[2] if in_arm and len(steps) > 2 else steps[0])
    line = line_of(text, steps)
    where = f"{place}, line {line}" if line else place
    if error["type"] == "extra_forbidden":
        near = _nearest(key, list(fields))
        arm = f"{_spelled(steps[:2])} must" if in_arm else "a study must"
        return f"{where}: {arm} have known keys only, but got {key!r}. {near} Known are {', '.join(fields)}."
    if error["type"] == "missing":
        example = _toml(_example(fields[key]))
        return f"{where}: `{key}` must be given, but the file has no such key. Add for example {key} = {example}."
    value = _shown(error["input"])
    if key == "arms" and len(steps) < 3:
        rule, step = "be tables, each written as [[arms]]", "Write [[arms]] above the options of each arm."
    else:
        rule, step = _rule_and_step(key, fields[key], error["input"])
    rule = _upper_bound(error) or rule
    return f"{where}: `{_spelled(steps)}` must {rule}, but got {value}. {step}"


def _rule_and_step(key: str, field: FieldInfo, value: Any) -> tuple[str, str]:
    choices = _choices(key)
    if choices:
        return f"be one of {', '.join(choices)}", _nearest(value, choices)
    return f"be {field.description}", f"Write for example {key} = {_toml(_example(field))}."


def _steps(location: Sequence[str | int], document: Any) -> list[str | int]:
    """What the file itself has of pydantic's location: no name of a union's branch, no index of a lone value."""
    steps: list[str | int] = []
    here, lone = document, False
    for step in location:
        if lone and isinstance(step, int):
            lone = False  # the index of the value in the list that was made of it
            continue
        if isinstance(here, dict) and isinstance(step, str):
            here = here.get(step)
            lone = step in OPTIONS and not OneOrMany(2 if step == "units" else 1).is_many(here)
        elif isinstance(here, list) and isinstance(step, int) and step < len(here):
            here = here[step]
        else:
            continue
        steps.append(step)
    return steps or list(location[:1])


def _spelled(steps: Sequence[str | int]) -> str:
    """`arms[0].units[1]` is written as people count: the first arm is arms[1]."""
    parts = [f"[{step + 1}]" if isinstance(step, int) else f".{step}" for step in steps]
    return "".join(parts).removeprefix(".")


def line_of(text: str, steps: Sequence[str | int]) -> int | None:
    """The line, from 1, on which a key is written; None where it cannot be told, as within an inline table.

    Args:
        text: a TOML file.
        steps: key path, as in `("arms", 2, "units")`.
    """
    arm = steps[1] if len(steps) > 1 and steps[0] == "arms" else None
    key = str(steps[2] if arm is not None and len(steps) > 2 else steps[0])
    seen = -1
    for number, line in enumerate(text.splitlines(), start=1):
        if re.match(r"\s*\[\[\s*arms\s*\]\]", line):
            seen += 1
            if seen == arm and len(steps) == 2:
                return number
        elif seen == (-1 if arm is None else arm) and re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*=", line):
            return number
    return None


@cache
def _choices(key: str) -> tuple[str, ...]:
    """The words that a key takes; empty where it takes no fixed words."""
    schema = json_schema()["properties"].get(key, {})
    forms = [schema, *schema.get("anyOf", ())]
    return next((tuple(form["enum"]) for form in forms if "enum" in form), ())


def _nearest(value: Any, known: Sequence[str]) -> str:
    close = get_close_matches(str(value), known, n=1)
    return f"Did you mean {close[0]!r}?" if close else "Choose one of them."


def _example(field: FieldInfo) -> Any:
    return (field.examples or [""])[0]


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."

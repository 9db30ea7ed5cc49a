"""Study files: TOML, read under a size limit, checked key by key, refused with the place and the nearest spelling."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from classlab.errors import OptionError, SpecError, shown_value
from classlab.files.read_file import read_file
from classlab.options import OPTIONS, STUDY_KEYS, TABLE, is_ready, plain_value
from classlab.options.nearest import did_you_mean
from classlab.options.table import MOST_RUNS
from classlab.studies.asked.study_draft import StudyDraft, check_size, draft_of

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from classlab.options.option import Option

_SIZE_LIMIT = 2**20  # bytes; 10,000 arms written one by one fit
_MOST_DOTS = 50  # in front of an equals sign; a key of a study has none, one within an arm's table at most two


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
    text, document = parsed(path)
    return checked(document, place=str(path), text=text, folder=path.parent)


def checked(
    document: Mapping[str, Any], *, place: str, text: str = "", folder: Path | None = None, python: bool = False
) -> StudyDraft:
    """Checks the content of a study file, wherever it comes from.

    Args:
        document: what the TOML says.
        place: the file's name, for the error's sentence.
        text: the file's text, in which lines are looked for.
        folder: what paths in it are relative to.
        python: whether Python wrote it, which has ready objects as well and options in the order in which they vary.

    Raises:
        SpecError: a key or value is wrong.
    """
    found = TableReader(place=place, text=text, python=python).document(document)
    return draft_of(found, place=place, folder=folder)


@dataclass(frozen=True, kw_only=True)
class TableReader:
    """Reads tables of a study file, and says where what is wrong.

    Args:
        place: the file's name.
        text: the file's text.
        python: whether Python wrote them.
        of_arms: names of the options that may have several values, at the top level and in tables of arms.
        of_top: names of the keys that only the top level has.
        what: what the file is of.
    """

    place: str
    text: str
    python: bool
    of_arms: Collection[str] = tuple(OPTIONS)
    of_top: Collection[str] = tuple(STUDY_KEYS)
    what: str = "study"

    def document(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """The values of a whole file, those of options as lists."""
        tables = document.get("arms", [])
        if not isinstance(tables, list) or len(tables) > MOST_RUNS:
            raise self.no_tables(tables)
        top = {key: value for key, value in document.items() if key != "arms"}
        found = self.table(top, (*self.of_arms, *self.of_top))
        missing = next((key for key in ("name", "data") if key not in found), None)
        if missing is not None:
            example = json.dumps(STUDY_KEYS[missing].example)
            raise SpecError(
                f"{self.place}: `{missing}` must be given, but the file has no such key. "
                f"Add for example {missing} = {example}."
            )
        found["arms"] = [self.table(each, (*self.of_arms, "name"), arm=number) for number, each in enumerate(tables)]
        return found

    def table(self, table: Any, known: Sequence[str], *, arm: int | None = None) -> dict[str, Any]:
        """The values of a table, those of options as lists."""
        steps: tuple[str | int, ...] = () if arm is None else ("arms", arm)
        if not isinstance(table, dict):
            raise self.no_tables(table, *steps)
        found = {key: self._value(key, value, known, steps) for key, value in table.items()}
        return found if self.python else {key: found[key] for key in known if key in found}

    def no_tables(self, value: Any, *steps: str | int) -> OptionError:
        """The error for arms that are no tables."""
        rule = "be mappings of options" if self.python else "be tables, each written as [[arms]]"
        if isinstance(value, list) and len(value) > MOST_RUNS:
            rule = f"have at most {MOST_RUNS:,} entries"
        step = "Write [[arms]] above the options of each arm."
        step = "Give for example arms=[{'optimizer': 'sgd'}]." if self.python else step
        return self.refused(steps or ("arms",), rule, value, step)

    def _value(self, key: str, value: Any, known: Sequence[str], steps: tuple[str | int, ...]) -> Any:
        if key not in known:
            owner = f"{_spelled(steps)} has" if steps else f"a {self.what} has"
            hint = did_you_mean(key, known, otherwise="")
            shown = (*known, "arms") if not steps else known
            sentence = f"{owner} no key {key!r}. {hint} Known are {', '.join(shown)}."
            raise OptionError(f"{self._where((*steps, key))}: {sentence.replace('  ', ' ')}")
        option, here = TABLE[key], (*steps, key)
        if key not in self.of_arms:
            return self._one(option, value, here)
        if not option.is_many(value):
            return [self._one(option, value, here)]
        if not 0 < len(value) <= MOST_RUNS:
            rule = f"be {option.takes()}" if not value else f"have at most {MOST_RUNS:,} entries"
            raise self.refused(here, rule, value, option.step(value, f"{key} = {json.dumps(option.example)}"))
        return [self._one(option, each, (*here, number)) for number, each in enumerate(value)]

    def _one(self, option: Option, value: Any, steps: tuple[str | int, ...]) -> Any:
        if self.python and is_ready(option, value):
            return value
        refusal = option.refusal(value)
        if refusal is None:
            return option.plain(value)
        key = next(step for step in reversed(steps) if isinstance(step, str))
        step = option.step(refusal.value, f"{key} = {json.dumps(option.example)}")
        raise self.refused((*steps, *refusal.steps), refusal.rule, refusal.value, step)

    def refused(self, steps: tuple[str | int, ...], rule: str, value: Any, step: str) -> OptionError:
        """The error for a value at a place, as in `("arms", 2, "units")`, that breaks a rule."""
        return OptionError(
            f"{self._where(steps)}: `{_spelled(steps)}` must {rule}, but got {shown_value(value)}. {step}"
        )

    def _where(self, steps: tuple[str | int, ...]) -> str:
        line = line_of(self.text, steps)
        return f"{self.place}, line {line}" if line else self.place


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
    stray = next((arm for arm in arms if not isinstance(arm, Mapping)), None)
    if isinstance(arms, str) or stray is not None:
        given = arms if isinstance(arms, str) else stray
        raise SpecError(
            f"`arms` must be mappings of options, one per arm, but got {shown_value(given)}. "
            "Write for example arms=[{'optimizer': 'sgd'}]."
        )
    document = {
        "name": name,
        "data": str(data) if isinstance(data, str | Path) else "data",
        **_plain(settings),
        **_plain(options),
        "arms": [_plain({**arm, "name": arm.get("name") or None}) if isinstance(arm, Mapping) else arm for arm in arms],
    }
    return replace(checked(document, place=f"the study {name!r}", python=True), data=data)


def with_settings(draft: StudyDraft, settings: Mapping[str, Any], *, place: str) -> StudyDraft:
    """A study with other settings; its arms, and so the runs that are there already, stay what they are.

    Args:
        draft: the study.
        settings: values by the keys of a study that leave its arms as they are; None leaves a setting as it is.
        place: where they were given, for errors.

    Raises:
        SpecError: a value is none that the setting takes, or there would be too many runs.
    """
    given = _plain(settings)
    asked = checked({"name": "a study", "data": "data", **given}, place=place)
    found = replace(draft, **{name: getattr(asked, name) for name in given})
    check_size(found)
    return found


def _plain(options: Mapping[str, Any]) -> dict[str, Any]:
    """Plain values of the options that are not None."""
    return {key: plain_value(value) for key, value in options.items() if value is not None}


def parsed(path: Path) -> tuple[str, dict[str, Any]]:
    """The text of a TOML file, and what it says.

    Raises:
        StorageError: the file cannot be read.
        SpecError: it is not TOML.
    """
    content = read_file(path, limit=_SIZE_LIMIT, step="Give a study file.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise SpecError(f"{path} must be a text file in UTF-8, but it is not. Save it as UTF-8.") from None
    _refuse_long_keys(path, text)
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        raise SpecError(f"{path} must be TOML, but it is not: {problem}. Correct that place.") from None
    except RecursionError:
        raise SpecError(f"{path} must be a study file, but its brackets are nested too deep. Flatten it.") from None
    except ValueError:  # Python reads no decimal number of more than 4,300 digits
        raise _too_long(path) from None
    _refuse_long_numbers(path, found)
    return text, found


def _refuse_long_keys(path: Path, text: str) -> None:
    """Every dot in a key is a table within a table: 40 kB of them take the parser seconds and more than a gibibyte."""
    for line in text.splitlines():
        *keys, value = line.split("=")
        for key in keys or [value]:
            if key.count(".") > _MOST_DOTS:
                raise SpecError(
                    f"{path} must have keys of at most {_MOST_DOTS} dots, but one begins with "
                    f"{shown_value(key.strip()[:40])}. Shorten it."
                )


def _refuse_long_numbers(path: Path, found: Any) -> None:
    waiting = [found]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict | list):
            waiting += part.values() if isinstance(part, dict) else part
        elif isinstance(part, int) and not -(2**64) < part < 2**64:
            raise _too_long(path)


def _too_long(path: Path) -> SpecError:
    return SpecError(
        f"{path} must have whole numbers of at most 64 bits, as TOML has them, but one is longer. Shorten it."
    )


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

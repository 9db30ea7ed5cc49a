"""What a form of options says: a draft of a study, or what is wrong with which field, by the rules of the one table."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from classlab.datasets.catalogue import check_found
from classlab.datasets.known import NAMES
from classlab.errors import DatasetNotFoundError, OptionError, SpecError
from classlab.options import OPTIONS, STUDY_KEYS, TABLE
from classlab.options.option_text import read_value
from classlab.options.table import meaning
from classlab.options.words import MODEL_NAMES
from classlab.studies.asked.study_file import TableReader, checked

if TYPE_CHECKING:
    from collections.abc import Mapping

    from classlab.studies.asked.study_draft import StudyDraft

_PLACE = "the form"
_FIRST = ("name", "data", "model", "optimizer", "learning_rate", "epochs", "seeds", "question")
_NEEDED = ("name", "data")
_KNOWN_WORDS = {"data": NAMES, "model": MODEL_NAMES}


@dataclass(frozen=True, kw_only=True)
class FormField:
    """A field of the form.

    Args:
        name: of its option.
        label: what the form calls it.
        help: what it means.
        default: what holds where it is left empty; "" where it must not be.
        words: values that it takes, for choosing; it may take others.
        several: whether it takes several values, which make a grid.
    """

    name: str
    label: str
    help: str
    default: str
    words: tuple[str, ...]
    several: str


@dataclass(frozen=True, kw_only=True)
class FormReading:
    """What the form says.

    Args:
        draft: the study; None where a field is wrong or missing.
        errors: what is wrong, by field, each a sentence.
        problem: what is wrong with fields together, a sentence; "" where nothing is.
    """

    draft: StudyDraft | None = None
    errors: dict[str, str] = field(default_factory=dict)
    problem: str = ""


def form_fields() -> tuple[list[FormField], list[FormField]]:
    """The fields that most studies need, and all others."""
    names = [*_FIRST, *(name for name in {**OPTIONS, **STUDY_KEYS} if name not in _FIRST)]
    made = [_field(name) for name in names]
    return made[: len(_FIRST)], made[len(_FIRST) :]


def _field(name: str) -> FormField:
    option = OPTIONS[name] if name in OPTIONS else STUDY_KEYS[name]
    words = _KNOWN_WORDS.get(name, option.words or (("true", "false") if option.kind == "switch" else ()))
    told = option.kind == "word" or name in _KNOWN_WORDS
    unsaid = told and any(word not in option.help for word in words)
    slash = option.kind in ("list", "weights")
    return FormField(
        name=name,
        label=name.replace("_", " "),
        help=f"{meaning(option)} ({', '.join(words)})" if unsaid else meaning(option),
        default="" if name in _NEEDED else option.otherwise or option.written(option.default) or "nothing",
        words=words,
        several=f"{'/' if slash else ','}" if name in OPTIONS else "",
    )


def read_form(texts: Mapping[str, object]) -> FormReading:
    """Reads the texts of fields, written as on the command line; an empty one has its default.

    Args:
        texts: by the names of options.
    """
    given = {name: text.strip() for name, text in texts.items() if isinstance(text, str) and text.strip()}
    reader, errors, values = TableReader(place=_PLACE, text="", python=False), {}, {}
    for name, text in given.items():
        if name not in OPTIONS and name not in STUDY_KEYS:
            errors[name] = f"there is no field {name[:80]!r}. Reload the page."
            continue
        try:
            values[name] = read_value(name, text)
            reader.table({name: values[name]}, (name,))
            if name == "data":
                check_found(text)
        except (OptionError, DatasetNotFoundError) as refusal:
            errors[name] = _without_place(refusal) + _decimal_comma(name, text)
    for name in _NEEDED:
        if name not in given:
            errors[name] = (
                f"`{name}` must be given, but the field is empty. Write for example {STUDY_KEYS[name].example}."
            )
    if errors:
        return FormReading(errors=errors)
    try:
        return FormReading(draft=checked(values, place=_PLACE))
    except SpecError as refusal:
        return FormReading(problem=_without_place(refusal))


def _decimal_comma(name: str, text: str) -> str:
    """What to write where a comma was perhaps meant as a decimal point; "" elsewhere."""
    if TABLE[name].kind != "number" or re.fullmatch(r"\d+,\d+", text) is None:
        return ""
    return f" A comma separates values; write {text.replace(',', '.')} for one number."


def _without_place(refusal: Exception) -> str:
    return str(refusal).removeprefix(f"{_PLACE}: ")

"""Search files: study files in which a list is a choice, and a table of two ends a range."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from classlab.errors import SpecError
from classlab.options import OPTIONS, STUDY_KEYS, TABLE
from classlab.options.table import SEARCH_SETTINGS, SHAPE
from classlab.search.space import Range, Space, Table
from classlab.studies.asked.study_draft import laid_out
from classlab.studies.asked.study_file import TableReader, parsed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from classlab.studies.asked.study_draft import StudyDraft

KEYS = (*STUDY_KEYS, *SEARCH_SETTINGS)
SPACE = (*SHAPE, *OPTIONS)
BUDGETS = ("minutes", "runs", "total_epochs")
_MINUTES = 10.0  # where no budget is given, as the table of options says
_RANGE = {"low", "high", "log", "step"}
# Of these a factor says more than a difference; everything else is drawn evenly unless `log` says otherwise.
_BY_RATIO = ("learning_rate", "weight_decay", "units", "filters", "dense")
RANGED = ("number", "whole", "list")  # kinds of options that may be ranges
ONCE = ("epochs", "validation", "limit", "leave_out", "top_k")  # what candidates must share to be compared


@dataclass(frozen=True, kw_only=True, eq=False)
class SearchDraft:
    """A search as somebody wrote it down.

    Args:
        study: the keys that a study has as well, with the finalists' seeds as their number.
        space: what may be drawn.
        settings: how the search goes about it, all of them, with their defaults.
        epochs: of a whole training.
    """

    study: StudyDraft
    space: Space
    settings: dict[str, Any]
    epochs: int


def read_search(path: Path, settings: Mapping[str, Any] | None = None) -> SearchDraft:
    """Reads a search file.

    Args:
        path: a TOML file.
        settings: each takes the place of the file's own; a budget that of all the file's budgets.

    Raises:
        StorageError: the file cannot be read.
        SpecError: it is not TOML, has a key that no search file has, or a value that the key does not take.
    """
    text, document = parsed(path)
    given = dict(settings or {})
    if any(name in given for name in BUDGETS):
        document = {name: value for name, value in document.items() if name not in BUDGETS}
    return checked_search({**document, **given}, place=str(path), text=text, folder=path.parent)


class _Ranged(NamedTuple):
    """A range as it was written, with its place."""

    steps: tuple[str | int, ...]
    table: Mapping[str, Any]


def checked_search(
    document: Mapping[str, Any],
    *,
    place: str,
    text: str = "",
    folder: Path | None = None,
    python: bool = False,
    data: Any = None,
) -> SearchDraft:
    """Checks the content of a search file, wherever it comes from.

    Args:
        document: what the TOML says.
        place: the file's name, for the error's sentence.
        text: the file's text, in which lines are looked for.
        folder: what paths in it are relative to.
        python: whether Python wrote it.
        data: what Python gave as data, in place of the document's word for it.

    Raises:
        SpecError: a key or value is wrong.
    """
    reader = TableReader(place=place, text=text, python=python, of_arms=SPACE, of_top=KEYS, what="search")
    plain, ranges = _without_ranges(document)
    found = reader.document(plain)
    settings = {name: found.pop(name, option.default) for name, option in SEARCH_SETTINGS.items()}
    if all(settings[name] is None for name in BUDGETS):
        settings["minutes"] = _MINUTES
    study = laid_out(found, place=place, folder=folder, known=SPACE)
    study = study if data is None else replace(study, data=data)
    read = {steps: _range(reader, ranged) for steps, ranged in ranges.items()}
    try:
        tables = _tables(study, found["arms"], read)
        _refuse_several_ways(study, tables)
        space = Space(tables)
    except SpecError as refusal:
        raise type(refusal)(f"{place}: {refusal}") from None
    epochs = study.arms[0].grid.get("epochs", [TABLE["epochs"].default])[0]
    return SearchDraft(study=study, space=space, settings=settings, epochs=epochs)


def _without_ranges(document: Mapping[str, Any]) -> tuple[dict[str, Any], dict[tuple[str | int, ...], _Ranged]]:
    """The document with both ends in place of every range, as choices, so that they are checked as any value is."""
    ranges: dict[tuple[str | int, ...], _Ranged] = {}

    def ends(table: Any, *steps: str | int) -> Any:
        if not isinstance(table, dict):
            return table
        found = {}
        for key, value in table.items():
            ranged = isinstance(value, dict) and key in SPACE and TABLE[key].kind in RANGED
            found[key] = value
            if ranged:
                ranges[*steps, key] = _Ranged((*steps, key), value)
                both = [value[end] for end in ("low", "high") if end in value] or [value]
                found[key] = [[each] for each in both] if TABLE[key].kind == "list" else both
        return found

    arms = document.get("arms", [])
    top = ends({key: value for key, value in document.items() if key != "arms"})
    if isinstance(arms, list):
        arms = [ends(arm, "arms", number) for number, arm in enumerate(arms)]
    return {**top, "arms": arms}, ranges


def _range(reader: TableReader, ranged: _Ranged) -> Range:
    """A range whose ends are values of its option.

    Raises:
        SpecError: it has no two ends in order, or a step that does not fit.
    """
    name, table = str(ranged.steps[-1]), ranged.table
    low, high, step = table.get("low"), table.get("high"), table.get("step")
    log = table.get("log", name in _BY_RATIO and step is None and bool(low))
    whole = TABLE[name].kind != "number"
    numbers = [each for each in (low, high, step) if each is not None]
    rule = ""
    if not set(table) <= _RANGE or low is None or high is None:
        rule = "be a range of `low`, `high` and perhaps `log` and `step`"
    elif not isinstance(log, bool) or any(type(each) not in (int, float) for each in numbers) or low >= high:
        rule = "be a range with `low` below `high`, where `log` is true or false"
    elif log and (low <= 0 or step is not None):
        rule = "be a range with `low` above 0 and without `step` where `log` is true"
    elif step is not None and (step <= 0 or step > high - low or (whole and type(step) is not int)):
        rule = "be a range with a positive `step` that fits between `low` and `high`"
    if rule:
        example = "{low = 32, high = 512}" if whole else "{low = 0.001, high = 0.1}"
        raise reader.refused(ranged.steps, rule, dict(table), f"Write for example {name} = {example}.")
    return Range(low=low or 0, high=high or 0, log=log, step=step, whole=whole)


def _tables(study: StudyDraft, arms: list[dict[str, Any]], ranges: dict[tuple[str | int, ...], Range]) -> list[Table]:
    """The tables of arms over the top level, with their ranges back in place, each with a name of its own."""
    top = {str(steps[0]): each for steps, each in ranges.items() if len(steps) == 1}
    tables = []
    for number, draft in enumerate(study.arms):
        written = arms[number] if arms else {}
        own = {str(steps[-1]): each for steps, each in ranges.items() if steps[:2] == ("arms", number)}
        inherited = {name: each for name, each in top.items() if name not in written}
        tables.append(
            Table(
                name=_name(draft.name, written, number),
                options={**draft.grid, **inherited, **own},
                own=tuple(name for name in written if name != "name"),
            )
        )
    names = [table.name for table in tables]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise SpecError(f"arms must have names of their own, but two are called {twice!r}. Give one another `name`.")
    return tables


def _name(given: str, own: Mapping[str, Any], number: int) -> str:
    """What a table is called: its name, or the one optimizer or model that it fixes, or its number."""
    if given:
        return given
    for key in ("optimizer", "model"):
        if len(own.get(key, ())) == 1:
            return str(own[key][0])
    return f"arm {number + 1}"


def _refuse_several_ways(study: StudyDraft, tables: list[Table]) -> None:
    """Refuses what would make candidates' figures unlike each other, or choose by the test images."""
    if study.folds is not None:
        raise SpecError(
            "a search compares candidates on one division of the images, so it takes no `folds`. Cross-validate its "
            "finalists with a study."
        )
    if study.select not in ("val_accuracy", "val_loss"):
        raise SpecError(
            f"`select` must be val_accuracy or val_loss for a search, which looks at it after every epoch, but got "
            f"select={study.select!r}. Rank the finalists' study by it afterwards."
        )
    for name in ONCE:
        values = [table.options.get(name, [None]) for table in tables]
        if any(isinstance(each, Range) or len(each) > 1 or each != values[0] for each in values):
            raise SpecError(
                f"`{name}` must have one value for all candidates of a search, but got several. Give it once, at the "
                "top level."
            )
    if tables[0].options.get("validation") == ["test"]:
        raise SpecError(
            "`validation` must not be test for a search, which would choose by the test images, but got "
            "validation='test'. Give a share."
        )

"""A study as somebody wrote it down: before its grids are expanded, its data are loaded and its networks are built."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

from classlab.errors import OptionError
from classlab.options import OPTIONS, STUDY_KEYS, TABLE
from classlab.options.table import MOST_RUNS

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from classlab.options.words import Fit, Selection

PATHS = ("model", "leave_out", "backbone", "backbone_weights")  # options that may name a file

Options = dict[str, Any]
Grid = dict[str, list[Any]]


@dataclass(frozen=True, kw_only=True, eq=False)
class ArmDraft:
    """One table of arms: every combination of its values is an arm.

    Args:
        name: what the user calls it; "" where it is to be called by what differs.
        grid: values by option, one or more each, in the order in which they vary, the last the fastest.
    """

    name: str
    grid: Grid


@dataclass(frozen=True, kw_only=True, eq=False)
class StudyDraft:
    """A checked study file, or the same from Python.

    Args:
        name: the study's name.
        data: a dataset's name or path, or what Python takes besides.
        arms: at least one.
        seeds: one run of every arm with each.
        question: what the study is to answer.
        folds: into how many folds to divide the training images for cross-validation; None for a validation share.
        size: `(height, width)` to bring the pictures of a folder to.
        fit: what is done to pictures of other proportions.
        select: the figure by which arms are ranked.
        margin: a difference in accuracy too small to matter.
        confidence: of the intervals.
        place: where it was written, for errors: a file's name or a piece of Python.
    """

    name: str
    data: Any
    arms: tuple[ArmDraft, ...]
    place: str
    seeds: tuple[int, ...]
    question: str
    folds: int | None
    size: tuple[int, int] | None
    fit: Fit | None
    select: Selection
    margin: float
    confidence: float


def draft_of(document: Mapping[str, Any], *, place: str, folder: Path | None = None) -> StudyDraft:
    """Lays the defaults of the top level under every arm.

    Args:
        document: a checked study file; every option a list of values.
        place: the file's name.
        folder: what paths of data and models are relative to; the current folder where it is None.

    Raises:
        OptionError: there are too many runs.
    """
    draft = laid_out(document, place=place, folder=folder)
    check_size(draft)
    return draft


def laid_out(
    document: Mapping[str, Any], *, place: str, folder: Path | None = None, known: Container[str] = OPTIONS
) -> StudyDraft:
    """The same for any number of combinations.

    Args:
        document: as in `draft_of`.
        place: the file's name.
        folder: as in `draft_of`.
        known: names of the options that tables of arms have.
    """
    study = {name: document.get(name, option.default) for name, option in STUDY_KEYS.items()}
    seeds = study.pop("seeds")
    return StudyDraft(
        **study | {"data": _resolved(study["data"], folder), "size": study["size"] and tuple(study["size"])},
        seeds=tuple(range(seeds)) if isinstance(seeds, int) else tuple(seeds),
        arms=tuple(
            ArmDraft(name=arm.get("name", ""), grid=_grid({**document, **arm}, folder, known))
            for arm in document["arms"] or [{}]
        ),
        place=place,
    )


def _grid(table: Mapping[str, Any], folder: Path | None, known: Container[str]) -> Grid:
    """The options that a table names, with the paths of its models and lists."""
    grid = {name: values for name, values in table.items() if name in known}
    return {name: [_resolved(each, folder) for each in grid[name]] if name in PATHS else grid[name] for name in grid}


def check_size(draft: StudyDraft) -> None:
    """Refuses a grid that is too large to be meant, and seeds that are listed twice.

    Raises:
        OptionError: it has more than 10,000 runs, or a seed comes twice.
    """
    seed, times = Counter(draft.seeds).most_common(1)[0]
    if times > 1:
        raise OptionError(f"{draft.place}: `seeds` must be distinct, but {seed} comes {times} times. Keep it once.")
    arms = 0
    for arm in draft.arms:
        points = 1
        for values in arm.grid.values():
            points *= len(values)
        arms += points
        if draft.folds is not None and "validation" in arm.grid:
            raise OptionError(
                f"{draft.place}: `validation` has no effect with `folds`, but both were given. Every fold validates "
                "once; leave `validation` out."
            )
    runs = arms * len(draft.seeds) * (draft.folds or 1)
    if runs > MOST_RUNS:
        each = f"{len(draft.seeds):,} seeds{f' and {draft.folds:,} folds' if draft.folds else ''} each"
        raise OptionError(
            f"{draft.place}: a study must have at most {MOST_RUNS:,} runs, but got {arms:,} arms with "
            f"{each}, {runs:,} runs. Shorten the longest lists."
        )


def _resolved(value: Any, folder: Path | None) -> Any:
    """A relative path that leads somewhere from the study file's folder; anything else as it is."""
    if not isinstance(value, str) or folder is None or Path(value).is_absolute():
        return value
    looks_like_path = value.endswith(".keras") or (folder / value).exists()
    return str(folder / value) if looks_like_path and str(folder) != "." else value


def combinations(grid: Grid) -> list[Options]:
    """Every combination of the values, the last option varying fastest.

    What belongs to another option is left out where that is at rest in one combination and not in all: the weights of
    a backbone from the arm without one. Combinations that are then the same are one.

    Args:
        grid: values by option.

    Example:
        >>> combinations({"optimizer": ["sgd", "adam"], "learning_rate": [0.1]})
        [{'optimizer': 'sgd', 'learning_rate': 0.1}, {'optimizer': 'adam', 'learning_rate': 0.1}]
    """
    found: list[Options] = []
    for values in product(*grid.values()):
        options = _without_idle(dict(zip(grid, values, strict=True)), grid)
        if len(options) == len(grid) or options not in found:
            found.append(options)
    return found


def _without_idle(options: Options, grid: Grid) -> Options:
    """The options but for those that have no effect beside the others, where others of the grid give them one."""
    resting = {
        other
        for other, values in grid.items()
        if _rests(other, options.get(other)) and not all(_rests(other, each) for each in values)
    }
    while idle := {name for name in options for other in resting if TABLE[name].only_with.get(other) == ()}:
        options = {name: value for name, value in options.items() if name not in idle}
        resting = idle  # what belongs to these goes as well
    return options


def _rests(name: str, value: Any) -> bool:
    """Whether an option has a value with which it does nothing."""
    return name in TABLE and isinstance(value, str | int | float | None) and value in (None, TABLE[name].default)


def points(draft: StudyDraft) -> list[tuple[str, Options]]:
    """The arms of a draft: the name that the user gave its table, or "", and one value per option."""
    return [(arm.name, options) for arm in draft.arms for options in combinations(arm.grid)]

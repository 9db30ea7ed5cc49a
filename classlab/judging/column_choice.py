"""Which columns of a table are the arm, the seed and the figure: as told, or by their names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from classlab.analysis.numbers import listed
from classlab.errors import DataError
from classlab.judging import cells
from classlab.judging.names import (
    ARMS,
    BAD_STATES,
    DATASETS,
    FIGURES,
    GOOD_STATES,
    GROUPS,
    IMAGES,
    NAMES,
    SEEDS,
    SETTINGS,
    STATES,
    forms,
    matching,
    of_training,
)
from classlab.judging.raw_table import named

if TYPE_CHECKING:
    from classlab.judging.raw_table import RawTable
    from classlab.judging.results import ReadingOptions


@dataclass(frozen=True, kw_only=True)
class ColumnChoice:
    """The columns that count.

    Args:
        arm: they name the arm together; empty where no column does.
        seed: they name the run; empty where no column does.
        figure: holds the figures.
        images: holds the number of images; None where no column does.
        state: says how a run ended; None where no column does.
        names_hold_seeds: whether `arm` is one name per run, in which the seed may stand.
        run: names of runs in which the seed may stand, where nothing else names it; None where there are none.
    """

    arm: tuple[str, ...]
    seed: tuple[str, ...]
    figure: str
    images: str | None
    state: str | None
    names_hold_seeds: bool = False
    run: str | None = None


def choose_columns(table: RawTable, options: ReadingOptions) -> ColumnChoice:
    """Chooses the columns of a table with one row per run.

    Raises:
        DataError: a named column is missing, no figure is found, or the rows are of several datasets.
    """
    for column in (*options.arm, *options.seed):
        table.place(column)
    seed = options.seed or _seed(table)
    figure = _figure(table, options.figure)
    taken = {*seed, figure}
    arm, names = (options.arm, False) if options.arm else _arm(table, taken=taken)
    if not options.arm:
        _one_dataset(table)
    state = next((column for column in matching(table.columns, STATES) if _tells_states(table, column)), None)
    return ColumnChoice(
        arm=arm,
        seed=seed,
        figure=figure,
        images=_images(table, options.images, figure=figure),
        state=state,
        names_hold_seeds=names and not seed,
        run=None if seed or names else next(iter(matching(table.columns, NAMES)), None),
    )


def values(table: RawTable, column: str) -> tuple[str, ...]:
    """The different names in a column, in their order."""
    found = (cells.name(cell) for cell in table.column(column))
    return tuple(dict.fromkeys(each for each in found if each is not None))


def _seed(table: RawTable) -> tuple[str, ...]:
    return tuple(matching(table.columns, SEEDS)[:1])


def _figure(table: RawTable, told: str | None) -> str:
    if told is not None:
        table.place(told)
        return told
    found = [
        column
        for column in matching(table.columns, FIGURES)
        if not of_training(column) and not _holds_lists(table, column)
    ]
    if found:
        return next((column for column in found if _holds_figures(table, column)), found[0])
    raise DataError(
        f"{table.where} must have a column with figures, such as `accuracy` or `val_accuracy`, but it has "
        f"{named(table.columns)}. Name the column with --figure, or give --wide where each column is an arm."
    )


def _arm(table: RawTable, *, taken: set[str]) -> tuple[tuple[str, ...], bool]:
    """The columns that name the arm, and whether they are names of runs."""
    varying = [
        column
        for column in table.columns
        if column not in taken and not _holds_lists(table, column) and len(values(table, column)) > 1
    ]
    for words in (ARMS, SETTINGS, GROUPS, NAMES):
        found = matching(tuple(varying), words)
        if words is SETTINGS and found:
            return _telling(table, found), False
        if found:
            return found[:1], words is NAMES
    constant = matching(table.columns, (*ARMS, *SETTINGS, *GROUPS, *NAMES))
    if constant and (one := values(table, constant[0])):
        raise DataError(
            f"{table.where} must hold two arms or more, but {constant[0]!r} is {one[0]!r} throughout. "
            "Name the columns that tell the arms apart with --arm."
        )
    return (), False


def _telling(table: RawTable, columns: tuple[str, ...]) -> tuple[str, ...]:
    """Settings that tell arms apart which those before them do not."""
    kept: tuple[str, ...] = ()
    arms = 1
    for column in columns:
        with_it = len(set(zip(*(map(cells.name, table.column(each)) for each in (*kept, column)), strict=True)))
        if with_it > arms:
            kept, arms = (*kept, column), with_it
    return kept


def _one_dataset(table: RawTable) -> None:
    for column in matching(table.columns, DATASETS):
        found = values(table, column)
        if len(found) > 1:
            raise DataError(
                f"figures must come from one dataset to be compared, but {column!r} of {table.where} has "
                f"{listed([repr(each) for each in found[:5]])}. Choose one with --only {column}={found[0]}, or name "
                "the arm's columns with --arm."
            )


def _images(table: RawTable, told: int | str | None, *, figure: str) -> str | None:
    if isinstance(told, str):
        table.place(told)
        return told
    if told is not None:
        return None
    split = forms(figure)[0].partition("_")[0]
    own = tuple(f"{split}_{word}" for word in ("images", "n_images", "samples", "examples"))
    return next(iter(matching(table.columns, (*own, *IMAGES), parts=False)), None)


def _holds_figures(table: RawTable, column: str) -> bool:
    for cell in table.column(column):
        try:
            if cells.figure(cell)[0] is not None:
                return True
        except ValueError:
            return True  # text where figures belong is said with its line
    return False


def _holds_lists(table: RawTable, column: str) -> bool:
    """Whether cells are curves or the like, as a JSON document may have them."""
    return any(isinstance(cell, list | tuple) for cell in table.column(column))


def _tells_states(table: RawTable, column: str) -> bool:
    """Whether a column called `state` says how runs ended and not, say, where they ran."""
    return any(each.casefold() in GOOD_STATES | BAD_STATES for each in values(table, column))

"""Tables with one row per run, and tables with one column per arm."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from classlab.analysis.numbers import counted, listed
from classlab.errors import DataError
from classlab.judging import cells
from classlab.judging.column_choice import ColumnChoice, choose_columns
from classlab.judging.names import FOLDS, GOOD_STATES, SEEDS, forms, matching, split_seeds
from classlab.judging.raw_table import named
from classlab.judging.results import Reading, RunReading

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classlab.judging.raw_table import RawTable
    from classlab.judging.results import ReadingOptions


def read_table(table: RawTable, options: ReadingOptions, *, arm_of_file: str | None = None) -> Reading:
    """Reads one run per row.

    Args:
        table: rows and columns.
        options: what a person said about them.
        arm_of_file: name of the arm where no column names it and the file is that arm's.

    Raises:
        DataError: a column is missing, a cell is no figure, or no row is left.
    """
    table = chosen_rows(table, options)
    choice = choose_columns(table, options)
    if not choice.arm and arm_of_file is None:
        raise DataError(
            f"{table.where} must have a column that names the arm, such as `arm`, `model` or `optimizer`, but it has "
            f"{named(table.columns)}. Name it with --arm, or give --wide where each column is an arm."
        )
    arms, seeds = _names(table, choice, arm_of_file)
    ended, notes = _states(table, choice)
    runs = []
    for place, line in enumerate(table.lines):
        where = f"{line} of {table.where}"
        value, per_cent = _figure(table, choice.figure, place, where)
        runs.append(
            RunReading(
                arm=arms[place],
                seed=seeds[place],
                figure=value if ended[place] else None,
                per_cent=per_cent,
                images=_images(table, choice, options, place, where),
                where=where,
                facts=tuple((column, str(cell)) for column, cell in zip(table.columns, table.rows[place], strict=True)),
            )
        )
    folds = any(form in FOLDS for column in choice.seed for form in forms(column))
    return Reading(
        runs=tuple(runs), metric=choice.figure, folds=folds, notes=(_read_from(table, choice, seeds), *notes)
    )


def read_wide(table: RawTable, options: ReadingOptions) -> Reading:
    """Reads one arm per column and one seed per row; an empty cell is a run that is not there.

    Raises:
        DataError: there are no two columns of figures, or a cell is no figure.
    """
    table = chosen_rows(table, options)
    for column in (*options.arm, *options.seed):
        table.place(column)
    seed = options.seed or matching(table.columns, SEEDS)[:1]
    arms = options.arm or tuple(column for column in table.columns if column not in seed and column)
    images = options.number_of_images
    seeds = [_joined(table, seed, place) if seed else None for place in range(len(table.rows))]
    runs = []
    for arm in arms:
        for place, line in enumerate(table.lines):
            cell = table.rows[place][table.place(arm)]
            if isinstance(cell, str) and not cell.strip() and not seed:
                continue  # arms with fewer runs end earlier
            where = f"{arm!r} in {line} of {table.where}"
            value, per_cent = _figure(table, arm, place, where)
            if cell is None and not seed:
                continue
            runs.append(
                RunReading(arm=arm, seed=seeds[place], figure=value, per_cent=per_cent, images=images, where=where)
            )
    told = f"Read one arm per column of {table.where}, and the seed from {listed([repr(each) for each in seed])}."
    bare = f"Read one arm per column of {table.where}; no column names the seeds."
    folds = any(form in FOLDS for column in seed for form in forms(column))
    return Reading(runs=tuple(runs), metric=options.figure or "accuracy", folds=folds, notes=(told if seed else bare,))


def chosen_rows(table: RawTable, options: ReadingOptions) -> RawTable:
    """The rows that a person asked for.

    Raises:
        DataError: a column is missing, or no row is left.
    """
    for column, value in options.only:
        found = [cells.name(cell) for cell in table.column(column)]
        kept = [each == value for each in found]
        if not any(kept):
            there = listed([repr(each) for each in list(dict.fromkeys(found))[:5]])
            raise DataError(
                f"some row of {table.where} must have {value!r} in {column!r}, but that column holds {there}. "
                "Choose one of those."
            )
        table = table.kept(kept)
    return table


def _names(table: RawTable, choice: ColumnChoice, arm_of_file: str | None) -> tuple[list[str], Sequence[str | None]]:
    rows = range(len(table.rows))
    arms = [_joined(table, choice.arm, place) if choice.arm else str(arm_of_file) for place in rows]
    if choice.names_hold_seeds:
        parted = split_seeds(arms)
        return [arm for arm, _ in parted], [seed for _, seed in parted]
    if choice.run is not None and choice.run not in choice.arm:
        parted = split_seeds([cells.name(cell) or "" for cell in table.column(choice.run)])
        return arms, [seed for _, seed in parted]
    return arms, [_joined(table, choice.seed, place) if choice.seed else None for place in rows]


def _joined(table: RawTable, columns: Sequence[str], place: int) -> str:
    """The name that several cells of a row give together; a missing one is said where it is the only one."""
    row = table.rows[place]
    found = [cells.name(row[table.place(column)]) for column in columns]
    if not any(found):
        raise DataError(
            f"every row must name its {listed([repr(column) for column in columns])}, but {table.lines[place]} of "
            f"{table.where} does not. Fill it in or remove the row."
        )
    return " ".join(each for each in found if each)


def _figure(table: RawTable, column: str, place: int, where: str) -> tuple[float | None, bool]:
    cell = table.rows[place][table.place(column)]
    try:
        return cells.figure(cell)
    except ValueError:
        raise DataError(
            f"{column!r} must hold numbers, but {where} has {cells.shown(cell)}. "
            "Write one number per run, or leave the cell empty where a run has none."
        ) from None


def _images(table: RawTable, choice: ColumnChoice, options: ReadingOptions, place: int, where: str) -> int | None:
    if choice.images is None:
        return options.number_of_images
    cell = table.rows[place][table.place(choice.images)]
    try:
        return cells.images(cell)
    except ValueError:
        raise DataError(
            f"{choice.images!r} must hold whole numbers of images above zero, but {where} has {cells.shown(cell)}. "
            "Give the number with --images N."
        ) from None


def _states(table: RawTable, choice: ColumnChoice) -> tuple[list[bool], tuple[str, ...]]:
    """Which runs ended well, and a sentence on the others."""
    if choice.state is None:
        return [True] * len(table.rows), ()
    states = [(cells.name(cell) or "no state") for cell in table.column(choice.state)]
    ended = [state.casefold() in GOOD_STATES for state in states]
    others = Counter(state for state, good in zip(states, ended, strict=True) if not good)
    if not others:
        return ended, ()
    told = listed([f"{number} {state}" for state, number in others.items()])
    return ended, (
        f"{counted(sum(others.values()), 'run')} of {len(states):,} did not end well by {choice.state!r} ({told}): "
        "counted as runs without a figure.",
    )


def _read_from(table: RawTable, choice: ColumnChoice, seeds: Sequence[str | None]) -> str:
    arm = listed([repr(column) for column in choice.arm]) if choice.arm else "the file's name"
    if choice.seed:
        seed = f"the seed from {listed([repr(column) for column in choice.seed])}"
    elif seeds and seeds[0] is not None:
        seed = f"the seed from the names in {choice.run!r}" if choice.run else "the seed from the same names"
    else:
        seed = "no seed, because no column names it"
    images = f", the number of images from {choice.images!r}" if choice.images else ""
    return f"Read from {table.where}: the arm from {arm}, {seed}, the figure from {choice.figure!r}{images}."

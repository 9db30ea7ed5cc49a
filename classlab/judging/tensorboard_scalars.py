"""Curves as TensorBoard's page downloads them, one file per run and tag; the names of the files tell which.

The columns are `Wall time`, `Step` and `Value`; the file is called `run-RUN-tag-TAG.csv`, with the slashes of a name
left out or written `_`. The last finite value is the run's figure.
"""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import TYPE_CHECKING

from classlab.analysis.numbers import counted
from classlab.errors import DataError
from classlab.judging import cells
from classlab.judging.raw_table import named
from classlab.judging.run_names import split_seeds
from classlab.judging.run_reading import Reading, RunReading

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classlab.judging.raw_table import RawTable
    from classlab.judging.run_reading import ReadingOptions

_COLUMNS = ("wall time", "step", "value")
_FILE = re.compile(r"run-(?P<run>.+?)-tag-(?P<tag>.+?)(?: \(\d+\))?", re.IGNORECASE)
# Keras writes training and validation curves of one run as two runs, in folders of these names.
_TRAINING = re.compile(r"(^|[-_./])train$")
_SPLIT = re.compile(r"[-_./](train|validation|val|test|eval)$")


def is_scalars(table: RawTable) -> bool:
    """Whether a table is such a download."""
    return tuple(column.casefold() for column in table.columns) == _COLUMNS


def read_scalars(tables: Sequence[RawTable], options: ReadingOptions) -> Reading:
    """Reads one run per file.

    Raises:
        DataError: files of several tags and none named, or a cell is no number.
    """
    return read_curves([(*_name(table.where), table) for table in tables], options)


def read_curves(curves: Sequence[tuple[str, str, RawTable]], options: ReadingOptions) -> Reading:
    """Reads one run per curve: its run, its tag, and its steps and values.

    Raises:
        DataError: curves of several tags and none named, or a cell is no number.
    """
    tags = list(dict.fromkeys(tag for _, tag, _ in curves))
    told = options.figure
    if (told is not None and told not in tags) or (told is None and len(tags) > 1):
        rule = "all curves must be of one tag" if told is None else f"some curve must be of the tag {told!r}"
        raise DataError(f"{rule}, but they are of {named(tuple(tags))}. Name one of those with --figure.")
    tag = told or tags[0]
    chosen = _without_training([(run, table) for run, of, table in curves if of == tag])
    parted = split_seeds([_SPLIT.sub("", run) for run, _ in chosen])
    images = options.number_of_images
    runs = tuple(
        RunReading(arm=arm, seed=seed, figure=_last(table), images=images, where=table.where)
        for (_, table), (arm, seed) in zip(chosen, parted, strict=True)
    )
    note = (
        f"Read from {counted(len(chosen), 'curve')} of TensorBoard: arm and seed from the runs' names, the last finite "
        f"value of {tag!r}."
    )
    return Reading(runs=runs, metric=tag, notes=(note,))


def _without_training(curves: list[tuple[str, RawTable]]) -> list[tuple[str, RawTable]]:
    """Curves of validation images only, where Keras wrote both."""
    kept = [(run, table) for run, table in curves if not _TRAINING.search(run)]
    return kept or curves


def _name(where: str) -> tuple[str, str]:
    """A run and a tag by the file's name."""
    stem = PurePath(where).stem
    found = _FILE.fullmatch(stem)
    return (found["run"], found["tag"]) if found else (stem, "value")


def _last(table: RawTable) -> float | None:
    last: tuple[float, float] | None = None
    for (_, step, cell), line in zip(table.rows, table.lines, strict=True):
        try:
            value, at = cells.figure(cell)[0], cells.figure(step)[0]
        except ValueError:
            raise DataError(
                f"'Step' and 'Value' must hold numbers, but {line} of {table.where} has {cells.shown(step)} and "
                f"{cells.shown(cell)}. Download it again."
            ) from None
        if value is not None and at is not None and (last is None or at >= last[0]):
            last = (at, value)
    return None if last is None else last[1]

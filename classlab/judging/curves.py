r"""Curves as trackers export them, Weights \& Biases and TensorBoard: the last finite figure of a run is its figure."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import PurePath
from typing import TYPE_CHECKING

from classlab.analysis.numbers import counted, listed
from classlab.errors import DataError
from classlab.extras import need
from classlab.judging import cells
from classlab.judging.names import FIGURES, matching, of_training, split_seeds
from classlab.judging.raw_table import RawTable, named
from classlab.judging.results import Reading, RunReading

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from classlab.judging.results import ReadingOptions


_BETWEEN = " - "
_BOUNDS = ("__MIN", "__MAX")
_GROUP = "Group: "


def is_history(table: RawTable) -> bool:
    """Whether a table is such an export."""
    return any(f"{column}{_BOUNDS[0]}" in table.columns and _BETWEEN in column for column in table.columns)


def read_history(table: RawTable, options: ReadingOptions) -> Reading:
    """Reads the last finite figure of each run.

    Raises:
        DataError: the columns are averages of groups, several metrics are there and none is named, or a cell is no
            number.
    """
    curves = [
        column
        for column in table.columns
        if f"{column}{_BOUNDS[0]}" in table.columns and not column.endswith(f"{_BETWEEN}_step")
    ]
    if any(column.startswith(_GROUP) for column in curves):
        raise DataError(
            f"{table.where} must hold one curve per run, but {curves[0]!r} is the average of a group. "
            "Switch grouping off in Weights & Biases and export again."
        )
    metric = _metric(table, [column.rpartition(_BETWEEN)[2] for column in curves], options.figure)
    chosen = [column for column in curves if column.rpartition(_BETWEEN)[2] == metric]
    named = split_seeds([column.rpartition(_BETWEEN)[0] for column in chosen])
    images = options.number_of_images
    runs = []
    for column, (arm, seed) in zip(chosen, named, strict=True):
        value, per_cent = _last_in_column(table, column)
        runs.append(
            RunReading(
                arm=arm,
                seed=seed,
                figure=value,
                per_cent=per_cent,
                images=images,
                where=f"{column!r} of {table.where}",
            )
        )
    note = (
        f"Read from {table.where}, curves of Weights & Biases: arm and seed from the runs' names, the last finite "
        f"{metric!r} of each run."
    )
    return Reading(runs=tuple(runs), metric=metric, notes=(note,))


def _metric(table: RawTable, found: list[str], told: str | None) -> str:
    metrics = list(dict.fromkeys(found))
    if told is not None and told in metrics:
        return told
    if told is None and len(metrics) == 1:
        return metrics[0]
    what = "must name one" if told is None else f"must be one of them and not {told!r}"
    raise DataError(
        f"{table.where} holds curves of {listed([repr(each) for each in metrics[:8]])}, so --figure {what}. Name one."
    )


def _last_in_column(table: RawTable, column: str) -> tuple[float | None, bool]:
    place = table.place(column)
    for row, line in zip(reversed(table.rows), reversed(table.lines), strict=True):
        try:
            value, per_cent = cells.figure(row[place])
        except ValueError:
            raise DataError(
                f"{column!r} must hold numbers, but {line} of {table.where} has {cells.shown(row[place])}. "
                "Export it again."
            ) from None
        if value is not None:
            return value, per_cent
    return None, False


_COLUMNS = ("wall time", "step", "value")
# A browser calls the second download of one name "... (1)".
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
        RunReading(arm=arm, seed=seed, figure=_last_by_step(table), images=images, where=table.where)
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


def _last_by_step(table: RawTable) -> float | None:
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


_FILES = "*tfevents*"
_MOST_FOLDERS = 10_000


def is_event_folder(folder: Path) -> bool:
    """Whether a folder holds event files, in itself or below."""
    return any(file.is_file() for file in folder.rglob(_FILES))


def read_events(folders: Sequence[Path], options: ReadingOptions) -> Reading:
    """Reads the last finite value of one tag of each run; a run is a folder with event files, named by its path.

    Raises:
        DataError: no run has such a tag.
        MissingExtraError: tensorboard is not installed.
    """
    found: dict[str, dict[str, list[tuple[float, float]]]] = {}
    for folder in folders:
        places = sorted({file.parent for file in folder.rglob(_FILES) if file.is_file()})
        if len(places) > _MOST_FOLDERS:
            raise DataError(
                f"a folder of TensorBoard's must hold at most {_MOST_FOLDERS:,} runs, but {folder} holds "
                f"{len(places):,}. Give the folders of fewer runs."
            )
        for place in places:
            name = place.relative_to(folder).as_posix()
            found[folder.name if name == "." else name] = _scalars(place)
    tag = _tag(found, options.figure, folders)
    curves = [(run, tag, _table(run, tags[tag])) for run, tags in found.items() if tag in tags]
    return read_curves(curves, replace(options, figure=tag))


def _table(run: str, points: Sequence[tuple[float, float]]) -> RawTable:
    return RawTable(
        where=run,
        columns=("Wall time", "Step", "Value"),
        rows=tuple((0.0, step, value) for step, value in points),
        lines=tuple(f"step {step:g}" for step, _ in points),
    )


def _tag(found: dict[str, dict[str, list[tuple[float, float]]]], told: str | None, folders: Sequence[Path]) -> str:
    tags = tuple(sorted({tag for each in found.values() for tag in each}))
    where = ", ".join(str(folder) for folder in folders)
    if told is not None and told in tags:
        return told
    guessed = [tag for tag in matching(tags, FIGURES) if not of_training(tag)]
    if told is None and guessed:
        return guessed[0]
    wanted = f"the tag {told!r}" if told is not None else "a tag such as `val_accuracy`"
    raise DataError(
        f"the event files of {where} must hold {wanted}, but they hold {named(tags)}. Name one with --figure."
    )


def _scalars(place: Path) -> dict[str, list[tuple[float, float]]]:
    """Steps and values by tag."""
    need("tensorboard", str(place), instead="download the curves as CSV")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from tensorboard.util.tensor_util import make_ndarray

    events = EventAccumulator(str(place), size_guidance={"scalars": 0, "tensors": 0})
    events.Reload()
    found = {
        tag: [(float(event.step), float(event.value)) for event in events.Scalars(tag)]
        for tag in events.Tags()["scalars"]
    }
    for tag in events.Tags()["tensors"]:  # what TensorFlow 2 and Keras write
        points = [(event.step, make_ndarray(event.tensor_proto)) for event in events.Tensors(tag)]
        if all(array.ndim == 0 and array.dtype.kind in "fiu" for _, array in points):
            found[tag] = [(float(step), float(array)) for step, array in points]
    return found

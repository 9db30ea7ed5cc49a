"""Files of any kind that holds results, recognised by what is in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classlab.analysis.numbers import counted
from classlab.errors import DataError
from classlab.judging.assembly import assemble
from classlab.judging.correctness import holds_correctness, read_correctness
from classlab.judging.curves import is_event_folder, is_history, is_scalars, read_events, read_history, read_scalars
from classlab.judging.names import split_seeds
from classlab.judging.predictions import NetworkPredictions, holds_predictions, read_predictions, table_predictions
from classlab.judging.results import Reading, RunReading, refuse_columns
from classlab.judging.table_files import read_delimited, read_json, read_parquet
from classlab.judging.table_reading import read_table, read_wide

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from classlab.judging.raw_table import RawTable
    from classlab.judging.results import ReadingOptions, Results

_JSON = (".json", ".jsonl", ".ndjson")
_PARQUET = (".parquet", ".pq")
_ARRAYS = (".npz", ".npy")


def read_results(paths: Sequence[Path], options: ReadingOptions) -> Results:
    """Reads results from files, several of which are put together.

    Args:
        paths: tables (CSV, TSV, JSON, JSON Lines, Parquet), exports of trackers, correctness of images (`.npz`), or
            predictions, one network per file; folders of TensorBoard's events. All of one kind.
        options: how they are to be read.

    Raises:
        DataError: a file is none of these, or its results cannot be compared.
        StorageError: a file cannot be read.
    """
    return assemble(_readings(paths, options), options)


def _readings(paths: Sequence[Path], options: ReadingOptions) -> list[Reading]:
    folders = [path for path in paths if path.is_dir()]
    if folders:
        return [_from_folders(paths, folders, options)]
    arrays = [path for path in paths if path.suffix.lower() in _ARRAYS]
    if arrays:
        refuse_columns(options, "arrays")
    if arrays and len(arrays) == len(paths) and not any(_is_correctness(path) for path in paths):
        return [network_reading([read_predictions(path) for path in paths], where=[str(path) for path in paths])]
    if arrays:
        return [read_correctness(path) if path in arrays else _of_one_kind(path) for path in paths]
    return _from_tables(paths, [_table(path) for path in paths], options)


def network_reading(networks: Sequence[NetworkPredictions], *, where: Sequence[str]) -> Reading:
    """Runs from the predictions of trained networks, their arms and seeds from their names.

    Args:
        networks: one per run; one of them at least has the labels.
        where: each one's file, for sentences.

    Raises:
        DataError: nothing holds the labels, or they differ.
    """
    parted = split_seeds([each.name for each in networks])
    return labelled_reading([(arm, seed, each) for (arm, seed), each in zip(parted, networks, strict=True)], where)


def labelled_reading(
    runs: Sequence[tuple[str, str | None, NetworkPredictions | None]],
    where: Sequence[str],
    *,
    metric: str = "accuracy",
) -> Reading:
    """Runs whose arms and seeds are known, from what their networks predicted; see `network_reading`.

    Those without predictions are runs without a figure.
    """
    labelled = [
        (place, each.labels) for place, (_, _, each) in enumerate(runs) if each is not None and each.labels is not None
    ]
    if not labelled and any(each is not None for _, _, each in runs):
        raise DataError(
            f"predictions can be judged with labels only, but {where[0]} holds none. "
            "Save the true classes beside them, as `y_true`."
        )
    first, labels = labelled[0] if labelled else (0, np.zeros(0, np.int64))
    read = []
    for place, (arm, seed, each) in enumerate(runs):
        if each is None:
            read.append(RunReading(arm=arm, seed=seed, figure=None, where=where[place]))
            continue
        own = labels if each.labels is None else each.labels
        if len(each.predicted) != len(labels) or (own != labels).any():
            raise DataError(
                f"all networks must have predicted the same images in the same order, but the labels of {where[place]} "
                f"are not those of {where[first]}. Predict the same images with all."
            )
        right = each.predicted == labels
        read.append(
            RunReading(
                arm=arm, seed=seed, figure=float(right.mean()), images=len(right), where=where[place], correct=right
            )
        )
    networks = sum(run.correct is not None for run in read)
    note = f"Read what {networks:,} networks predicted on {counted(len(labels), 'image')}."
    return Reading(runs=tuple(read), metric=metric, notes=(note,))


def _from_folders(paths: Sequence[Path], folders: Sequence[Path], options: ReadingOptions) -> Reading:
    if len(folders) < len(paths):
        file = next(path for path in paths if path not in folders)
        raise DataError(
            f"folders and files cannot be judged together, but {folders[0]} is a folder and {file} a file. "
            "Give one kind."
        )
    for folder in folders:
        if not is_event_folder(folder):
            raise DataError(
                f"{folder} must be the folder of a run or hold event files of TensorBoard, but it holds neither. "
                "Give the files in it by name."
            )
    return read_events(folders, options)


def _is_correctness(path: Path) -> bool:
    return path.suffix.lower() == ".npz" and holds_correctness(path)


def _of_one_kind(path: Path) -> Reading:
    raise DataError(
        f"correctness of images (.npz) can only be judged with files of its own kind, but {path} is of another. "
        "Judge them one after the other."
    )


def _table(path: Path) -> RawTable:
    kind = path.suffix.lower()
    if kind in _PARQUET:
        return read_parquet(path)
    return read_json(path) if kind in _JSON else read_delimited(path)


def _from_tables(paths: Sequence[Path], tables: Sequence[RawTable], options: ReadingOptions) -> list[Reading]:
    if all(is_scalars(table) for table in tables):
        return [read_scalars(tables, options)]
    if all(holds_predictions(table) for table in tables) and not options.arm and len(tables) > 1:
        networks = [table_predictions(path.stem, table) for path, table in zip(paths, tables, strict=True)]
        return [network_reading(networks, where=[str(path) for path in paths])]
    return [_reading(path, table, options, alone=len(paths) == 1) for path, table in zip(paths, tables, strict=True)]


def _reading(path: Path, table: RawTable, options: ReadingOptions, *, alone: bool) -> Reading:
    if options.wide:
        return read_wide(table, options)
    if is_history(table) and not options.arm:
        return read_history(table, options)
    return read_table(table, options, arm_of_file=None if alone else path.stem)

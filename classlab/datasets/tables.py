"""A dataset from tables with one image for each row: CSV of pixels, Parquet of pixels or of encoded pictures."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from classlab.datasets.array_choice import split_of
from classlab.datasets.array_files import set_words
from classlab.datasets.class_labels import numbers_or_words
from classlab.datasets.emnist import is_emnist
from classlab.datasets.given import Given, Part, dataset_of
from classlab.datasets.pixel_columns import NAMELESS, are_classes
from classlab.datasets.safe_read.parquet import read_parquet_table
from classlab.datasets.safe_read.pixel_table import PixelTable, read_pixel_table
from classlab.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from classlab.datasets.dataset import Dataset
    from classlab.datasets.selection import Selection


def read_table(path: Path, *, name: str, selection: Selection) -> Dataset:
    """Reads a CSV of pixels, and the test and validation tables beside it that are called as it is but for that.

    Raises:
        DataError: it is no such table, has no labels, or is too large.
        StorageError: it cannot be read.
    """

    def read(file: Path) -> tuple[PixelTable, tuple[str, ...] | None]:
        return read_pixel_table(file, asked=selection.arrays.get("labels"), size=selection.size), None

    return _read(path, read, name=name, selection=selection)


def read_parquet(path: Path, *, name: str, selection: Selection) -> Dataset:
    """Reads Parquet files as data hubs keep them, all pieces of all splits.

    Raises:
        DataError: pyarrow is not installed, or as `read_table`.
        StorageError: a file cannot be read.
    """

    def read(file: Path) -> tuple[PixelTable, tuple[str, ...] | None]:
        return read_parquet_table(file, asked=selection.arrays, size=selection.size)

    return _read(path, read, name=name, selection=selection)


def _read(
    path: Path,
    read: Callable[[Path], tuple[PixelTable, tuple[str, ...] | None]],
    *,
    name: str,
    selection: Selection,
) -> Dataset:
    notes: list[str] = []
    tables: dict[str, list[PixelTable]] = {}
    files = beside(path)
    class_names = None
    for file in files:
        table, names = read(file)
        class_names = class_names or names
        if table.labels is None and file != path:
            notes.append(f"{file.name} beside {path.name} has no labels and was not read.")
            continue
        for split, part in _by_split(table, (split_of(file.name) or "train") if len(files) > 1 else "train").items():
            tables.setdefault(split, []).append(part)
    if "train" not in tables:
        tables["train"] = tables.pop(next(iter(tables)))
    parts = {split: _part(path, each) for split, each in tables.items()}
    _check_place(path, tables["train"][0], parts["train"], selection)
    ignored = tables["train"][0].ignored
    if ignored:
        notes.append(
            f"{path.name} also has {listed(ignored)}, which {'was' if len(ignored) == 1 else 'were'} not used."
        )
    given = Given(
        parts=parts,
        kept_names=class_names,
        size=selection.size,
        to_measure=selection.to_measure,
        transposed=is_emnist(path.name) if selection.transposed is None else selection.transposed,
        notes=tuple(notes),
    )
    read_files = f"the file {path}" if len(files) == 1 else f"{', '.join(each.name for each in files)} in {path.parent}"
    return dataset_of(given, name=name, source=read_files)


_SPLITS = {"publictest": "validation", "privatetest": "test"}  # as a competition calls them


def _by_split(table: PixelTable, usual: str) -> dict[str, PixelTable]:
    """The rows of each split, where a column says it."""
    if table.splits is None or table.labels is None:
        return {usual: table}
    said = [_SPLITS.get(word.lower()) or split_of(word) or usual for word in table.splits.tolist()]
    chosen = {split: np.array([each == split for each in said]) for split in ("train", "validation", "test")}
    return {
        split: replace(table, pixels=table.pixels[rows], labels=table.labels[rows])
        for split, rows in chosen.items()
        if rows.any()
    }


def _check_place(path: Path, table: PixelTable, part: Part, selection: Selection) -> None:
    """Refuses what is the same for every image as the labels of a table that names no column."""
    named = "labels" in selection.arrays or selection.to_measure or not table.label.isdecimal()
    if not named and len(part.labels) and (part.labels == part.labels[0]).all():
        columns = enumerate(table.pixels.T.tolist(), start=2 if table.label == "1" else 1)
        likely = next((number for number, each in columns if len(set(each)) > 1 and are_classes(each)), 2)
        raise DataError(
            "a table without a header line must have its labels in the first column or the last, but column "
            f"{table.label} of {path} holds {part.labels[0]} throughout. Give it a header line that calls the labels "
            "label, or say the number of their column, as in "
            f"'{path}#labels={likely}'."
        )


def _part(path: Path, tables: Sequence[PixelTable]) -> Part:
    labels = [table.labels for table in tables if table.labels is not None]
    if len(labels) < len(tables):
        raise without_labels(path, tables[0].ignored)
    label = tables[0].label
    return Part(
        images=_joined(path, [table.pixels for table in tables]),
        labels=numbers_or_words(np.concatenate(labels)),
        named=(path.name, f"the column {label} of {path.name}"),
    )


def without_labels(path: Path, columns: Sequence[str]) -> DataError:
    """The error for a table none of whose columns is called labels, with what else it has."""
    others = [name for name in columns if name != NAMELESS]
    say = f"Say which it is, as in '{path}#labels={others[0]}', or give" if others else "Give"
    return DataError(f"{path} must have a column of labels, but none is called so. {say} the table that has one.")


def _joined(path: Path, pixels: Sequence[Any]) -> Any:
    shapes = {each.shape[1:] for each in pixels}
    if len(shapes) > 1:
        raise DataError(
            f"all pieces of {path} must have images of one shape, but have {sorted(shapes)}. Give one piece."
        )
    return pixels[0] if len(pixels) == 1 else np.concatenate(pixels)


def beside(path: Path) -> list[Path]:
    """A table and those of its other splits and pieces."""
    own = _piece_words(path)
    if not own.issuperset({path.suffix.lower().strip(".")}):
        return [path]
    found = [
        each
        for each in sorted(path.parent.iterdir())
        if each.is_file() and not each.name.startswith(".") and split_of(each.name) and _piece_words(each) == own
    ]
    return found if path in found else [path]


def _piece_words(path: Path) -> set[str]:
    """The words of a name but those for splits and the numbers of pieces, as in `train-00000-of-00002.parquet`."""
    return {word for word in set_words(path.name) if not word.isdigit() and word != "of"}


def listed(names: Sequence[str], most: int = 5) -> str:
    """Columns by their names, of many the first."""
    shown = ", ".join(names[:most])
    kind = "the column" if len(names) == 1 else "the columns"
    return f"{kind} {shown}" + (f" and {len(names) - most} more" if len(names) > most else "")

"""Pictures whose classes stand in a table beside them: `labels.csv`, or `train.csv` and `test.csv`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from classlab.datasets.label_table import FileNames, Row, read_label_table, repeated
from classlab.datasets.labelled_files import LabelledFiles, check_distinct
from classlab.datasets.left_out import LeftOut, full_list, some
from classlab.datasets.split_folders import KINDS, is_list_name, is_picture_name, is_table_name, split_kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classlab.datasets.file_tree import FileFolder, FileTree
    from classlab.datasets.split_folders import Kind, Parts

MAX_TABLE = 256 * 2**20  # bytes; two million rows of 100 letters
_USUAL = ("labels", "label", "annotations", "metadata", "classes")  # generic tables, the likeliest first
_ANSWERS = "submission"  # Kaggle's form for answers looks like a table of labels


@dataclass
class _Labelling:
    """What is gathered while tables are read."""

    splits: dict[Kind, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    left_out: dict[str, LeftOut] = field(default_factory=dict)
    used: list[str] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def leave_out(self, path: str, reason: str) -> None:
        self.left_out.setdefault(path, LeftOut(path=path, reason=reason))


def files_by_table(
    tree: FileTree, parts: Parts, *, column: str | None = None, table: str | None = None
) -> LabelledFiles | None:
    """Labels files by the tables beside them.

    Args:
        tree: the dataset.
        parts: where each split lies.
        column: the one that holds the classes; found by its name where left out.
        table: the only one to look into, where the user gave it.

    Returns:
        The labelled files; None where no table speaks of the training pictures.

    Raises:
        DataError: several columns of a table may be the labels, or labels differ only in case.
        StorageError: a table cannot be read.
    """
    found = _Labelling()
    anywhere = FileNames(parts.top.all_files())
    for kind in KINDS:
        folder = parts.folders.get(kind) or (None if parts.apart else parts.top)
        if folder is None:
            continue
        names = FileNames(_files(folder))
        tables = _tables(parts, kind, folder) if table is None else [table]
        tables = [each for each in tables if each not in found.used]
        used, rows = _first_that_fits(tree, tables, names, column)
        if rows is None:
            if kind == "train":
                return None
            if kind in parts.folders:
                found.notes.append(
                    f"No table gives labels to the files in {folder.path} of {tree.where}, so that there are no {kind} "
                    "images from it. `classlab predict` takes pictures without labels."
                )
            continue
        _take(found, kind, used, rows, anywhere)
    _without_row(found, parts)
    labels = {label for files in found.splits.values() for _, label in files}
    check_distinct(labels, f"the table {found.used[0]} of {tree.where}", "Write one of them throughout.")
    return LabelledFiles(
        splits={"train": (), **found.splits},
        class_names=tuple(labels),
        left_out=tuple(found.left_out.values()),
        notes=(
            f"The classes were read from {' and '.join(found.sources)}.",
            *found.notes,
            *_left_out_note(tuple(found.left_out), tree.where),
        ),
    )


def table_of_split(tree: FileTree, parts: Parts, kind: Kind) -> tuple[str, tuple[tuple[str, str], ...]]:
    """A table in a split's own folder, and its pictures with the names of their classes; "" where there is none.

    Args:
        tree: the dataset.
        parts: where each split lies.
        kind: the split, which has a folder of its own.
    """
    folder, found = parts.folders[kind], _Labelling()
    tables = [file for file in folder.own_files() if _may_label(file)]
    used, rows = _first_that_fits(tree, tables, FileNames(_files(folder)), None)
    if rows is None:
        return "", ()
    _take(found, kind, used, rows, FileNames(folder.all_files()))
    return used, found.splits.get(kind, ())


def _left_out_note(paths: tuple[str, ...], where: str) -> tuple[str, ...]:
    if not paths:
        return ()
    one = len(paths) == 1
    count = "1 file or row of a table gives" if one else f"{len(paths):,} files and rows of tables give"
    return (
        f"{count} no picture with a label and {'was' if one else 'were'} left out: {some(paths)}. {full_list(where)}",
    )


def _files(folder: FileFolder) -> Iterator[str]:
    return (file for file in folder.all_files() if not _may_label(file))


def _tables(parts: Parts, kind: Kind, folder: FileFolder) -> list[str]:
    """Tables that may label a split, the likeliest first: in its folder, under its name, and those for all."""
    own = [file for file in folder.own_files() if _may_label(file)] if parts.apart else []
    every = (*parts.top.own_files(), *parts.around)
    above = [file for file in every if _may_label(file) and _ANSWERS not in file.casefold()]
    named = [file for file in above if (said := split_kind(_stem(file))) and said[0] == kind]
    generic = [file for file in above if split_kind(_stem(file)) is None] if parts.apart or kind == "train" else []
    found = [*own, *named, *sorted(generic, key=_likelihood)]
    others = [file for file in above if file not in found]
    if kind == "train" and not named and len(others) == 1:
        found += others  # all there is may be the pictures that somebody else validates on
    return sorted(found, key=is_list_name)  # stable: tables first


def _may_label(file: str) -> bool:
    return is_table_name(file) or is_list_name(file)


def _stem(file: str) -> str:
    return file.rpartition("/")[2].rpartition(".")[0]


def _likelihood(file: str) -> tuple[int, str]:
    stem = _stem(file).casefold()
    return next((place for place, word in enumerate(_USUAL) if word in stem), len(_USUAL)), file


def _first_that_fits(
    tree: FileTree, tables: list[str], names: FileNames, column: str | None
) -> tuple[str, list[Row] | None]:
    for table in tables:
        rows = read_label_table(tree.read(table, MAX_TABLE), tree.named(table), names, column=column)
        if rows is not None:
            return table, rows
    return "", None


def _take(found: _Labelling, kind: Kind, table: str, rows: list[Row], anywhere: FileNames) -> None:
    if table not in found.used:
        found.used.append(table)
        title = rows[0].title if rows else ""
        found.sources.append(f"the column {title!r} of {table}" if title else table)
    doubtful = repeated(rows)
    chosen: dict[Kind, dict[str, str]] = {}
    for row in rows:
        if row.file is None:
            if anywhere.find(row.cell) is None:
                found.leave_out(row.cell, f"stands in {table}, but there is no such file.")
        elif row.file in doubtful:
            found.leave_out(row.file, f"has rows with different labels in {table}.")
        elif not row.label:
            found.leave_out(row.file, f"has no label in {table}.")
        else:
            chosen.setdefault(row.split or kind, {}).setdefault(row.file, row.label)
    for split, files in chosen.items():
        found.splits[split] = (*found.splits.get(split, ()), *files.items())


def _without_row(found: _Labelling, parts: Parts) -> None:
    labelled = {file for files in found.splits.values() for file, _ in files}
    for kind, folder in parts.folders.items():
        if kind not in found.splits:
            continue
        for file in folder.all_files():
            if is_picture_name(file) and file not in labelled:
                found.leave_out(file, f"has no row in {' or '.join(found.used)}.")

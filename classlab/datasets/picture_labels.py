"""What says the classes of pictures: the folders that they lie in, a table or list beside them, or their names."""

from __future__ import annotations

import shlex
from dataclasses import replace
from typing import TYPE_CHECKING

from classlab.datasets.class_folders import class_folders, files_by_folder, unlabelled_note
from classlab.datasets.file_names import BY_NAMES, files_by_name
from classlab.datasets.left_out import some
from classlab.datasets.split_folders import (
    KINDS,
    holds_lists_alone,
    holds_pictures,
    is_picture_name,
    is_table_name,
    names_no_class,
)
from classlab.datasets.split_lists import divided_by_lists
from classlab.datasets.table_files import files_by_table, table_of_split
from classlab.errors import DataError

if TYPE_CHECKING:
    from classlab.datasets.file_tree import FileFolder, FileTree
    from classlab.datasets.labelled_files import LabelledFiles
    from classlab.datasets.split_folders import Kind, Parts

_PACKED = (".tar", ".tgz", ".gz", ".zip", ".7z", ".rar", ".bz2", ".xz")


def by_given_table(tree: FileTree, parts: Parts, table: str, *, column: str | None) -> LabelledFiles:
    """Labels the pictures of a folder by the table in it that the user gave.

    Raises:
        DataError: no row of it names one of them and a class, or it is not clear which column holds the classes.
        StorageError: it cannot be read.
    """
    found = files_by_table(tree, parts, column=column, table=table)
    if found is None or not any(found.splits.values()):
        raise DataError(
            f"{tree.named(table)} must have a column for each pixel, or name pictures that lie in its folder, but no "
            f"row of it names a file in {tree.where} and a class. Put it into the folder of its pictures."
        )
    return replace(found, left_out=tuple(each for each in found.left_out if not each.path.endswith(table)))


def labelled_files(tree: FileTree, parts: Parts, *, column: str | None) -> LabelledFiles:
    """By class folders where there are at least two, else by a table, else by the one class folder there is.

    Args:
        tree: the dataset.
        parts: where each split lies.
        column: what the user says of a table's column of classes, or that the files' names begin with them.

    Raises:
        DataError: nothing says the classes, or what says them is not clear.
        StorageError: a table or list cannot be read.
    """
    classes = [one for one in class_folders(parts.folders["train"]) if not holds_lists_alone(one)]
    if column is not None:
        return _by_column(tree, parts, classes, column)
    if len(classes) < 2:
        by_table = files_by_table(tree, parts)
        if by_table is not None:
            return by_table
        if not classes or names_no_class(classes[0]):
            raise _no_classes(tree, parts)
    return _by_folder_and_table(tree, parts) if parts.apart else divided_by_lists(tree, parts, _by_folder(tree, parts))


def _by_folder(tree: FileTree, parts: Parts) -> LabelledFiles:
    return files_by_folder(parts, tree.where)


def _by_column(tree: FileTree, parts: Parts, classes: list[FileFolder], column: str) -> LabelledFiles:
    """As the user says behind the dataset's name."""
    by_table = None if len(classes) > 1 else files_by_table(tree, parts, column=column)
    if by_table is not None:
        return by_table
    by_name = files_by_name(parts) if column == BY_NAMES and len(classes) < 2 else None
    if by_name is not None:
        return by_name
    found = "its classes are folders" if classes else "no table beside its pictures names them"
    raise DataError(
        f"`labels` behind # names a column of a table of labels, but of {tree.where} {found}. Leave it out."
    )


def _by_folder_and_table(tree: FileTree, parts: Parts) -> LabelledFiles:
    """Training pictures by class folders, those of another split by a table where it has no such folders."""
    known = {one.name for one in class_folders(parts.folders["train"])}
    folders, notes = dict(parts.folders), []
    splits: dict[Kind, tuple[tuple[str, str], ...]] = {}
    for kind in KINDS[1:]:
        part = parts.folders.get(kind)
        if part is None or known & {one.name for one in part.folders}:
            continue
        table, files = table_of_split(tree, parts, kind)
        if table:
            splits[kind] = files
            notes.append(f"The classes of the {kind} pictures were read from {table}.")
        elif part.folders and all(map(names_no_class, part.folders)):
            notes.append(unlabelled_note(kind, part, tree.where))
        else:
            continue
        del folders[kind]
    labelled = _by_folder(tree, replace(parts, folders=folders))
    return replace(labelled, splits={**labelled.splits, **splits}, notes=(*labelled.notes, *notes))


def _no_classes(tree: FileTree, parts: Parts) -> DataError:
    train = parts.folders["train"]
    where = tree.named(train.path) if train.path else tree.where
    rule = f"{where} must hold one folder of pictures per class, but holds"
    count = sum(map(is_picture_name, train.all_files()))
    if not count:
        archives = [file for file in train.files if file.casefold().endswith(_PACKED)]
        if archives:
            return DataError(f"{rule} archives, which are not read: {some(archives)}. Unpack them.")
        return DataError(f"{rule} no folder with files. Sort the pictures into folders.")
    tables = [file for file in (*train.own_files(), *parts.top.own_files(), *parts.around) if is_table_name(file)]
    holding = next((one.name for one in class_folders(train) if not holds_lists_alone(one)), "")
    alone = "" if holds_pictures(train) else f" in one folder, {holding}"
    held = f", and no row of {some(list(dict.fromkeys(tables)))} names one of them" if tables else " and no folder"
    by_name = files_by_name(parts)
    names = (
        ""
        if by_name is None
        else (
            f", or take for classes what the files' names begin with ({some(by_name.class_names)}), as in "
            f"{shlex.quote(f'{tree.where}#labels={BY_NAMES}')}"
        )
    )
    return DataError(
        f"{rule} {count:,} picture{'s' * (count != 1)}{alone or held}{held * bool(alone and tables)}. Sort the "
        "pictures into folders that are named after the classes, or put a labels.csv with the columns file and label "
        f"beside them{names}."
    )

"""Class folders: `root/<class>/*`; pictures in folders inside a class are pictures of the class, as in Keras."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.datasets.labelled_files import LabelledFiles, check_distinct, composed
from classlab.datasets.left_out import some
from classlab.datasets.split_folders import is_table_name

if TYPE_CHECKING:
    from classlab.datasets.file_tree import FileFolder
    from classlab.datasets.split_folders import Kind, Parts

_STEP = "Rename or merge the folders."


def class_folders(folder: FileFolder) -> list[FileFolder]:
    """The folders that hold files, each a class."""
    return [one for one in folder.folders if one.holds_files()]


def files_by_folder(parts: Parts, where: str) -> LabelledFiles:
    """Labels files by the folder that they lie in.

    Args:
        parts: where each split lies.
        where: the dataset's path, for sentences.

    Raises:
        DataError: names of folders that differ only in case or in the encoding of accents.
    """
    splits: dict[Kind, tuple[tuple[str, str], ...]] = {}
    names: dict[str, None] = {}
    deeper, notes = [], []
    for kind, part in parts.folders.items():
        check_distinct((folder.name for folder in part.folders), where, _STEP)
        splits[kind] = tuple((file, composed(one.name)) for one in part.folders for file in one.all_files())
        names.update(dict.fromkeys(composed(one.name) for one in part.folders))
        deeper += [inner.path for one in part.folders for inner in one.folders if inner.holds_files()]
        if kind != "train" and part.files and not part.folders:
            notes.append(_unlabelled(kind, part, where))
    check_distinct(names, where, _STEP)
    tables = [file for file in parts.top.own_files() if is_table_name(file)]
    if tables:
        read = "was" if len(tables) == 1 else "were"
        notes.append(f"The folders were taken for the classes, and {some(tables)} {read} not read.")
    if deeper:
        notes.append(f"Folders inside class folders were read as pictures of the class: {some(deeper)}.")
    return LabelledFiles(splits=splits, class_names=tuple(names), notes=tuple(notes))


def _unlabelled(kind: Kind, part: FileFolder, where: str) -> str:
    return (
        f"{part.path} of {where} holds {len(part.files):,} {'file' if len(part.files) == 1 else 'files'} but no class "
        f"folders, so that there are no {kind} images from it. `classlab predict` takes pictures without labels."
    )

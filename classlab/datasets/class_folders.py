"""Class folders: `root/<class>/*`; pictures in folders inside a class are pictures of the class, as in Keras."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.datasets.labelled_files import LabelledFiles, check_distinct, composed
from classlab.datasets.left_out import LeftOut, full_list, some
from classlab.datasets.split_folders import is_picture_name, is_table_name, split_kind
from classlab.errors import DataError

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
        DataError: names of folders that differ only in case or in the encoding of accents, or folders that are
            datasets of their own.
    """
    for part in parts.folders.values():
        check_distinct((folder.name for folder in part.folders), where, _STEP)
    placed = _placed(parts, where)
    names = dict.fromkeys(name for _, name, _ in placed)
    check_distinct(names, where, _STEP)
    splits: dict[Kind, tuple[tuple[str, str], ...]] = dict.fromkeys(parts.folders, ())
    for kind, name, folder in placed:
        splits[kind] = (*splits.get(kind, ()), *((file, name) for file in folder.all_files()))
    beside = _beside(parts)
    return LabelledFiles(
        splits=splits,
        class_names=tuple(names),
        notes=tuple(_notes(parts, [folder for _, _, folder in placed], beside, where)),
        left_out=tuple(LeftOut(path=file, reason="lies beside the class folders and has no class.") for file in beside),
    )


def _placed(parts: Parts, where: str) -> list[tuple[Kind, str, FileFolder]]:
    """The folders of each split and class; splits may lie in the class folders as well as around them."""
    if not parts.apart:
        classes = class_folders(parts.top)
        found = [(one, each) for one in classes for each in one.folders if each.holds_files()]
        inner = [(split_kind(each.name), composed(one.name), each) for one, each in found]
        own = [each for said, _, each in inner if said == ("train", "") and each.folders]
        if own:
            raise DataError(
                f"{where} must hold one dataset, but {own[0].path} holds the classes of another. Give the folder "
                "around it instead."
            )
        splits = [(said[0], name, each) for said, name, each in inner if said and not said[1]]
        only = len(splits) == len(inner) and not any(one.files for one in classes)
        if only and any(kind == "train" for kind, _, _ in splits):
            return splits
    return [(kind, composed(one.name), one) for kind, part in parts.folders.items() for one in part.folders]


def _notes(parts: Parts, classes: list[FileFolder], beside: list[str], where: str) -> list[str]:
    notes = [
        unlabelled_note(kind, part, where)
        for kind, part in parts.folders.items()
        if kind != "train" and part.files and not part.folders
    ]
    tables = [file for file in parts.top.own_files() if is_table_name(file)]
    if tables:
        read = "was" if len(tables) == 1 else "were"
        notes.append(f"The folders were taken for the classes, and {some(tables)} {read} not read.")
    if beside:
        count = "1 picture lies" if len(beside) == 1 else f"{len(beside):,} pictures lie"
        were = "was" if len(beside) == 1 else "were"
        notes.append(f"{count} beside the class folders and {were} left out: {some(beside)}. {full_list(where)}")
    deeper = [inner.path for one in classes for inner in one.folders if inner.holds_files()]
    if deeper:
        notes.append(f"Folders inside class folders were read as pictures of the class: {some(deeper)}.")
    return notes


def _beside(parts: Parts) -> list[str]:
    """Pictures that lie where class folders lie, or the folders of splits."""
    places = [parts.top] if parts.apart else []
    places += [part for part in parts.folders.values() if part.folders]
    return [file for place in places for file in place.own_files() if is_picture_name(file)]


def unlabelled_note(kind: Kind, part: FileFolder, where: str) -> str:
    """A sentence for pictures of a split that nothing gives a class."""
    count = sum(1 for _ in part.all_files())
    return (
        f"{part.path} of {where} holds {count:,} {'file' if count == 1 else 'files'} but no class "
        f"folders, so that there are no {kind} images from it. `classlab predict` takes pictures without labels."
    )

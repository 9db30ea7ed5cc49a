"""Lists of pictures beside class folders that say which are for training and which for the test, as `test.txt`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from classlab.datasets.label_table import FileNames, listed_files
from classlab.datasets.left_out import LeftOut, some
from classlab.datasets.split_folders import KINDS, is_list_name, split_kind
from classlab.datasets.table_files import MAX_TABLE
from classlab.errors import DataError

if TYPE_CHECKING:
    from classlab.datasets.file_tree import FileTree
    from classlab.datasets.labelled_files import LabelledFiles
    from classlab.datasets.split_folders import Kind, Parts

_RESTS = ("", "list", "lists", "files", "split", "names")  # what may stand beside the split in a list's name


def divided_by_lists(tree: FileTree, parts: Parts, labelled: LabelledFiles) -> LabelledFiles:
    """Divides the pictures of class folders by lists beside them.

    Where there is a list of training pictures, what no list names is left out; else it is trained on.

    Args:
        tree: the dataset.
        parts: where its pictures lie.
        labelled: its pictures, in class folders that are of no split.

    Returns:
        The same, divided; as it was where no list names a test or validation picture.

    Raises:
        DataError: a picture is in two lists.
        StorageError: a list cannot be read.
    """
    names = FileNames(file for file, _ in labelled.splits["train"])
    kinds: dict[str, Kind] = {}
    lists: dict[Kind, str] = {}
    for path, kind in _lists(parts):
        for file in listed_files(tree.read(path, MAX_TABLE), names):
            other = kinds.setdefault(file, kind)
            if other != kind:
                raise DataError(
                    f"each picture must be in one list, but {file} is in {lists[other]} and {path} of {tree.where}. "
                    "Take it out of one."
                )
            lists[kind] = path
    if not lists.keys() - {"train"}:
        return labelled
    splits: dict[Kind, tuple[tuple[str, str], ...]] = {"train": ()}
    usual = None if "train" in lists else "train"
    for wanted in KINDS:
        mine = tuple(pair for pair in labelled.splits["train"] if kinds.get(pair[0], usual) == wanted)
        if mine or wanted == "train":
            splits[wanted] = mine
    rest = [file for file, _ in labelled.splits["train"] if kinds.get(file, usual) is None]
    notes = [f"The splits were read from {' and '.join(lists.values())}."]
    if rest:
        were = "s in none of the lists were" if len(rest) > 1 else " in none of the lists was"
        notes.append(f"{len(rest):,} picture{were} left out: {some(rest)}.")
    return replace(
        labelled,
        splits=splits,
        notes=(*labelled.notes, *notes),
        left_out=(*labelled.left_out, *(LeftOut(path=file, reason="is in none of the lists.") for file in rest)),
    )


def _lists(parts: Parts) -> list[tuple[str, Kind]]:
    """Lists that are named for a split."""
    found = []
    for path in (*parts.top.own_files(), *parts.around):
        said = split_kind(path.rpartition("/")[2].rpartition(".")[0])
        if is_list_name(path) and said and said[1] in _RESTS:
            found.append((path, said[0]))
    return found

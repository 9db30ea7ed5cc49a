"""Which folders hold the training, validation and test pictures, by their names in the usual spellings.

`train`, `Training`, `train_images` and `seg_train` are one thing. A dataset that was unpacked into a folder of its own
name is looked for there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from classlab.datasets.left_out import some
from classlab.datasets.safe_read.picture import ENDINGS
from classlab.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from classlab.datasets.file_tree import FileFolder

Kind = Literal["train", "validation", "test"]
KINDS: tuple[Kind, ...] = ("train", "validation", "test")

_WORDS: dict[str, Kind] = {
    **dict.fromkeys(("train", "training", "trainset", "trainingset", "trn"), "train"),
    **dict.fromkeys(("val", "valid", "validation", "dev", "valset", "validset", "validationset"), "validation"),
    **dict.fromkeys(("test", "testing", "testset", "testingset", "tst"), "test"),
}
_FILLING = frozenset(
    ("set", "data", "dataset", "images", "image", "imgs", "img", "pictures", "pics", "labels", "folder")
)
_HOLDING = _FILLING | {"jpg", "jpeg", "png", "jpegimages", "photos", "all"}  # names of folders that are no class
# Endings of what is written about pictures: tables, lists, annotations.
_ABOUT = (".txt", ".lst", ".csv", ".tsv", ".json", ".jsonl", ".xml", ".md", ".mat", ".pdf", ".html", ".yaml", ".yml")


@dataclass(frozen=True, kw_only=True)
class Parts:
    """Where the pictures of each split lie.

    Args:
        top: the folder that holds the splits, or the classes.
        folders: the folder of each split; only `train`, which is `top` itself, where there are no such folders.
        notes: what was passed through or not read, each a sentence.
        around: files that lie around `top`, or in a folder of tables and lists beside the pictures.
    """

    top: FileFolder
    folders: dict[Kind, FileFolder]
    notes: tuple[str, ...]
    around: tuple[str, ...] = ()

    @property
    def apart(self) -> bool:
        """Whether splits have folders of their own."""
        return self.folders["train"] is not self.top


def split_kind(name: str) -> tuple[Kind, str] | None:
    """What a name says of a split, and the rest of the name; None where it names no split, or two.

    Example:
        >>> split_kind("Training"), split_kind("seg_train"), split_kind("cats"), split_kind("train-val")
        (('train', ''), ('train', 'seg'), None, None)
    """
    words = [word for word in re.split(r"[\W_]+", name.casefold()) if word]
    named = [word for word in words if word in _WORDS]
    if len(named) != 1:
        return None
    rest = [word for word in words if word not in _WORDS and word not in _FILLING]
    return _WORDS[named[0]], " ".join(rest)


def split_parts(top: FileFolder, where: str) -> Parts:
    """Finds the folders of the splits.

    Args:
        top: what the dataset holds.
        where: its path, for sentences.

    Raises:
        DataError: two folders for one split, or folders of test or validation pictures without training pictures.
    """
    outer = top
    top, notes = _unwrapped(top)
    lists = [one for each in (outer, top) for one in each.folders if holds_lists_alone(one)]
    around = [*(outer.own_files() if outer is not top else ()), *(file for one in lists for file in one.all_files())]
    found = _named_splits(top, where)
    if not found:
        return Parts(top=top, folders={"train": top}, notes=notes, around=tuple(dict.fromkeys(around)))
    others = [folder.name for folder in top.folders if folder not in found.values()]
    if others:
        notes += (f"{where} also holds {some(others)}, which {'was' if len(others) == 1 else 'were'} not read.",)
    folders: dict[Kind, FileFolder] = {}
    for kind, folder in found.items():
        folders[kind], said = _unwrapped(folder)
        notes += said
    return Parts(top=top, folders=folders, notes=notes, around=tuple(dict.fromkeys(around)))


def holds_lists_alone(folder: FileFolder) -> bool:
    """Whether a folder holds what is written about pictures, and nothing else."""
    return folder.holds_files() and all(file.casefold().endswith(_ABOUT) for file in folder.all_files())


def names_no_class(folder: FileFolder) -> bool:
    """Whether a folder is called as those are that hold all pictures."""
    return folder.name.casefold() in _HOLDING


def holds_pictures(folder: FileFolder) -> bool:
    """Whether files directly in a folder are named as pictures are."""
    return any(is_picture_name(name) for name in folder.files)


def is_picture_name(name: str) -> bool:
    """Whether a file is named as pictures are; what it holds is another matter."""
    dot = name.rfind(".")
    return dot > 0 and name[dot:].casefold() in ENDINGS


def is_table_name(name: str) -> bool:
    """Whether a file is named as tables of labels are."""
    return name.casefold().endswith((".csv", ".tsv", ".jsonl"))


def is_list_name(name: str) -> bool:
    """Whether a file is named as lists of pictures are; others are, too."""
    return name.casefold().endswith((".txt", ".lst"))


def _unwrapped(folder: FileFolder) -> tuple[FileFolder, tuple[str, ...]]:
    """Passes through a folder that holds nothing but one folder, as archives leave behind when they are unpacked."""
    within = [one for one in folder.folders if not holds_lists_alone(one)]
    if len(within) != 1 or holds_pictures(folder) or any(map(is_table_name, folder.files)):
        return folder, ()
    inner = within[0]
    if not folder.path and (said := split_kind(inner.name)) and said == ("train", ""):
        return folder, ()  # training pictures alone are a usual thing, and nothing to remark
    if not inner.folders and not any(map(is_table_name, inner.files)):
        return folder, ()
    alone = "the only folder there" if len(folder.folders) == 1 else "beside which there are only tables and lists"
    return inner, (f"The classes were looked for in {inner.path}, {alone}.",)


def _named_splits(top: FileFolder, where: str) -> dict[Kind, FileFolder]:
    named = [(said, folder) for folder in top.folders if (said := split_kind(folder.name)) and folder.holds_files()]
    rests = [said[1] for said, _ in named]
    # A rest of the name counts where another split has it too, as in seg_train beside seg_test.
    named = [(said, folder) for said, folder in named if not said[1] or rests.count(said[1]) > 1]
    only_splits = len(named) == len([folder for folder in top.folders if folder.holds_files()])
    found: dict[Kind, FileFolder] = {}
    for (kind, _), folder in named:
        if kind in found:
            raise DataError(
                f"each split must lie in one folder, but {where} holds {found[kind].name!r} and {folder.name!r}. "
                "Merge the two, or give the folder that holds the right one."
            )
        found[kind] = folder
    if "train" in found:
        # A class may be called train: then pictures lie in it, and other classes beside it.
        return found if found["train"].folders or only_splits else {}
    if found and only_splits:
        raise DataError(
            f"a dataset must have training pictures, but {where} holds only {_listed(found.values())}. "
            "Put the training pictures into a folder named train beside it, or give the folder of the classes."
        )
    return {}


def _listed(folders: Iterable[FileFolder]) -> str:
    return " and ".join(folder.name for folder in folders)

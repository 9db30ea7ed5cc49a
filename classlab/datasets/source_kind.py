"""What lies in a folder: pictures, files of arrays, or what is not read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from classlab.datasets.array_choice import split_of
from classlab.datasets.array_files import kind_or_none, sets_in
from classlab.datasets.idx_folder import is_idx_folder
from classlab.errors import unreadable

if TYPE_CHECKING:
    from pathlib import Path


_TABLES = (".csv", ".tsv", ".parquet", ".gz")
FolderKind = Literal["pictures", "mnist", "arrays", "tables", "objects"]
_OBJECTS = ("data_batch_1", "test_batch", "batches.meta")  # CIFAR as its authors keep it for Python


def folder_kind(folder: Path) -> FolderKind:
    """Looks at what lies in a folder; whatever has folders in it is one of pictures.

    Raises:
        StorageError: the folder cannot be read.
    """
    try:
        if is_idx_folder(folder) and "emnist" not in folder.name.lower():
            return "mnist"
        if any((folder / name).is_file() for name in _OBJECTS):
            return "objects"
        if any(each.is_dir() and not each.name.startswith(".") for each in folder.iterdir()):
            return "pictures"
        if sets_in(folder):
            return "arrays"
        return "tables" if table_in(folder) else "pictures"
    except OSError as problem:
        raise unreadable(folder, problem) from None


def table_in(folder: Path) -> Path | None:
    """The first table of a folder that holds no pictures; its training table where one is called so."""
    kinds = {each: kind_or_none(each) for each in sorted(folder.iterdir()) if _is_plain(each)}
    tables = [each for each, kind in kinds.items() if kind in ("table", "parquet") and each.suffix.lower() in _TABLES]
    if not tables or "picture" in kinds.values():
        return None
    return next((each for each in tables if split_of(each.name) == "train"), tables[0])


def _is_plain(path: Path) -> bool:
    return path.is_file() and not path.name.startswith(".")

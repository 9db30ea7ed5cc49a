"""Files with arrays under any names: what each holds, read only once it is chosen."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from classlab.datasets.array_choice import Held, split_word, words_of
from classlab.datasets.safe_read.file_kind import FileKind, file_kind
from classlab.datasets.safe_read.hdf5 import hdf5_headers, read_hdf5
from classlab.datasets.safe_read.idx import idx_shape, read_idx
from classlab.datasets.safe_read.mat import read_mat
from classlab.datasets.safe_read.npz import array_headers, npy_header, read_arrays, read_npy
from classlab.errors import ClasslabError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

SINGLE: tuple[FileKind, ...] = ("npy", "idx")  # kinds of one array for each file
ARRAYS: tuple[FileKind, ...] = ("npz", "npy", "idx", "hdf5", "mat")
_TYPES = "buifUS"
_NO_WORDS = ("gz", "idx1", "idx2", "idx3", "idx4")  # of a file's name that tell one set from another


@dataclass(frozen=True)
class ArrayFile:
    """One file."""

    path: Path
    kind: FileKind

    @cached_property
    def held(self) -> dict[str, Held]:
        """What it holds, by name.

        Raises:
            DataError: it is damaged.
            StorageError: it cannot be read.
        """
        if self.kind == "npz":
            headers = array_headers(self.path)
            return {name: Held(shape=shape, kind=_letter(dtype.kind)) for name, (shape, dtype) in headers.items()}
        if self.kind == "npy":
            shape, dtype = npy_header(self.path)
            return {self.path.name: Held(shape=shape, kind=_letter(dtype.kind))}
        if self.kind == "idx":
            return {self.path.name: Held(shape=idx_shape(self.path), kind="u")}
        if self.kind == "hdf5":
            return {name: Held(shape=shape, kind=kind) for name, (shape, kind) in hdf5_headers(self.path).items()}
        return {name: Held(shape=each.shape, kind=_letter(each.dtype.kind)) for name, each in self._variables.items()}

    def read(self, names: Sequence[str]) -> dict[str, NDArray[Any]]:
        """Reads the named arrays.

        Raises:
            DataError: one is damaged, made of objects or too large.
            StorageError: the file cannot be read.
        """
        if self.kind == "npz":
            return read_arrays(self.path, names, kinds=_TYPES)
        if self.kind == "npy":
            return {self.path.name: read_npy(self.path, kinds=_TYPES)}
        if self.kind == "idx":
            labels = len(self.held[self.path.name].shape) == 1
            return {self.path.name: read_idx(self.path, kind="labels" if labels else "images")[0]}
        if self.kind == "hdf5":
            return read_hdf5(self.path, names)
        return {name: self._variables[name] for name in names}

    @cached_property
    def _variables(self) -> dict[str, NDArray[Any]]:
        return read_mat(self.path)  # whole: what a compressed variable is called is known once it is unpacked


def _letter(kind: str) -> str:
    return "U" if kind == "S" else kind


def related_files(path: Path) -> list[ArrayFile]:
    """A file and those beside it whose names differ in nothing but words for splits, images and labels.

    Args:
        path: `x_train.npy`, `kmnist-train-imgs.npz` or `emnist-letters-train-images-idx3-ubyte`.

    Returns:
        The files by name. Those that hold something else are left out, and those that cannot be read.
    """
    try:
        names = sorted(each for each in path.parent.iterdir() if not each.name.startswith("."))
    except OSError:
        names = [path]
    kind, own = file_kind(path), set_words(path.name)
    return [
        ArrayFile(each, kind)
        for each in names
        if each == path or (set_words(each.name) == own and each.is_file() and kind_or_none(each) == kind)
    ]


def sets_in(folder: Path) -> dict[tuple[str, ...], list[ArrayFile]]:
    """Files of arrays in a folder, by the words that tell one set from another; empty where there are none."""
    found: dict[tuple[str, ...], list[ArrayFile]] = {}
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or not path.is_file():
            continue
        kind = kind_or_none(path)
        if kind in ARRAYS:
            found.setdefault(set_words(path.name), []).append(ArrayFile(path, kind))
    return found


def partner_name(name: str, what: Literal["images", "labels"]) -> str:
    """What the file with the labels of some images would be called, or the other way round.

    Example:
        >>> partner_name("kmnist-train-imgs.npz", "labels"), partner_name("x_test.npy", "labels")
        ('kmnist-train-labels.npz', 'y_test.npy')
        >>> partner_name("faces.npy", "labels"), partner_name("train-labels-idx1-ubyte", "images")
        ('faces_labels.npy', 'train-images-idx3-ubyte')
    """
    pairs = (
        ("x", "y"),
        ("images", "labels"),
        ("imgs", "labels"),
        ("img", "label"),
        ("image", "label"),
        ("data", "labels"),
    )
    for pair in pairs:
        old, new = pair if what == "labels" else pair[::-1]
        changed = re.sub(rf"(?<![a-z]){old}(?![a-z])", new, name, flags=re.IGNORECASE)
        if changed != name:
            return changed.replace("idx3", "idx1") if what == "labels" else changed.replace("idx1", "idx3")
    stem, dot, suffix = name.partition(".")
    return f"{stem}_{what}{dot}{suffix}"


def kind_or_none(path: Path) -> FileKind | None:
    """The kind of a file; None where it cannot be looked at."""
    try:
        return file_kind(path)
    except ClasslabError:
        return None


def set_words(name: str) -> tuple[str, ...]:
    """The words of a file's name that tell one set of images from another."""
    return tuple(word for word in words_of(name) if not split_word(word) and word not in _NO_WORDS)

"""Reads a published dataset from where it already is, and downloads it only where it is nowhere."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from classlab.datasets.assembly import Content, split_of
from classlab.datasets.idx_folder import check_identity, is_idx_folder, read_idx_folder
from classlab.datasets.known import CIFAR10, IDX_FILES, Published
from classlab.datasets.safe_read.cifar import read_cifar
from classlab.datasets.safe_read.digest import file_digest
from classlab.datasets.safe_read.idx import idx_digest
from classlab.datasets.safe_read.npz import read_arrays
from classlab.errors import DataError, StorageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from classlab.datasets.known import Published


DATA_VARIABLE = "CLASSLAB_DATA"


@dataclass(frozen=True, kw_only=True)
class Place:
    """A file or folder that may hold a dataset.

    Args:
        path: the file or folder.
        owner: whose it is, as a clause for people.
        chosen: whether the user named it, so that a wrong file there is an error and not passed over.
    """

    path: Path
    owner: str
    chosen: bool = False

    @property
    def clause(self) -> str:
        """Owner and path, for `Dataset.source`."""
        return f"{self.owner}: {self.path}"


def places(known: Published, *, cache: Path) -> Iterator[Place]:
    """Lists where to look before any download.

    Args:
        known: the dataset.
        cache: classlab's own cache.

    Yields:
        The folder named by CLASSLAB_DATA, Keras's cache, torchvision's folders, our own cache.
    """
    data = os.environ.get(DATA_VARIABLE)
    if data:
        owner = f"the folder named by {DATA_VARIABLE}"
        for folder in (known.name, f"{known.elsewhere}/raw") if known.elsewhere else (known.name,):
            yield Place(path=Path(data, folder), owner=owner, chosen=True)
    if known.keras and (keras := _home("KERAS_HOME", ".keras")):
        yield Place(path=keras / "datasets" / known.keras, owner="Keras's cache")
    if known.elsewhere:
        roots = [Path("data"), _home("TORCH_HOME", ".cache/torch")]
        for root in roots:
            if root:
                yield Place(path=root / known.elsewhere / "raw", owner="torchvision's folder")
    yield Place(path=cache / known.name, owner="classlab's cache")


def _home(variable: str, default: str) -> Path | None:
    if named := os.environ.get(variable):
        return Path(named)
    try:
        return Path.home() / default
    except RuntimeError:  # no home folder is known
        return None


_KERAS_ARRAYS = ("x_train", "y_train", "x_test", "y_test")


def read_published(known: Published, *, cache: Path, say: Callable[[str], None]) -> Content:
    """Finds and reads a published dataset.

    Args:
        known: the dataset.
        cache: classlab's own cache; downloads land here.
        say: takes what was found, passed over and fetched, as sentences.

    Raises:
        DataError: the folder that the user named holds a wrong or damaged file.
        DownloadError: it is nowhere, and no mirror gave it.
        StorageError: a file cannot be read or written.
    """
    found = find_published(known, cache=cache, say=say)
    if found is not None:
        return found
    from classlab.datasets.download import download

    folder = cache / known.name
    used = download(known, folder, say=say)
    return _read(Place(path=folder, owner=f"downloaded from {used} into classlab's cache"), known)


def find_published(known: Published, *, cache: Path, say: Callable[[str], None]) -> Content | None:
    """Reads a published dataset from where it already is; downloads nothing.

    Args:
        known: the dataset.
        cache: classlab's own cache.
        say: takes what was found and passed over, as sentences.

    Returns:
        The dataset, or None where it is nowhere on this machine.

    Raises:
        DataError: the folder that the user named holds a wrong or damaged file.
        StorageError: a file there cannot be read.
    """
    if (data := os.environ.get(DATA_VARIABLE)) and not Path(data).is_dir():
        say(f"{DATA_VARIABLE} names {data}, which is not a folder; looking elsewhere.")
    for place in places(known, cache=cache):
        if not _holds(place, known):
            continue
        try:
            content = _read(place, known)
        except (DataError, StorageError) as problem:
            if place.chosen:
                raise
            say(f"Passing over {place.clause}, because {problem}")
            continue
        say(f"Read {known.name} from {content.source}.")
        return content
    return None


def _holds(place: Place, known: Published) -> bool:
    path = place.path
    try:
        if known is CIFAR10:
            return (path / known.files[0]).is_file()
        return path.is_file() if path.suffix == ".npz" else is_idx_folder(path)
    except OSError:
        return False


def _read(place: Place, known: Published) -> Content:
    if known is CIFAR10:
        return _read_cifar(place, known)
    if place.path.suffix == ".npz":
        return _read_keras(place, known)
    return read_idx_folder(place.path, known=known, source=place.clause)


def _read_cifar(place: Place, known: Published) -> Content:
    path = place.path / known.files[0]
    check_identity(path, file_digest(path), known.packed[known.files[0]], known)
    train, test = read_cifar(path)
    return Content(train=split_of(*train), test=split_of(*test), class_names=known.class_names, source=place.clause)


def _read_keras(place: Place, known: Published) -> Content:
    arrays = read_arrays(place.path, _KERAS_ARRAYS)
    for name, file in zip(_KERAS_ARRAYS, IDX_FILES, strict=True):
        # The same values as an IDX file have a known digest, whatever archive they came in.
        if arrays[name].dtype != np.uint8:
            raise DataError(f"{place.path} must hold {name} as uint8, but it is {arrays[name].dtype}. Delete the file.")
        check_identity(place.path, idx_digest(arrays[name]), known.content[file], known)
    return Content(
        train=split_of(arrays["x_train"], arrays["y_train"]),
        test=split_of(arrays["x_test"], arrays["y_test"]),
        class_names=known.class_names,
        source=place.clause,
    )

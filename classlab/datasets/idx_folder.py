"""A folder with the four files of MNIST's format, gzipped or not, under their official names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.datasets.arrays import Given, Part, dataset_of
from classlab.datasets.assembly import Content, split_of
from classlab.datasets.known import IDX_FILES, Published
from classlab.datasets.safe_read.digest import file_digest
from classlab.datasets.safe_read.idx import read_idx
from classlab.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from classlab.datasets.dataset import Dataset


def is_idx_folder(folder: Path) -> bool:
    """Whether at least one of the four files is there."""
    return any(_find(folder, name) for name in IDX_FILES)


def read_own_idx_folder(folder: Path, *, name: str) -> Dataset:
    """Reads the four files of a user's own images.

    Raises:
        DataError: a file is missing or damaged, or they hold no images with labels.
        StorageError: a file cannot be read.
    """
    arrays = {file: _read(folder, file, None, []) for file in IDX_FILES}
    parts = {
        part: Part(images=arrays[images], labels=arrays[labels], named=(images, labels))
        for part, (images, labels) in {"train": IDX_FILES[:2], "test": IDX_FILES[2:]}.items()
    }
    return dataset_of(Given(parts=parts), name=name, source=f"the IDX files in {folder}")


def read_idx_folder(folder: Path, *, known: Published, source: str) -> Content:
    """Reads the four files.

    Args:
        folder: where they are.
        known: the dataset they must be.
        source: where the files are, as a clause for people.

    Raises:
        DataError: a file is missing, damaged, or not the official one of the known dataset.
        StorageError: a file cannot be read.
    """
    notes: list[str] = []
    arrays = [_read(folder, name, known, notes) for name in IDX_FILES]
    train, test = split_of(arrays[0], arrays[1]), split_of(arrays[2], arrays[3])
    return Content(train=train, test=test, class_names=known.class_names, source=source, notes=tuple(notes))


def _read(folder: Path, name: str, known: Published | None, notes: list[str]) -> NDArray[np.uint8]:
    packed = known.packed.get(f"{name}.gz") if known else None
    path = _find(folder, name, gzipped_first=packed is not None)
    if path is None:
        raise DataError(
            f"{folder} must hold the four files of MNIST's format, but {name} (or {name}.gz) is missing. Add it."
        )
    if packed and path.suffix == ".gz":
        check_identity(path, file_digest(path), packed, known)
    elif packed and known:
        notes.append(
            f"{path} was not checked against the official {known.name}: "
            "only the digest of the compressed file is known."
        )
    values, digest = read_idx(path, kind="images" if "images" in name else "labels")
    if known and name in known.content:
        check_identity(path, digest, known.content[name], known)
    return values


def check_identity(path: Path, digest: str, expected: str, known: Published | None) -> None:
    """Refuses a file that is not the official one.

    Raises:
        DataError: the digests differ.
    """
    if known and digest != expected:
        raise DataError(
            f"{path} must be the official file of {known.name} (SHA-256 {expected[:12]}...), but its digest is "
            f"{digest[:12]}.... Delete it or get it again; to use other images, pass their folder as a path."
        )


def _find(folder: Path, name: str, *, gzipped_first: bool = False) -> Path | None:
    # The middle dot stands in for the hyphen where the files were unpacked by some archive programs.
    plain = [folder / name, folder / name.replace("-idx", ".idx")]
    gzipped = [path.with_name(f"{path.name}.gz") for path in plain]
    order = [*gzipped, *plain] if gzipped_first else [*plain, *gzipped]
    return next((path for path in order if path.is_file()), None)

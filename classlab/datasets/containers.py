"""A dataset from files of arrays under any names: `.npz`, `.npy`, IDX, HDF5 and MATLAB's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from classlab.datasets.array_choice import Choice, Held, choose_arrays
from classlab.datasets.array_files import SINGLE, ArrayFile, partner_name, related_files, sets_in
from classlab.datasets.arrays import Given, Part, dataset_of
from classlab.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from classlab.datasets.dataset import Dataset
    from classlab.datasets.selection import Selection

_EMNIST = "emnist"


def read_container(file: ArrayFile, *, name: str, selection: Selection) -> Dataset:
    """Reads a dataset from one file, and from those beside it that hold its other arrays.

    Args:
        file: what the user gave.
        name: what the user calls the dataset.
        selection: what the user says of it.

    Raises:
        DataError: it holds no images with labels, or several answers fit, or they cannot be used.
        StorageError: a file cannot be read.
    """
    files = [file]
    if file.kind in SINGLE or (len(file.held) == 1 and not selection.arrays):
        files = related_files(file.path)
    return _read(files, str(file.path), name=name, selection=selection, source=_source(files))


def read_array_folder(folder: Path, *, name: str, selection: Selection) -> Dataset:
    """Reads a dataset from the files of arrays in a folder, one array in each.

    Raises:
        DataError: as `read_container`; or there are several sets.
        StorageError: a file cannot be read.
    """
    sets = sets_in(folder)
    whole = [files for files in sets.values() if len(files) > 1 or files[0].kind not in SINGLE] or list(sets.values())
    if len(whole) > 1:
        listed = ", ".join(files[0].path.name for files in whole[:5])
        raise DataError(
            f"{folder} must hold the files of one set of images, but it holds {len(whole)}: {listed}. Give one of "
            "these files; those that belong to it are found."
        )
    first = whole[0][0]
    if first.kind not in SINGLE:
        return read_container(first, name=name, selection=selection)
    return _read(whole[0], str(folder), name=name, selection=selection, source=f"the files of arrays in {folder}")


def _source(files: Sequence[ArrayFile]) -> str:
    if len(files) == 1:
        return f"the file {files[0].path}"
    return f"the files {', '.join(file.path.name for file in files)} in {files[0].path.parent}"


def _read(files: Sequence[ArrayFile], where: str, *, name: str, selection: Selection, source: str) -> Dataset:
    named = [(_called(file, array, alone=len(files) == 1), file, array) for file in files for array in file.held]
    _check_images(files)
    held = {called: file.held[array] for called, file, array in named}
    homes = {called: (file, array) for called, file, array in named}
    try:
        choice = choose_arrays(where, held, asked=selection.arrays)
    except DataError:
        for file, array in homes.values():
            if file.held[array].kind == "O":
                file.read([array])  # says that it is made of objects
        raise
    _check_labels(where, files, choice)

    def array_of(called: str) -> NDArray[Any]:
        file, array = homes[called]
        return _as_row(file.read([array])[array], labels=False)

    parts = {}
    for part, (images, labels) in choice.parts.items():
        answers = "" if labels is None else labels
        parts[part] = Part(
            images=array_of(images),
            labels=_as_row(array_of(answers), labels=True),
            named=(_shown(images, files, where), _shown(answers, files, where)),
        )
    given = Given(
        parts=parts,
        class_names=_class_names(choice, held, array_of),
        size=selection.size,
        transposed=_is_transposed(files, selection),
        notes=(choice.said,) if choice.said else (),
    )
    return dataset_of(given, name=name, source=source)


def _called(file: ArrayFile, array: str, *, alone: bool) -> str:
    return array if alone or array == file.path.name else file.path.name


def _shown(called: str, files: Sequence[ArrayFile], where: str) -> str:
    """An array for a sentence."""
    return f"{called} of {where}" if len(files) == 1 else called


def _as_row(array: NDArray[Any], *, labels: bool) -> NDArray[Any]:
    """MATLAB has no arrays of one axis: labels in a row are one."""
    return array[0] if labels and array.ndim == 2 and array.shape[0] == 1 < array.shape[1] else array


def _check_labels(where: str, files: Sequence[ArrayFile], choice: Choice) -> None:
    for part, (images, labels) in choice.parts.items():
        if labels is not None:
            continue
        if len(files[0].held) == 1:
            file = next((each.path for each in files if images in (each.path.name, *each.held)), files[0].path)
            raise DataError(
                f"the images of {file} must have labels, but no file beside it holds one for each. Put them there as "
                f"{partner_name(file.name, 'labels')}."
            )
        raise DataError(
            f"the {'training' if part == 'train' else part} images of {where}, {images}, must have labels, but no "
            "array of the file has one entry for each. Save them with their labels, or name both, as in "
            f"'{where}#images={images},labels=NAME'."
        )


def _check_images(files: Sequence[ArrayFile]) -> None:
    if files[0].kind in SINGLE and all(len(held.shape) < 2 for file in files for held in file.held.values()):
        file = files[0].path
        raise DataError(
            f"the labels of {file} must have images, but no file beside it holds any. Put them there as "
            f"{partner_name(file.name, 'images')}."
        )


def _class_names(choice: Choice, held: Mapping[str, Held], array_of: Any) -> tuple[str, ...] | None:
    if choice.class_names is not None:
        return tuple(str(each) for each in np.ravel(array_of(choice.class_names)).tolist())
    mapping = next((name for name in held if name.endswith("mapping") and held[name].kind in "uif"), None)
    if mapping is None or len(held[mapping].shape) != 2 or held[mapping].shape[1] < 2:
        return None
    # EMNIST's: a label, and the character codes of what it stands for.
    return tuple("/".join(dict.fromkeys(chr(int(code)) for code in row[1:])) for row in array_of(mapping).tolist())


def _is_transposed(files: Sequence[ArrayFile], selection: Selection) -> bool:
    if selection.transposed is not None:
        return selection.transposed
    path = files[0].path
    matlab = any(name.startswith("dataset.train.") for name in files[0].held) if files[0].kind == "mat" else False
    return matlab or _EMNIST in path.name.lower() or (files[0].kind in SINGLE and _EMNIST in path.parent.name.lower())

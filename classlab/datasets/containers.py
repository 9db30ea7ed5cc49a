"""A dataset from files of arrays under any names: `.npz`, `.npy`, IDX, HDF5 and MATLAB's."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, Any

import numpy as np

from classlab.datasets.array_choice import Choice, Held, choose_arrays, example, split_of, split_word, words_of
from classlab.datasets.array_files import SINGLE, ArrayFile, partner_name, related_files, sets_in
from classlab.datasets.emnist import emnist_names, is_emnist, mapping_beside
from classlab.datasets.given import Given, Part, dataset_of
from classlab.datasets.python_arrays import check_held
from classlab.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from classlab.datasets.dataset import Dataset
    from classlab.datasets.selection import Selection


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
    if file.kind in SINGLE and len(files) == 1:
        files += _partners(file)
    if file.kind not in SINGLE and len(files) == 1 and not selection.arrays:
        files = _splits_beside(file) or files
    return _read(files, str(file.path), name=name, selection=selection, source=_source(files))


def read_array_folder(folder: Path, *, name: str, selection: Selection) -> Dataset:
    """Reads a dataset from the files of arrays in a folder, one array in each.

    Raises:
        DataError: as `read_container`; or there are several sets.
        StorageError: a file cannot be read.
    """
    sets = sets_in(folder)
    single = [file for files in sets.values() for file in files if file.kind in SINGLE]
    if selection.arrays and single:
        sets = {(): single}
    images = [file for file in single if _is_images(file)]
    if len(images) == 1 and len(sets) > 1 and len(single) == sum(map(len, sets.values())):
        return read_container(images[0], name=name, selection=selection)
    whole = [files for files in sets.values() if len(files) > 1 or files[0].kind not in SINGLE] or list(sets.values())
    if len(whole) > 1 and not selection.arrays and (by_class := _class_files(single, sets)):
        return _read_classes(by_class, folder, name=name, selection=selection)
    if len(whole) > 1:
        listed = ", ".join(files[0].path.name for files in whole[:5])
        raise DataError(
            f"{folder} must hold the files of one set of images, but it holds {len(whole)}: {listed}. Give one of "
            f"them, as in {whole[0][0].path}; those that belong to it are found."
        )
    first = whole[0][0]
    if first.kind not in SINGLE:
        return read_container(first, name=name, selection=selection)
    return _read(whole[0], str(folder), name=name, selection=selection, source=f"the files of arrays in {folder}")


def _class_files(single: Sequence[ArrayFile], sets: Mapping[tuple[str, ...], Sequence[ArrayFile]]) -> list[ArrayFile]:
    """Files of which each holds the images of a class and is called so, as `cat.npy` and `dog.npy`; else none."""
    shapes = {next(iter(file.held.values())).shape[1:] for file in single}
    plain = not any(split_word(word) for file in single for word in words_of(file.path.stem))
    alike = (
        len(shapes) == 1 and all(map(_is_images, single)) and len(single) == len(sets) == sum(map(len, sets.values()))
    )
    return list(single) if alike and plain else []


def _read_classes(files: Sequence[ArrayFile], folder: Path, *, name: str, selection: Selection) -> Dataset:
    stems = [file.path.stem.split("_") for file in files]
    shared = next(place for place, words in enumerate(zip_longest(*stems)) if len(set(words)) > 1)
    names = ["_".join(words[shared:]) or file.path.stem for words, file in zip(stems, files, strict=True)]
    images = []
    for file in files:
        images.append(file.read(list(file.held))[file.path.name])
        check_held(sum(each.nbytes for each in images), what=str(folder))
    part = Part(
        images=np.concatenate(images),
        labels=np.repeat(np.array(names), [len(each) for each in images]),
        named=(f"the files of {folder}", f"the names of the files of {folder}"),
    )
    note = f"Each of the {len(files)} files of {folder} was read as the images of a class."
    given = Given(parts={"train": part}, size=selection.size, to_measure=selection.to_measure, notes=(note,))
    return dataset_of(given, name=name, source=f"the files of arrays in {folder}")


def _is_images(file: ArrayFile) -> bool:
    return all(len(held.shape) > 1 for held in file.held.values())


def _partners(file: ArrayFile) -> list[ArrayFile]:
    """The file with the labels of some images, or with the images of some labels, whatever it is called.

    Raises:
        DataError: several may be.
    """
    folder, count = file.path.parent, next(iter(file.held.values())).shape[:1]
    others = [each for files in sets_in(folder).values() for each in files if each.kind in SINGLE]
    others = [each for each in others if each.path != file.path and _is_images(each) != _is_images(file)]
    others = [each for each in others if next(iter(each.held.values())).shape[:1] == count]
    if len(others) < 2:
        return others
    listed, named = ", ".join(each.path.name for each in others), (file.path.name, others[0].path.name)
    what = "labels" if _is_images(file) else "images"
    raise DataError(
        f"it must be clear which file holds the {what} of {file.path}, but {listed} may. Say it behind the name of the "
        f"folder, as in '{folder}{example(named if what == 'labels' else named[::-1])}'."
    )


def _splits_beside(file: ArrayFile) -> list[ArrayFile]:
    """A file of several arrays and those of the other splits, as `train.npz` and `test.npz`; none where it is alone."""
    related = related_files(file.path)
    splits = [split_of(each.path.name) for each in related]
    alike = len(set(splits)) == len(splits) > 1 and "train" in splits and "" not in splits
    # A file whose own arrays name several splits is a whole dataset, and so is one beside which other arrays lie.
    whole = any(
        {split_of(name) for name in each.held} - {split, ""} for each, split in zip(related, splits, strict=True)
    )
    return related if alike and not whole else []


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
        _check_labels(where, files, choice)
    except DataError:
        for file, array in homes.values():
            if file.held[array].kind == "O":
                file.read([array])  # says that it is made of objects
        raise

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
        kept_names=_class_names(choice, held, array_of, files),
        size=selection.size,
        to_measure=selection.to_measure,
        transposed=_is_transposed(files, selection),
        notes=(choice.said,) if choice.said else (),
    )
    return dataset_of(given, name=name, source=source)


def _called(file: ArrayFile, array: str, *, alone: bool) -> str:
    if alone or array == file.path.name:
        return array
    return file.path.name if len(file.held) == 1 else f"{file.path.name}/{array}"


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
        held = files[0].held.get(images)
        count = "" if held is None or not held.shape else f"{held.shape[0]:,} "
        raise DataError(
            f"the {count}{'training' if part == 'train' else part} images of {where}, {images}, must have labels, but "
            "no array of the file has one entry for each. Save them with their labels."
        )


def _check_images(files: Sequence[ArrayFile]) -> None:
    if files[0].kind == "npy" and any(held.kind == "O" for held in files[0].held.values()):
        files[0].read(list(files[0].held))  # says that it is made of objects
    if files[0].kind in SINGLE and all(len(held.shape) < 2 for file in files for held in file.held.values()):
        file = files[0].path
        raise DataError(
            f"the labels of {file} must have images, but no file beside it holds any. Put them there as "
            f"{partner_name(file.name, 'images')}."
        )


def _class_names(
    choice: Choice, held: Mapping[str, Held], array_of: Any, files: Sequence[ArrayFile]
) -> Mapping[int, str] | Sequence[str] | None:
    if choice.class_names is not None:
        return tuple(str(each) for each in np.ravel(array_of(choice.class_names)).tolist())
    mapping = next((name for name in held if name.endswith("mapping") and held[name].kind in "uif"), None)
    if mapping is not None and len(held[mapping].shape) == 2 and held[mapping].shape[1] >= 2:
        return emnist_names(array_of(mapping).tolist())
    return mapping_beside(files[0].path) if files[0].kind == "idx" else None


def _is_transposed(files: Sequence[ArrayFile], selection: Selection) -> bool:
    if selection.transposed is not None:
        return selection.transposed
    file = files[0]
    matlab = file.kind == "mat" and any(name.startswith("dataset.train.") for name in file.held)
    return matlab or is_emnist(file.path.name) or (file.kind in SINGLE and is_emnist(file.path.parent.name))

"""An `.npz` file under Keras's names (x_train, y_train, x_test, y_test) or with `images` and `labels`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.datasets.arrays import dataset_of
from classlab.datasets.safe_read.npz import array_names, read_arrays

if TYPE_CHECKING:
    from pathlib import Path

    from classlab.datasets.dataset import Dataset

_KERAS = ("x_train", "y_train", "x_test", "y_test")


def read_npz(path: Path, *, name: str) -> Dataset:
    """Reads a dataset from an `.npz` file; without test arrays a stratified fifth becomes the test set.

    Raises:
        DataError: arrays are missing, damaged, made of objects, too large or not images and labels.
        StorageError: the file cannot be read.
    """
    held = array_names(path)
    if "images" in held and "labels" in held and "x_train" not in held:
        both = read_arrays(path, ("images", "labels"))
        arrays = {"x_train": both["images"], "y_train": both["labels"]}
    else:
        wanted = _KERAS if "x_test" in held or "y_test" in held else _KERAS[:2]
        arrays = read_arrays(path, wanted)
    return dataset_of(arrays, class_names=None, name=name, source=f"the file {path}", where=f" of {path}")

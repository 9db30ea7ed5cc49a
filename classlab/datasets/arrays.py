"""Arrays from Python as a dataset; what was done to them is said, doubtful ones are refused."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from classlab.datasets.given import Given, Part, dataset_of
from classlab.datasets.python_arrays import as_array
from classlab.datasets.python_data import from_python
from classlab.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

    from classlab.datasets.dataset import Dataset


def from_arrays(
    x_train: Any,
    y_train: ArrayLike | None = None,
    x_test: Any = None,
    y_test: ArrayLike | None = None,
    *,
    x_val: Any = None,
    y_val: ArrayLike | None = None,
    class_names: Sequence[str] | None = None,
    name: str = "arrays",
) -> Dataset:
    """Makes a dataset of arrays.

    Args:
        x_train: images, `(images, height, width)`, with 1, 3 or 4 channels first or last, or flat `(images, pixels)`; a
            list of such images or of Pillow's, or a tensor. uint8, or other numbers that are exactly pixel values from
            0 to 255 by one scaling; those are turned back to uint8, and a note says so. Alone, whatever else
            `classlab.fit` takes: a table, a dict, a dataset or loader.
        y_train: labels, `(images,)`, `(images, 1)` or one-hot `(images, classes)`: whole numbers or words.
        x_test: test images; without them a stratified fifth of the images is set aside.
        y_test: test labels.
        x_val: validation images, where they are not to be taken from the training images.
        y_val: validation labels.
        class_names: one name per class; the labels themselves where left out.
        name: what to call the dataset.

    Raises:
        DataError: images that are not pixels (already normalized, divided by 255 twice, not finite), labels that are
            no classes, a class without training images, or shapes that disagree.

    Example:
        >>> images = np.arange(4 * 2 * 2, dtype=np.uint8).reshape(4, 2, 2)
        >>> dataset = from_arrays(images, [0, 1, 0, 1], images, [0, 1, 0, 1], class_names=["even", "odd"])
        >>> dataset.image_shape, dataset.class_names
        ((2, 2, 1), ('even', 'odd'))
    """
    if y_train is None and x_train is not None and not isinstance(x_train, np.ndarray):
        return replace(from_python(x_train, class_names=class_names), name=name)
    missing = next((key for key, value in (("x_train", x_train), ("y_train", y_train)) if value is None), None)
    if missing is not None:
        raise DataError(f"`{missing}` must be an array, but got None. Give the images and their labels.")
    parts = {}
    given = {
        "train": ("train", x_train, y_train),
        "validation": ("val", x_val, y_val),
        "test": ("test", x_test, y_test),
    }
    for part, (short, images, labels) in given.items():
        named = (f"x_{short}", f"y_{short}")
        if (images is None) != (labels is None):
            raise DataError(
                f"`{named[0]}` and `{named[1]}` must be given together, but got only one of them. Give both or neither."
            )
        if images is not None:
            parts[part] = Part(images=as_array(named[0], images), labels=as_array(named[1], labels), named=named)
    return dataset_of(Given(parts=parts, class_names=class_names), name=name, source="arrays passed from Python")

"""What gives images one by one or in batches, read to its end within the limit on memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from classlab.datasets.python_arrays import as_array, check_held, is_picture
from classlab.errors import DataError, kind_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray


def is_source(value: Any) -> bool:
    """Whether a value gives images: a dataset or loader of PyTorch or TensorFlow, or Keras's `PyDataset`."""
    if isinstance(value, np.ndarray | list | tuple | dict | str | bytes) or hasattr(value, "__array__"):
        return False
    if hasattr(value, "element_spec") or hasattr(value, "as_numpy_iterator"):
        return True
    if hasattr(value, "__next__"):
        return False  # it can be walked once, and does not say how far
    return hasattr(value, "__iter__") or (hasattr(value, "__getitem__") and hasattr(value, "__len__"))


def names_of(data: Any) -> tuple[str, ...] | None:
    """Names of the classes, where a dataset or loader keeps them."""
    first = data[0] if isinstance(data, tuple | list) and data else data
    if not is_source(first):
        return None
    for holder in (first, getattr(first, "dataset", None)):
        for attribute in ("class_names", "classes"):
            found = getattr(holder, attribute, None)
            if isinstance(found, tuple | list) and found and all(isinstance(name, str) for name in found):
                return tuple(found)
    return None


def drained(source: Any) -> tuple[NDArray[Any], NDArray[Any]]:
    """Reads images and labels.

    Args:
        source: gives `(image, label)`, or `(images, labels)` in batches.

    Returns:
        All images and all labels.

    Raises:
        DataError: it gives something else, nothing, images of several sizes, or more than fits.
    """
    what = kind_of(source)
    images: list[NDArray[Any]] = []
    labels: list[NDArray[Any]] = []
    held = 0
    for element in _elements(source):
        image, label = _pair(element, what)
        if np.ndim(label) == 0 or len(image) != len(label) or image.ndim < 3:
            image, label = image[np.newaxis], label[np.newaxis]
        held += image.nbytes
        check_held(held, what=what)
        images.append(image)
        labels.append(label)
    if not images:
        raise DataError(f"data must give images with their labels, but {what} gives nothing. Give one that does.")
    shapes = {each.shape[1:] for each in images}
    if len(shapes) > 1:
        first, second = sorted(shapes)[:2]
        raise DataError(
            f"all images must have one size, but {what} gives {first} and {second}. Bring them to one size there."
        )
    return np.concatenate(images), np.concatenate(labels)


def _elements(source: Any) -> Iterator[Any]:
    if isinstance(source, list):
        yield from source
    elif hasattr(source, "as_numpy_iterator"):
        yield from source.as_numpy_iterator()
    elif hasattr(source, "__getitem__") and hasattr(source, "__len__") and not hasattr(source, "dataset"):
        # A dataset of PyTorch raises no IndexError at its end, so it is not walked.
        for place in range(len(source)):
            yield source[place]
    else:
        yield from source


def _pair(element: Any, what: str) -> tuple[NDArray[Any], NDArray[Any]]:
    if isinstance(element, dict):
        element = _of_dict(element)
    if not isinstance(element, tuple | list) or len(element) not in (2, 3):  # the third is a weight
        raise DataError(
            f"data must give (image, label), but {what} gives {kind_of(element)}. Give one that gives pairs, or the "
            "arrays (images, labels)."
        )
    image = [element[0]] if is_picture(element[0]) else element[0]
    pixels = as_array("images", image)
    return (pixels[0] if is_picture(element[0]) else pixels), as_array("labels", element[1])


def _of_dict(element: dict[str, Any]) -> Sequence[Any] | None:
    """Images and label of a row as data hubs keep them."""
    image = next((element[key] for key in ("image", "img", "pixel_values", "images") if key in element), None)
    label = next((element[key] for key in ("label", "labels", "class", "fine_label") if key in element), None)
    return None if image is None or label is None else (image, label)

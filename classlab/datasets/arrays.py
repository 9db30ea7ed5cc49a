"""Arrays from Python, brought to uint8 images and class numbers; what was done is said, doubtful ones are refused."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from classlab.datasets.assembly import Content, assemble, split_of
from classlab.datasets.class_labels import NO_CLASS, number_labels
from classlab.datasets.copies import copies_said
from classlab.datasets.image_layout import to_layout, without_alpha
from classlab.datasets.pixel_values import to_pixels
from classlab.datasets.python_arrays import as_array
from classlab.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from classlab.datasets.dataset import Dataset, Split

PARTS = ("train", "validation", "test")
_DARK = 63  # of 255: a quarter of the range


@dataclass(frozen=True, kw_only=True, eq=False)
class Part:
    """Images and labels of one split as they came.

    Args:
        images: any numbers, in any layout that `image_layout` knows.
        labels: whatever `class_labels` takes.
        named: what sentences call the images and the labels.
    """

    images: NDArray[Any]
    labels: NDArray[Any]
    named: tuple[str, str]


@dataclass(frozen=True, kw_only=True, eq=False)
class Given:
    """What a source gave, before anything is understood.

    Args:
        parts: by split: `train`, perhaps `validation` and `test`.
        class_names: one name per class, where the source has them.
        size: `(height, width)` of flat images that are not square.
        transposed: whether the rows of each image are its columns.
        notes: remarks about the choice, each a sentence.
    """

    parts: dict[str, Part]
    class_names: Sequence[str] | None = None
    size: tuple[int, int] | None = None
    transposed: bool = False
    notes: tuple[str, ...] = ()


def from_arrays(
    x_train: Any,
    y_train: ArrayLike,
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
            0 to 255 by one scaling; those are turned back to uint8, and a note says so.
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


def dataset_of(given: Given, *, name: str, source: str) -> Dataset:
    """Makes a dataset of what a source gave.

    Args:
        given: images and labels of each split.
        name: what to call the dataset.
        source: where the arrays come from, as a clause for people.

    Raises:
        DataError: as `from_arrays`.
    """
    notes = list(given.notes)
    parts = [given.parts[part] for part in PARTS if part in given.parts]
    laid = [
        to_layout(each.named[0], each.images, count=len(each.labels), size=given.size, note=notes.append)
        for each in parts
    ]
    if given.transposed:
        laid = [np.swapaxes(each, 1, 2) for each in laid]
        notes.append("Rows and columns of the images were exchanged, as EMNIST keeps them.")
    names = [each.named[0] for each in parts]
    pixels = to_pixels(list(zip(names, laid, strict=True)), notes.append)
    images = [without_alpha(where, each, notes.append) for where, each in zip(names, pixels, strict=True)]
    numbered = number_labels([(each.named[1], each.labels) for each in parts], class_names=given.class_names)
    notes += [*numbered.notes, *_dark(images[0])]
    splits = [_split(each, labels) for each, labels in zip(images, numbered.labels, strict=True)]
    of: dict[str, Split] = dict(zip([part for part in PARTS if part in given.parts], splits, strict=True))
    content = Content(
        train=of["train"],
        test=of.get("test"),
        validation=of.get("validation"),
        class_names=tuple(numbered.class_names),
        source=source,
        notes=tuple(notes),
    )
    dataset = assemble(name, content)
    return replace(dataset, notes=(*dataset.notes, *copies_said(dataset)))


def _split(images: NDArray[np.uint8], labels: NDArray[np.int64]) -> Split:
    """Pairs them, without the images of classes that cannot be learnt."""
    if len(images) == len(labels) and (labels == NO_CLASS).any():
        images, labels = images[labels != NO_CLASS], labels[labels != NO_CLASS]
    return split_of(images, labels)


def _dark(images: NDArray[np.uint8]) -> tuple[str, ...]:
    """Says that training images use the dark end of the range only, as those of few grey levels do."""
    high = int(images.max(initial=0))
    if not 0 < high <= _DARK:
        return ()
    return (
        f"The brightest pixel of the training images is {high} of 255; where {high} means white, multiply them by "
        f"255/{high}.",
    )

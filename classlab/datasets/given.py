"""What a source gave, arrays in any form, brought to a dataset: uint8 images, class numbers, and notes on it all."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from classlab.datasets.assembly import Content, assemble, split_of
from classlab.datasets.class_labels import NO_CLASS, number_labels
from classlab.datasets.copies import copies_said
from classlab.datasets.image_layout import to_layout, without_alpha
from classlab.datasets.pixel_values import to_pixels

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

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
        class_names: one name per class, where the user says them.
        kept_names: names of classes that the source keeps, by label or in order.
        size: `(height, width)` of flat images that are not square.
        transposed: whether the rows of each image are its columns.
        notes: remarks about the choice, each a sentence.
        to_measure: whether the images are for measuring a network alone, see `assemble`.
    """

    parts: dict[str, Part]
    class_names: Sequence[str] | None = None
    kept_names: Mapping[int, str] | Sequence[str] | None = None
    size: tuple[int, int] | None = None
    transposed: bool = False
    notes: tuple[str, ...] = ()
    to_measure: bool = False


def dataset_of(given: Given, *, name: str, source: str) -> Dataset:
    """Makes a dataset of what a source gave.

    Args:
        given: images and labels of each split.
        name: what to call the dataset.
        source: where the arrays come from, as a clause for people.

    Raises:
        DataError: images that are no pixels, labels that are no classes, or shapes that disagree.
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
    numbered = number_labels(
        [(each.named[1], each.labels) for each in parts], class_names=given.class_names, kept_names=given.kept_names
    )
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
    dataset = assemble(name, content, to_measure=given.to_measure)
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

"""What is in a dataset: sizes, pixel values, images per class, and images that occur more than once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from classlab.datasets.copies import fingerprints
from classlab.datasets.left_out import LeftOut  # noqa: TC001  (pydantic reads it for the record)
from classlab.options.words import ValidationWord  # noqa: TC001  (pydantic reads it for the record)
from classlab.records.base import Record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from classlab.datasets.dataset import Dataset, Split

_PIECE = 2**20  # pixels counted together: bounds the memory of the histogram
_SHOWN = 5  # conflicts that are named


@dataclass(frozen=True, kw_only=True)
class SplitFacts(Record):
    """One split.

    Args:
        images: number of images.
        image_dtype: type of the pixels.
        label_dtype: type of the labels.
        minimum: smallest pixel value.
        maximum: largest pixel value.
        mean: mean pixel value over all images, places and channels.
        deviation: standard deviation of the same values.
        per_class: images of each class, in label order.
        duplicates: images that equal an earlier image of this split, pixel for pixel.
    """

    images: int
    image_dtype: str
    label_dtype: str
    minimum: int
    maximum: int
    mean: float
    deviation: float
    per_class: tuple[int, ...]
    duplicates: int


@dataclass(frozen=True, kw_only=True)
class Overlap(Record):
    """Images of one split that also occur in another, pixel for pixel.

    Args:
        split: whose images are counted.
        found_in: where they occur too; what the network trains on or is chosen by.
        images: how many.
    """

    split: str
    found_in: str
    images: int


@dataclass(frozen=True, kw_only=True)
class Conflict(Record):
    """One picture that carries more than one label.

    Args:
        places: official split (`train` or `test`), position in it and class name of two occurrences.
    """

    places: tuple[tuple[str, int, str], ...]


@dataclass(frozen=True, kw_only=True)
class Inspection(Record):
    """What `inspect` found.

    Args:
        name: the dataset's name.
        source: where its bytes were found.
        digest: SHA-256 of images, labels and class names.
        image_shape: `(height, width, channels)`.
        class_names: in label order.
        official: images in the official training and test split, and the validation split where there is one.
        validation: share set aside for validation, "test", or "own" for validation images that come with the data.
        splits: facts by split: train, validation, test; without validation where that is the test split.
        overlaps: images that splits share, for each pair of splits.
        conflicts: number of distinct pictures that carry more than one label.
        conflict_examples: the first of them.
        notes: remarks a reader of figures must know, each a sentence.
        left_out: files of the source that did not become images, each with the reason.
    """

    name: str
    source: str
    digest: str
    image_shape: tuple[int, int, int]
    class_names: tuple[str, ...]
    official: dict[str, int]
    validation: float | ValidationWord
    splits: dict[str, SplitFacts]
    overlaps: tuple[Overlap, ...]
    conflicts: int
    conflict_examples: tuple[Conflict, ...]
    notes: tuple[str, ...]
    left_out: tuple[LeftOut, ...] = ()


def inspect(
    dataset: Dataset, *, validation: float | ValidationWord | None = None, leave_out: Sequence[int] = ()
) -> Inspection:
    """Looks at a dataset as a training would see it.

    Args:
        dataset: the dataset.
        validation: share of the training images set aside, "test" to validate on the test images, or "own" for those
            that come with the data; left out, these where there are any, else a tenth.
        leave_out: positions of training images that are used for nothing.

    Raises:
        DataError: the dataset cannot be divided that way.
    """
    validation = dataset.usual_validation if validation is None else validation
    division = dataset.divide(validation=validation, leave_out=leave_out)
    splits = {"train": division.train, "validation": division.validation, "test": division.test}
    if validation == "test":
        del splits["validation"]
    prints = {name: fingerprints(split.images) for name, split in splits.items()}
    conflicts, examples = _conflicts(dataset)
    return Inspection(
        name=dataset.name,
        source=dataset.source,
        digest=dataset.digest,
        image_shape=dataset.image_shape,
        class_names=dataset.class_names,
        official=_official(dataset),
        validation=validation,
        splits={name: _facts(split, prints[name], len(dataset.class_names)) for name, split in splits.items()},
        overlaps=_overlaps(prints),
        conflicts=conflicts,
        conflict_examples=examples,
        notes=(*dataset.notes, *dataset.unused_validation(validation)),
        left_out=dataset.left_out,
    )


def _official(dataset: Dataset) -> dict[str, int]:
    own = {} if dataset.validation is None else {"validation": len(dataset.validation)}
    return {"train": len(dataset.train), **own, "test": len(dataset.test)}


def _facts(split: Split, prints: NDArray[np.bytes_], classes: int) -> SplitFacts:
    histogram = np.zeros(256, np.int64)
    pixels = split.images.reshape(-1)
    for start in range(0, len(pixels), _PIECE):
        histogram += np.bincount(pixels[start : start + _PIECE], minlength=256)
    values = np.arange(256)
    present = np.flatnonzero(histogram)
    mean = float(histogram @ values) / len(pixels)
    return SplitFacts(
        images=len(split),
        image_dtype=str(split.images.dtype),
        label_dtype=str(split.labels.dtype),
        minimum=int(present[0]),
        maximum=int(present[-1]),
        mean=mean,
        deviation=float(np.sqrt(histogram @ (values - mean) ** 2 / len(pixels))),
        per_class=tuple(np.bincount(split.labels, minlength=classes).tolist()),
        duplicates=len(split) - len(np.unique(prints)),
    )


def _overlaps(prints: dict[str, NDArray[np.bytes_]]) -> tuple[Overlap, ...]:
    names = list(prints)
    sets = {name: set(prints[name].tolist()) for name in names}
    return tuple(
        Overlap(split=later, found_in=earlier, images=sum(one in sets[earlier] for one in prints[later].tolist()))
        for position, later in enumerate(names)
        for earlier in names[:position]
    )


def _conflicts(dataset: Dataset) -> tuple[int, tuple[Conflict, ...]]:
    """Looks through the official splits, whose positions a user can look up."""
    first: dict[bytes, tuple[str, int, int]] = {}
    pairs: dict[bytes, Conflict] = {}
    names = dataset.class_names
    for name, split in (("train", dataset.train), ("test", dataset.test)):
        labels = split.labels.tolist()
        for position, one in enumerate(fingerprints(split.images).tolist()):
            split_name, index, label = first.setdefault(one, (name, position, labels[position]))
            if label != labels[position] and one not in pairs:
                here = (name, position, names[labels[position]])
                pairs[one] = Conflict(places=((split_name, index, names[label]), here))
    return len(pairs), tuple(pairs.values())[:_SHOWN]

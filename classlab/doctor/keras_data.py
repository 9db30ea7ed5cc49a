"""Images and labels that a user hands to the callback: sizes, values, classes and duplicates."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from classlab.doctor.case import LabelFacts
from classlab.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

PROBE_IMAGES = 512  # enough to call a unit dead, and a fraction of a second's work
PROBE_VALUES = 4_000_000  # so that large pictures cost no more: 26 of 224 x 224 x 3
MEASURED_IMAGES = 2_000  # mean and deviation of more images differ in the third digit only
MEASURED_VALUES = 20_000_000  # 80 MB of float32


@dataclass(frozen=True, kw_only=True, eq=False)
class HandedSplit:
    """Images with their labels, as they are given to `fit`.

    Args:
        images: `(images, ...)`.
        labels: `(images,)`, or `(images, classes)` for one-hot rows.
    """

    images: NDArray[np.generic]
    labels: NDArray[np.generic]

    def spread(self, count: int, *, values: int = MEASURED_VALUES) -> HandedSplit:
        """At most `count` images at even distances, so that images sorted by class lose no class.

        Args:
            count: how many images at most.
            values: how many numbers they may hold together; at least 16 images are taken.
        """
        count = min(count, max(16, values // max(1, self.images[0].size)))
        if len(self.images) <= count:
            return self
        places = np.linspace(0, len(self.images) - 1, count).astype(np.int64)
        return HandedSplit(images=self.images[places], labels=self.labels[places])


def handed(x: Any, y: Any, *, named: str) -> HandedSplit | None:
    """What was handed over as arrays.

    Args:
        x: images, an array or a tensor; None for nothing.
        y: their labels.
        named: what the user calls the pair, for messages.

    Returns:
        The pair; None where nothing was handed over.

    Raises:
        DataError: One of the two is missing, is no array, or they differ in length.
    """
    if x is None and y is None:
        return None
    if x is None or y is None:
        raise DataError(
            f"{named} must hold images and labels, but the {'images' if x is None else 'labels'} are missing. "
            "Hand both to Doctor, or neither."
        )
    images, labels = _array(x, named=named), _array(y, named=named)
    if len(images) != len(labels) or not len(images):
        raise DataError(
            f"{named} must hold one label per image, but got {len(images)} images and {len(labels)} labels. "
            "Hand Doctor the arrays that fit gets."
        )
    return HandedSplit(images=images, labels=labels)


def handed_pair(pair: Any, *, named: str) -> HandedSplit | None:
    """The same for a pair `(x, y)` as Keras takes validation data; a third part, sample weights, is left aside."""
    if pair is None:
        return None
    if not isinstance(pair, list | tuple) or len(pair) not in (2, 3):
        raise DataError(
            f"{named} must be a pair (x, y) of arrays, but got {type(pair).__name__}. "
            "Hand Doctor arrays, or leave it out: a stream of batches cannot be looked at twice."
        )
    return handed(pair[0], pair[1], named=named)


def finite(split: HandedSplit) -> bool:
    """Whether every value of the images is a number; one that is not spreads to their sum."""
    return split.images.dtype.kind != "f" or bool(np.isfinite(split.images.sum(dtype=np.float64)))


def label_facts(labels: NDArray[np.generic]) -> LabelFacts:
    """Values and shape of labels.

    Args:
        labels: `(images,)`, `(images, 1)` or `(images, classes)`.
    """
    width = int(labels.shape[1]) if labels.ndim == 2 else 1
    values = labels.astype(np.float64)
    rows = values.reshape(len(values), -1)
    return LabelFacts(
        minimum=float(values.min()),
        maximum=float(values.max()),
        whole=bool(np.array_equal(values, np.floor(values))),
        one_hot=width > 1,
        rows_sum_to_one=width == 1 or bool(np.allclose(rows.sum(axis=1), 1, atol=1e-3)),
        width=width,
    )


def class_numbers(labels: NDArray[np.generic]) -> NDArray[np.int64] | None:
    """The class of each label; None where labels are neither whole numbers from 0 nor rows of shares."""
    facts = label_facts(labels)
    if facts.one_hot:
        return np.asarray(np.argmax(labels.astype(np.float64), axis=1), dtype=np.int64)
    if not facts.whole or facts.minimum < 0:
        return None
    return labels.reshape(-1).astype(np.int64)


def overlaps(splits: Mapping[str, HandedSplit]) -> dict[str, int]:
    """How many images of a later split occur, value for value, in an earlier one, as in {"train/test": 3}."""
    seen = {name: [_digest(image) for image in split.images] for name, split in splits.items()}
    counts = {}
    for one, other in combinations(seen, 2):
        earlier = frozenset(seen[one])
        counts[f"{one}/{other}"] = sum(digest in earlier for digest in seen[other])
    return counts


def nearest_centroid_accuracy(train: HandedSplit, validation: HandedSplit | None) -> float | None:
    """Accuracy of naming the class whose mean image is nearest: what images give away without training.

    Args:
        train: where the means come from; every fifth image is held out where there is no validation split.
        validation: where accuracy is measured.

    Returns:
        Share in [0, 1]; None where the labels are no classes, or images hold values that are no numbers.
    """
    train = train.spread(MEASURED_IMAGES)
    if validation is None:
        held = np.arange(len(train.images)) % 5 == 0
        validation = HandedSplit(images=train.images[held], labels=train.labels[held])
        train = HandedSplit(images=train.images[~held], labels=train.labels[~held])
    validation = validation.spread(MEASURED_IMAGES)
    known, asked = class_numbers(train.labels), class_numbers(validation.labels)
    if known is None or asked is None or not len(known) or not len(asked):
        return None
    if not finite(train) or not finite(validation):
        return None
    pixels, query = (split.images.reshape(len(split.images), -1).astype(np.float32) for split in (train, validation))
    classes = np.unique(known)
    centres = np.stack([pixels[known == number].mean(axis=0) for number in classes])
    distance = (centres**2).sum(axis=1) - 2 * query @ centres.T
    return float((classes[distance.argmin(axis=1)] == asked).mean())


def _array(given: Any, *, named: str) -> NDArray[np.generic]:
    try:
        if isinstance(given, np.ndarray | list | tuple):
            found: NDArray[np.generic] = np.asarray(given)
        else:
            import keras

            found = np.asarray(keras.ops.convert_to_numpy(given))
    except Exception:  # noqa: BLE001  (whatever the object is, it is no array)
        found = np.asarray(None)
    if found.ndim == 0 or found.dtype.kind not in "biuf":
        raise DataError(
            f"{named} must hold arrays of numbers, but got {type(given).__name__}. "
            "Hand Doctor arrays, or leave them out: a stream of batches cannot be looked at twice."
        )
    return found


def _digest(image: NDArray[np.generic]) -> bytes:
    return hashlib.blake2b(np.ascontiguousarray(image).tobytes(), digest_size=16).digest()

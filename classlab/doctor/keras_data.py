"""Images and labels that a user hands to the callback: sizes, values, classes and duplicates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from classlab.doctor import thresholds as at
from classlab.doctor.case import LabelFacts
from classlab.errors import DataError
from classlab.measures import splits
from classlab.measures.keras_probe import HandedSplit

if TYPE_CHECKING:
    from numpy.typing import NDArray


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


def set_aside(train: HandedSplit, validation: HandedSplit | None) -> tuple[HandedSplit, HandedSplit]:
    """Images to learn from, and images to ask about: those of validation, else every fifth of training."""
    if validation is not None:
        return train, validation
    aside = np.arange(len(train.images)) % 5 == 0
    return train.at(~aside), train.at(aside)


def nearest_centroid_accuracy(train: HandedSplit, validation: HandedSplit | None) -> float | None:
    """What images give away without training; see the function of this name in `classlab.measures.splits`.

    Args:
        train: where the means come from; every fifth image is held out where there is no validation split.
        validation: where accuracy is measured.

    Returns:
        Share in [0, 1]; None where the labels are no classes, or images hold values that are no numbers.
    """
    train, validation = set_aside(train, validation)
    known, asked = class_numbers(train.labels), class_numbers(validation.labels)
    if known is None or asked is None or not len(known) or not len(asked):
        return None
    if not finite(train) or not finite(validation):
        return None
    return splits.nearest_centroid_accuracy(train.images, known, validation.images, asked)


def own_centroid_accuracies(train: HandedSplit, validation: HandedSplit) -> dict[str, float]:
    """What images give away of the classes within their own split, by split; see `own_centroid_accuracy` in `measures`.

    Args:
        train: some training images.
        validation: some validation images.

    Returns:
        Shares in [0, 1]; nothing where labels are no classes, where there are too few images to tell, or where a class
        of validation is not among the training images, so that the two could not be compared.
    """
    found = {}
    if not covers(train, validation):
        return {}
    for name, split in (("train", train), ("validation", validation)):
        numbers = class_numbers(split.labels)
        if numbers is not None and len(numbers) >= at.KIND_IMAGES and finite(split):
            found[name] = splits.own_centroid_accuracy(split.images, numbers)
    return found


def covers(train: HandedSplit, validation: HandedSplit) -> bool:
    """Whether every class of the validation images is one of the training images; False where labels are no classes."""
    known, asked = class_numbers(train.labels), class_numbers(validation.labels)
    return known is not None and asked is not None and set(np.unique(asked)) <= set(np.unique(known))


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

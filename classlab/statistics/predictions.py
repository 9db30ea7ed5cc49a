"""What single networks said about labelled images: checked, and the mistakes that they are surest of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classlab.errors import SpecError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


SUM_TOLERANCE = 1e-3  # bfloat16 networks end in a float32 softmax; ten probabilities still sum to 1 within this


def check_labels(labels: ArrayLike, *, classes: int, name: str = "labels") -> NDArray[np.int64]:
    """Reads class numbers, `(images,)`.

    Raises:
        SpecError: they are no whole numbers from 0 to `classes - 1` along one axis, or there is none.
    """
    given = np.asarray(labels)
    if given.ndim != 1 or not len(given) or given.dtype.kind not in "iu":
        raise SpecError(
            f"`{name}` must be whole numbers of shape (images,), at least one, but got shape={given.shape}, "
            f"dtype={given.dtype}. Give one class number per image."
        )
    if given.min() < 0 or given.max() >= classes:
        wrong = given.min() if given.min() < 0 else given.max()
        raise SpecError(f"`{name}` must lie between 0 and {classes - 1}, but got {wrong}. Count the classes from zero.")
    return given.astype(np.int64)


def check_probabilities(probabilities: ArrayLike, labels: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Reads class probabilities, `(images, classes)`, and the labels of the same images, `(images,)`.

    Raises:
        SpecError: the shapes do not fit, or a row is no distribution over the classes.
    """
    given = np.asarray(probabilities, dtype=np.float64)
    if given.ndim != 2 or given.shape[1] < 2:
        raise SpecError(
            f"`probabilities` must have the shape (images, classes), but got shape={given.shape}. "
            "Give one row per image."
        )
    classes = check_labels(labels, classes=given.shape[1])
    if len(classes) != len(given):
        raise SpecError(
            f"`probabilities` and `labels` must speak of the same images, but got {len(given)} rows and "
            f"{len(classes)} labels. Give one row per label."
        )
    off = ~((given >= -SUM_TOLERANCE).all(axis=1) & (np.abs(given.sum(axis=1) - 1) <= SUM_TOLERANCE))
    if off.any():
        raise SpecError(
            f"each row of `probabilities` must be a distribution that sums to 1, but got row {int(off.argmax())}, "
            f"which sums to {given[off.argmax()].sum():g}. Give the output of a softmax."
        )
    return given, classes


def most_confident_mistakes(probabilities: ArrayLike, labels: ArrayLike, *, count: int = 15) -> tuple[int, ...]:
    """Positions of the wrongly classified images, most probable wrong class first; ties in the images' order.

    Args:
        probabilities: each row a distribution, `(images, classes)`.
        labels: class numbers, `(images,)`.
        count: how many at most.

    Raises:
        SpecError: rows that are no distributions, or labels that do not fit.

    Example:
        >>> most_confident_mistakes([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8]], [1, 1, 1])
        (0, 1)
    """
    rows, classes = check_probabilities(probabilities, labels)
    wrong = np.flatnonzero(rows.argmax(axis=1) != classes)
    surest = np.argsort(-rows.max(axis=1)[wrong], kind="stable")[:count]
    return tuple(int(position) for position in wrong[surest])

"""Stratified choice of images: every class gives its share, and the same images give the same choice for ever.

Only the raw output of NumPy's Philox generator is used. NumPy promises that stream, but not what the methods built
on it (`permutation`, `choice`) return, so a newer NumPy cannot move an image from one split to another.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def stratified(
    labels: NDArray[np.int64], *, total: int, least: int, spare: NDArray[np.int64] | int, seed: str
) -> NDArray[np.bool_]:
    """Chooses images so that every class is represented in proportion.

    Args:
        labels: `(images,)`, from 0.
        total: how many images to choose; raised or lowered to what `least` and `spare` leave possible.
        least: images to choose from every class at the least.
        spare: images of every class that must not be chosen, one number or `(classes,)`.
        seed: any text; the same text and labels give the same choice.

    Returns:
        `(images,)`, true where an image is chosen.

    Example:
        >>> labels = np.array([0, 0, 0, 0, 1, 1])
        >>> chosen = stratified(labels, total=3, least=1, spare=1, seed="example")
        >>> np.bincount(labels[chosen]).tolist()
        [2, 1]
    """
    sizes = np.bincount(labels)
    counts = apportion(sizes, total=total, least=np.minimum(least, sizes), most=np.maximum(sizes - spare, 0))
    order = np.lexsort((_keys(len(labels), seed), labels))
    starts = np.cumsum(sizes) - sizes
    rank = np.empty(len(labels), np.int64)
    rank[order] = np.arange(len(labels)) - np.repeat(starts, sizes)
    chosen: NDArray[np.bool_] = rank < counts[labels]
    return chosen


def stratified_folds(labels: NDArray[np.int64], *, folds: int, seed: str) -> NDArray[np.int64]:
    """Divides images into folds of equal size, every class in proportion, so that each image is in one fold.

    Images are ordered by class, and within a class at random, and given to the folds in turn. So folds differ by at
    most one image, in all and in every class.

    Args:
        labels: `(images,)`, from 0.
        folds: how many.
        seed: any text; the same text and labels give the same folds.

    Returns:
        int64, `(images,)`, the fold of each image, from 0.

    Example:
        >>> labels = np.array([0, 0, 0, 0, 1, 1])
        >>> found = stratified_folds(labels, folds=2, seed="example")
        >>> [np.bincount(labels[found == fold]).tolist() for fold in range(2)]
        [[2, 1], [2, 1]]
    """
    order = np.lexsort((_keys(len(labels), seed), labels))
    found = np.empty(len(labels), np.int64)
    found[order] = np.arange(len(labels)) % folds
    return found


def apportion(
    sizes: NDArray[np.int64], *, total: int, least: NDArray[np.int64], most: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Divides a total among classes in proportion to their sizes, within bounds, by largest remainder.

    Args:
        sizes: `(classes,)`, images per class.
        total: images to give out, clipped to what the bounds allow.
        least: `(classes,)`, lower bound per class.
        most: `(classes,)`, upper bound per class; wins where it is below `least`.

    Returns:
        `(classes,)`, images per class. Ties go to the class that comes first.

    Example:
        >>> few, many = np.array([1, 1, 1]), np.array([9, 9, 9])
        >>> apportion(np.array([10, 10, 10]), total=7, least=few, most=many).tolist()
        [3, 2, 2]
    """
    least = np.minimum(least, most)
    total = int(np.clip(total, least.sum(), most.sum()))
    images = int(sizes.sum())
    counts = np.clip(sizes * total // images, least, most)
    while (missing := total - int(counts.sum())) != 0:
        # Exact in integers: how far each class is from its share, in units of 1 / images.
        distance = (sizes * total - counts * images) * np.sign(missing)
        possible = counts < most if missing > 0 else counts > least
        counts[np.argmax(np.where(possible, distance, np.iinfo(np.int64).min))] += np.sign(missing)
    return counts


def _keys(count: int, seed: str) -> NDArray[np.uint64]:
    key = int.from_bytes(hashlib.sha256(seed.encode()).digest()[:16], "little")
    keys: NDArray[np.uint64] = np.random.Philox(key=key).random_raw(count)
    return keys

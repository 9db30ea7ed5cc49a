"""What is measured of the images themselves: their values, copies between splits, and what they give away untrained."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from classlab.measures.plan import evenly
from classlab.records.diagnostics import SplitFacts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

_IMAGES = 500  # behind mean and deviation: a standard error of 4 % of the spread between images
_CENTROID_IMAGES, _JUDGED_IMAGES = 2000, 1000  # behind the mean images of the baseline, and judged by it
_VALUES = 16_000_000  # most values behind either, for large images: 64 MB
_FEWEST = 64
_TOGETHER = 4_000_000  # values that pass at once, as in an evaluation
_WORD = 8  # bytes


def split_facts(
    images: NDArray[Any],
    numbers: NDArray[np.int64] | None,
    *,
    enter: Callable[[NDArray[Any]], NDArray[Any]],
    classes: int,
) -> SplitFacts:
    """A split as the first layer with weights meets it.

    Args:
        images: `(images, ...)`.
        numbers: their classes, `(images,)`; None where they have none.
        enter: turns some images into what the first layer with weights takes.
        classes: number of classes.
    """
    some = measured_images(images, _IMAGES)
    together = max(1, _TOGETHER // some[0].size)
    parts = [enter(some[start : start + together]) for start in range(0, len(some), together)]
    mean, variance = _mean_and_variance(parts)
    counts = () if numbers is None else np.bincount(numbers[numbers < classes], minlength=classes).tolist()
    return SplitFacts(
        images=len(images),
        minimum=float(np.min([part.min() for part in parts])),
        maximum=float(np.max([part.max() for part in parts])),
        mean=mean,
        deviation=variance**0.5,
        class_counts=tuple(counts),
    )


def _mean_and_variance(parts: list[NDArray[Any]]) -> tuple[float, float]:
    """By the law of total variance: within the parts, and between their means."""
    with np.errstate(invalid="ignore"):  # values that are no numbers have no mean, and whoever asks is told so
        sizes = np.array([part.size for part in parts], float)
        means = np.array([part.mean(dtype=np.float64) for part in parts])
        within = np.array([part.var(dtype=np.float64) for part in parts])
        mean = sizes @ means / sizes.sum()
        return float(mean), float(sizes @ (within + (means - mean) ** 2) / sizes.sum())


def measured_images(images: NDArray[Any], most: int) -> NDArray[Any]:
    """At most so many images, evenly spaced, and fewer of large ones."""
    return images[evenly(len(images), min(most, max(_FEWEST, _VALUES // images[0].size)))]


def nearest_centroid_accuracy(
    images: NDArray[Any], numbers: NDArray[np.int64], asked: NDArray[Any], wanted: NDArray[np.int64]
) -> float:
    """Accuracy of naming the class whose mean image is nearest: what images give away without any training.

    Args:
        images: training images, `(images, ...)`.
        numbers: their classes, `(images,)`.
        asked: images whose class is named, `(asked, ...)`.
        wanted: their classes, `(asked,)`.

    References:
        Tibshirani et al. (2002), without the shrinkage; scikit-learn's `NearestCentroid`.
    """
    rows, queries = _rows(images, _CENTROID_IMAGES), _rows(asked, _JUDGED_IMAGES)
    numbers, wanted = (own[evenly(len(own), len(few))] for own, few in ((numbers, rows), (wanted, queries)))
    classes, places = np.unique(numbers, return_inverse=True)
    chosen = (places == np.arange(len(classes))[:, None]).astype(np.float32)
    means = chosen @ rows / chosen.sum(1, keepdims=True)
    # |x - m|^2 without |x|^2, which is the same for every class.
    distances = (means**2).sum(1) - 2 * (queries @ means.T)
    return float((classes[distances.argmin(1)] == wanted).mean())


def own_centroid_accuracy(images: NDArray[Any], numbers: NDArray[np.int64]) -> float:
    """The same within one split: each half is asked about by the means of the other.

    Args:
        images: `(images, ...)`, at least two.
        numbers: their classes, `(images,)`.
    """
    halves = [(images[start::2], numbers[start::2]) for start in (0, 1)]
    found = [nearest_centroid_accuracy(*one, *other) for one, other in (halves, halves[::-1])]
    return float(np.mean(found))


def _rows(images: NDArray[Any], most: int) -> NDArray[np.float32]:
    some = measured_images(images, most)
    return some.reshape(len(some), -1).astype(np.float32)


def overlaps(splits: Mapping[str, NDArray[Any]]) -> dict[str, int]:
    """How many images of a later split occur, value for value, in an earlier one, as in {"train/test": 3}.

    Args:
        splits: images `(images, ...)` by the split's name, earlier ones first.
    """
    kind = np.result_type(*splits.values())  # 0 and 0.0 are the same pixel
    rows = {name: _bytes(images.astype(kind, copy=False)) for name, images in splits.items()}
    prints = {name: _fingerprints(each) for name, each in rows.items()}
    found = {}
    for one, other in combinations(splits, 2):
        if splits[one] is splits[other]:
            found[f"{one}/{other}"] = len(splits[other])
        elif rows[one].shape[1] != rows[other].shape[1]:
            found[f"{one}/{other}"] = 0
        else:
            found[f"{one}/{other}"] = _copies(rows[one], rows[other], prints[one], prints[other])
    return found


def _bytes(images: NDArray[Any]) -> NDArray[np.uint8]:
    """`(images, bytes)`."""
    return np.ascontiguousarray(images).reshape(len(images), -1).view(np.uint8)


def _fingerprints(rows: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """One number per image, `(images,)`: unequal numbers mean unequal images; equal ones are looked at closely.

    A sum of 8-byte words with fixed odd factors, modulo 2^64: a tenth of a cryptographic digest's price.
    """
    words = rows.shape[1] // _WORD
    factors = np.random.Generator(np.random.PCG64(0)).integers(0, 2**63, words + _WORD, dtype=np.uint64) * 2 + 1
    found: NDArray[np.uint64] = rows[:, : words * _WORD].view(np.uint64) @ factors[:words]
    for place, column in enumerate(range(words * _WORD, rows.shape[1])):
        found = found + rows[:, column].astype(np.uint64) * factors[words + place]
    return found


def _copies(
    earlier: NDArray[np.uint8], later: NDArray[np.uint8], first: NDArray[np.uint64], second: NDArray[np.uint64]
) -> int:
    """Images of `later` that equal one of `earlier`: candidates by fingerprint, decided by their bytes."""
    ordered = np.sort(first)  # numbers in order are looked up in a fraction of the time
    shared = ordered[_among(np.sort(second), ordered)]
    candidates = np.flatnonzero(_among(shared, second)) if len(shared) else ()
    return sum(bool((earlier[first == second[index]] == later[index]).all(axis=1).any()) for index in candidates)


def _among(known: NDArray[np.uint64], values: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Which of the values, `(values,)`, are among the known numbers, which are in order and at least one."""
    found: NDArray[np.bool_] = known[np.minimum(np.searchsorted(known, values), len(known) - 1)] == values
    return found

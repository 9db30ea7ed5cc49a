"""What a training notes for the doctor before its first step: the input as the network meets it, copies, a baseline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np

from classlab.datasets.dataset import Split
from classlab.records.diagnostics import Diagnostics, SplitFacts
from classlab.training.process.products import quiet_products

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from classlab.datasets.dataset import Division

_IMAGES = 500  # behind mean and deviation: a standard error of 4 % of the spread between images
_VALUES = 16_000_000  # most values behind them, for large images: 64 MB
_FEWEST = 64
_TOGETHER = 4_000_000  # values that pass at once, as in an evaluation
_EACH = 8  # probe images of every class: enough to see that fewer than 0.3 of them are recognised
_CENTROID_IMAGES, _JUDGED_IMAGES = (
    2000,
    1000,
)  # training images behind the mean images of the baseline, and judged by it
_BLOCK = 8  # bytes of a word
_overlaps: WeakKeyDictionary[Division, dict[str, int]] = WeakKeyDictionary()


def division_notes(
    division: Division, enter: Callable[[NDArray[np.uint8]], NDArray[Any]] | None, *, classes: int
) -> Diagnostics:
    """What holds for every run on these images.

    Args:
        division: the images.
        enter: see `split_facts`; None where nobody knows what the first layer with weights takes.
        classes: number of classes.
    """
    return Diagnostics(
        splits={} if enter is None else split_facts(division, enter, classes=classes),
        overlap=overlaps(division),
        baseline_accuracy=nearest_mean_accuracy(division, classes=classes),
    )


def split_facts(
    division: Division, enter: Callable[[NDArray[np.uint8]], NDArray[Any]], *, classes: int
) -> dict[str, SplitFacts]:
    """Facts of every split, one of them looked at once where two are the same.

    Args:
        division: the images.
        enter: turns uint8 `(images, height, width, channels)` into what the first layer with weights takes.
        classes: number of classes.
    """
    facts: dict[str, SplitFacts] = {}
    seen: dict[int, SplitFacts] = {}
    for name, split in (("train", division.train), ("validation", division.validation), ("test", division.test)):
        if id(split) not in seen:
            seen[id(split)] = _facts(split, enter, classes)
        facts[name] = seen[id(split)]
    return facts


def probe_split(split: Split, *, most: int, leading: int = 0) -> Split:
    """At most so many images, spread over the split, with a few of every class however small it is.

    Args:
        split: training images.
        most: images.
        leading: so many of them, spread over the chosen ones, come first.
    """
    chosen = _chosen(split, most=most)
    first = np.arange(min(leading, len(chosen))) * len(chosen) // max(1, min(leading, len(chosen)))
    others = np.ones(len(chosen), bool)
    others[first] = False
    order = np.concatenate([first, np.flatnonzero(others)])
    return Split(images=chosen.images[order], labels=chosen.labels[order])


def _chosen(split: Split, *, most: int) -> Split:
    """Images in the order of the split."""
    counts = np.bincount(split.labels)
    present = int((counts > 0).sum())
    each = min(_EACH, most // (2 * present))
    if len(split) <= most or not each or counts[counts > 0].min() * most >= each * len(split):
        return split.spread(most)
    wanted = np.minimum(counts, each + counts * (most - each * present) // len(split))
    chosen = []
    for label in np.flatnonzero(wanted > 0):
        places = np.flatnonzero(split.labels == label)
        chosen.append(places[np.arange(wanted[label]) * len(places) // wanted[label]])
    order = np.sort(np.concatenate(chosen))
    return Split(images=split.images[order], labels=split.labels[order])


def overlaps(division: Division) -> dict[str, int]:
    """Images of the later split that also occur in the earlier one, pixel for pixel, by pair as in "train/test"."""
    found = _overlaps.get(division)
    if found is None:
        splits = {"train": division.train, "validation": division.validation, "test": division.test}
        prints = {name: _fingerprints(split.images) for name, split in splits.items()}
        found = {
            f"{earlier}/{later}": _copies(splits[earlier], splits[later], prints[earlier], prints[later])
            for earlier, later in (("train", "validation"), ("train", "test"), ("validation", "test"))
        }
        _overlaps[division] = found
    return found


def nearest_mean_accuracy(division: Division, *, classes: int) -> float:
    """Validation accuracy of naming the class whose mean image is nearest: what the images give away untrained.

    Args:
        division: the images; at most 2,000 for training and 1,000 for validation are looked at.
        classes: number of classes.
    """
    train, validation = division.train.spread(_CENTROID_IMAGES), division.validation.spread(_JUDGED_IMAGES)
    rows = train.images.reshape(len(train), -1).astype(np.float32)
    chosen = np.zeros((classes, len(train)), np.float32)
    chosen[train.labels, np.arange(len(train))] = 1
    counts = chosen.sum(1, keepdims=True)
    with quiet_products():
        means = chosen @ rows / np.maximum(counts, 1)
        # |x - m|^2 without |x|^2, which is the same for every class; a class without images is never the nearest.
        away = np.where(counts[:, 0] > 0, (means**2).sum(1), np.inf)
        distances = away - 2 * (validation.images.reshape(len(validation), -1).astype(np.float32) @ means.T)
    return float((distances.argmin(1) == validation.labels).mean())


def _facts(split: Split, enter: Callable[[NDArray[np.uint8]], NDArray[Any]], classes: int) -> SplitFacts:
    size = split.images[0].size
    images = split.spread(min(_IMAGES, max(_FEWEST, _VALUES // size))).images
    together = max(1, _TOGETHER // size)
    parts = [enter(images[start : start + together]) for start in range(0, len(images), together)]
    sizes = np.array([part.size for part in parts], float)
    means = np.array([part.mean(dtype=np.float64) for part in parts])
    mean = float(sizes @ means / sizes.sum())
    # The law of total variance: within the parts, and between their means.
    within = np.array([part.var(dtype=np.float64) for part in parts])
    variance = float(sizes @ (within + (means - mean) ** 2) / sizes.sum())
    return SplitFacts(
        images=len(split),
        minimum=float(min(part.min() for part in parts)),
        maximum=float(max(part.max() for part in parts)),
        mean=mean,
        deviation=variance**0.5,
        class_counts=tuple(np.bincount(split.labels, minlength=classes).tolist()),
    )


def _fingerprints(images: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """One number per image, `(images,)`: unequal numbers mean unequal images; equal ones are looked at closely.

    A sum of 8-byte words with fixed odd factors, modulo 2^64: a tenth of a cryptographic digest's price.
    """
    rows = np.ascontiguousarray(images).reshape(len(images), -1)
    words = rows.shape[1] // _BLOCK
    factors = np.random.Generator(np.random.PCG64(0)).integers(0, 2**63, words + _BLOCK, dtype=np.uint64) * 2 + 1
    found: NDArray[np.uint64] = rows[:, : words * _BLOCK].view(np.uint64) @ factors[:words]
    for place, column in enumerate(range(words * _BLOCK, rows.shape[1])):
        found = found + rows[:, column].astype(np.uint64) * factors[words + place]
    return found


def _copies(earlier: Split, later: Split, first: NDArray[np.uint64], second: NDArray[np.uint64]) -> int:
    """Images of `later` that equal one of `earlier`: candidates by fingerprint, decided by their pixels."""
    if earlier is later:
        return len(later)
    ordered = np.sort(first)  # numbers in order are looked up in a fraction of the time
    shared = ordered[_among(np.sort(second), ordered)]
    candidates = np.flatnonzero(_among(shared, second)) if len(shared) else ()
    return sum(_occurs(later.images[index], earlier, first == second[index]) for index in candidates)


def _among(known: NDArray[np.uint64], values: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Which of the values, `(values,)`, are among the known numbers, which are in order and at least one."""
    found: NDArray[np.bool_] = known[np.minimum(np.searchsorted(known, values), len(known) - 1)] == values
    return found


def _occurs(image: NDArray[np.uint8], split: Split, where: NDArray[np.bool_]) -> bool:
    return bool((split.images[where] == image).all(axis=(1, 2, 3)).any())

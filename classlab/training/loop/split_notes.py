"""Notes of a training for the doctor before its first step: the input as the network meets it, copies, a baseline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from classlab.datasets.dataset import Split
from classlab.measures import splits
from classlab.measures.plan import probe_positions
from classlab.records.diagnostics import Diagnostics, SplitFacts
from classlab.training.process.settings import quiet_products

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from classlab.datasets.dataset import Division

_overlaps: WeakKeyDictionary[Division, dict[str, int]] = WeakKeyDictionary()


def division_notes(
    division: Division, enter: Callable[[NDArray[np.uint8]], NDArray[Any]] | None, *, classes: int
) -> Diagnostics:
    """What holds for every run on these images.

    Args:
        division: the images.
        enter: turns uint8 `(images, height, width, channels)` into what the first layer with weights takes; None where
            nobody knows what that is.
        classes: number of classes.
    """
    parts = _parts(division)
    facts: dict[str, SplitFacts] = {}
    if enter is not None:
        own = {
            split: splits.split_facts(split.images, split.labels, enter=enter, classes=classes)
            for split in {*parts.values()}
        }
        facts = {name: own[split] for name, split in parts.items()}
    return Diagnostics(splits=facts, overlap=overlaps(division), baseline_accuracy=_baseline(division))


def probe_split(split: Split, *, most: int, leading: int = 0) -> Split:
    """The probe images of some training images; see `probe_positions`."""
    chosen = probe_positions(split.labels, most=most, leading=leading)
    return Split(images=split.images[chosen], labels=split.labels[chosen])


def overlaps(division: Division) -> dict[str, int]:
    """Copies between the splits, which are counted once for all trainings on them; see `splits.overlaps`."""
    found = _overlaps.get(division)
    if found is None:
        images = {name: split.images for name, split in _parts(division).items()}
        found = _overlaps[division] = splits.overlaps(images)
    return found


def _baseline(division: Division) -> float:
    train, validation = division.train, division.validation
    with quiet_products():
        return splits.nearest_centroid_accuracy(train.images, train.labels, validation.images, validation.labels)


def _parts(division: Division) -> dict[str, Split]:
    return {"train": division.train, "validation": division.validation, "test": division.test}

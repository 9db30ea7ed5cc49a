from __future__ import annotations

import numpy as np
import pytest

from classlab.datasets import Inspection, from_arrays, inspect, load
from classlab.datasets.inspection import Conflict, Overlap
from classlab.records import from_json, to_json


@pytest.fixture
def doubtful():
    """Ten distinct training images; the test images repeat one of them and repeat each other, one with a new label."""
    rng = np.random.default_rng(4)
    train, other = rng.integers(5, 250, (10, 3, 3), np.uint8), rng.integers(5, 250, (3, 3, 3), np.uint8)
    test = np.stack([train[6], other[0], other[0], other[0], other[1], train[2]])
    return from_arrays(train, [0, 1] * 5, test, [0, 0, 0, 1, 1, 1], class_names=["cat", "dog"], name="pets")


def test_facts_agree_with_numpy():
    dataset = load("digits")
    inspection = inspect(dataset, validation=0.2)
    division = dataset.divide(validation=0.2)
    for name, facts in inspection.splits.items():
        split = getattr(division, name)
        assert facts.images == len(split)
        assert (facts.minimum, facts.maximum) == (split.images.min(), split.images.max())
        assert facts.mean == pytest.approx(split.images.mean(), rel=1e-12)
        assert facts.deviation == pytest.approx(split.images.std(), rel=1e-9)
        assert facts.per_class == tuple(np.bincount(split.labels))
        assert (facts.image_dtype, facts.label_dtype) == ("uint8", "int64")
    assert inspection.official == {"train": 1438, "test": 359}
    assert (inspection.digest, inspection.source) == (dataset.digest, dataset.source)


def test_duplicates_within_and_across_splits_are_counted(doubtful):
    inspection = inspect(doubtful, validation="test")
    assert list(inspection.splits) == ["train", "test"]
    assert {name: facts.duplicates for name, facts in inspection.splits.items()} == {"train": 0, "test": 2}
    assert inspection.overlaps == (Overlap(split="test", found_in="train", images=2),)


def test_duplicates_that_validation_shares_with_training_are_counted():
    images = np.repeat(np.arange(4, dtype=np.uint8), 10)[:, None, None] * np.ones((1, 2, 2), np.uint8)
    inspection = inspect(from_arrays(images, [0, 1] * 20, images[:2], [0, 1]), validation=0.2)
    assert inspection.splits["train"].duplicates == 32 - 4
    assert inspection.overlaps[0] == Overlap(split="validation", found_in="train", images=8)


def test_conflicting_labels_are_counted_and_shown(doubtful):
    inspection = inspect(doubtful)
    assert inspection.conflicts == 2
    assert inspection.conflict_examples == (
        Conflict(places=(("test", 1, "cat"), ("test", 3, "dog"))),
        Conflict(places=(("train", 2, "cat"), ("test", 5, "dog"))),
    )


def test_an_inspection_survives_json(doubtful):
    inspection = inspect(doubtful)
    assert from_json(Inspection, to_json(inspection), where="memory") == inspection


@pytest.mark.full_data
@pytest.mark.parametrize("name", ["mnist", "fashion_mnist"])
def test_duplicates_of_the_complete_sets_agree_with_a_plain_count(full_data, name):
    dataset = load(name)
    train, test = ({row.tobytes() for row in split.images} for split in (dataset.train, dataset.test))
    inspection = inspect(dataset, validation="test")
    assert inspection.splits["train"].duplicates == 60_000 - len(train)
    assert inspection.splits["test"].duplicates == 10_000 - len(test)
    assert inspection.overlaps[0].images == len(train & test)

from __future__ import annotations

import hashlib
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.model_selection import StratifiedKFold, StratifiedShuffleSplit

from classlab.datasets import Split, from_arrays, load
from classlab.datasets.splits import apportion, stratified, stratified_folds
from classlab.errors import DataError, SpecError
from classlab.records import DataSpec


def _dataset(sizes, *, test_each=2):
    labels = np.repeat(np.arange(len(sizes)), sizes)
    images = np.arange(len(labels), dtype=np.int64)[:, None, None] * np.ones((1, 2, 2), np.int64) % 256
    test_labels = np.repeat(np.arange(len(sizes)), test_each)
    return from_arrays(images.astype(np.uint8), labels, np.zeros((len(test_labels), 2, 2), np.uint8), test_labels)


def test_a_known_choice_never_changes():
    chosen = stratified(np.arange(1000) % 7, total=100, least=1, spare=1, seed="a fixed seed")
    positions = np.flatnonzero(chosen)
    assert positions[:8].tolist() == [16, 20, 33, 46, 62, 78, 81, 84]
    assert hashlib.sha256(positions.astype("<i8").tobytes()).hexdigest()[:16] == "695947d1b42075e5"


def test_another_seed_chooses_other_images():
    labels = np.arange(1000) % 7
    first, second = (stratified(labels, total=100, least=1, spare=1, seed=seed) for seed in "ab")
    assert (first != second).any()


def test_class_counts_agree_with_scikit_learn():
    labels = np.repeat(np.arange(6), [400, 310, 57, 93, 20, 120])
    chosen = stratified(labels, total=100, least=1, spare=1, seed="oracle")
    splitter = StratifiedShuffleSplit(n_splits=1, test_size=100, random_state=0)
    _, theirs = next(splitter.split(labels, labels))
    assert np.abs(np.bincount(labels[chosen]) - np.bincount(labels[theirs])).max() <= 1
    assert chosen.sum() == 100


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(2, 50), min_size=2, max_size=12), st.floats(0, 1), st.integers(0, 5))
def test_shares_are_proportional_within_bounds(sizes, share, least):
    sizes = np.array(sizes)
    low, high = np.minimum(least, sizes), sizes - 1
    total = round(int(sizes.sum()) * share)
    counts = apportion(sizes, total=total, least=low, most=high)
    assert (counts >= np.minimum(low, high)).all()
    assert (counts <= high).all()
    assert counts.sum() == np.clip(total, np.minimum(low, high).sum(), high.sum())
    if (counts > low).all() and (counts < high).all():
        assert np.abs(counts - sizes * share).max() <= 1.5


@pytest.mark.parametrize("validation", [0.01, 0.1, 0.5, 0.99])
@pytest.mark.parametrize("limit", [None, 8, 40])
def test_every_class_keeps_training_and_validation_images(validation, limit):
    division = _dataset([2, 3, 40, 100]).divide(validation=validation, limit=limit)
    for split in (division.train, division.validation):
        assert np.bincount(split.labels, minlength=4).min() >= 1
    assert len(division.train) + len(division.validation) == (limit or 145)


def test_training_and_validation_images_are_the_official_ones_once_each_and_in_order():
    dataset = _dataset([30, 50])
    division = dataset.divide(validation=0.25)
    both = np.concatenate([division.train.images[:, 0, 0, 0], division.validation.images[:, 0, 0, 0]])
    assert sorted(both) == list(range(80))
    for split in (division.train, division.validation):
        assert (np.diff(split.images[:, 0, 0, 0].astype(int)) > 0).all()
        assert (split.labels == (split.images[:, 0, 0, 0] >= 30)).all()
    assert division.test is dataset.test


def test_the_division_is_fixed_by_the_dataset():
    first, second = _dataset([30, 50]).divide(), _dataset([30, 50]).divide()
    assert (first.validation.images == second.validation.images).all()


def test_a_limit_is_stratified():
    division = _dataset([30, 60, 90]).divide(validation=0.5, limit=60)
    assert np.bincount(division.train.labels).tolist() == [5, 10, 15]
    assert np.bincount(division.validation.labels).tolist() == [5, 10, 15]


def test_validation_on_the_test_images_keeps_all_training_images():
    dataset = _dataset([1, 5])
    division = dataset.divide(validation="test")
    assert division.validation is dataset.test
    assert division.train is dataset.train


def test_one_image_per_class_is_enough_where_validation_is_on_the_test_images():
    division = _dataset([5, 5]).divide(validation="test", limit=2)
    assert division.train.labels.tolist() == [0, 1]


def test_a_limit_below_two_per_class_is_refused():
    with pytest.raises(DataError) as refusal:
        _dataset([5, 5]).divide(limit=3)
    assert str(refusal.value) == (
        "`limit` must leave at least 2 training images to each of the 2 classes of arrays, but got limit=3. "
        "Give 4 or more."
    )


def test_a_class_with_one_training_image_is_refused():
    with pytest.raises(DataError) as refusal:
        _dataset([1, 5]).divide()
    assert str(refusal.value) == (
        "every class must have at least 2 training images, one to train on and one to validate on, but got 1 of class "
        "'0' in arrays. Add images, or validate on the test images (validation='test')."
    )


@pytest.mark.parametrize("validation", [0, 1, -0.1, 1.5, float("nan")])
def test_a_share_outside_0_to_1_is_refused(validation):
    with pytest.raises(SpecError) as refusal:
        _dataset([5, 5]).divide(validation=validation)
    assert str(refusal.value) == (
        "`validation` must be a share between 0 and 1, or the word test or own, but got "
        f"validation={validation}. Write for example validation=0.1."
    )


def test_a_dataset_and_its_splits_say_in_one_line_what_they_hold():
    digits = load("digits")
    assert repr(digits) == "Dataset('digits', 1,438 training and 359 test images of 8 x 8 x 1, 10 classes)"
    assert repr(digits.test) == "Split(359 images of 8 x 8 x 1)"


def test_known_folds_never_change():
    found = stratified_folds(np.arange(1000) % 7, folds=5, seed="a fixed seed")
    assert found[:12].tolist() == [2, 2, 4, 2, 0, 2, 3, 2, 4, 2, 3, 1]
    assert hashlib.sha256(found.astype("<i8").tobytes()).hexdigest()[:16] == "5d72587cd50e3bb5"


@pytest.mark.parametrize(("sizes", "folds"), [([400, 310, 57, 93, 20, 120], 5), ([7, 2, 11], 3), ([4, 4], 8)])
def test_folds_share_every_class_as_evenly_as_those_of_scikit_learn(sizes, folds):
    labels = np.repeat(np.arange(len(sizes)), sizes)
    found = stratified_folds(labels, folds=folds, seed="oracle")
    ours = np.stack([np.bincount(labels[found == fold], minlength=len(sizes)) for fold in range(folds)])
    assert (np.ptp(ours, axis=0) <= 1).all()
    assert np.ptp(ours.sum(axis=1)) <= 1
    if min(sizes) >= folds:
        splitter = StratifiedKFold(folds, shuffle=True, random_state=0)
        theirs = [np.bincount(labels[test], minlength=len(sizes)) for _, test in splitter.split(labels, labels)]
        assert np.abs(np.sort(ours, axis=0) - np.sort(theirs, axis=0)).max() == 0


@pytest.mark.parametrize("limit", [None, 21])
def test_over_all_folds_each_training_image_validates_once(limit):
    dataset = _dataset([30, 50])
    divisions = [dataset.divide(folds=4, fold=fold, limit=limit) for fold in range(4)]
    seen = np.concatenate([each.validation.images[:, 0, 0, 0] for each in divisions])
    assert len(set(seen.tolist())) == len(seen) == (limit or 80)
    for each in divisions:
        trained = set(each.train.images[:, 0, 0, 0].tolist())
        assert trained == set(seen.tolist()) - set(each.validation.images[:, 0, 0, 0].tolist())
        assert each.test is dataset.test


def test_a_specification_says_which_fold_validates():
    dataset = _dataset([30, 50])
    data = DataSpec(name="d", digest=dataset.digest, folds=4, fold=2)
    assert (dataset.divided_as(data).validation.images == dataset.divide(folds=4, fold=2).validation.images).all()
    share = DataSpec(name="d", digest=dataset.digest, validation=0.25)
    assert len(dataset.divided_as(share).validation) == 20


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        (
            {"folds": 9, "fold": 0},
            "every fold must have an image, but got folds=9 of 8 training images. Take 8 folds at most.",
        ),
        (
            {"folds": 3},
            "`fold` must be one of the 3 folds, counted from 0, but got fold=None. Write for example fold=0.",
        ),
        (
            {"folds": 3, "fold": 3},
            "`fold` must be one of the 3 folds, counted from 0, but got fold=3. Write for example fold=0.",
        ),
        (
            {"folds": 1, "fold": 0},
            "`folds` must be a number of folds, a whole number from 2 to 1,000, but got folds=1. Write for example "
            "folds=5.",
        ),
        (
            {"folds": None, "fold": 0},
            "`folds` must be a number of folds, a whole number from 2 to 1,000, but got folds=None. Write for example "
            "folds=5.",
        ),
    ],
)
def test_impossible_folds_are_refused(asked, sentence):
    with pytest.raises((DataError, SpecError)) as refusal:
        _dataset([4, 4]).divide(**asked)
    assert str(refusal.value) == sentence


def test_folds_leave_validation_images_of_the_data_alone_and_say_so():
    images, labels = np.zeros((12, 2, 2), np.uint8), np.arange(12) % 2
    dataset = replace(
        from_arrays(images, labels, images, labels), validation=Split(images=images[:, :, :, None], labels=labels)
    )
    assert len(dataset.divide(folds=3, fold=0).validation) == 4
    assert dataset.unused_validation("own", folds=3) == (
        "The 12 validation images that arrays brings along are not used, because 3 folds of the training images "
        "validate.",
    )

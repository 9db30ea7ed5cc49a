from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import classlab
from classlab.datasets import inspect
from classlab.datasets.assembly import Content, assemble, split_of
from classlab.datasets.dataset import Split
from classlab.errors import DataError


def _split(count, *, shade):
    labels = np.arange(count) % 2
    images = np.arange(count, dtype=np.uint8)[:, None, None] + np.full((count, 4, 4), shade, np.uint8)
    return split_of(images, labels)


def _dataset(*, own=True, name="mine"):
    content = Content(
        train=_split(20, shade=0),
        test=_split(6, shade=100),
        validation=_split(8, shade=200) if own else None,
        class_names=("even", "odd"),
        source="arrays of this test",
    )
    return assemble(name, content)


def test_own_validation_images_validate_where_nothing_is_said():
    dataset = _dataset()
    division = dataset.divide()
    assert (len(division.train), len(division.validation), len(division.test)) == (20, 8, 6)
    assert division.validation is dataset.validation
    assert len(dataset.divide(limit=4).validation) == 8


def test_a_given_share_takes_training_images_as_it_always_did():
    division = _dataset().divide(validation=0.5)
    assert (len(division.train), len(division.validation)) == (10, 10)
    assert len(_dataset(own=False).divide().validation) == 2


def test_the_digest_holds_own_validation_images_and_is_the_former_one_without():
    without, with_own = _dataset(own=False), _dataset()
    changed = replace(with_own.validation, images=with_own.validation.images ^ 1)
    content = Content(
        train=with_own.train, test=with_own.test, validation=changed, class_names=("even", "odd"), source="here"
    )
    assert without.digest == "66e6cb50300563bf80e651287c81db3964c385dc828324d7771a5559bf8dcd2b"
    assert len({without.digest, with_own.digest, assemble("mine", content).digest}) == 3


def test_asking_for_own_validation_images_where_there_are_none_is_refused():
    with pytest.raises(DataError) as refusal:
        _dataset(own=False).divide(validation="own")
    assert str(refusal.value) == (
        "`validation` own needs validation images that come with the data, but mine has none. Give a share of the "
        "training images, as in validation=0.1."
    )


@pytest.mark.parametrize(
    ("broken", "sentence"),
    [
        (
            Split(images=np.zeros((2, 5, 5, 1), np.uint8), labels=np.array([0, 1])),
            "training and validation images must have the same height, width and channels, but mine has (4, 4, 1) and "
            "(5, 5, 1). Bring them to one shape.",
        ),
        (
            Split(images=np.zeros((2, 4, 4, 1), np.uint8), labels=np.array([0, 2])),
            "labels must lie between 0 and 1, one for each class of mine, but its validation labels run from 0 to 2. "
            "Number the classes from 0, or name every class.",
        ),
    ],
)
def test_validation_images_must_fit_the_training_images(broken, sentence):
    dataset = _dataset(own=False)
    content = Content(
        train=dataset.train, test=dataset.test, validation=broken, class_names=("even", "odd"), source="here"
    )
    with pytest.raises(DataError) as refusal:
        assemble("mine", content)
    assert str(refusal.value) == sentence


def test_an_inspection_counts_them_and_says_when_they_are_not_used():
    found = inspect(_dataset())
    assert (found.validation, found.official) == ("own", {"train": 20, "validation": 8, "test": 6})
    assert (found.splits["validation"].images, found.notes) == (8, ())
    assert inspect(_dataset(), validation=0.1).notes == (
        "The 8 validation images that mine brings along are not used, because `validation` is 0.1.",
    )


def test_a_run_writes_down_what_validated_it():
    own = classlab.fit(_dataset(), "linear", epochs=1).record
    share = classlab.fit(_dataset(), "linear", epochs=1, validation=0.1).record
    assert (own.spec.data.validation, own.validation.images, own.training.images) == ("own", 8, 20)
    assert (share.spec.data.validation, share.validation.images, share.training.images) == (0.1, 2, 18)
    assert "The 8 validation images that mine brings along are not used, because `validation` is 0.1." in share.notes
    assert own.identity != share.identity

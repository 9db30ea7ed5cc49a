from __future__ import annotations

import numpy as np
import pytest

from classlab.datasets import from_arrays
from classlab.datasets.class_labels import NO_CLASS, number_labels
from classlab.errors import DataError

NUMBERS = np.arange(40) % 4


def _numbered(labels, *others, **options):
    return number_labels([("y_train", labels), *(("y_test", each) for each in others)], **options)


@pytest.mark.parametrize(
    ("labels", "names", "said"),
    [
        (NUMBERS + 1, "1234", "Labels 1 to 4 became classes 0 to 3;"),
        (NUMBERS - 2, ("-2", "-1", "0", "1"), "Labels -2 to 1 became classes 0 to 3;"),
        (NUMBERS * 5, ("0", "5", "10", "15"), "Labels 0, 5, 10, 15 became classes 0 to 3;"),
        (NUMBERS * 1000, ("0", "1000", "2000", "3000"), "Labels 0, 1000, 2000, 3000 became classes 0 to 3;"),
        (np.array(["d", "a", "c", "b"])[NUMBERS], "abcd", "Labels 'a', 'b', 'c', 'd' became classes 0 to 3;"),
        (np.array([b"d", b"a", b"c", b"b"])[NUMBERS], "abcd", "Labels 'a', 'b', 'c', 'd' became classes 0 to 3;"),
        (np.array(["d", "a", "c", "b"], object)[NUMBERS], "abcd", "Labels 'a', 'b', 'c', 'd' became classes 0 to 3;"),
    ],
)
def test_other_labels_become_classes_and_it_is_said(labels, names, said):
    found = _numbered(labels)
    assert found.class_names == tuple(names)
    assert [names[label] for label in found.labels[0]] == [
        str(each.decode() if isinstance(each, bytes) else each) for each in labels.tolist()
    ]
    assert found.notes == (f"{said} their names are the labels as they came.",)


@pytest.mark.parametrize(
    ("labels", "note"),
    [
        (NUMBERS.astype(np.float32), "y_train came as float32; all its labels are whole numbers."),
        (np.eye(4)[NUMBERS], "y_train came as one-hot rows and became class numbers."),
        (np.eye(4, dtype=bool)[NUMBERS], "y_train came as one-hot rows and became class numbers."),
        (np.eye(4, dtype=np.uint8)[NUMBERS], "y_train came as one-hot rows and became class numbers."),
        (
            (np.eye(4) * 0.9 + 0.025)[NUMBERS].astype(np.float32),
            "y_train came as smoothed one-hot rows, 0.925 for the class and 0.025 for every other, and became class "
            "numbers; the smoothing is not part of the training.",
        ),
    ],
)
def test_numbers_in_other_forms_stay_the_same_numbers(labels, note):
    found = _numbered(labels)
    assert found.labels[0].tolist() == NUMBERS.tolist()
    assert (found.class_names, found.notes) == (("0", "1", "2", "3"), (note,))


@pytest.mark.parametrize("labels", [NUMBERS, NUMBERS[:, None], NUMBERS.astype(str), NUMBERS % 2 == 1])
def test_class_numbers_pass_without_a_word(labels):
    found = _numbered(labels)
    assert (found.labels[0].dtype, found.notes) == (np.int64, ())
    assert found.labels[0].tolist() == labels.ravel().astype(int).tolist()


def test_splits_are_numbered_by_the_training_images():
    found = _numbered(np.array([3, 5, 3, 5]), np.array([5, 4, 3]))
    assert [each.tolist() for each in found.labels] == [[0, 1, 0, 1], [1, NO_CLASS, 0]]
    assert found.notes[1] == ("1 of 3 images of y_test were left out, because no training image has their class (4).")


def test_images_of_classes_that_cannot_be_learnt_are_left_out():
    images = np.arange(40, dtype=np.uint8)[:, None, None] * np.ones((1, 2, 2), np.uint8)
    dataset = from_arrays(images, NUMBERS % 2, images[:4] + 100, NUMBERS[:4])
    assert dataset.test.labels.tolist() == [0, 1]
    assert dataset.notes == (
        "2 of 4 images of y_test were left out, because no training image has their class (2, 3).",
        "The brightest pixel of the training images is 39 of 255; where 39 means white, multiply them by 255/39.",
    )


def test_given_names_go_to_the_labels_in_order():
    found = _numbered(NUMBERS + 1, class_names=["zero", "one", "two", "three"])
    assert found.class_names == ("zero", "one", "two", "three")
    assert found.notes == ("Labels 1 to 4 became classes 0 to 3; they have the names that were given.",)
    words = _numbered(np.array(["b", "a", "b"]), class_names=["b", "a"])
    assert words.labels[0].tolist() == [0, 1, 0]


@pytest.mark.parametrize(
    ("labels", "sentence"),
    [
        (
            NUMBERS + 0.5,
            "labels must be whole numbers or words, but y_train holds 0.5. Give one class per image; classlab does not "
            "predict quantities.",
        ),
        (
            np.array(["a", None], object),
            "labels must be words or whole numbers, but y_train holds None. Give one class per image.",
        ),
        (
            np.array(["a", 3], object),
            "labels must be words or whole numbers, but y_train holds both. Give one class per image.",
        ),
    ],
)
def test_what_is_no_class_is_refused(labels, sentence):
    with pytest.raises(DataError) as refusal:
        _numbered(labels)
    assert str(refusal.value) == sentence


def test_words_beside_numbers_are_refused():
    with pytest.raises(DataError) as refusal:
        _numbered(NUMBERS, np.array(["a", "b"]))
    assert str(refusal.value) == (
        "all labels must be numbers, or all words, but got y_train int64 and y_test <U1. Write them the same way."
    )

"""What readers of predictions refuse."""

from __future__ import annotations

import numpy as np
import pytest

from classlab.errors import SpecError
from classlab.statistics import most_confident_mistakes
from classlab.statistics.predictions import check_labels, check_probabilities


def test_float32_rows_of_a_softmax_are_taken():
    scores = np.random.default_rng(0).normal(size=(50, 10)).astype(np.float32)
    rows = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    read, labels = check_probabilities(rows, np.zeros(50, dtype=np.uint8))
    assert (read.dtype, labels.dtype) == (np.float64, np.int64)
    np.testing.assert_array_equal(read, rows)


@pytest.mark.parametrize(
    ("probabilities", "labels", "sentence"),
    [
        (
            [0.5, 0.5],
            [0],
            "`probabilities` must have the shape (images, classes), but got shape=(2,). Give one row per image.",
        ),
        (
            [[1.0], [1.0]],
            [0, 0],
            "`probabilities` must have the shape (images, classes), but got shape=(2, 1). Give one row per image.",
        ),
        (
            [[0.5, 0.5]],
            [0, 1],
            "`probabilities` and `labels` must speak of the same images, but got 1 rows and 2 labels. "
            "Give one row per label.",
        ),
        (
            [[0.5, 0.5], [3.0, -1.0]],
            [0, 1],
            "each row of `probabilities` must be a distribution that sums to 1, but got row 1, which sums to 2. "
            "Give the output of a softmax.",
        ),
        (
            [[0.5, 0.5], [float("nan"), 0.5]],
            [0, 1],
            "each row of `probabilities` must be a distribution that sums to 1, but got row 1, which sums to nan. "
            "Give the output of a softmax.",
        ),
        (
            [[2.0, -1.0]],
            [0],
            "each row of `probabilities` must be a distribution that sums to 1, but got row 0, which sums to 1. "
            "Give the output of a softmax.",
        ),
        ([[0.5, 0.5]], [2], "`labels` must lie between 0 and 1, but got 2. Count the classes from zero."),
        ([[0.5, 0.5]], [-1], "`labels` must lie between 0 and 1, but got -1. Count the classes from zero."),
        (
            [[0.5, 0.5]],
            [0.0],
            "`labels` must be whole numbers of shape (images,), at least one, but got shape=(1,), dtype=float64. "
            "Give one class number per image.",
        ),
        (
            np.empty((0, 2)),
            np.empty(0, dtype=int),
            "`labels` must be whole numbers of shape (images,), at least one, but got shape=(0,), dtype=int64. "
            "Give one class number per image.",
        ),
    ],
)
def test_what_is_no_prediction_is_refused(probabilities, labels, sentence):
    with pytest.raises(SpecError) as refusal:
        check_probabilities(probabilities, labels)
    assert str(refusal.value) == sentence


def test_the_sentence_names_the_argument():
    with pytest.raises(SpecError, match=r"^`predicted` must lie between 0 and 2, but got 3"):
        check_labels([0, 3], classes=3, name="predicted")


ROWS = [[0.9, 0.1, 0.0], [0.2, 0.7, 0.1], [0.05, 0.05, 0.9], [0.4, 0.3, 0.3], [0.1, 0.9, 0.0]]
LABELS = [1, 1, 0, 2, 0]


def test_the_surest_come_first_and_ties_keep_their_order():
    assert most_confident_mistakes(ROWS, LABELS) == (0, 2, 4, 3)
    assert most_confident_mistakes(ROWS, LABELS, count=2) == (0, 2)


def test_right_answers_are_no_mistakes():
    assert most_confident_mistakes(ROWS, np.argmax(ROWS, axis=1)) == ()


def test_they_are_those_of_a_plain_loop():
    source = np.random.default_rng(0)
    rows = source.dirichlet(np.ones(4), size=200)
    labels = source.integers(0, 4, 200)
    expected = sorted(
        (place for place in range(200) if rows[place].argmax() != labels[place]),
        key=lambda place: (-rows[place].max(), place),
    )
    assert list(most_confident_mistakes(rows, labels, count=200)) == expected

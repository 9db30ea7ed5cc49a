"""The mistakes a network is surest of."""

from __future__ import annotations

import numpy as np

from classlab.statistics import most_confident_mistakes

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

"""Labels that are probably wrong: hand values, what cleanlab finds, and what must not matter."""

from __future__ import annotations

import numpy as np
import pytest

from classlab.errors import SpecError
from classlab.statistics import find_label_errors


def drawn():
    """400 images of 4 classes, a tenth of them with another label than theirs."""
    draw = np.random.default_rng(3)
    true, scores = draw.integers(0, 4, 400), draw.normal(0, 1, (400, 4))
    scores[np.arange(400), true] += 2.5
    rows = np.exp(scores)
    given = true.copy()
    wrong = draw.random(400) < 0.1
    given[wrong] = (given[wrong] + draw.integers(1, 4, wrong.sum())) % 4
    return rows / rows.sum(axis=1, keepdims=True), given


def test_by_hand():
    # Thresholds: class 0 (0.9 + 0.7 + 0.2) / 3 = 0.6, class 1 (0.8 + 0.6) / 2 = 0.7.
    rows = [[0.9, 0.1], [0.7, 0.3], [0.2, 0.8], [0.2, 0.8], [0.4, 0.6]]
    found = find_label_errors(rows, [0, 0, 0, 1, 1])
    assert found.thresholds == pytest.approx((0.6, 0.7))
    assert found.joint == ((2, 1), (0, 1))  # the last image reaches neither threshold
    assert found.estimated == pytest.approx(3 * 1 / 3)
    (wrong,) = found.doubtful
    assert (wrong.index, wrong.given, wrong.suggested, wrong.probability) == (2, 0, 1, 0.8)
    assert wrong.margin == pytest.approx(-0.6)
    assert (found.images, found.accuracy) == (5, 0.8)


def test_agrees_with_cleanlab():
    """Figures of cleanlab 2.9.0: `compute_confident_joint(calibrate=False)`, and `find_label_issues` with
    `filter_by="confident_learning"` and `return_indices_ranked_by="normalized_margin"`."""
    found = find_label_errors(*drawn())
    assert found.joint == ((58, 3, 2, 2), (1, 57, 4, 2), (4, 2, 66, 3), (3, 5, 6, 64))
    assert [each.index for each in found.doubtful] == [
        *(223, 51, 275, 242, 136, 279, 143, 156, 335, 99, 337, 309, 286, 149, 199, 349, 278, 343, 355, 379, 94, 123),
        *(68, 228, 101, 189, 306, 132, 211, 386, 339, 18, 342, 42, 256, 372, 138),
    ]
    assert round(found.estimated) == 52  # calibrated, cleanlab's joint has 52 off its diagonal, each cell rounded


def test_the_order_of_images_does_not_matter():
    rows, given = drawn()
    turned = np.random.default_rng(0).permutation(400)
    one, other = find_label_errors(rows, given), find_label_errors(rows[turned], given[turned])
    assert other.joint == one.joint
    assert [int(turned[each.index]) for each in other.doubtful] == [each.index for each in one.doubtful]


def test_names_of_classes_do_not_matter():
    rows, given = drawn()
    one, other = find_label_errors(rows, given), find_label_errors(rows[:, ::-1], 3 - given)
    assert [each.index for each in other.doubtful] == [each.index for each in one.doubtful]


def test_a_class_without_images_is_suggested_to_nobody():
    found = find_label_errors([[0.1, 0.8, 0.1], [0.3, 0.4, 0.3], [0.2, 0.2, 0.6]], [0, 0, 2])
    assert found.thresholds[1] is None
    assert found.doubtful == ()
    assert found.estimated == 0


def test_probabilities_that_are_all_alike_call_nothing_doubtful_in_the_last_digit():
    rows = np.full((300, 3), np.float32(1 / 3))
    assert find_label_errors(rows, np.arange(300) % 3).joint[0][0] == 100


def test_what_is_no_probability_is_refused():
    with pytest.raises(SpecError):
        find_label_errors([[0.9, 0.9]], [0])

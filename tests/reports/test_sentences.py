"""Every sentence with a claim follows the numbers: other numbers, another sentence."""

from __future__ import annotations

import numpy as np
import pytest

from classlab.reports.sections.errors import calibration_sentence, mistakes_sentence
from classlab.statistics import calibration, confusion


def test_mistakes_name_the_pair_and_the_weakest_class():
    found = confusion(np.array([0, 0, 1, 1, 2, 2]), np.array([0, 0, 1, 2, 2, 2]), classes=3)
    assert mistakes_sentence(found, ("x", "y", "z")) == (
        "1 mistake in 6 test images. The most frequent is y taken for z: 1 time, 50.0 % of that class. Recognised "
        "least is y: 50.0 % of its images."
    )
    right = confusion(np.array([0, 1]), np.array([0, 1]), classes=2)
    assert mistakes_sentence(right, ("x", "y")) == "All 2 test images are predicted right."


@pytest.mark.parametrize(
    ("right", "words"),
    [
        (4, "too sure of itself by 20.00 points"),
        (6, "means on average what it says"),
        (8, "less sure than it could be"),
    ],
)
def test_confidence_is_judged_against_accuracy(right, words):
    labels = np.array([0] * right + [1] * (10 - right))
    assert words in calibration_sentence(calibration(np.tile([0.6, 0.4], (10, 1)), labels))

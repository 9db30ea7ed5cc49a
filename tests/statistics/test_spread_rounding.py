"""Equal means of different networks are no certainty, also where doubles make them unequal in their last digits."""

from __future__ import annotations

import numpy as np

from classlab.statistics import estimate, sample


def test_networks_that_each_say_one_class_have_an_interval():
    labels = np.arange(1000) % 10
    right = np.stack([labels == said for said in (0, 1, 7)])
    low, high = estimate(sample(right.mean(axis=1), by_image=right)).interval
    assert low < 0.09
    assert high > 0.11

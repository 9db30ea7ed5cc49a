"""Every result is a frozen record that makes the trip to JSON and back."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import numpy as np
import pytest

from classlab import statistics
from classlab.records import from_json, to_json
from classlab.statistics import compare, estimate, generalisation_gap, rank, sample

CORRECT = np.random.default_rng(0).random((3, 4, 60)) < np.array([0.9, 0.8, 0.5])[:, None, None]
ARMS = [sample(each.mean(axis=1), by_image=each) for each in CORRECT]
RESULTS = [
    estimate(ARMS[0]),
    estimate(sample([0.9, None, 0.8])),
    estimate(sample([])),
    compare(ARMS[0], ARMS[1], margin=0.01),
    compare(ARMS[0], ARMS[2]),
    compare(sample([0.9, 0.8, None]), sample([0.7, 0.75, 0.7]), margin=0.01),
    compare(sample([0.9]), sample([None])),
    statistics.compare_predictions([True, False, True], [False, False, True]),
    statistics.wilson(9, 10),
    generalisation_gap([0.99] * 4, ARMS[0]),
    generalisation_gap([0.9], sample([0.8], images=10)),
    rank(ARMS, margin=0.01),
    rank([sample([None, None, None]), sample([0.9, None, 0.91]), sample([0.8, 0.85, 0.7])], family="all pairs"),
    statistics.spread(CORRECT[0].astype(float)),
]


@pytest.mark.parametrize("result", RESULTS, ids=lambda result: type(result).__name__)
def test_it_makes_the_trip_to_json_and_back(result):
    assert from_json(type(result), to_json(result), where="result.json") == result


@pytest.mark.parametrize("result", RESULTS, ids=lambda result: type(result).__name__)
def test_it_is_frozen(result):
    with pytest.raises(FrozenInstanceError):
        result.confidence = 0.5


def test_public_names_are_sorted_and_all_there():
    assert statistics.__all__ == sorted(statistics.__all__)
    for name in statistics.__all__:
        assert getattr(statistics, name) is not None

"""Every result is a frozen record that makes the trip to JSON and back."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

from classlab import statistics
from classlab.records import from_json, to_json

RESULTS = [
    statistics.estimate([0.9, None, 0.8]),
    statistics.estimate([]),
    statistics.compare([0.9, 0.8, None], [0.7, 0.75, 0.7], margin=0.01),
    statistics.compare([0.9], [None]),
    statistics.compare_predictions([True, False, True], [False, False, True]),
    statistics.wilson(9, 10),
    statistics.generalisation_gap([0.9], [0.8], fitted_images=10, unseen_images=10),
    statistics.flattery([[0.9, 0.8], [0.7, 0.75]]),
    statistics.flattery([[0.9, 0.8]]),
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

"""From an interval to a verdict."""

from __future__ import annotations

import pytest

from classlab.statistics import compare, decide


@pytest.mark.parametrize(
    ("interval", "margin", "higher_is_better", "verdict"),
    [
        ((0.01, 0.02), 0.002, True, "better"),
        ((0.01, 0.02), 0.002, False, "worse"),
        ((-0.02, -0.01), 0.002, True, "worse"),
        ((-0.02, -0.01), 0.002, False, "better"),
        ((-0.001, 0.002), 0.002, True, "practically equal"),
        ((0.001, 0.002), 0.002, True, "practically equal"),  # a difference too small to matter, known precisely
        ((0.001, 0.003), 0.002, True, "better"),
        ((-0.001, 0.003), 0.002, True, "cannot tell"),
        ((0.0, 0.01), 0.002, True, "cannot tell"),  # zero itself is not excluded
        ((0.0, 0.0), 0.0, True, "practically equal"),
        ((-1e-9, 1e-9), 0.0, True, "cannot tell"),
        (None, 0.002, True, "cannot tell"),
    ],
)
def test_verdicts_follow_from_interval_and_margin(interval, margin, higher_is_better, verdict):
    assert decide(interval, margin=margin, higher_is_better=higher_is_better) == verdict


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ([0.9, 0.91, 0.92], [0.5, 0.52, 0.53]),
        ([0.9, 0.91, 0.95], [0.91, 0.92, 0.93]),
        ([0.9, None, None], [0.5, 0.6, 0.7]),
        ([0.9] * 6, [0.9] * 6),
    ],
)
def test_reversing_is_comparing_the_other_way_round(first, second):
    assert compare(first, second, margin=0.01).reversed() == compare(second, first, margin=0.01)


def test_only_better_and_worse_are_told_apart():
    told = {
        "better": compare([0.9, 0.91, 0.92], [0.5, 0.52, 0.53]).told_apart,
        "worse": compare([0.5, 0.52, 0.53], [0.9, 0.91, 0.92]).told_apart,
        "practically equal": compare([0.5] * 6, [0.5] * 6).told_apart,
        "cannot tell": compare([0.5], [0.6]).told_apart,
    }
    assert told == {"better": True, "worse": True, "practically equal": False, "cannot tell": False}

"""From an interval to a verdict."""

from __future__ import annotations

import numpy as np
import pytest

from classlab.statistics import compare, decide, sample


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


def rows(*shares: float) -> np.ndarray:
    """Seeds that are right on the first so many of 40 images."""
    return np.arange(40)[None, :] < 40 * np.array(shares)[:, None]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (sample([0.9, 0.91, 0.92]), sample([0.5, 0.52, 0.53])),
        (sample([0.9, 0.91, 0.95]), sample([0.91, 0.92, 0.93])),
        (sample([0.9, None, None]), sample([0.5, 0.6, 0.7])),
        (sample([0.9] * 6), sample([0.9] * 6)),
        (sample([0.5, 0.6], by_image=rows(0.5, 0.6)), sample([0.9, 0.95], by_image=rows(0.9, 0.95))),
        (sample([0.5, 0.6], by_image=rows(0.5, 0.6)), sample([0.5, 0.6], by_image=rows(0.5, 0.6))),
    ],
)
def test_reversing_is_comparing_the_other_way_round(first, second):
    turned, again = compare(first, second, margin=0.01).reversed(), compare(second, first, margin=0.01)
    assert (turned.verdict, turned.difference, turned.would_tell) == (again.verdict, again.difference, again.would_tell)
    assert turned.p_value == again.p_value
    assert turned.interval == (None if again.interval is None else pytest.approx(again.interval, abs=1e-9))


def test_only_better_and_worse_are_told_apart():
    few, many = sample([0.5, 0.52, 0.53]), sample([0.9, 0.91, 0.92])
    same = sample([0.5, 0.6], by_image=rows(0.5, 0.6))
    told = {
        "better": compare(many, few),
        "worse": compare(few, many),
        "practically equal": compare(same, same, margin=0.2),
        "cannot tell": compare(sample([0.5]), sample([0.6])),
    }
    assert {verdict: found.verdict for verdict, found in told.items()} == {verdict: verdict for verdict in told}
    assert [found.told_apart for found in told.values()] == [True, True, False, False]

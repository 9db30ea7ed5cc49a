"""Mean, spread and interval of an arm."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from classlab.statistics import estimate
from classlab.statistics.estimate import t_quantile


def test_a_literal_interval():
    # t(4) at 0.975 is 2.776; sd of 1..5 is sqrt(2.5); half-width 2.776 * sqrt(2.5 / 5) = 1.9632
    found = estimate([1, 2, 3, 4, 5])
    assert (found.mean, found.n, found.excluded) == (3.0, 5, 0)
    assert found.sd == pytest.approx(2.5**0.5)
    assert found.interval == pytest.approx((1.0368, 4.9632), abs=1e-4)


@pytest.mark.parametrize("confidence", [0.5, 0.8, 0.95, 0.999])
@pytest.mark.parametrize("n", [2, 3, 5, 30])
def test_the_interval_is_scipys(n, confidence):
    values = np.random.default_rng(n).normal(0.9, 0.01, size=n)
    expected = stats.t.interval(confidence, n - 1, loc=values.mean(), scale=stats.sem(values))
    found = estimate(values, confidence=confidence)
    assert found.interval == pytest.approx(expected, rel=1e-12)
    assert found.standard_error == pytest.approx(stats.sem(values), rel=1e-12)
    assert t_quantile(n, confidence=confidence) == pytest.approx(stats.t.isf((1 - confidence) / 2, n - 1))


def test_order_and_unit_do_not_matter():
    values = [0.91, 0.95, 0.90, 0.93]
    found, turned = estimate(values), estimate(values[::-1])
    assert turned.interval == pytest.approx(found.interval)
    percent = estimate([100 * value for value in values])
    assert percent.interval == pytest.approx([100 * end for end in found.interval])


@pytest.mark.parametrize("missing", [None, float("nan"), float("inf")])
def test_runs_without_a_figure_are_left_out_and_counted(missing):
    found, without = estimate([0.9, missing, 0.8, 0.85]), estimate([0.9, 0.8, 0.85])
    assert (found.n, found.excluded) == (3, 1)
    assert (found.mean, found.sd, found.interval) == (without.mean, without.sd, without.interval)


def test_one_value_has_no_interval():
    found = estimate([0.9, None])
    assert (found.mean, found.sd, found.interval, found.standard_error, found.n) == (0.9, None, None, None, 1)


@pytest.mark.parametrize("values", [[], [None, None]])
def test_no_value_has_no_mean(values):
    found = estimate(values)
    assert (found.mean, found.sd, found.interval, found.n, found.excluded) == (None, None, None, 0, len(values))


def test_equal_values_have_an_interval_of_no_width():
    assert estimate([0.5, 0.5, 0.5]).interval == (0.5, 0.5)


def test_more_confidence_is_a_wider_interval():
    widths = [np.ptp(estimate([0.9, 0.8, 0.85], confidence=level).interval) for level in (0.8, 0.95, 0.99)]
    assert widths == sorted(widths)
    assert widths[0] < widths[2]

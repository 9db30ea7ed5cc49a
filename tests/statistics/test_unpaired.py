from __future__ import annotations

import numpy as np
import pytest
from classlab.statistics.unpaired import difference_of_means
from scipy import stats

from classlab.errors import SpecError


@pytest.mark.parametrize(("runs", "spread"), [((2, 2), 1.0), ((5, 5), 0.3), ((3, 12), 4.0)])
def test_the_interval_is_that_of_scipy(runs, spread):
    generator = np.random.default_rng(3)
    first, second = generator.normal(0.9, 0.01, runs[0]), generator.normal(0.88, 0.01 * spread, runs[1])
    found, reference = difference_of_means(first, second), stats.ttest_ind(first, second, equal_var=False)
    assert found.interval == pytest.approx(tuple(reference.confidence_interval(0.95)))
    assert found.p_value == pytest.approx(reference.pvalue)
    assert found.freedom == pytest.approx(reference.df)
    assert found.difference == pytest.approx(first.mean() - second.mean())


def test_a_family_widens_the_interval_as_bonferroni_says():
    first, second = [0.9, 0.92, 0.91], [0.88, 0.9, 0.86]
    found = difference_of_means(first, second, comparisons=5)
    reference = stats.ttest_ind(first, second, equal_var=False).confidence_interval(0.99)
    assert found.interval == pytest.approx(tuple(reference))


def test_exchanged_arms_give_the_mirrored_interval_and_order_of_runs_gives_the_same():
    first, second = [0.9, 0.92, 0.91], [0.88, 0.9, 0.86, 0.87]
    found, mirrored = difference_of_means(first, second), difference_of_means(second, first)
    assert found.interval == pytest.approx((-mirrored.interval[1], -mirrored.interval[0]))
    assert difference_of_means(first[::-1], second[::-1]).interval == pytest.approx(found.interval)


@pytest.mark.parametrize("first", [[0.9], [0.9, None]])
def test_one_run_gives_a_difference_and_no_interval(first):
    found = difference_of_means(first, [0.8, 0.82])
    assert (found.first, found.interval, found.p_value) == (1, None, None)
    assert found.difference == pytest.approx(0.09)


def test_no_run_gives_nothing_and_no_spread_no_interval():
    assert difference_of_means([None], [0.8, 0.82]).difference is None
    assert difference_of_means([0.9, 0.9], [0.8, 0.8]).interval is None


def test_arguments_that_make_no_sense_are_refused():
    with pytest.raises(SpecError) as refusal:
        difference_of_means([0.9], [0.8], comparisons=0)
    assert str(refusal.value) == "`comparisons` must be at least 1, but got comparisons=0. Give more."

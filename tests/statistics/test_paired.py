"""Two arms, seed by seed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.weightstats import DescrStatsW

from classlab.errors import SpecError
from classlab.statistics import compare

shares = st.floats(0, 1, allow_nan=False).map(lambda share: round(share, 4))


def test_a_literal_comparison():
    # differences 1, 2, 3: mean 2, sd 1, t = 2 * sqrt(3) = 3.4641 with 2 degrees of freedom, quantile 4.3027
    found = compare([2, 4, 6], [1, 2, 3])
    assert (found.difference, found.sd, found.n, found.method, found.about) == (2.0, 1.0, 3, "paired t", "arms")
    assert found.interval == pytest.approx((2 - 4.30265 / 3**0.5, 2 + 4.30265 / 3**0.5), abs=1e-5)
    assert found.p_value == pytest.approx(0.07418, abs=1e-5)
    assert found.verdict == "cannot tell"


@pytest.mark.parametrize("n", [2, 3, 5, 20])
@pytest.mark.parametrize("shift", [0.0, 0.003, 0.05])
def test_it_agrees_with_scipy_and_statsmodels(n, shift):
    source = np.random.default_rng(n)
    first, second = source.normal(0.9 + shift, 0.01, n), source.normal(0.9, 0.01, n)
    oracle = stats.ttest_rel(first, second)
    found = compare(first, second, confidence=0.9)
    assert found.p_value == pytest.approx(oracle.pvalue, rel=1e-9)
    assert found.interval == pytest.approx(tuple(oracle.confidence_interval(0.9)), rel=1e-9)
    assert found.interval == pytest.approx(DescrStatsW(first - second).tconfint_mean(0.1), rel=1e-9)


def test_a_family_has_wider_intervals_and_larger_p_values():
    first, second = [0.91, 0.93, 0.92, 0.94], [0.90, 0.91, 0.91, 0.92]
    alone, among = compare(first, second), compare(first, second, comparisons=10)
    oracle = stats.ttest_rel(first, second)
    assert among.interval == pytest.approx(tuple(oracle.confidence_interval(0.995)))
    assert among.p_adjusted == pytest.approx(10 * alone.p_value)
    assert (alone.verdict, among.verdict) == ("better", "cannot tell")


@given(st.lists(st.tuples(shares, shares), min_size=0, max_size=8), st.sampled_from([1, 3, 21]))
def test_verdict_interval_and_p_value_never_contradict_each_other(pairs, comparisons):
    first, second = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    found = compare(first, second, comparisons=comparisons)
    if found.interval is None:
        assert found.verdict == "cannot tell"
        return
    low, high = found.interval
    assert low <= found.difference <= high
    excludes_zero = low > 0 or high < 0
    assert excludes_zero == (found.p_adjusted < 0.05 or found.p_adjusted == pytest.approx(0.05))
    assert found.told_apart == excludes_zero
    assert (found.seeds_needed is None) or (found.verdict == "cannot tell" and found.seeds_needed > found.n)


def test_a_constant_added_to_both_arms_changes_nothing():
    first, second = np.array([0.91, 0.93, 0.92]), np.array([0.90, 0.91, 0.915])
    luck = np.array([0.1, -0.05, 0.02])  # common to both arms by seed
    plain, moved = compare(first, second), compare(first + luck, second + luck)
    assert moved.interval == pytest.approx(plain.interval)
    assert moved.p_value == pytest.approx(plain.p_value)


def test_pairs_matter():
    # The same figures, once in step by seed and once not: only the first tells a small steady difference.
    first, second = [0.90, 0.92, 0.94, 0.96], [0.899, 0.918, 0.939, 0.958]
    assert compare(first, second).verdict == "better"
    assert compare(first, second[::-1]).verdict == "cannot tell"


def test_incomplete_pairs_are_dropped_and_counted():
    found = compare([0.9, None, 0.92, 0.95, float("nan")], [0.8, 0.81, float("inf"), 0.83, 0.84])
    plain = compare([0.9, 0.95], [0.8, 0.83])
    assert (found.n, found.excluded) == (2, 3)
    assert (found.interval, found.p_value) == (plain.interval, plain.p_value)


@pytest.mark.parametrize(
    ("first", "second", "difference"), [([0.9, None], [0.75, 0.8], 0.15), ([None], [0.5], None), ([], [], None)]
)
def test_below_two_pairs_nothing_can_be_told(first, second, difference):
    found = compare(first, second, margin=0.5)
    assert (found.verdict, found.method) == ("cannot tell", "too few pairs")
    assert (found.interval, found.p_value, found.sd, found.seeds_needed) == (None, None, None, None)
    assert found.difference == (None if difference is None else pytest.approx(difference))


def test_arms_that_compute_the_same_are_practically_equal():
    figures = [0.9, 0.95, 0.91, 0.9, 0.92, 0.93]
    found = compare(figures, figures)
    assert (found.verdict, found.method, found.interval, found.p_value) == (
        "practically equal",
        "equal differences",
        (0.0, 0.0),
        1.0,
    )


def test_a_few_equal_figures_are_no_proof_of_equality():
    # Accuracies on 100 images move in steps of 0.01: half a step apart, two arms often agree on a few seeds.
    found = compare([0.9, 0.95, 0.91], [0.9, 0.95, 0.91], margin=0.002)
    assert (found.verdict, found.interval, found.p_value, found.difference) == ("cannot tell", None, 1.0, 0.0)
    assert found.seeds_needed == 6


@pytest.mark.parametrize(("n", "told"), [(2, False), (5, False), (6, True), (9, True)])
def test_equal_differences_count_by_their_signs_only(n, told):
    first = np.linspace(0.8, 0.9, n)
    found = compare(first + 0.01, first)
    assert found.method == "equal differences"
    assert found.p_value == pytest.approx(stats.binomtest(n, n).pvalue)
    assert found.verdict == ("better" if told else "cannot tell")
    assert (found.interval is not None) == told
    assert found.seeds_needed == (None if told else 6)


def test_equal_differences_within_the_margin_are_practically_equal_once_they_count():
    first = np.linspace(0.8, 0.9, 6)
    assert compare(first + 0.001, first, margin=0.002).verdict == "practically equal"
    assert compare((first + 0.001)[:5], first[:5], margin=0.002).verdict == "cannot tell"


def test_a_lower_loss_is_better():
    first, second = [0.31, 0.30, 0.32], [0.41, 0.42, 0.42]
    assert compare(first, second, higher_is_better=False).verdict == "better"
    assert compare(first, second).verdict == "worse"


def test_arms_of_different_length_are_refused():
    with pytest.raises(SpecError) as refusal:
        compare([0.9, 0.8], [0.9])
    assert str(refusal.value) == (
        "`first` and `second` must have one figure per seed each, but got 2 and 1 figures. "
        "Pair them by seed and give None where a run has no figure."
    )


@pytest.mark.parametrize("wrong", [{"confidence": 1.5}, {"margin": -1}, {"comparisons": 0}])
def test_settings_that_make_no_sense_are_refused(wrong):
    with pytest.raises(SpecError, match=f"`{next(iter(wrong))}` must"):
        compare([0.9, 0.8], [0.9, 0.7], **wrong)

"""Many comparisons at once."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from classlab.errors import SpecError
from classlab.statistics import bonferroni, holm, simultaneous_confidence

probabilities = st.lists(st.floats(0, 1), min_size=1, max_size=12)


def test_literal_values():
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx((0.03, 0.06, 0.06, 0.02))  # 4*.005, 3*.01, 2*.03, then max
    assert bonferroni([0.01, 0.04, 0.5]) == pytest.approx((0.03, 0.12, 1.0))
    assert bonferroni([0.01], comparisons=21) == pytest.approx((0.21,))
    assert simultaneous_confidence(0.95, comparisons=21) == pytest.approx(1 - 0.05 / 21)


@pytest.mark.parametrize("size", [1, 2, 3, 10, 21])
def test_both_are_those_of_statsmodels(size):
    p_values = np.random.default_rng(size).random(size) ** 3
    np.testing.assert_allclose(holm(p_values), multipletests(p_values, method="holm")[1], rtol=1e-12)
    np.testing.assert_allclose(bonferroni(p_values), multipletests(p_values, method="bonferroni")[1], rtol=1e-12)


@given(probabilities, st.randoms(use_true_random=False))
def test_the_order_of_the_family_does_not_matter(p_values, source):
    places = list(range(len(p_values)))
    source.shuffle(places)
    shuffled = holm([p_values[place] for place in places])
    assert shuffled == pytest.approx([holm(p_values)[place] for place in places])


@given(probabilities)
def test_holm_lies_between_the_raw_p_value_and_bonferronis(p_values):
    for raw, stepped, plain in zip(p_values, holm(p_values), bonferroni(p_values), strict=True):
        assert raw <= stepped <= plain


def test_an_empty_family_has_no_p_values():
    assert holm([]) == ()


@pytest.mark.parametrize("correct", [holm, bonferroni])
def test_what_is_no_probability_is_refused(correct):
    with pytest.raises(SpecError) as refusal:
        correct([0.1, 1.5])
    assert str(refusal.value) == ("p values must lie between 0 and 1, but got 1.5. Leave out comparisons without one.")


def test_a_family_smaller_than_its_members_is_refused():
    with pytest.raises(SpecError) as refusal:
        bonferroni([0.1, 0.2, 0.3], comparisons=2)
    assert str(refusal.value) == "`comparisons` must be at least 3, but got comparisons=2. Give more."

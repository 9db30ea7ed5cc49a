"""Wilson's interval for an accuracy."""

from __future__ import annotations

import pytest
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from classlab.errors import SpecError
from classlab.statistics import wilson


def test_a_literal_interval():
    # Newcombe (1998), "Two-sided confidence intervals for the single proportion", table I, method 3: 81/263, 15/148.
    assert wilson(81, 263).interval == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson(15, 148).interval == pytest.approx((0.0624, 0.1605), abs=5e-5)
    assert wilson(0, 20).interval == pytest.approx((0.0, 0.1611), abs=5e-5)


@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.999])
@pytest.mark.parametrize(("correct", "images"), [(0, 10), (1, 10), (5, 10), (9_712, 10_000), (10_000, 10_000)])
def test_it_is_scipys_and_statsmodels(correct, images, confidence):
    found = wilson(correct, images, confidence=confidence)
    oracle = stats.binomtest(correct, images).proportion_ci(confidence, method="wilson")
    assert found.interval == pytest.approx(tuple(oracle), abs=1e-9)
    assert found.interval == pytest.approx(proportion_confint(correct, images, 1 - confidence, "wilson"), abs=1e-9)
    assert 0 <= found.interval[0] <= found.share <= found.interval[1] <= 1


@pytest.mark.parametrize(("images", "accuracy", "coverage"), [(500, 0.97, 0.9526), (10_000, 0.99, 0.9503)])
def test_it_holds_the_truth_at_its_rate(images, accuracy, coverage):
    # Summed over every count and its probability: exact, no simulation.
    found = 0.0
    for correct in range(images + 1):
        low, high = wilson(correct, images).interval
        found += stats.binom.pmf(correct, images, accuracy) if low <= accuracy <= high else 0.0
    assert found == pytest.approx(coverage, abs=5e-5)


def test_counting_errors_instead_mirrors_the_interval():
    right, wrong = wilson(970, 1000).interval, wilson(30, 1000).interval
    assert right == pytest.approx((1 - wrong[1], 1 - wrong[0]))


@pytest.mark.parametrize(("correct", "images"), [(0, 0), (11, 10), (-1, 10)])
def test_counts_that_make_no_share_are_refused(correct, images):
    with pytest.raises(SpecError) as refusal:
        wilson(correct, images)
    assert str(refusal.value) == (
        "`correct` must lie between 0 and `images`, and `images` be at least 1, but got "
        f"correct={correct}, images={images}. Count both over the same images."
    )


def test_a_confidence_is_a_probability():
    with pytest.raises(SpecError, match="`confidence` must lie between 0 and 1, but got confidence=95"):
        wilson(1, 2, confidence=95)

"""How many seeds would tell."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import integrate, stats
from statsmodels.stats.power import TTestPower

from classlab.errors import SpecError
from classlab.statistics import compare, power_to_differ, power_to_equal, seeds_needed
from classlab.statistics.power import MAX_SEEDS


def test_a_literal_number():
    # Cohen (1988), table 2.4.1 adapted to one sample: effect 0.5, two-sided 0.05, power 0.80 takes 34 pairs.
    assert seeds_needed(difference=0.5, sd=1.0, n=5, margin=0.0, confidence=0.95) == 34


@pytest.mark.parametrize("confidence", [0.9, 0.95, 0.999])
@pytest.mark.parametrize("effect", [0.15, 0.5, 1.0])  # beyond, statsmodels' solver meets NaN at strict levels
def test_the_number_is_statsmodels(effect, confidence):
    exact = TTestPower().solve_power(effect, alpha=1 - confidence, power=0.8)
    expected = max(math.ceil(exact), 3)
    assert seeds_needed(difference=-effect, sd=1.0, n=2, margin=0.0, confidence=confidence) == expected


@pytest.mark.parametrize(
    ("n", "effect"), [(2, 0.0), (2, 0.5), (2, 2.0), (5, 0.1), (5, 2.0), (30, 0.0), (30, 0.5), (400, 0.1)]
)
def test_the_power_to_differ_is_statsmodels(n, effect):
    found = power_to_differ(difference=effect, sd=1.0, n=n, confidence=0.95)
    assert found == pytest.approx(TTestPower().power(effect, n, 0.05), abs=1e-6)


def exact_power_to_equal(*, difference: float, n: int, margin: float, confidence: float) -> float:
    """Both ends at once, by integrating over the sample's spread (Owen's Q); unit standard deviation."""
    limit, freedom = stats.t.isf((1 - confidence) / 2, n - 1), n - 1

    def given_spread(spread: float) -> float:
        half = limit * spread / np.sqrt(n)
        inside = stats.norm.cdf((margin - half - difference) * np.sqrt(n))
        outside = stats.norm.cdf((-margin + half - difference) * np.sqrt(n))
        return max(0.0, inside - outside) * stats.chi.pdf(spread * np.sqrt(freedom), freedom) * np.sqrt(freedom)

    return float(integrate.quad(given_spread, 0, margin * np.sqrt(n) / limit)[0])


@pytest.mark.parametrize("difference", [0.0, 0.1, -0.3])
@pytest.mark.parametrize("n", [10, 25, 60])
def test_the_power_to_equal_is_a_close_lower_bound_of_the_exact_one(difference, n):
    exact = exact_power_to_equal(difference=difference, n=n, margin=0.6, confidence=0.95)
    found = power_to_equal(difference=difference, sd=1.0, n=n, margin=0.6, confidence=0.95)
    assert found <= exact + 1e-9
    if exact > 0.7:
        assert found == pytest.approx(exact, abs=0.01)


def test_the_number_is_the_smallest_with_enough_power():
    setting = {"difference": 0.1, "sd": 1.0, "margin": 0.5, "confidence": 0.95}
    number = seeds_needed(n=5, **setting)
    assert power_to_equal(n=number, **setting) >= 0.8 > power_to_equal(n=number - 1, **setting)
    assert max(power_to_differ(difference=0.1, sd=1.0, n=n, confidence=0.95) for n in range(6, number)) < 0.8


def test_a_strict_level_takes_the_number_that_simulation_gives():
    # At 0.999 and an effect of 3: power 0.649 with 6 pairs, 0.869 with 7 (200,000 simulated studies: 0.650, 0.870).
    assert seeds_needed(difference=3.0, sd=1.0, n=2, margin=0.0, confidence=0.999) == 7
    assert power_to_differ(difference=3.0, sd=1.0, n=6, confidence=0.999) == pytest.approx(0.650, abs=0.003)


def test_a_difference_outside_the_margin_is_never_shown_equal():
    assert seeds_needed(difference=0.3, sd=1.0, n=5, margin=0.3, confidence=0.95) == seeds_needed(
        difference=0.3, sd=1.0, n=5, margin=0.0, confidence=0.95
    )


def test_no_affordable_number_is_no_number():
    assert seeds_needed(difference=0.0, sd=1.0, n=5, margin=0.0, confidence=0.95) is None
    assert seeds_needed(difference=0.01, sd=1.0, n=5, margin=0.0, confidence=0.95) is None
    assert seeds_needed(difference=1.0, sd=1.0, n=MAX_SEEDS, margin=0.0, confidence=0.95) is None
    assert seeds_needed(difference=1.0, sd=0.0, n=5, margin=0.0, confidence=0.95) is None


@pytest.mark.parametrize("n", [2, 7, 50])
def test_it_is_more_than_there_are(n):
    assert seeds_needed(difference=50.0, sd=1.0, n=n, margin=0.0, confidence=0.95) in (n + 1, 3)


def test_units_and_direction_do_not_matter():
    plain = seeds_needed(difference=0.004, sd=0.01, n=5, margin=0.002, confidence=0.95)
    assert seeds_needed(difference=-0.4, sd=1.0, n=5, margin=0.2, confidence=0.95) == plain


def test_a_comparison_that_cannot_tell_says_how_many_would():
    first, second = [0.91, 0.92, 0.90, 0.93, 0.92], [0.905, 0.922, 0.899, 0.925, 0.913]
    found = compare(first, second, comparisons=3)
    assert found.verdict == "cannot tell"
    assert found.seeds_needed == seeds_needed(
        difference=found.difference, sd=found.sd, n=5, margin=0.0, confidence=1 - 0.05 / 3
    )


@pytest.mark.parametrize("shift", [30.0, 300.0, 3000.0])
def test_effects_beyond_what_a_double_can_show_have_full_power(shift):
    assert power_to_differ(difference=shift, sd=1.0, n=10, confidence=0.95) == pytest.approx(1.0)
    assert power_to_equal(difference=0.0, sd=1.0, n=10, margin=shift, confidence=0.95) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"n": 0}, "`n` must be at least 1, but got n=0. Give more."),
        ({"margin": -1.0}, "`margin` must be zero or more, but got margin=-1.0. 0.002 is two images in a thousand."),
        ({"confidence": 2.0}, "`confidence` must lie between 0 and 1, but got confidence=2.0. 0.95 is usual."),
    ],
)
def test_settings_that_make_no_sense_are_refused(wrong, sentence):
    setting = {"difference": 0.1, "sd": 1.0, "n": 5, "margin": 0.0, "confidence": 0.95, **wrong}
    with pytest.raises(SpecError) as refusal:
        seeds_needed(**setting)
    assert str(refusal.value) == sentence

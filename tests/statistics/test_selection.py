"""How much the best of several flatters itself."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from scipy import integrate, stats
from statsmodels.formula.api import ols

from classlab.errors import SpecError
from classlab.statistics import expected_maximum, flattery


@pytest.mark.parametrize(
    ("count", "expected"),
    # Harter (1961), table 1; the first three are 0, 1 / sqrt(pi) and 3 / (2 sqrt(pi)).
    [(1, 0.0), (2, 0.56419), (3, 0.84628), (5, 1.16296), (7, 1.35218), (10, 1.53875), (100, 2.50759)],
)
def test_the_expected_maximum_is_the_tables(count, expected):
    assert expected_maximum(count) == pytest.approx(expected, abs=6e-6)


@pytest.mark.parametrize("count", [2, 9, 250])
def test_the_expected_maximum_is_the_mean_of_its_density(count):
    def weighted(place: float) -> float:
        return float(place * count * stats.norm.pdf(place) * stats.norm.cdf(place) ** (count - 1))

    assert expected_maximum(count) == pytest.approx(integrate.quad(weighted, -12, 12, limit=200)[0], abs=1e-8)


def test_more_arms_flatter_more():
    amounts = [expected_maximum(count) for count in range(1, 30)]
    assert all(one < next_ for one, next_ in itertools.pairwise(amounts))


def test_the_noise_is_the_residual_of_a_two_way_analysis_of_variance():
    scores = np.random.default_rng(3).normal(0.9, 0.01, (4, 6))
    table = pd.DataFrame(
        [(str(arm), str(seed), score) for (arm, seed), score in np.ndenumerate(scores)],
        columns=["arm", "seed", "score"],
    )
    found = flattery(scores)
    oracle = ols("score ~ C(arm) + C(seed)", data=table).fit().mse_resid
    assert found.standard_error == pytest.approx(np.sqrt(oracle / 6))
    assert found.amount == pytest.approx(expected_maximum(4) * np.sqrt(oracle / 6))


def test_what_arms_and_seeds_have_in_common_does_not_count():
    scores = np.random.default_rng(3).normal(0.9, 0.01, (4, 6))
    moved = scores + np.arange(6) * 0.1 + np.arange(4)[:, None]
    assert flattery(moved).amount == pytest.approx(flattery(scores).amount)


def test_failed_arms_and_incomplete_seeds_are_left_out():
    scores = np.random.default_rng(3).normal(0.9, 0.01, (4, 6))
    gaps = np.vstack([scores, np.full(6, np.nan)])
    gaps[1, 2] = np.nan
    found = flattery(gaps)
    assert (found.arms, found.seeds) == (4, 5)
    assert found.amount == pytest.approx(flattery(np.delete(scores, 2, axis=1)).amount)


@pytest.mark.parametrize("scores", [[[0.9, 0.8]], [[0.9], [0.8]], [[0.9, None], [None, 0.8]]])
def test_without_two_arms_and_two_seeds_there_is_no_estimate(scores):
    assert (flattery(scores).standard_error, flattery(scores).amount) == (None, None)


def test_simulated_winners_owe_that_much_to_luck():
    # 4,000 studies of 6 equal arms: the winner's mean exceeds the truth by what is predicted, within 4 standard errors.
    scores = np.random.default_rng(5).normal(0.0, 1.0, (4000, 6, 5))
    excess = scores.mean(axis=2).max(axis=1)
    predicted = expected_maximum(6) / np.sqrt(5)
    assert excess.mean() == pytest.approx(predicted, abs=4 * excess.std() / np.sqrt(4000))


def test_no_numbers_have_no_maximum():
    with pytest.raises(SpecError) as refusal:
        expected_maximum(0)
    assert str(refusal.value) == "`count` must be at least 1, but got count=0. Give more."

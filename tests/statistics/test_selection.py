"""The expected maximum, and how much the first of several owes to luck."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy import integrate, stats

from classlab.errors import SpecError
from classlab.statistics import expected_maximum, luck, sample
from classlab.statistics.ranking import _MOST_PAIRED


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


def test_the_more_there_are_the_higher_the_maximum():
    amounts = [expected_maximum(count) for count in range(1, 30)]
    assert all(one < next_ for one, next_ in itertools.pairwise(amounts))


def test_a_literal_amount_of_luck():
    # Differences of seeds 0.02 and 0: variance of their mean 0.0002 / 2; half of it, its root, times 0.5642.
    arms = [sample([0.92, 0.9]), sample([0.9, 0.9])]
    assert luck(arms, (0, 1)) == pytest.approx(0.5641896 * np.sqrt(0.0001 / 2))


def test_what_candidates_have_in_common_is_no_luck():
    draw = np.random.default_rng(3)
    losses, common = draw.gamma(0.5, 0.5, (3, 5, 40)), draw.gamma(0.5, 5.0, (1, 5, 40))
    plain = [sample(each.mean(axis=1), by_image=each, kind="loss") for each in losses]
    moved = [sample(each.mean(axis=1), by_image=each, kind="loss") for each in losses + common]
    assert luck(moved, (0, 1, 2)) == pytest.approx(luck(plain, (0, 1, 2)))


def test_arms_that_could_not_have_come_first_do_not_count():
    draw = np.random.default_rng(3)
    arms = [sample(each) for each in np.clip(draw.normal(0.9, 0.01, (4, 5)), 0, 1)]
    assert luck(arms, (1, 2)) == luck(arms[1:3], (0, 1)) < luck(arms, (0, 1, 2, 3))


def test_the_first_of_tied_arms_exceeds_the_truth_by_that_much():
    # 2,000 studies of 6 equal arms, 5 seeds, all unpaired noise: within four standard errors.
    draw = np.random.default_rng(5)
    figures = draw.normal(0.5, 0.02, (2000, 6, 5))
    excess = figures.mean(axis=2).max(axis=1) - 0.5
    predicted = [luck([sample(arm) for arm in study], range(6)) for study in figures[:200]]
    assert np.mean(predicted) == pytest.approx(excess.mean(), rel=0.06)


def test_a_single_candidate_owes_nothing_to_luck():
    assert luck([sample([0.9, 0.8])], (0,)) == 0.0


def test_without_a_spread_luck_cannot_be_measured():
    assert luck([sample([0.9]), sample([0.8])], (0, 1)) is None


def test_of_very_many_candidates_only_the_first_are_looked_at_for_their_spread():
    draw = np.random.default_rng(3)
    arms = [sample(each) for each in np.clip(draw.normal(0.9, 0.01, (30, 5)), 0, 1)]
    some = luck(arms[:_MOST_PAIRED], range(_MOST_PAIRED)) / expected_maximum(_MOST_PAIRED)
    assert luck(arms, range(30)) == pytest.approx(some * expected_maximum(30))


def test_no_numbers_have_no_maximum():
    with pytest.raises(SpecError) as refusal:
        expected_maximum(0)
    assert str(refusal.value) == "`count` must be at least 1, but got count=0. Give more."

"""How much the first of several arms owes to luck."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate, stats

from classlab.statistics import luck, sample
from classlab.statistics.ranking import _MOST

FAINT = 0.03  # the drawn mean is known to about this share of itself


def arms(figures: np.ndarray, **options: object) -> list:
    return [sample(each, **options) for each in figures]


def tied(count: int, *, seeds: int = 400, sd: float = 0.02) -> np.ndarray:
    """Arms of one mean to the last digit, with independent noise: so many seeds that its variance is known."""
    noise = np.random.default_rng(1).normal(0.0, sd, (count, seeds))
    return 0.5 + noise - noise.mean(axis=1, keepdims=True)


def expected_maximum(count: int) -> float:
    """Of so many standard normal numbers."""

    def weighted(place: float) -> float:
        return float(place * count * stats.norm.pdf(place) * stats.norm.cdf(place) ** (count - 1))

    return float(integrate.quad(weighted, -12, 12, limit=200)[0])


@pytest.mark.parametrize("behind", [0.0, 0.005, 0.01, 0.03])
def test_of_two_arms_it_is_the_part_of_a_normal_error_that_would_change_the_order(behind):
    # E[e, where e exceeds the distance] = sd of the difference times the normal density at distance / sd.
    first, second = np.array([0.90, 0.92, 0.91, 0.93]), np.array([0.92, 0.91, 0.93, 0.90]) - behind
    error = (first - second).std(ddof=1) / 2
    expected = error * stats.norm.pdf(behind / error)
    assert luck(arms([first, second]), (0, 1)) == pytest.approx(expected, rel=FAINT, abs=1e-5)


@pytest.mark.parametrize(("count", "harter"), [(2, 0.56419), (3, 0.84628), (7, 1.35218), (10, 1.53875)])
def test_of_tied_arms_it_is_the_expected_maximum_of_their_errors(count, harter):
    # Harter (1961), "Expected values of normal order statistics", Biometrika 48, table 1.
    assert expected_maximum(count) == pytest.approx(harter, abs=1e-5)
    found = luck(arms(tied(count)), range(count))
    assert found == pytest.approx(harter * 0.02 / np.sqrt(400), rel=0.06)


def test_the_first_of_tied_arms_exceeds_the_truth_by_no_less_on_average():
    # 300 studies of 6 equal arms of 5 seeds. The measured means are taken for the truth, and they lie apart by luck
    # alone: what is said is below what it is, by less than half.
    figures = np.random.default_rng(5).normal(0.5, 0.02, (300, 6, 5))
    excess = (figures.mean(axis=2).max(axis=1) - 0.5).mean()
    order = np.argsort(-figures.mean(axis=2), axis=1)
    said = np.mean([luck(arms(study), tuple(places)) for study, places in zip(figures, order, strict=True)])
    assert 0.5 * excess < said < 1.1 * excess


def test_what_candidates_have_in_common_is_no_luck():
    draw = np.random.default_rng(3)
    losses, common = draw.gamma(0.5, 0.5, (3, 5, 40)), draw.gamma(0.5, 5.0, (1, 5, 40))

    def of(tables: np.ndarray) -> float:
        return luck([sample(each.mean(axis=1), by_image=each, kind="loss") for each in tables], (0, 1, 2))

    assert of(losses + common) == pytest.approx(of(losses))


def test_arms_that_say_the_same_add_nothing():
    figures = tied(2, seeds=20)
    assert luck(arms(np.vstack([figures, figures[1:]])), (0, 1, 2)) == pytest.approx(
        luck(arms(figures), (0, 1)), rel=FAINT
    )


def test_a_candidate_far_behind_adds_nothing():
    figures = tied(3, seeds=20)
    figures[2] -= 0.4
    assert luck(arms(figures), (0, 1, 2)) == pytest.approx(luck(arms(figures), (0, 1)), rel=FAINT)


def test_losses_and_scores_are_judged_alike():
    figures = tied(3, seeds=20) - np.array([[0.0], [0.001], [0.002]])
    plain = luck(arms(figures), (0, 1, 2))
    assert luck(arms(1 - figures, kind="loss"), (0, 1, 2)) == pytest.approx(plain, rel=FAINT)
    assert luck(arms(10 * figures, kind="score"), (0, 1, 2)) == pytest.approx(10 * plain)


@pytest.mark.parametrize("candidates", [(), (0,)])
def test_a_single_candidate_owes_nothing_to_luck(candidates):
    assert luck([sample([0.9, 0.8])], candidates) == 0.0


def test_without_a_spread_luck_cannot_be_measured():
    assert luck([sample([0.9]), sample([0.8])], (0, 1)) is None


def test_without_pairs_it_goes_by_each_arms_own_spread():
    figures = tied(2, seeds=30)
    both = figures + np.random.default_rng(2).normal(0, 0.1, (1, 30))
    assert luck(arms(both), (0, 1), paired=False) > 3 * luck(arms(both), (0, 1))


def test_of_very_many_candidates_the_first_are_looked_at():
    figures = tied(_MOST + 5, seeds=6)
    assert luck(arms(figures), range(_MOST + 5)) == luck(arms(figures), range(_MOST))

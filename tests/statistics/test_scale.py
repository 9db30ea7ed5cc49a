"""Intervals that stay on the scale of their figures."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest
from scipy import optimize, stats
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.proportion import proportion_confint

from classlab.statistics import PairedShares, Spread, plain_interval, share_interval, spread_of_seeds


def independent(share_variance: float, images: int) -> Spread:
    """The spread of so many independent images, its variance known exactly: infinite degrees of freedom."""
    return Spread(
        seeds=1,
        images=None,
        between_seeds=None,
        between_images=share_variance,
        both=None,
        variance=share_variance / images,
        seed_share=0.0,
        seed_freedom=0.0,
    )


def unvaried(*, seeds: int, images: int) -> Spread:
    """The spread of seeds that get the very same images right."""
    return Spread(
        seeds=seeds,
        images=images,
        between_seeds=0.0,
        between_images=0.0,
        both=0.0,
        variance=0.0,
        seed_share=0.0,
        seed_freedom=float(seeds - 1),
    )


def binomial(share: float, images: int) -> Spread:
    return independent(share * (1 - share), images)


def paired(first_only: int, second_only: int, images: int) -> PairedShares:
    """Two networks of which each alone is right so many times, taken as a multinomial sample."""
    b, c = first_only / images, second_only / images
    return PairedShares(first_only=b, second_only=c, spread=independent(b + c - (b - c) ** 2, images))


@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.999])
@pytest.mark.parametrize(("correct", "images"), [(1, 10), (5, 10), (970, 1000), (9_712, 10_000), (1, 10_000)])
def test_with_the_variance_of_independent_images_it_is_wilsons_interval(correct, images, confidence):
    found = share_interval(correct / images, spread=binomial(correct / images, images), confidence=confidence)
    assert found == pytest.approx(proportion_confint(correct, images, 1 - confidence, "wilson"), abs=1e-12)


@pytest.mark.usefixtures("normal_tails")
def test_a_literal_interval_for_an_accuracy():
    # p = 0.9, variance 0.0009 of 2 degrees of freedom: n' = 100, t = 4.3027, t^2 / n' = 0.18513.
    # Centre (0.9 + 0.092565) / 1.18513, half 4.3027 sqrt(0.0009 + 0.18513 / 400) / 1.18513.
    found = share_interval(0.9, spread=spread_of_seeds(0.9 + np.array([-0.05196152, 0, 0.05196152])), confidence=0.95)
    assert found == pytest.approx((0.70345, 0.97159), abs=5e-5)


def test_a_wrong_answer_is_the_mirror_of_a_right_one():
    low, high = share_interval(0.97, spread=binomial(0.97, 400), confidence=0.95)
    assert share_interval(0.03, spread=binomial(0.97, 400), confidence=0.95) == pytest.approx((1 - high, 1 - low))


@pytest.mark.parametrize("images", [2, 100, 60_000])
def test_all_right_bounds_the_mistakes_by_about_four_in_so_many_images(images):
    spread = unvaried(seeds=5, images=images)
    low, high = share_interval(1.0, spread=spread, confidence=0.95)
    limit = stats.t.isf(0.025, images - 1) ** 2
    assert (low, high) == (pytest.approx(images / (images + limit)), pytest.approx(1.0))
    assert share_interval(0.0, spread=spread, confidence=0.95) == pytest.approx((0.0, 1 - low))


def test_without_a_spread_or_a_number_of_images_there_is_no_interval():
    assert share_interval(0.9, spread=spread_of_seeds(np.array([0.9, 0.9, 0.9])), confidence=0.95) is None
    assert share_interval(1.0, spread=spread_of_seeds(np.array([1.0, 1.0])), confidence=0.95) is None


@pytest.mark.usefixtures("normal_tails")
def test_equal_figures_on_a_known_number_of_images_have_wilsons_interval_with_the_seeds_quantile():
    low, high = share_interval(0.9, spread=spread_of_seeds(np.array([0.9] * 3), images=100), confidence=0.95)
    alpha = 2 * stats.norm.sf(stats.t.isf(0.025, 2))
    assert (low, high) == pytest.approx(proportion_confint(90, 100, alpha, "wilson"))


def test_a_literal_interval_for_a_difference():
    # Tango (1998), as in Fagerland, Lydersen and Laake (2014), table III: 1 and 7 of 21 give -0.286, -0.517 to -0.026.
    assert paired(1, 7, 21).interval(confidence=0.95) == pytest.approx((-0.517, -0.026), abs=5e-4)


@pytest.mark.parametrize(("first_only", "second_only"), [(1, 7), (9, 2), (30, 10), (60, 61), (12, 12), (0, 40), (1, 0)])
def test_the_p_value_of_independent_images_is_mcnemars(first_only, second_only):
    oracle = mcnemar([[0, first_only], [second_only, 0]], exact=False, correction=False)
    assert paired(first_only, second_only, 200).p_value() == pytest.approx(oracle.pvalue, rel=1e-9)


def score_p_value(difference: float, first_only: int, second_only: int, images: int) -> float:
    """Two-sided p of a given difference, its nuisance parameter by numerical maximum likelihood."""
    rest = images - first_only - second_only

    def unlikelihood(share: float) -> float:
        shares = np.clip([share + difference, share, 1 - 2 * share - difference], 1e-300, 1.0)
        return -float(np.dot([first_only, second_only, rest], np.log(shares)))

    low, high = max(0.0, -difference), (1 - difference) / 2
    share = optimize.minimize_scalar(unlikelihood, bounds=(low, high), method="bounded", options={"xatol": 1e-12}).x
    spread = np.sqrt(images * (2 * share + difference - difference**2))
    return float(2 * stats.norm.sf(abs(first_only - second_only - images * difference) / spread))


@pytest.mark.parametrize(("first_only", "second_only"), [(1, 7), (9, 2), (30, 10), (60, 61), (12, 12)])
@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.99])
def test_tangos_interval_holds_what_a_score_test_by_numerical_likelihood_does_not_reject(
    first_only, second_only, confidence
):
    for end in paired(first_only, second_only, 200).interval(confidence=confidence):
        assert score_p_value(end, first_only, second_only, 200) == pytest.approx(1 - confidence, abs=1e-4)


def test_with_the_binomial_variance_the_interval_covers_at_its_rate():
    # All tables of 60 images weighed by their probability: no simulation, so no tolerance for it either.
    images, share = 60, 0.1
    covered = 0.0
    for first_only in range(26):
        for second_only in range(26):
            counts = [first_only, second_only, images - first_only - second_only]
            weight = stats.multinomial.pmf(counts, images, [share, share, 1 - 2 * share])
            if weight < 1e-9 or (first_only, second_only) == (0, 0):
                covered += weight
                continue
            low, high = paired(first_only, second_only, images).interval(confidence=0.95)
            covered += weight if low <= 0 <= high else 0.0
    assert 0.94 <= covered <= 0.965


@pytest.mark.parametrize("images", [2, 100, 60_000])
def test_without_a_discordant_image_the_difference_is_bounded_by_about_four_in_so_many_images(images):
    spread = unvaried(seeds=3, images=images)
    shares = PairedShares(first_only=0.0, second_only=0.0, spread=spread)
    limit = stats.t.isf(0.025, images - 1) ** 2
    end = limit / (images + limit)
    assert shares.interval(confidence=0.95) == pytest.approx((-end, end), abs=1e-9)
    assert shares.p_value() == 1.0


@pytest.mark.parametrize("images", [2, 10, 1000])
def test_the_ends_of_the_scale_are_kept(images):
    low, high = paired(images, 0, images).interval(confidence=0.95)
    assert -1 <= low < high == 1.0
    low, high = paired(0, images, images).interval(confidence=0.95)
    assert low == -1.0 < high <= 1


def with_seeds(b: float, c: float, *, lasting: float, rest: float, freedom: float) -> PairedShares:
    """A difference whose variance is partly the seeds', whatever the images."""
    spread = Spread(
        seeds=5,
        images=1000,
        between_seeds=5 * lasting,
        between_images=1000 * rest,
        both=0.0,
        variance=lasting + rest,
        seed_share=1.0,
        seed_freedom=freedom,
    )
    return PairedShares(first_only=b, second_only=c, spread=spread)


@pytest.mark.usefixtures("normal_tails")
def test_what_lies_between_seeds_is_added_to_the_images_part():
    # With d = 0, 2 q = b + c = 0.05 and m = (0.05 - 0.03^2) / 0.00004; the statistic is 0.03 / sqrt(L + 0.05 / m).
    found = with_seeds(0.04, 0.01, lasting=0.0001, rest=0.00004, freedom=4.0)
    statistic = 0.03 / sqrt(0.0001 + 0.05 * 0.00004 / (0.05 - 0.03**2))
    assert found.p_value() == pytest.approx(2 * stats.t.sf(statistic, 4))


@pytest.mark.usefixtures("normal_tails")
def test_where_seeds_are_nearly_everything_it_is_the_t_interval_of_the_seeds():
    found = with_seeds(0.31, 0.3, lasting=1e-4, rest=1e-12, freedom=4.0)
    half = stats.t.isf(0.025, 4) * 0.01
    assert found.interval(confidence=0.95) == pytest.approx((0.01 - half, 0.01 + half), abs=1e-6)


@pytest.mark.parametrize(("b", "c"), [(0.3, 0.1), (0.02, 0.0), (0.0, 0.0), (0.5, 0.5), (0.001, 0.002)])
def test_exchanging_the_arms_mirrors_the_interval(b, c):
    plain = with_seeds(b, c, lasting=1e-4, rest=1e-4, freedom=4.0)
    turned = with_seeds(c, b, lasting=1e-4, rest=1e-4, freedom=4.0)
    low, high = plain.interval(confidence=0.95)
    assert turned.interval(confidence=0.95) == pytest.approx((-high, -low), abs=1e-9)
    assert turned.p_value() == pytest.approx(plain.p_value())


def test_networks_that_are_right_alone_everywhere_or_nowhere_have_an_answer_at_every_confidence():
    for b, c in ((1.0, 0.0), (0.0, 1.0), (1 - 1e-16, 0.0), (1e-12, 0.0), (0.5, 0.5)):
        for rest in (0.0, 1e-14, 0.9):
            for confidence in (0.5, 0.9999, 1 - 1e-12):
                shares = with_seeds(b, c, lasting=0.0, rest=rest, freedom=4.0)
                low, high = shares.interval(confidence=confidence)
                assert -1 <= low <= b - c <= high <= 1
                assert 0 <= shares.p_value() <= 1


@pytest.mark.usefixtures("normal_tails")
def test_a_plain_interval_is_scipys():
    figures = np.array([0.31, 0.35, 0.29, 0.33])
    found = plain_interval(float(figures.mean()), spread=spread_of_seeds(figures), confidence=0.9)
    assert found == pytest.approx(stats.t.interval(0.9, 3, loc=figures.mean(), scale=stats.sem(figures)))

"""How many seeds, or images, would tell."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import integrate, stats
from statsmodels.stats.power import TTestPower

from classlab.statistics import (
    Spread,
    WouldTell,
    compare,
    plain_interval,
    power_to_differ,
    power_to_equal,
    sample,
    spread,
    spread_of_seeds,
    would_tell,
)
from classlab.statistics.power import MAX_IMAGES, MAX_SEEDS, POWER, _out_of_reach
from classlab.statistics.reference import Reference


def to_differ(effect: float, n: int, confidence: float = 0.95) -> float:
    """The power of n pairs whose differences have a standard deviation of one."""
    return power_to_differ(effect, error=1 / n**0.5, freedom=n - 1, confidence=confidence)


def to_equal(difference: float, n: int, *, margin: float, confidence: float = 0.95) -> float:
    return power_to_equal(difference, error=1 / n**0.5, freedom=n - 1, margin=margin, confidence=confidence)


def seeds_alone(sd: float = 1.0, n: int = 5) -> Spread:
    """Of n seeds with this standard deviation."""
    figures = np.arange(n, dtype=float)
    return spread_of_seeds(sd * figures / figures.std(ddof=1))


def components(
    *, between_seeds: float, between_images: float, both: float, seeds: int = 5, images: int = 100
) -> Spread:
    """A study that found these very components."""
    by_seeds = (between_seeds + both / images) / seeds
    variance = by_seeds + between_images / images
    return Spread(
        seeds=seeds,
        images=images,
        between_seeds=between_seeds,
        between_images=between_images,
        both=both,
        variance=variance,
        seed_share=by_seeds / variance,
        seed_freedom=float(seeds - 1),
    )


def power_at(difference: float, found: Spread, *, seeds: int, images: int, confidence: float = 0.95) -> float:
    variance, reference = found.at(seeds=seeds, images=images)
    sizes = {"freedom": reference.freedom, "limit": reference.limit(confidence)}
    return power_to_differ(difference, error=variance**0.5, confidence=confidence, **sizes)


# Power


def test_a_literal_power():
    # Cohen (1988), table 2.4.1 adapted to one sample: effect 0.5, two-sided 0.05, 34 pairs have power 0.80.
    assert to_differ(0.5, 34) == pytest.approx(0.8078, abs=1e-4)
    assert to_differ(0.5, 33) < 0.8


@pytest.mark.parametrize(
    ("n", "effect"), [(2, 0.0), (2, 0.5), (2, 2.0), (5, 0.1), (5, 2.0), (30, 0.0), (30, 0.5), (400, 0.1)]
)
def test_the_power_to_differ_is_statsmodels(n, effect):
    assert to_differ(effect, n) == pytest.approx(TTestPower().power(effect, n, 0.05), abs=1e-6)
    assert to_differ(-effect, n) == to_differ(effect, n)


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
    found = to_equal(difference, n, margin=0.6)
    assert found <= exact + 1e-9
    if exact > 0.7:
        assert found == pytest.approx(exact, abs=0.01)


@pytest.mark.parametrize("shift", [30.0, 300.0, 3000.0])
def test_effects_beyond_what_a_double_can_show_have_full_power(shift):
    assert to_differ(shift, 10) == pytest.approx(1.0)
    assert to_equal(0.0, 10, margin=shift) == pytest.approx(1.0)


def test_units_do_not_matter():
    assert power_to_differ(0.4, error=0.2, freedom=4, confidence=0.95) == pytest.approx(
        power_to_differ(0.004, error=0.002, freedom=4, confidence=0.95)
    )


@pytest.mark.parametrize("confidence", [0.9, 0.95, 0.9999])
@pytest.mark.parametrize("freedom", [1.0, 1.2, 2.0, 3.2, 9.0, 1e3, 1e6])
def test_a_shift_of_two_thirds_of_the_limit_is_out_of_reach(freedom, confidence):
    """`would_tell` passes over such sizes without integration."""
    reference = Reference(seed_share=1.0, of_seeds=freedom, of_images=None)
    limit = reference.limit(confidence)
    sizes = {"error": 1.0, "freedom": freedom, "confidence": confidence, "limit": limit}
    assert power_to_differ(2 / 3 * limit, **sizes) < POWER
    assert power_to_equal(0.0, margin=2 / 3 * limit, **sizes) < POWER
    assert _out_of_reach(0.666 * limit, reference=reference, confidence=confidence)
    assert not _out_of_reach(0.667 * limit, reference=reference, confidence=confidence)
    assert not _out_of_reach(0.333 * limit, reference=reference, confidence=0.89)  # there T beyond the other counts


# Seeds


@pytest.mark.usefixtures("normal_tails")
@pytest.mark.parametrize("confidence", [0.9, 0.95, 0.999])
@pytest.mark.parametrize("effect", [0.15, 0.5, 1.0])  # beyond, statsmodels' solver meets NaN at strict levels
def test_the_number_of_seeds_is_statsmodels(effect, confidence):
    exact = TTestPower().solve_power(effect, alpha=1 - confidence, power=0.8)
    found = would_tell(-effect, seeds_alone(n=2), margin=0.0, confidence=confidence)
    assert found == WouldTell(seeds=max(math.ceil(exact), 3), images=None, together=None)


def test_the_number_is_the_smallest_with_enough_power():
    number = would_tell(0.1, seeds_alone(), margin=0.5, confidence=0.95).seeds
    assert to_equal(0.1, number, margin=0.5) >= POWER > to_equal(0.1, number - 1, margin=0.5)
    assert max(to_differ(0.1, n) for n in range(6, number)) < POWER


def test_a_difference_outside_the_margin_is_never_shown_equal():
    assert would_tell(0.3, seeds_alone(), margin=0.3, confidence=0.95) == would_tell(
        0.3, seeds_alone(), margin=0.0, confidence=0.95
    )


@pytest.mark.parametrize("difference", [0.0, 0.01])
def test_no_affordable_number_is_no_number(difference):
    assert would_tell(difference, seeds_alone(), margin=0.0, confidence=0.95) == WouldTell(
        seeds=None, images=None, together=None
    )


def test_where_there_are_as_many_as_can_be_there_is_no_larger_number():
    assert would_tell(1.0, seeds_alone(n=MAX_SEEDS), margin=0.0, confidence=0.95).seeds is None


@pytest.mark.parametrize("n", [2, 7, 50])
def test_it_is_more_than_there_are(n):
    assert would_tell(50.0, seeds_alone(n=n), margin=0.0, confidence=0.95).seeds == n + 1


def test_units_and_direction_do_not_matter_to_the_number():
    plain = would_tell(0.004, seeds_alone(0.01), margin=0.002, confidence=0.95)
    assert would_tell(-0.4, seeds_alone(1.0), margin=0.2, confidence=0.95) == plain


@pytest.mark.parametrize(
    ("difference", "known"), [(None, seeds_alone()), (0.1, None), (0.1, spread_of_seeds(np.array([0.5, 0.5])))]
)
def test_where_nothing_is_known_nothing_is_said(difference, known):
    assert would_tell(difference, known, margin=0.0, confidence=0.95) is None


# Seeds or images


def test_a_comparison_that_cannot_tell_says_what_would():
    draw = np.random.default_rng(0)
    hard = draw.random(200)
    first, second = (draw.random((5, 200)) + 3 * hard < 4 * share for share in (0.85, 0.83))
    found = compare(
        sample(first.mean(axis=1), by_image=first), sample(second.mean(axis=1), by_image=second), comparisons=3
    )
    assert found.verdict == "cannot tell"
    measured = spread(first.astype(float) - second)
    assert found.would_tell == would_tell(found.difference, measured, margin=0.0, confidence=1 - 0.05 / 3)


@pytest.mark.usefixtures("normal_tails")
def test_only_seeds_help_where_images_have_no_part():
    found = would_tell(0.5, components(between_seeds=1.0, between_images=0.0, both=0.0), margin=0.0, confidence=0.95)
    assert (found.seeds, found.images, found.together) == (34, None, None)


def test_only_images_help_where_seeds_have_no_part():
    known = components(between_seeds=0.0, between_images=1.0, both=0.0)
    found = would_tell(0.1, known, margin=0.0, confidence=0.95)
    exact = TTestPower().solve_power(0.1, alpha=0.05, power=0.8)
    assert (found.seeds, found.images, found.together) == (None, math.ceil(exact), None)


def test_images_are_told_where_there_is_one_seed():
    correct = np.arange(300) % 30 < 1
    known = spread(correct[None, :].astype(float) - (np.arange(300) % 60 == 3)[None, :])
    found = would_tell(1 / 60, known, margin=0.0, confidence=0.95)
    assert found.seeds is None
    assert power_at(1 / 60, known, seeds=1, images=found.images) >= POWER
    assert power_at(1 / 60, known, seeds=1, images=found.images - 1) < POWER


def test_both_together_where_neither_alone_would_do():
    known = components(between_seeds=1.0, between_images=20.0, both=1.0)
    found = would_tell(0.45, known, margin=0.0, confidence=0.95)
    assert (found.seeds, found.images) == (None, None)
    seeds, images = found.together
    assert images == 20 * seeds
    assert power_at(0.45, known, seeds=seeds, images=images) >= POWER
    assert power_at(0.45, known, seeds=seeds - 1, images=20 * (seeds - 1)) < POWER


def test_together_asks_for_no_more_images_than_anyone_labels():
    known = components(between_seeds=1.0, between_images=1e6, both=1.0, images=400_000)
    assert would_tell(3.0, known, margin=0.0, confidence=0.95).together == (12, 960_000)
    # 106 seeds on 8,480,000 images would; nobody has them.
    assert would_tell(1.0, known, margin=0.0, confidence=0.95).together is None
    assert power_at(1.0, known, seeds=106, images=8_480_000) >= POWER


def test_a_number_of_images_is_found_where_very_many_would_tell_less():
    # With very many images the part of three seeds is all that is left, and their t is wide.
    seeds, difference = 3, 5.0
    known = components(between_seeds=2.0, between_images=2000.0, both=0.0, seeds=seeds)
    images = would_tell(difference, known, margin=0.0, confidence=0.95).images
    assert power_at(difference, known, seeds=seeds, images=MAX_IMAGES) < POWER
    assert power_at(difference, known, seeds=seeds, images=images) >= POWER
    assert power_at(difference, known, seeds=seeds, images=images - 1) < POWER


@pytest.mark.parametrize(
    "what", ["seeds", "images", "together"], ids=lambda what: f"{what} of the size that would tell"
)
def test_simulated_studies_of_that_size_tell_four_times_in_five(what):
    # Differences in loss of a mean of 0.5; images and seeds are drawn anew in every study.
    known = {
        "seeds": components(between_seeds=1.0, between_images=1.0, both=2.0),
        "images": components(between_seeds=0.02, between_images=4.0, both=1.0, images=40),
        "together": components(between_seeds=1.0, between_images=20.0, both=1.0),
    }[what]
    found = would_tell(0.5, known, margin=0.0, confidence=0.95)
    seeds = known.seeds if found.seeds is None or what != "seeds" else found.seeds
    images = known.images if found.images is None or what != "images" else found.images
    if what == "together":
        seeds, images = found.together
    draw, studies, told = np.random.default_rng(2), 1000, 0
    for _ in range(studies):
        table = (
            0.5
            + np.sqrt(known.between_seeds) * draw.normal(size=(seeds, 1))
            + np.sqrt(known.between_images) * draw.normal(size=(1, images))
            + np.sqrt(known.both) * draw.normal(size=(seeds, images))
        )
        low, high = plain_interval(float(table.mean()), spread=spread(table), confidence=0.95)
        told += low > 0 or high < 0
    assert told / studies == pytest.approx(0.8, abs=0.06)


def test_more_of_arms_that_hardly_differ_would_show_that_they_are_equal():
    measured = spread_of_seeds(0.0003 + 0.002 * np.array([-1.0, 1.0, 0.0, 1.0, -1.0]))
    near = would_tell(0.0003, measured, margin=0.005, confidence=0.95)
    apart = would_tell(0.005, measured, margin=0.0, confidence=0.95)
    assert (near.seeds, near.equal) == (6, True)
    assert (apart.seeds, apart.equal) == (6, False)


@pytest.mark.parametrize("comparisons", [1, 15])
def test_figures_alone_ask_for_the_seeds_at_which_their_own_interval_tells(comparisons):
    """The power of the t test with the degrees of freedom that the interval has, by simulation of its statistic."""
    figures = 0.005 + 0.006 * np.array([-1.0, 1.0, 0.0, 1.0, -1.0])
    measured, confidence = spread_of_seeds(figures), 1 - 0.05 / comparisons
    seeds = would_tell(0.005, measured, margin=0.0, confidence=confidence).seeds
    variance, reference = measured.at(seeds=seeds, images=None)
    freedom = reference.freedom
    draw = np.random.default_rng(0)
    statistic = (0.005 / variance**0.5 + draw.standard_normal(200_000)) / np.sqrt(
        draw.chisquare(freedom, 200_000) / freedom
    )
    told = float((statistic > reference.limit(confidence)).mean())
    assert 0.79 < told < 0.9

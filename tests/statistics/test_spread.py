"""Where the error of a mean over seeds and images comes from."""

from __future__ import annotations

from importlib import import_module
from itertools import product

import numpy as np
import pandas as pd
import pytest
from statsmodels.formula.api import ols
from statsmodels.stats.anova import anova_lm

from classlab.errors import SpecError
from classlab.statistics import spread, spread_of_seeds
from classlab.statistics.spread import spread_of_images, variance_of


def mean_squares(values: np.ndarray) -> tuple[float, float, float]:
    """Between seeds, between images and of the residual, from statsmodels."""
    table = pd.DataFrame(
        [(f"s{seed}", f"i{image}", float(value)) for (seed, image), value in np.ndenumerate(values)],
        columns=["seed", "image", "value"],
    )
    found = anova_lm(ols("value ~ C(seed) + C(image)", data=table).fit())
    return tuple(float(found.loc[row, "mean_sq"]) for row in ("C(seed)", "C(image)", "Residual"))


def gallas_variance(values: np.ndarray) -> float:
    """Gallas's unbiased variance of the mean from the four second moments, each a plain mean of products."""
    seeds, images = values.shape
    by_kind: dict[tuple[bool, bool], list[float]] = {}
    for s, t in product(range(seeds), repeat=2):
        for i, j in product(range(images), repeat=2):
            by_kind.setdefault((s == t, i == j), []).append(values[s, i] * values[t, j])
    mean = {kind: float(np.mean(products)) for kind, products in by_kind.items()}
    one_mean = (
        mean[True, True]
        + (seeds - 1) * mean[False, True]
        + (images - 1) * mean[True, False]
        + (seeds - 1) * (images - 1) * mean[False, False]
    ) / (seeds * images)
    return one_mean - mean[False, False]


def crossed(seeds: int, images: int, *, seed: int = 0, image_effect: float = 1.0) -> np.ndarray:
    """A table with effects of seeds, of images and of both."""
    draw = np.random.default_rng(seed)
    return (
        0.5 * draw.normal(size=(seeds, 1))
        + image_effect * draw.normal(size=(1, images))
        + 0.7 * draw.normal(size=(seeds, images))
    )


def test_a_literal_table():
    # Row means 1 and 3, column means 1.5 and 2.5, mean 2; residuals +-0.5.
    # MS_S = 2 * 2 = 4, MS_I = 2 * 0.5 = 1, MS_R = 4 * 0.25 = 1. Variance (4 + 0) / 4; all of it is the seeds'.
    found = spread(np.array([[1.0, 1.0], [2.0, 4.0]]))
    assert (found.seeds, found.images) == (2, 2)
    assert (found.between_seeds, found.between_images, found.both) == (1.5, 0.0, 1.0)
    assert (found.variance, found.seed_share, found.reference.freedom) == (1.0, 1.0, 1.0)
    assert found.lasting == 0.75


@pytest.mark.usefixtures("normal_tails")
@pytest.mark.parametrize(("seeds", "images"), [(2, 3), (3, 12), (5, 40)])
@pytest.mark.parametrize("image_effect", [0.0, 1.0])
def test_the_components_are_those_of_a_two_way_analysis_of_variance(seeds, images, image_effect):
    values = crossed(seeds, images, image_effect=image_effect)
    of_seeds, of_images, residual = mean_squares(values)
    found = spread(values)
    assert found.both == pytest.approx(residual)
    assert found.between_seeds == pytest.approx(max(of_seeds - residual, 0.0) / images, abs=1e-12)
    assert found.between_images == pytest.approx(max(of_images - residual, 0.0) / seeds, abs=1e-12)
    from_images = max(of_images - residual, 0.0)
    assert found.variance == pytest.approx((of_seeds + from_images) / (seeds * images))
    assert found.seed_share == pytest.approx(of_seeds / (of_seeds + from_images))
    assert (found.reference.of_seeds, found.reference.of_images) == (seeds - 1, images - 1)


@pytest.mark.parametrize("seed", range(5))
def test_the_variance_is_gallas_unbiased_one_where_images_matter(seed):
    values = crossed(4, 9, seed=seed, image_effect=3.0)
    assert spread(values).between_images > 0
    assert spread(values).variance == pytest.approx(gallas_variance(values))


@pytest.mark.parametrize("seed", range(5))
def test_the_variance_is_never_below_gallas_one(seed):
    values = crossed(3, 6, seed=seed, image_effect=0.0)
    assert spread(values).variance >= gallas_variance(values) - 1e-12


def test_on_average_over_all_draws_from_a_small_population_it_is_the_true_variance():
    # Every draw of 2 of 3 seeds and 3 of 3 images, with replacement, from a population whose effects add up.
    population = np.array([0.0, 0.2, 0.7])[:, None] + np.array([0.0, 1.0, 1.5])[None, :]
    tables = [
        population[np.ix_(seeds, images)]
        for seeds in product(range(3), repeat=2)
        for images in product(range(3), repeat=3)
    ]
    truth = np.var([table.mean() for table in tables])
    assert np.mean([spread(table).variance for table in tables]) == pytest.approx(truth)


def test_on_average_it_is_never_below_the_true_variance():
    population = np.random.default_rng(4).normal(size=(3, 3))
    tables = [
        population[np.ix_(seeds, images)]
        for seeds in product(range(3), repeat=2)
        for images in product(range(3), repeat=3)
    ]
    truth = np.var([table.mean() for table in tables])
    assert truth <= np.mean([spread(table).variance for table in tables]) <= 1.5 * truth


@pytest.mark.parametrize("dtype", [np.int8, np.float64])
def test_bytes_and_doubles_are_the_same_figures(dtype):
    correct = np.random.default_rng(1).random((5, 30)) < 0.8
    assert spread(correct.astype(dtype)).variance == pytest.approx(spread(correct.astype(np.float64)).variance)


def test_permuting_seeds_or_images_changes_nothing():
    values, draw = crossed(4, 11), np.random.default_rng(2)
    moved = values[draw.permutation(4)][:, draw.permutation(11)]
    assert spread(moved).variance == pytest.approx(spread(values).variance)
    assert spread(moved).seed_share == pytest.approx(spread(values).seed_share)


def test_a_constant_changes_nothing_and_a_factor_goes_in_squared():
    values = crossed(4, 11)
    plain, moved = spread(values), spread(10 * values + 3)
    assert moved.variance == pytest.approx(100 * plain.variance)
    assert moved.seed_share == pytest.approx(plain.seed_share)


def test_images_that_are_given_twice_are_taken_for_twice_as_many():
    # Nothing tells a copy from another image. What lies between seeds stays, for no number of images removes it.
    values = crossed(1, 50)
    assert spread(np.hstack([values, values])).variance / spread(values).variance == pytest.approx(49 / 99)
    seeds_only = np.repeat([[0.1], [0.4], [0.2]], 50, axis=1)
    once, twice = spread(seeds_only), spread(np.hstack([seeds_only, seeds_only]))
    assert twice.variance == pytest.approx(once.variance) == pytest.approx(np.var([0.1, 0.4, 0.2], ddof=1) / 3)


def test_one_seed_leaves_the_images():
    found = spread(np.array([[1.0, 0.0, 0.0, 1.0, 1.0]]))
    assert (found.between_seeds, found.both, found.seed_share) == (None, None, 0.0)
    assert (found.variance, found.reference.freedom, found.lasting) == (pytest.approx(0.3 / 5), 4.0, 0.0)


def test_one_network_of_which_only_the_accuracy_is_known_is_the_same_as_its_images():
    correct = np.arange(40) < 31
    known, counted = spread(correct[None, :].astype(np.int8)), spread_of_images(31 / 40, images=40)
    assert counted.variance == pytest.approx(known.variance)
    assert counted.reference == known.reference


@pytest.mark.usefixtures("normal_tails")
def test_seeds_alone_are_the_squared_standard_error_of_their_mean():
    found = spread_of_seeds(np.array([1.0, 2.0, 3.0, 4.0, 5.0]), images=100)
    assert (found.variance, found.reference.freedom, found.seed_share, found.lasting) == (0.5, 4.0, 1.0, 0.5)
    assert (found.images, found.between_images, found.both) == (100, None, None)


def test_equal_means_of_right_and_wrong_answers_leave_the_seeds_what_lies_within_a_step():
    # Both seeds are right on 3 of 4 images, another one wrong: a step is 1 / 4, its square / 12 times 4 images 1 / 48.
    values = np.array([[1, 1, 0, 1], [1, 1, 0, 1]], np.int8)
    _, of_images, residual = mean_squares(values)
    expected = (1 / 48) / (1 / 48 + of_images - residual)
    assert spread(values).seed_share == pytest.approx(expected)
    assert spread(values.astype(float)).seed_share == 0.0  # losses come in any size


@pytest.mark.parametrize("seeds", [2, 3, 5, 6, 7, 10])
@pytest.mark.parametrize("figure", [0.1, 0.3, 0.7, 0.8, 0.93])
def test_equal_figures_have_no_variance_whatever_their_mean_is_rounded_to(seeds, figure):
    assert variance_of(np.full(seeds, figure)) == 0.0
    assert spread_of_seeds(np.full(seeds, figure)).variance == 0.0


def test_differences_that_are_equal_but_for_the_rounding_of_the_figures_have_no_variance():
    differences = np.array([0.3 - (0.1 + 0.2), 0.0, 0.0])
    assert variance_of(differences) > 0
    assert variance_of(differences, scale=0.3) == 0.0


@pytest.mark.usefixtures("normal_tails")
def test_seeds_with_equal_means_by_chance_are_not_taken_for_no_spread():
    # Each seed is wrong on one image, another one each: nothing lies between seeds or images but what one does.
    # MS_S = 0 (its rounding is 1e-32), MS_I = 3 * 0.0222 < MS_R = 2.13 / 8: the variance is that of single images.
    values = 1.0 - np.eye(3, 5)
    found = spread(values)
    _, of_images, residual = mean_squares(values)
    assert of_images < residual
    assert found.variance == pytest.approx(residual / 15)
    assert (found.seed_share, found.reference.freedom) == (1.0, 2.0)


def test_images_that_differ_by_chance_as_much_as_one_seed_does_from_the_next_have_no_part():
    # MS_I = MS_R but for their rounding, and all seeds have one mean.
    values = np.array([[1.0, 1.0, 0.0, 0.0], [0.0, 1.0, 1.0, 0.0], [0.0, 1.0, 0.0, 1.0]])
    of_seeds, of_images, residual = mean_squares(values)
    found = spread(values)
    assert of_seeds == pytest.approx(0.0, abs=1e-12)
    expected = (of_images - residual if of_images > residual * 1.000001 else residual) / 12
    assert found.variance == pytest.approx(expected)


def test_a_table_in_which_nothing_varies_has_no_variance():
    found = spread(np.full((3, 4), 0.7))
    assert (found.variance, found.between_seeds, found.between_images, found.both) == pytest.approx((0, 0, 0, 0))
    assert found.reference.freedom == pytest.approx(3)


def test_a_table_larger_than_what_is_held_at_once_is_read_in_parts(monkeypatch):
    values = crossed(7, 20)
    whole = spread(values)
    monkeypatch.setattr(import_module("classlab.statistics.spread"), "_AT_ONCE", 40)
    parts = spread(values)
    assert parts.both == pytest.approx(whole.both, rel=1e-12)
    assert parts.variance == pytest.approx(whole.variance, rel=1e-12)


def test_at_the_size_that_was_measured_it_is_what_was_measured():
    found = spread(crossed(5, 30, image_effect=2.0))
    assert found.between_seeds > 0
    variance, reference = found.at(seeds=5, images=30)
    assert variance == pytest.approx(found.variance)
    assert reference.limit(0.95) == pytest.approx(found.reference.limit(0.95))


def test_more_seeds_and_more_images_each_remove_their_own_part():
    found = spread(crossed(5, 30, image_effect=2.0))
    many_images, _ = found.at(seeds=5, images=10**9)
    many_seeds, _ = found.at(seeds=10**9, images=30)
    assert many_images == pytest.approx(found.lasting, rel=1e-6)
    assert many_seeds == pytest.approx(found.between_images / 30, rel=1e-6)


def test_the_variance_at_another_size_is_that_of_simulated_studies():
    # Components 0.25, 1 and 0.49: 4,000 studies of 8 seeds and 20 images; the error of the simulated variance is 2 %.
    draw = np.random.default_rng(8)
    means = (
        0.5 * draw.normal(size=(4000, 8, 1)) + draw.normal(size=(4000, 1, 20)) + 0.7 * draw.normal(size=(4000, 8, 20))
    ).mean(axis=(1, 2))
    measured = spread(crossed(400, 400, seed=9))
    variance, _ = measured.at(seeds=8, images=20)
    assert variance == pytest.approx(0.25 / 8 + 1 / 20 + 0.49 / 160, rel=0.1)
    assert means.var() == pytest.approx(variance, rel=0.12)


def test_seeds_alone_at_another_size_know_nothing_of_images():
    found = spread_of_seeds(np.array([1.0, 2.0, 3.0]), images=50)
    variance, reference = found.at(seeds=6, images=1000)
    assert (variance, reference.freedom) == (pytest.approx(1 / 6), 5.0)
    assert found.at(seeds=6, images=None) == (variance, reference)


def test_one_seed_at_another_size_has_its_images_only():
    found = spread(np.array([[1.0, 0.0, 0.0, 1.0, 1.0]]))
    variance, reference = found.at(seeds=1, images=30)
    assert (variance, reference.freedom) == (pytest.approx(0.01), 29.0)
    variance, reference = found.at(seeds=1, images=None)
    assert (variance, reference.freedom) == (0.0, 0.0)


@pytest.mark.parametrize("shape", [(0, 5), (3, 1), (3,), (2, 2, 2)])
def test_other_shapes_are_refused(shape):
    with pytest.raises(SpecError) as refusal:
        spread(np.zeros(shape))
    assert str(refusal.value) == (
        "`values` must have the shape (seeds, images) with at least 1 seed and 2 images, but got "
        f"shape={shape}. Give one row per seed."
    )

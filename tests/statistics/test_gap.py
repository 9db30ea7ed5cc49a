"""The generalisation gap."""

from __future__ import annotations

import pytest
from scipy import stats
from statsmodels.stats.proportion import confint_proportions_2indep

from classlab.errors import SpecError
from classlab.statistics import estimate, generalisation_gap, newcombe

FITTED, UNSEEN = [0.99, 0.985, 0.992, 0.981], [0.951, 0.949, 0.955, 0.947]


def test_over_seeds_it_is_an_interval_for_the_mean_difference():
    found = generalisation_gap(FITTED, UNSEEN)
    oracle = stats.ttest_rel(FITTED, UNSEEN)
    assert found.gap == pytest.approx(0.0365)
    assert found.interval == pytest.approx(tuple(oracle.confidence_interval(0.95)))
    assert (found.n, found.excluded, found.method) == (4, 0, "seeds")
    differences = [one - two for one, two in zip(FITTED, UNSEEN, strict=True)]
    assert found.sd == pytest.approx(estimate(differences).sd)


def test_a_literal_interval_for_one_seed():
    # Newcombe (1998), the example of his table II for method 10: 56/70 against 48/80 gives 0.0524 to 0.3339.
    found = generalisation_gap([56 / 70], [48 / 80], fitted_images=70, unseen_images=80)
    assert found.interval == pytest.approx((0.0524, 0.3339), abs=5e-5)
    assert (found.gap, found.method, found.sd) == (pytest.approx(0.2), "images", None)


@pytest.mark.parametrize(
    ("first", "first_images", "second", "second_images"),
    [(9_900, 10_000, 9_512, 10_000), (450, 500, 97, 100), (10, 10, 0, 10), (0, 7, 0, 9)],
)
def test_newcombes_interval_is_statsmodels(first, first_images, second, second_images):
    found = newcombe(first / first_images, first_images, second / second_images, second_images, confidence=0.9)
    oracle = confint_proportions_2indep(
        first, first_images, second, second_images, method="newcomb", compare="diff", alpha=0.1
    )
    assert found == pytest.approx(oracle, abs=1e-9)


def test_exchanging_the_sides_mirrors_the_interval():
    plain = newcombe(0.99, 1000, 0.95, 500, confidence=0.95)
    turned = newcombe(0.95, 500, 0.99, 1000, confidence=0.95)
    assert turned == pytest.approx((-plain[1], -plain[0]))


def test_one_seed_without_image_counts_has_no_interval():
    found = generalisation_gap([0.99, None], [0.95, 0.96], fitted_images=100)
    assert (found.gap, found.interval, found.method) == (pytest.approx(0.04), None, "none")
    assert (found.n, found.excluded) == (1, 1)


def test_one_good_seed_among_failures_goes_by_its_images():
    found = generalisation_gap([None, 0.99], [0.5, 0.95], fitted_images=100, unseen_images=100)
    assert found.interval == newcombe(0.99, 100, 0.95, 100, confidence=0.95)
    assert found.method == "images"


def test_no_seed_has_no_gap():
    found = generalisation_gap([None], [0.9], fitted_images=10, unseen_images=10)
    assert (found.gap, found.interval, found.method, found.n) == (None, None, "none", 0)


def test_different_numbers_of_seeds_are_refused():
    with pytest.raises(SpecError) as refusal:
        generalisation_gap([0.9, 0.8], [0.9])
    assert str(refusal.value) == (
        "`fitted` and `unseen` must have one accuracy per seed each, but got 2 and 1. "
        "Pair them by seed and give None where a run has no figure."
    )


def test_percentages_are_refused():
    with pytest.raises(SpecError) as refusal:
        generalisation_gap([98.5], [0.9])
    assert str(refusal.value) == "accuracies must be shares from 0 to 1, but got 98.5. Divide percentages by 100."

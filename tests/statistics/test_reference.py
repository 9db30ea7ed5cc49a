"""What an error in standard errors is compared with."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from classlab.statistics.reference import Reference, expected_root

SHARES = [0.02, 0.5, 0.9]


def of(share: float, *, seeds: float, images: float | None = 99.0) -> Reference:
    return Reference(seed_share=share, of_seeds=seeds, of_images=images)


def test_seeds_alone_are_students_t_with_an_unbiased_standard_deviation():
    # t of four degrees of freedom 2.776445, c4 of five figures 0.939986 (a table of control charts).
    assert of(1.0, seeds=4, images=None).limit(0.95) == pytest.approx(2.776445 / 0.939986, rel=1e-6)
    assert of(1.0, seeds=4).p_value(-2.95371) == pytest.approx(0.05, abs=1e-6)


def test_c4_is_what_a_standard_deviation_is_on_average():
    drawn = np.random.default_rng(0).normal(size=(200_000, 3)).std(axis=1, ddof=1)
    assert expected_root(2) == pytest.approx(drawn.mean(), rel=0.005)


@pytest.mark.parametrize("seeds", [0.0, 4.0])
def test_images_alone_are_students_t(seeds):
    assert of(0.0, seeds=seeds).limit(0.99) == pytest.approx(stats.t.ppf(0.995, 99))
    assert of(0.0, seeds=seeds).p_value(2.0) == pytest.approx(2 * stats.t.sf(2.0, 99))


def test_a_variance_that_is_known_leaves_the_normal_distribution():
    assert of(0.0, seeds=0.0, images=None).limit(0.95) == pytest.approx(1.959964)


@pytest.mark.parametrize("images", [3.0, 99.0, 5999.0])
@pytest.mark.parametrize("seeds", [1.0, 3.2, 9.0, 200.0])
@pytest.mark.parametrize("share", SHARES)
def test_it_is_the_mixture_of_normals_over_both_unknown_variances(share, seeds, images):
    def drawn(freedom: float, many: int) -> tuple[np.ndarray, np.ndarray]:
        """Chi-squared over its freedom at even steps of its logarithm, and their weights."""
        logs = np.linspace(np.log(stats.chi2.ppf(1e-14, freedom)), np.log(stats.chi2.isf(1e-14, freedom)), many)
        weights = stats.chi2.pdf(np.exp(logs), freedom) * np.exp(logs)
        return np.exp(logs) / freedom, weights / weights.sum()

    (own, weights), (others, of_others) = drawn(seeds, 1500), drawn(images, 200)
    own = own * expected_root(seeds) ** 2
    weights = weights * (1 + (1 - share) / share * own) ** ((seeds - 1) / seeds)
    deviations = np.sqrt(np.add.outer(share / own, (1 - share) / others))
    for value in (0.5, 2.0, 4.0):
        expected = 2 * stats.norm.sf(value / deviations) @ of_others @ weights / weights.sum()
        assert of(share, seeds=seeds, images=images).p_value(value) == pytest.approx(expected, rel=0.005)


@pytest.mark.parametrize("confidence", [0.05, 0.95, 0.9999])
@pytest.mark.parametrize("share", SHARES)
def test_the_limit_is_where_the_p_value_is_what_the_confidence_leaves(share, confidence):
    reference = of(share, seeds=1.0)
    assert reference.p_value(reference.limit(confidence)) == pytest.approx(1 - confidence, rel=1e-5)


def missed(share: float, *, seeds: float, confidence: float, satterthwaite: bool = False) -> float:
    """How often normal errors lie beyond the limit where the seeds have this share of the true variance: integrated."""
    steps, found = (np.arange(60) + 0.5) / 60, 0.0
    for step in steps.tolist():  # most of the values where the seeds' variance comes out small
        estimated = float(stats.chi2.ppf(step**4, seeds)) / seeds
        whole = share * estimated + 1 - share
        reference = of(share * estimated / whole, seeds=seeds, images=1e6)
        student = stats.t.ppf((1 + confidence) / 2, reference.freedom)
        limit = student if satterthwaite else reference.limit(confidence)
        found += 2 * stats.norm.sf(limit * np.sqrt(whole)) * 4 * step**3 / len(steps)
    return float(found)


@pytest.mark.parametrize("confidence", [0.95, 0.99])
@pytest.mark.parametrize("share", [0.95, 0.8, 0.2])
@pytest.mark.parametrize("seeds", [1.0, 4.0])
def test_normal_errors_lie_beyond_the_limit_at_most_as_often_as_stated(seeds, share, confidence):
    assert missed(share, seeds=seeds, confidence=confidence) <= 1 - confidence


def test_students_t_with_degrees_of_freedom_of_the_whole_would_miss_seven_times_as_often():
    assert missed(0.9, seeds=1.0, confidence=0.99, satterthwaite=True) > 0.07

"""The generalisation gap."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import stats

from classlab.errors import SpecError
from classlab.statistics import Sample, estimate, generalisation_gap, sample, spread

FITTED, UNSEEN = [0.99, 0.985, 0.992, 0.981], [0.951, 0.949, 0.955, 0.947]
tables = arrays.arrays(np.bool_, st.tuples(st.integers(1, 4), st.integers(2, 8)))


def arm(correct: np.ndarray) -> Sample:
    return sample(correct.mean(axis=1), by_image=correct)


def drawn(seeds: int, images: int, *, seed: int = 0) -> np.ndarray:
    draw = np.random.default_rng(seed)
    hard = draw.random(images) < 0.15
    return draw.random((seeds, images)) < np.where(hard, 0.4, 0.98)


def test_a_literal_interval_over_seeds():
    # Gaps 0.05, 0.04, 0.06 below fitted 0.95: level 0.9, variance 0.0001 / 3, n' = 0.09 / 0.0000333 = 2700. t of
    # two degrees of freedom over c4 is 4.8550: t^2 / n' = 0.0087300. Wilson's centre is (0.9 + 0.0043650) / 1.0087300,
    # half its width 4.8550 sqrt(0.09 / 2700 + 0.0087300 / 10800) / 1.0087300.
    found = generalisation_gap([0.95, 0.94, 0.96], sample([0.90, 0.90, 0.90]))
    assert (found.gap, found.sd) == (pytest.approx(0.05), pytest.approx(0.01))
    assert found.interval == pytest.approx((0.025339, 0.081585), abs=1e-5)
    assert (found.n, found.excluded, found.holds_for) == (3, 0, "seeds")


@pytest.mark.usefixtures("normal_tails")
def test_far_from_the_ends_it_is_nearly_the_paired_t_interval():
    draw = np.random.default_rng(1)
    fitted, unseen = draw.normal(0.7, 0.01, 40), draw.normal(0.5, 0.01, 40)
    oracle = stats.ttest_rel(fitted, unseen)
    found = generalisation_gap(fitted, sample(unseen))
    assert found.interval == pytest.approx(tuple(oracle.confidence_interval(0.95)), abs=1e-5)


def test_a_training_accuracy_that_never_varies_leaves_the_unseen_accuracys_interval():
    correct = drawn(5, 120)
    low, high = estimate(arm(correct)).interval
    found = generalisation_gap([0.99] * 5, arm(correct))
    assert found.interval == pytest.approx((0.99 - high, 0.99 - low))
    assert found.holds_for == "seeds and images"


def test_over_seeds_and_images_the_gaps_variance_is_in_the_unseen_accuracys_place():
    correct, fitted = drawn(4, 150), np.array(FITTED)
    found = generalisation_gap(fitted, arm(correct), confidence=0.9)
    by_image = fitted[:, None] - correct
    measured, level = spread(by_image), correct.mean()
    limit = measured.reference.limit(0.9)
    square = limit**2 * measured.variance / (level * (1 - level))
    centre = (level + square / 2) / (1 + square)
    half = np.sqrt(square) * np.sqrt(level * (1 - level) + square / 4) / (1 + square)
    assert found.interval == pytest.approx((fitted.mean() - centre - half, fitted.mean() - centre + half))


def test_training_images_that_were_not_looked_at_widen_it():
    correct = drawn(4, 150)
    whole = generalisation_gap(FITTED, arm(correct), fitted_images=10_000, training_images=10_000)
    assert whole.interval == generalisation_gap(FITTED, arm(correct)).interval
    part = generalisation_gap(FITTED, arm(correct), fitted_images=100, training_images=10_000)
    added = np.mean(FITTED) * (1 - np.mean(FITTED)) / 100 * 0.99
    plain = spread(np.array(FITTED)[:, None] - correct)
    assert np.ptp(part.interval) / np.ptp(whole.interval) == pytest.approx(
        np.sqrt(1 + added / plain.variance), rel=0.02
    )


def test_one_seed_goes_by_its_images():
    correct = np.arange(200) < 190
    known = generalisation_gap([0.99], arm(correct[None, :]))
    counted = generalisation_gap([0.99], sample([0.95], images=200))
    assert known.interval == pytest.approx(counted.interval)
    low, high = estimate(arm(correct[None, :])).interval
    assert known.interval == pytest.approx((0.99 - high, 0.99 - low))
    assert (known.holds_for, known.sd, known.n) == ("images", None, 1)


def test_one_seed_without_a_number_of_images_has_no_interval():
    found = generalisation_gap([0.99, None], sample([0.95, 0.96]))
    assert (found.gap, found.interval, found.holds_for) == (pytest.approx(0.04), None, "nothing")
    assert (found.n, found.excluded) == (1, 1)


def test_a_seed_that_lacks_one_of_the_two_is_left_out():
    correct = drawn(4, 60)
    lacking = generalisation_gap([0.99, None, 0.992, 0.981], arm(correct))
    plain = generalisation_gap([0.99, 0.992, 0.981], arm(correct[[0, 2, 3]]))
    assert (lacking.n, lacking.excluded) == (3, 1)
    assert lacking.interval == pytest.approx(plain.interval)


def test_no_seed_has_no_gap():
    found = generalisation_gap([None], sample([0.9], images=10))
    assert (found.gap, found.interval, found.holds_for, found.n) == (None, None, "nothing", 0)


def test_the_order_of_seeds_does_not_matter():
    correct = drawn(4, 60)
    turned = generalisation_gap(FITTED[::-1], arm(correct[::-1]))
    assert turned.interval == pytest.approx(generalisation_gap(FITTED, arm(correct)).interval)


@pytest.mark.usefixtures("normal_tails")
def test_networks_that_are_right_on_every_unseen_image_have_the_training_accuracys_spread():
    # The unseen accuracy's own interval, 1 - t^2 / (n + t^2), and the t-interval of the fitted one, added as squares.
    correct, fitted = np.ones((3, 100), dtype=bool), np.array([0.5, 1.0, 0.75])
    low, high = generalisation_gap(fitted, arm(correct)).interval
    limit = stats.t.isf(0.025, 2)
    half = limit * 0.25 / np.sqrt(3)
    unseen = limit**2 / (100 + limit**2)
    assert low == pytest.approx(-0.25 - half)
    assert high == pytest.approx(-0.25 + np.hypot(unseen, half))


@given(tables, st.integers(0, 10), st.sampled_from([0.5, 0.95, 0.999]))
def test_an_interval_holds_the_gap_stays_on_the_scale_and_has_a_width(correct, shift, confidence):
    fitted = np.clip(correct.mean(axis=1) + 0.1 * shift, 0, 1)
    found = generalisation_gap(fitted, arm(correct), confidence=confidence)
    low, high = found.interval
    assert -1 <= low <= found.gap + 1e-12
    assert found.gap - 1e-12 <= high <= 1
    assert high - low > 1e-4


def test_different_numbers_of_seeds_are_refused():
    with pytest.raises(SpecError) as refusal:
        generalisation_gap([0.9, 0.8], sample([0.9]))
    assert str(refusal.value) == (
        "`fitted` and `unseen` must have one accuracy per seed each, but got 2 and 1. "
        "Pair them by seed and give None where a run has no figure."
    )


def test_percentages_are_refused():
    with pytest.raises(SpecError) as refusal:
        generalisation_gap([98.5], sample([0.9]))
    assert str(refusal.value) == "accuracies must be shares from 0 to 1, but got 98.5. Divide percentages by 100."


def test_a_confidence_is_a_probability():
    with pytest.raises(SpecError) as refusal:
        generalisation_gap([0.9], sample([0.9]), confidence=0)
    assert str(refusal.value) == "`confidence` must lie between 0 and 1, but got confidence=0. 0.95 is usual."

"""Mean, spread and interval of an arm."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import stats

from classlab.errors import SpecError
from classlab.statistics import Sample, estimate, sample, share_interval, spread

tables = arrays.arrays(np.bool_, st.tuples(st.integers(1, 5), st.integers(2, 9)))


def arm(correct: np.ndarray, **options: object) -> Sample:
    return sample(correct.mean(axis=1), by_image=correct, **options)


def drawn(seeds: int, images: int, *, seed: int = 0) -> np.ndarray:
    draw = np.random.default_rng(seed)
    hard = draw.random(images) < 0.15
    return draw.random((seeds, images)) < np.where(hard, 0.4, 0.98)


def test_a_literal_interval_over_seeds():
    # Accuracies 0.88, 0.9, 0.92: sd 0.02, variance of the mean 0.0004 / 3, n' = 0.09 * 3 / 0.0004 = 675. t of two
    # degrees of freedom over c4 is 4.30265 / 0.886227 = 4.8550: t^2 / n' = 0.034920.
    # Centre (0.9 + 0.017460) / 1.034920; half 4.8550 sqrt(0.09 / 675 + 0.034920 / 2700) / 1.034920.
    found = estimate(sample([0.88, 0.90, 0.92]))
    assert (found.mean, found.sd, found.n, found.excluded) == (pytest.approx(0.9), pytest.approx(0.02), 3, 0)
    assert found.interval == pytest.approx((0.82977, 0.94324), abs=1e-5)
    assert (found.holds_for, found.images) == ("seeds", None)


def test_with_single_images_it_is_wilsons_interval_with_the_crossed_variance():
    correct = drawn(5, 200)
    found = estimate(arm(correct), confidence=0.9)
    expected = share_interval(correct.mean(), spread=spread(correct.astype(float)), confidence=0.9)
    assert found.interval == pytest.approx(expected)
    assert (found.holds_for, found.images, found.n) == ("seeds and images", 200, 5)


def test_seeds_that_share_few_images_agree_more_than_they_should():
    # What the seeds alone vouch for is too narrow by far: they all err on the same images.
    correct = drawn(12, 100)
    crossed, alone = estimate(arm(correct)), estimate(sample(correct.mean(axis=1)))
    assert np.ptp(crossed.interval) > 2 * np.ptp(alone.interval)


def test_seeds_that_agree_on_every_image_are_worth_one():
    one = np.arange(100) % 9 > 0
    assert estimate(arm(np.tile(one, (60, 1)))).interval == pytest.approx(estimate(arm(one[None, :])).interval)


@pytest.mark.usefixtures("normal_tails")
@pytest.mark.parametrize("confidence", [0.5, 0.95, 0.999])
@pytest.mark.parametrize("n", [2, 3, 5, 30])
def test_a_losss_interval_over_seeds_is_scipys(n, confidence):
    values = np.random.default_rng(n).normal(0.9, 0.1, size=n)
    expected = stats.t.interval(confidence, n - 1, loc=values.mean(), scale=stats.sem(values))
    expected = (max(expected[0], 0.0), expected[1])  # no loss lies below zero
    assert estimate(sample(values, kind="loss"), confidence=confidence).interval == pytest.approx(expected, rel=1e-12)


def test_a_losss_interval_over_seeds_and_images_has_the_crossed_variance():
    losses = np.random.default_rng(1).gamma(0.4, 0.5, (5, 80))
    found = estimate(sample(losses.mean(axis=1), by_image=losses, kind="loss"))
    parts = spread(losses)
    half = parts.reference.limit(0.95) * np.sqrt(parts.variance)
    assert found.interval == pytest.approx((losses.mean() - half, losses.mean() + half))
    assert found.holds_for == "seeds and images"


def test_the_unit_of_a_loss_does_not_matter():
    losses = np.random.default_rng(1).gamma(0.4, 0.5, (5, 80))
    plain = estimate(sample(losses.mean(axis=1), by_image=losses, kind="loss"))
    tens = estimate(sample(10 * losses.mean(axis=1), by_image=10 * losses, kind="loss"))
    assert tens.interval == pytest.approx([10 * end for end in plain.interval])


def test_the_order_of_seeds_and_images_does_not_matter():
    correct, draw = drawn(4, 50), np.random.default_rng(3)
    moved = correct[draw.permutation(4)][:, draw.permutation(50)]
    assert estimate(arm(moved)).interval == pytest.approx(estimate(arm(correct)).interval)


def test_one_seed_has_the_interval_of_its_images():
    correct = np.arange(100) < 93
    known, counted = estimate(arm(correct[None, :])), estimate(sample([0.93], images=100))
    assert known.interval == pytest.approx(counted.interval)
    # Wilson's with 99 images and t of 99 degrees of freedom: a sample variance has one less than it has images.
    alpha = 2 * stats.norm.sf(stats.t.isf(0.025, 99))
    z2 = stats.norm.isf(alpha / 2) ** 2 / 99
    half = np.sqrt(z2) * np.sqrt(0.93 * 0.07 + z2 / 4) / (1 + z2)
    centre = (0.93 + z2 / 2) / (1 + z2)
    assert known.interval == pytest.approx((centre - half, centre + half))
    assert (known.holds_for, counted.holds_for, known.sd) == ("images", "images", None)


@pytest.mark.parametrize("missing", [None, float("nan"), float("inf")])
def test_runs_without_a_figure_are_left_out_and_counted(missing):
    correct = drawn(3, 40)
    whole = estimate(arm(correct))
    figures = [*correct.mean(axis=1)[:1], missing, *correct.mean(axis=1)[1:]]
    rows = np.insert(correct, 1, False, axis=0)
    found = estimate(sample(figures, by_image=rows))
    assert (found.n, found.excluded) == (3, 1)
    assert (found.mean, found.sd, found.interval) == (whole.mean, whole.sd, whole.interval)


@pytest.mark.parametrize("values", [[], [None, None]])
def test_no_figure_has_no_mean(values):
    found = estimate(sample(values))
    assert (found.mean, found.sd, found.interval, found.n, found.excluded) == (None, None, None, 0, len(values))
    assert found.holds_for == "nothing"


@pytest.mark.parametrize("kind", ["accuracy", "loss"])
def test_one_seed_on_unknown_images_has_no_interval(kind):
    found = estimate(sample([0.9, None], kind=kind))
    assert (found.mean, found.sd, found.interval, found.n, found.holds_for) == (0.9, None, None, 1, "nothing")


@pytest.mark.parametrize("kind", ["accuracy", "loss"])
@pytest.mark.parametrize("figure", [0.1, 0.5, 0.9, 0.97, 1.0])
def test_equal_figures_on_unknown_images_have_no_interval(figure, kind):
    # The mean of three times 0.1 is not 0.1 to the last digit; that is no spread.
    found = estimate(sample([figure] * 3, kind=kind))
    assert (found.interval, found.holds_for) == (None, "nothing")


def test_equal_accuracies_of_seeds_that_err_on_other_images_do_not_have_a_sure_mean():
    found = estimate(arm(~np.eye(3, 5, dtype=bool)))
    assert found.interval[0] < 0.7 < 0.85 < found.interval[1]


@pytest.mark.parametrize(("right", "end"), [(True, 1.0), (False, 0.0)])
def test_all_right_and_all_wrong_are_not_certain(right, end):
    low, high = estimate(arm(np.full((4, 100), right))).interval
    assert high - low == pytest.approx(0.0379, abs=1e-4)  # t^2 / (n + t^2) with t = 1.984
    assert end in (pytest.approx(low), pytest.approx(high))


def test_more_confidence_is_a_wider_interval():
    widths = [np.ptp(estimate(arm(drawn(4, 50)), confidence=level).interval) for level in (0.8, 0.95, 0.999)]
    assert widths == sorted(widths)
    assert widths[0] < widths[2]


@given(tables, st.sampled_from([0.5, 0.95, 0.999]))
def test_an_accuracys_interval_holds_its_mean_stays_on_the_scale_and_has_a_width(correct, confidence):
    low, high = estimate(arm(correct), confidence=confidence).interval
    assert 0 <= low <= correct.mean() + 1e-12
    assert correct.mean() - 1e-12 <= high <= 1
    assert high - low > 1e-4


@given(st.lists(st.floats(0, 1), min_size=2, max_size=6), st.sampled_from([None, 1, 50]))
def test_an_interval_of_figures_alone_stays_on_the_scale(figures, images):
    found = estimate(sample(figures, images=images))
    assert found.interval is None or 0 <= found.interval[0] <= found.interval[1] <= 1


def test_a_confidence_is_a_probability():
    with pytest.raises(SpecError) as refusal:
        estimate(sample([0.9]), confidence=95)
    assert str(refusal.value) == "`confidence` must lie between 0 and 1, but got confidence=95. 0.95 is usual."

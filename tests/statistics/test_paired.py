"""Two arms, seed by seed and image by image."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import stats
from statsmodels.stats.weightstats import DescrStatsW

from classlab.errors import SpecError
from classlab.statistics import PairedShares, Sample, compare, sample, spread

shares = st.floats(0, 1, allow_nan=False).map(lambda share: round(share, 4))
pairs_of_tables = st.tuples(st.integers(1, 4), st.integers(2, 8)).flatmap(
    lambda shape: st.tuples(arrays.arrays(np.bool_, shape), arrays.arrays(np.bool_, shape))
)


def arm(correct: np.ndarray, **options: object) -> Sample:
    return sample(correct.mean(axis=1), by_image=correct, **options)


def arm_of_losses(losses: np.ndarray, **options: object) -> Sample:
    return sample(losses.mean(axis=1), by_image=losses, kind="loss", **options)


def drawn(seeds: int, images: int, *shares: float, seed: int = 0) -> list[np.ndarray]:
    """Tables of right and wrong for arms of these accuracies, that have hard images in common."""
    draw = np.random.default_rng(seed)
    hard = draw.random(images)
    return [draw.random((seeds, images)) + hard < 2 * share for share in shares]


# With single images


def test_the_interval_is_tangos_with_the_crossed_variance():
    first, second = drawn(5, 100, 0.85, 0.8)
    found = compare(arm(first), arm(second), confidence=0.9)
    difference = first.astype(float) - second
    expected = PairedShares(
        first_only=float((difference > 0).mean()), second_only=float((difference < 0).mean()), spread=spread(difference)
    )
    assert found.interval == pytest.approx(expected.interval(confidence=0.9))
    assert found.p_value == pytest.approx(expected.p_value())
    assert found.difference == pytest.approx(difference.mean())
    assert found.sd == pytest.approx(difference.mean(axis=1).std(ddof=1))
    assert (found.holds_for, found.n, found.images, found.excluded) == ("seeds and images", 5, 100, 0)


def test_a_difference_in_loss_has_the_t_interval_of_the_crossed_variance():
    draw = np.random.default_rng(1)
    first, second = draw.gamma(0.5, 0.5, (4, 60)), draw.gamma(0.5, 0.6, (4, 60))
    found = compare(arm_of_losses(first), arm_of_losses(second))
    parts, mean = spread(first - second), (first - second).mean()
    half = parts.reference.limit(0.95) * np.sqrt(parts.variance)
    assert found.interval == pytest.approx((mean - half, mean + half))
    assert found.p_value == pytest.approx(parts.reference.p_value(mean / np.sqrt(parts.variance)))


def test_permuting_seeds_and_images_changes_nothing():
    first, second = drawn(4, 60, 0.85, 0.8)
    draw = np.random.default_rng(9)
    seeds, images = draw.permutation(4), draw.permutation(60)
    plain = compare(arm(first), arm(second))
    moved = compare(arm(first[seeds][:, images]), arm(second[seeds][:, images]))
    assert moved.interval == pytest.approx(plain.interval)
    assert moved.p_value == pytest.approx(plain.p_value)


def test_images_that_both_get_right_in_every_seed_do_not_matter_to_the_test():
    first, second = drawn(5, 200, 0.9, 0.8)
    easy = np.ones((5, 2000), dtype=bool)
    plain = compare(arm(first), arm(second))
    diluted = compare(arm(np.hstack([first, easy])), arm(np.hstack([second, easy])))
    assert diluted.difference == pytest.approx(plain.difference / 11)
    assert diluted.p_value == pytest.approx(plain.p_value, abs=0.01)


def test_a_losss_unit_and_what_both_have_in_common_do_not_matter():
    draw = np.random.default_rng(1)
    first, second = draw.gamma(0.5, 0.5, (4, 60)), draw.gamma(0.5, 0.6, (4, 60))
    luck = draw.gamma(1.0, 1.0, (4, 1)) + draw.gamma(1.0, 1.0, (1, 60))
    plain = compare(arm_of_losses(first), arm_of_losses(second))
    moved = compare(arm_of_losses(10 * (first + luck)), arm_of_losses(10 * (second + luck)))
    assert moved.interval == pytest.approx([10 * end for end in plain.interval])
    assert moved.p_value == pytest.approx(plain.p_value)


def test_a_lower_loss_is_better():
    draw = np.random.default_rng(1)
    losses = draw.gamma(0.5, 0.5, (4, 60))
    assert compare(arm_of_losses(losses), arm_of_losses(losses + 1 + 0.1 * draw.random((4, 60)))).verdict == "better"


def test_pairs_of_images_matter():
    # The same answers, once on the same images and once on others: only the first tells a small steady difference.
    second = np.tile(np.arange(300) % 4 > 0, (3, 1))
    first = second | (np.arange(300) % 16 == 0)
    assert compare(arm(first, image_set="a"), arm(second, image_set="a")).verdict == "better"
    other = compare(arm(first, image_set="a"), arm(second, image_set="b"))
    assert (other.verdict, other.holds_for, other.n, other.images) == ("cannot tell", "seeds and images", 3, 300)


@pytest.mark.usefixtures("normal_tails")
def test_other_images_are_taken_for_independent_and_seeds_stay_paired():
    first, second = drawn(5, 100, 0.9, 0.8)
    second = second[:, :70]
    found = compare(arm(first), arm(second))
    one, two = spread(first.astype(float)), spread(second.astype(float))
    of_seeds = (first.mean(axis=1) - second.mean(axis=1)).var(ddof=1) / 5
    variance = of_seeds + one.between_images / 100 + two.between_images / 70
    assert found.spread.variance == pytest.approx(variance)
    assert found.spread.seed_share == pytest.approx(of_seeds / variance)
    mean = first.mean() - second.mean()
    half = found.spread.reference.limit(0.95) * np.sqrt(variance)
    assert found.interval == pytest.approx((mean - half, mean + half))
    assert found.images == 70


def test_one_seed_each_on_other_images_is_two_independent_samples():
    first, second = np.arange(400) < 380, np.arange(300) < 240
    found = compare(arm(first[None, :], image_set="a"), arm(second[None, :], image_set="b"))
    variance = 0.95 * 0.05 / 399 + 0.8 * 0.2 / 299
    half = stats.t.isf(0.025, 299) * np.sqrt(variance)
    assert found.interval == pytest.approx((0.15 - half, 0.15 + half))
    assert (found.holds_for, found.n) == ("images", 1)


def test_equal_answers_are_no_proof_of_equality():
    found = compare(arm(*drawn(4, 100, 0.9)), arm(*drawn(4, 100, 0.9)))
    limit = stats.t.isf(0.025, 99) ** 2
    assert found.interval == pytest.approx((-limit / (100 + limit), limit / (100 + limit)), abs=1e-9)
    assert (found.verdict, found.p_value, found.difference) == ("cannot tell", 1.0, 0.0)
    assert compare(arm(*drawn(4, 100, 0.9)), arm(*drawn(4, 100, 0.9)), margin=0.05).verdict == "practically equal"


def test_equal_differences_of_seeds_that_differ_on_other_images_are_not_certain():
    # Each seed of the second errs on one image, another one each. Rounding must not make a spread of 1e-32 of that.
    first, second = np.ones((3, 5), dtype=bool), ~np.eye(3, 5, dtype=bool)
    found = compare(arm(first), arm(second))
    assert found.difference == pytest.approx(0.2)
    assert found.verdict == "cannot tell"
    assert found.interval[0] < 0 < 0.4 < found.interval[1]
    assert found.p_value > 0.1


def test_one_arm_right_and_the_other_wrong_everywhere_ends_at_the_end_of_the_scale():
    found = compare(arm(np.ones((3, 50), dtype=bool)), arm(np.zeros((3, 50), dtype=bool)))
    low, high = found.interval
    limit = stats.t.isf(0.025, 49) ** 2
    assert (found.verdict, high) == ("better", 1.0)
    assert low == pytest.approx((50 - limit) / (50 + limit), abs=1e-9)


def test_a_seed_that_one_of_them_lacks_is_left_out_of_both():
    first, second = drawn(4, 50, 0.9, 0.6)
    lacking = sample([*first.mean(axis=1)[:2], None, first.mean(axis=1)[3]], by_image=first)
    found, plain = compare(lacking, arm(second)), compare(arm(first[[0, 1, 3]]), arm(second[[0, 1, 3]]))
    assert (found.n, found.excluded) == (3, 1)
    assert (found.interval, found.p_value, found.sd) == (plain.interval, plain.p_value, plain.sd)


@pytest.mark.usefixtures("normal_tails")
def test_where_one_arms_images_are_not_known_the_seeds_alone_are_compared():
    first, second = drawn(4, 50, 0.9, 0.6)
    found = compare(arm(first), sample(second.mean(axis=1), images=50))
    oracle = stats.ttest_rel(first.mean(axis=1), second.mean(axis=1))
    assert found.interval == pytest.approx(tuple(oracle.confidence_interval(0.95)))
    assert (found.holds_for, found.images) == ("seeds", 50)


@settings(deadline=None)
@given(pairs_of_tables, st.sampled_from([0.5, 0.95, 0.999]), st.sampled_from([1, 3, 21]))
def test_verdict_interval_and_p_value_never_contradict_each_other(tables, confidence, comparisons):
    found = compare(arm(tables[0]), arm(tables[1]), confidence=confidence, comparisons=comparisons)
    low, high = found.interval
    assert -1 <= low <= found.difference + 1e-12
    assert found.difference - 1e-12 <= high <= 1
    assert high - low > 1e-4
    assume(abs(comparisons * found.p_value - (1 - confidence)) > 1e-9)  # a tie is decided by rounding
    excludes_zero = low > 0 or high < 0
    assert excludes_zero == (comparisons * found.p_value <= 1 - confidence)
    assert found.told_apart == excludes_zero
    assert found.would_tell is None or found.verdict == "cannot tell"


# Seeds alone


@pytest.mark.usefixtures("normal_tails")
def test_a_literal_comparison_of_seeds_alone():
    # differences 1, 2, 3: mean 2, sd 1, t = 2 * sqrt(3) = 3.4641 with 2 degrees of freedom, quantile 4.3027
    found = compare(sample([2, 4, 6], kind="loss"), sample([1, 2, 3], kind="loss"))
    assert (found.difference, found.sd, found.n, found.holds_for, found.images) == (2.0, 1.0, 3, "seeds", None)
    assert found.interval == pytest.approx((2 - 4.30265 / 3**0.5, 2 + 4.30265 / 3**0.5), abs=1e-5)
    assert found.p_value == pytest.approx(0.07418, abs=1e-5)
    assert found.verdict == "cannot tell"


@pytest.mark.usefixtures("normal_tails")
@pytest.mark.parametrize("n", [2, 3, 5, 20])
@pytest.mark.parametrize("shift", [0.0, 0.003, 0.05])
def test_seeds_alone_are_scipys_and_statsmodels_paired_t(n, shift):
    source = np.random.default_rng(n)
    first, second = source.normal(0.9 + shift, 0.01, n), source.normal(0.9, 0.01, n)
    oracle = stats.ttest_rel(first, second)
    found = compare(sample(first), sample(second), confidence=0.9)
    assert found.p_value == pytest.approx(oracle.pvalue, rel=1e-9)
    assert found.interval == pytest.approx(tuple(oracle.confidence_interval(0.9)), rel=1e-9)
    assert found.interval == pytest.approx(DescrStatsW(first - second).tconfint_mean(0.1), rel=1e-9)


@pytest.mark.usefixtures("normal_tails")
def test_a_family_has_wider_intervals():
    first, second = [0.91, 0.93, 0.92, 0.94], [0.90, 0.91, 0.91, 0.92]
    alone, among = compare(sample(first), sample(second)), compare(sample(first), sample(second), comparisons=10)
    oracle = stats.ttest_rel(first, second)
    assert among.interval == pytest.approx(tuple(oracle.confidence_interval(0.995)))
    assert (among.p_value, among.comparisons) == (alone.p_value, 10)
    assert (alone.verdict, among.verdict) == ("better", "cannot tell")


@given(st.lists(st.tuples(shares, shares), min_size=0, max_size=8), st.sampled_from([1, 3, 21]))
def test_seeds_alone_never_contradict_themselves_either(pairs, comparisons):
    first, second = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    found = compare(sample(first), sample(second), comparisons=comparisons)
    if found.interval is None:
        assert (found.verdict, found.p_value, found.holds_for) == ("cannot tell", None, "nothing")
        return
    low, high = found.interval
    assert -1 <= low <= found.difference <= high <= 1
    assume(abs(comparisons * found.p_value - 0.05) > 1e-9)
    assert found.told_apart == (low > 0 or high < 0) == (comparisons * found.p_value <= 0.05)


def test_pairs_of_seeds_matter():
    # The same figures, once in step by seed and once not: only the first tells a small steady difference.
    first, second = [0.90, 0.92, 0.94, 0.96], [0.899, 0.918, 0.939, 0.958]
    assert compare(sample(first), sample(second)).verdict == "better"
    assert compare(sample(first), sample(second[::-1])).verdict == "cannot tell"


@pytest.mark.parametrize(
    ("first", "second", "difference"), [([0.9, None], [0.75, 0.8], 0.15), ([None], [0.5], None), ([], [], None)]
)
def test_below_two_pairs_of_figures_nothing_can_be_told(first, second, difference):
    found = compare(sample(first), sample(second), margin=0.5)
    assert (found.verdict, found.holds_for) == ("cannot tell", "nothing")
    assert (found.interval, found.p_value, found.sd, found.spread, found.would_tell) == (None,) * 5
    assert found.difference == (None if difference is None else pytest.approx(difference))


@pytest.mark.parametrize("shift", [0.0, 0.01])
@pytest.mark.parametrize("paired", [True, False])
def test_equal_differences_of_seeds_alone_say_nothing(shift, paired):
    # Accuracies on 100 images move in steps of 0.01: two arms often differ by the same on a few seeds.
    first, second = [0.1] * 3, [0.1 + shift] * 3
    found = compare(sample(first), sample(second), paired=paired)
    assert (found.verdict, found.interval, found.p_value, found.holds_for) == ("cannot tell", None, None, "nothing")
    assert found.difference == pytest.approx(-shift)


def test_one_image_says_as_much_as_no_image():
    assert compare(sample([1.0, 0.0, 1.0], images=1), sample([0.0, 0.0, 1.0], images=1)).n == 3


# Without pairs


@pytest.mark.usefixtures("normal_tails")
@pytest.mark.parametrize(("n", "m"), [(5, 5), (3, 8), (2, 2)])
def test_without_pairs_it_is_scipys_welch(n, m):
    draw = np.random.default_rng(n + m)
    first, second = draw.normal(0.5, 0.01, n), draw.normal(0.49, 0.03, m)
    oracle = stats.ttest_ind(first, second, equal_var=False)
    found = compare(sample(first), sample(second), paired=False)
    assert found.p_value == pytest.approx(oracle.pvalue, rel=1e-9)
    interval = oracle.confidence_interval(0.95)
    assert found.interval == pytest.approx((max(interval.low, -1), min(interval.high, 1)), rel=1e-9)
    assert (found.n, found.sd, found.holds_for) == (min(n, m), None, "seeds")


@pytest.mark.usefixtures("normal_tails")
def test_without_pairs_every_figure_counts():
    found = compare(sample([0.9, None, 0.92, 0.95]), sample([None, 0.8, 0.83]), paired=False)
    oracle = stats.ttest_ind([0.9, 0.92, 0.95], [0.8, 0.83], equal_var=False)
    assert found.p_value == pytest.approx(oracle.pvalue)
    assert (found.n, found.excluded) == (2, 2)


@pytest.mark.parametrize(("first", "second"), [([0.9], [0.8, 0.7]), ([None], [0.8, 0.7]), ([], [])])
def test_without_pairs_two_figures_each_are_needed(first, second):
    found = compare(sample(first), sample(second), paired=False)
    assert (found.verdict, found.interval, found.spread) == ("cannot tell", None, None)


def test_without_pairs_of_seeds_the_images_may_still_be_the_same():
    (first,), (second,) = drawn(6, 150, 0.9), drawn(4, 150, 0.8, seed=1)  # with hard images of their own
    found = compare(arm(first), arm(second), paired=False)
    of_seeds = first.mean(axis=1).var(ddof=1) / 6 + second.mean(axis=1).var(ddof=1) / 4
    one, two = spread(first.astype(float)), spread(second.astype(float))
    by_image = first.mean(axis=0) - second.mean(axis=0)
    of_images = max(by_image.var(ddof=1) - one.both / 6 - two.both / 4, 0.0) / 150
    assert of_images > 0
    assert found.spread.variance == pytest.approx(of_seeds + of_images)
    assert (found.holds_for, found.n, found.images) == ("seeds and images", 4, 150)
    other = compare(arm(first, image_set="a"), arm(second, image_set="b"), paired=False)
    each = sum(found.between_images / found.images for found in (one, two))  # every arm's own images move its own mean
    assert (other.spread.variance, other.holds_for) == (pytest.approx(of_seeds + each), "seeds and images")


@pytest.mark.parametrize("options", [{"image_set": "other"}, {}], ids=["other images", "no pairs"])
def test_equal_means_by_chance_are_not_certain_without_pairs_either(options):
    first, second = np.ones((3, 5), dtype=bool), ~np.eye(3, 5, dtype=bool)
    found = compare(arm(first), arm(second, **options), paired=bool(options))
    assert (found.verdict, found.p_value > 0.1) == ("cannot tell", True)
    assert found.interval[0] < 0 < 0.3 < found.interval[1]


# Refusals


def test_arms_of_different_length_are_refused():
    with pytest.raises(SpecError) as refusal:
        compare(sample([0.9, 0.8]), sample([0.9]))
    assert str(refusal.value) == (
        "`first` and `second` must have one figure per seed each, but got 2 and 1 figures. "
        "Pair them by seed and give None where a run has no figure."
    )


@pytest.mark.parametrize("paired", [True, False])
def test_an_accuracy_is_not_compared_with_a_loss(paired):
    with pytest.raises(SpecError) as refusal:
        compare(sample([0.9, 0.8]), sample([0.9, 0.8], kind="loss"), paired=paired)
    assert str(refusal.value) == (
        "samples must be of one kind to be compared, but got accuracy and loss. Compare like with like."
    )


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"confidence": 1.5}, "`confidence` must lie between 0 and 1, but got confidence=1.5. 0.95 is usual."),
        ({"margin": -1}, "`margin` must be zero or more, but got margin=-1. 0.002 is two images in a thousand."),
        ({"comparisons": 0}, "`comparisons` must be at least 1, but got comparisons=0. Give more."),
    ],
)
def test_settings_that_make_no_sense_are_refused(wrong, sentence):
    with pytest.raises(SpecError) as refusal:
        compare(sample([0.9, 0.8]), sample([0.9, 0.7]), **wrong)
    assert str(refusal.value) == sentence

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from scipy.special import expit

from classlab.statistics import compare, compare_predictions, sample
from classlab.statistics.paired import difference


def images(arrays, **facts):
    return sample(arrays.mean(axis=1), by_image=arrays, **facts)


def welch(found, *, confidence=0.95):
    """The interval by the reference of its spread."""
    half = found.spread.reference.limit(confidence) * np.sqrt(found.spread.variance)
    return found.difference - half, found.difference + half


def study(generator, *, runs, images, levels, seeds=0.15):
    """Two arms on the same images: which each of their runs gets right, `(runs, images)`.

    Images are hard or easy for both arms, a little for one of them alone; runs are better or worse; the rest is chance.
    """
    hard = generator.normal(0, 1.5, images)
    found = []
    for many, level in zip(runs, levels, strict=True):
        own = level + hard + generator.normal(0, 0.7, images)
        found.append(generator.random((many, images)) < expit(own + generator.normal(0, seeds, many)[:, None]))
    return found


@pytest.mark.parametrize("kind", ["accuracy", "loss", "score"])
@pytest.mark.parametrize(("runs", "spread"), [((2, 2), 1.0), ((5, 5), 0.3), ((3, 12), 4.0)])
def test_figures_alone_give_welchs_comparison(runs, spread, kind):
    generator = np.random.default_rng(3)
    first, second = generator.normal(0.7, 0.01, runs[0]), generator.normal(0.68, 0.01 * spread, runs[1])
    found = compare(sample(first, kind=kind), sample(second, kind=kind), paired=False)
    reference = stats.ttest_ind(first, second, equal_var=False)
    assert found.difference == pytest.approx(first.mean() - second.mean())
    assert found.difference / np.sqrt(found.spread.variance) == pytest.approx(reference.statistic)
    assert found.spread.seed_freedom == pytest.approx(reference.df)
    assert found.interval == pytest.approx(welch(found))
    assert found.p_value == pytest.approx(found.spread.reference.p_value(reference.statistic))
    assert (found.holds_for, found.sd, found.n) == ("seeds", None, min(runs))


def test_a_family_widens_the_interval_as_bonferroni_says():
    first, second = [0.9, 0.92, 0.91], [0.88, 0.9, 0.86]
    found = compare(sample(first), sample(second), comparisons=5, paired=False)
    assert found.interval == pytest.approx(welch(found, confidence=0.99))


def test_where_images_move_both_arms_alike_the_interval_is_welchs():
    """Every image is equally hard for both arms, so that other images would change nothing: the runs are all."""
    generator = np.random.default_rng(0)
    image, levels = generator.normal(0, 0.3, 400), (np.array([0.9, 1.1, 1.2]), np.array([0.7, 0.8, 0.6, 0.9]))
    first, second = (image[None] + level[:, None] for level in levels)
    found = compare(images(first, kind="loss"), images(second, kind="loss"), paired=False)
    alone = compare(*(sample(each.mean(axis=1), kind="loss") for each in (first, second)), paired=False)
    reference = stats.ttest_ind(first.mean(axis=1), second.mean(axis=1), equal_var=False)
    assert found.holds_for == "seeds and images"
    assert found.difference / np.sqrt(found.spread.variance) == pytest.approx(reference.statistic)
    assert found.interval == pytest.approx(alone.interval)


def test_where_runs_are_all_alike_the_interval_is_that_of_the_images():
    """Runs that answer the same are one network each, and the images are all that is drawn."""
    generator = np.random.default_rng(0)
    one, two = generator.random(500) < 0.9, generator.random(500) < 0.85
    found = compare(images(np.stack([one] * 3)), images(np.stack([two] * 3)), paired=False)
    alone = compare_predictions(one, two)
    assert found.interval == pytest.approx(alone.interval, abs=1e-6)


@pytest.mark.parametrize(
    ("runs", "many", "most"), [((2, 2), 450, 1.0), ((3, 10), 450, 0.98), ((5, 5), 1000, 0.985), ((15, 15), 450, 0.98)]
)
def test_the_interval_holds_the_truth_as_often_as_it_says(runs, many, most):
    """Tied arms, the truth is no difference: 0.95 within three standard errors, and more where runs are few."""
    generator, draws = np.random.default_rng(runs[1]), 400
    held = 0
    for _ in range(draws):
        first, second = study(generator, runs=runs, images=many, levels=(2.5, 2.5))
        low, high = compare(images(first), images(second), paired=False).interval
        held += low <= 0 <= high
    assert 0.92 <= held / draws <= most


def test_the_interval_holds_a_difference_near_the_end_of_the_scale():
    generator, draws, held = np.random.default_rng(1), 400, 0
    first, second = study(generator, runs=(50, 50), images=100_000, levels=(5, 4.5))
    truth = first.mean() - second.mean()
    for _ in range(draws):
        first, second = study(generator, runs=(4, 4), images=500, levels=(5, 4.5))
        low, high = compare(images(first), images(second), paired=False).interval
        held += low <= truth <= high
    assert 0.92 <= held / draws <= 0.985


def test_runs_alone_would_not_hold_the_truth_as_often():
    """What the test above would find if the images were not looked at."""
    generator, held = np.random.default_rng(15), 0
    for _ in range(400):
        first, second = study(generator, runs=(15, 15), images=450, levels=(2.5, 2.5), seeds=0.05)
        low, high = compare(sample(first.mean(axis=1)), sample(second.mean(axis=1)), paired=False).interval
        held += low <= 0 <= high
    assert held / 400 < 0.9


def test_exchanged_arms_give_the_mirrored_interval_and_order_of_runs_gives_the_same():
    first, second = study(np.random.default_rng(0), runs=(3, 5), images=200, levels=(2.5, 2.0))
    found = compare(images(first), images(second), paired=False)
    mirrored = compare(images(second), images(first), paired=False)
    assert found.interval == pytest.approx((-mirrored.interval[1], -mirrored.interval[0]))
    turned = compare(images(first[::-1]), images(second[[2, 0, 1, 4, 3]]), paired=False)
    assert turned.interval == pytest.approx(found.interval)
    assert turned.spread.variance == pytest.approx(found.spread.variance)


def test_single_networks_are_compared_image_by_image_whatever_their_seeds():
    one, two = np.random.default_rng(0).random((2, 300)) < np.array([[0.9], [0.8]])
    found = compare(images(one[None]), images(two[None]), paired=False)
    assert found == compare_predictions(one, two)


def test_other_images_for_each_arm_move_each_by_themselves():
    first, second = study(np.random.default_rng(0), runs=(4, 4), images=300, levels=(2.5, 2.0))
    same = compare(images(first), images(second), paired=False)
    other = compare(images(first, image_set="a"), images(second, image_set="b"), paired=False)
    assert other.holds_for == "seeds and images"
    assert other.spread.between_images > same.spread.between_images


@pytest.mark.parametrize("first", [[0.9], [0.9, None]])
def test_one_run_gives_a_difference_and_no_interval(first):
    found = compare(sample(first), sample([0.8, 0.82]), paired=False)
    assert (found.n, found.interval, found.p_value, found.verdict) == (1, None, None, "cannot tell")
    assert found.difference == pytest.approx(0.09)
    assert found.excluded == len(first) - 1


def test_no_run_gives_nothing_and_no_spread_no_interval():
    assert compare(sample([None]), sample([0.8, 0.82]), paired=False).difference is None
    assert compare(sample([0.9] * 3), sample([0.8] * 3), paired=False).interval is None


def test_a_study_of_the_same_size_would_have_the_same_error():
    """What `would_tell` reckons with, at the size at hand, and how it falls with more runs and more images."""
    first, second = study(np.random.default_rng(0), runs=(4, 4), images=300, levels=(2.5, 2.0), seeds=0.5)
    found = difference(images(first), images(second), paired=False).spread
    here, reference = found.at(seeds=4, images=300)
    assert here == pytest.approx(found.variance)
    assert reference.limit(0.95) == pytest.approx(found.reference.limit(0.95))
    assert found.at(seeds=8, images=600)[0] == pytest.approx(here / 2, rel=0.35)
    assert found.at(seeds=8, images=300)[0] < here > found.at(seeds=4, images=600)[0]


def test_unequal_numbers_of_runs_count_by_their_harmonic_mean():
    generator = np.random.default_rng(0)
    first, second = generator.normal(0.9, 0.01, 30), generator.normal(0.9, 0.01, 5)
    found = difference(sample(first), sample(second), paired=False).spread
    assert found.seeds == round(2 / (1 / 30 + 1 / 5))
    assert found.at(seeds=None, images=None)[0] == pytest.approx(found.variance)  # as they are
    each = first.var(ddof=1) / 12 + second.var(ddof=1) / 12
    assert found.at(seeds=12, images=None)[0] == pytest.approx(each)


def of_size(runs, *, sd):
    """So many figures with that very standard deviation, about zero."""
    values = np.linspace(-1, 1, runs)
    return values / values.std(ddof=1) * sd


@pytest.mark.parametrize(("runs", "sds"), [((30, 3), (1.0, 0.2)), ((12, 3), (0.6, 0.3)), ((10, 10), (0.6, 0.3))])
def test_the_advised_number_of_runs_is_one_of_each_arm(runs, sds):
    """The arm that varies more decides, whichever has fewer runs: Welch's test with N of each says so."""
    first, second = (of_size(many, sd=sd) for many, sd in zip(runs, sds, strict=True))
    found = compare(sample(first + 0.4, kind="score"), sample(second, kind="score"), paired=False)
    advised = found.would_tell.seeds

    def power(each):
        freedom = (each - 1) * sum(sd**2 for sd in sds) ** 2 / sum(sd**4 for sd in sds)
        shift = 0.4 / np.sqrt(sum(sd**2 for sd in sds) / each)
        limit = stats.t.ppf(0.975, freedom)
        return stats.nct.sf(limit, freedom, shift) + stats.nct.cdf(-limit, freedom, shift)

    needed = next(each for each in range(2, 200) if power(each) >= 0.8)
    assert needed <= advised <= needed + 3  # heavy tails over seeds cost a few more
    turned = compare(sample(second, kind="score"), sample(first + 0.4, kind="score"), paired=False)
    assert turned.would_tell.seeds == advised


def test_the_runs_at_hand_are_what_more_images_would_be_judged_with():
    generator = np.random.default_rng(4)
    first, second = (images(each) for each in study(generator, runs=(20, 3), images=300, levels=(1.0, 0.9)))
    found = compare(first, second, paired=False).spread
    variance, reference = found.at(seeds=None, images=found.images)
    assert variance == pytest.approx(found.variance)
    assert reference.limit(0.95) == pytest.approx(found.reference.limit(0.95), rel=0.2)
    assert found.at(seeds=None, images=10**12)[0] == pytest.approx(found.lasting, rel=1e-3, abs=1e-12)

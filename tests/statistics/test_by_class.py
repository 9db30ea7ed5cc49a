"""Balanced accuracy and macro F1 as rows by seed and image, and how far chance moves them."""

from math import sqrt

import numpy as np
import pytest
from scipy import stats
from sklearn import metrics

from classlab.errors import SpecError
from classlab.statistics import compare, estimate, rank, sample
from classlab.statistics.by_class import (
    adjusted_difference,
    adjusted_figure,
    balanced_accuracy_rows,
    macro_f1_rows,
)


def drawn(*, seeds: int = 3, images: int = 120, shares: tuple[float, ...] = (0.8, 0.15, 0.05), seed: int = 0):
    """Answers `(seeds, images)` and labels; some images are hard for every seed."""
    draw = np.random.default_rng(seed)
    labels = draw.choice(len(shares), images, p=shares)
    labels[: len(shares)] = range(len(shares))
    easy = draw.uniform(0.3, 1, images)
    right = draw.random((seeds, images)) < easy
    return np.where(right, labels, (labels + 1) % len(shares)), labels


def balanced_sample(answers, labels):
    rows, by_class = balanced_accuracy_rows(answers == labels, labels)
    return sample(rows.mean(axis=1), by_image=rows, kind="share", image_set="x", by_class=by_class)


def f1_sample(answers, labels):
    rows, by_class = macro_f1_rows(answers, labels)
    return sample(rows.mean(axis=1), by_image=rows, kind="share", image_set="x", by_class=by_class)


@pytest.mark.parametrize("seed", range(3))
def test_means_of_rows_are_scikit_learns_figures(seed):
    answers, labels = drawn(seed=seed)
    for rows, score in (
        (balanced_accuracy_rows(answers == labels, labels)[0], metrics.balanced_accuracy_score),
        (macro_f1_rows(answers, labels)[0], lambda *pair: metrics.f1_score(*pair, average="macro")),
    ):
        assert rows.mean(axis=1) == pytest.approx([score(labels, each) for each in answers])


def test_classes_of_one_size_have_the_accuracy_and_about_its_interval():
    answers, _ = drawn(images=300, shares=(0.5, 0.5))
    labels = np.arange(300) % 2
    answers = np.where(answers == drawn(images=300, shares=(0.5, 0.5))[1], labels, 1 - labels)
    right = answers == labels
    plain = estimate(sample(right.mean(axis=1), by_image=right, image_set="x"))
    found = estimate(balanced_sample(answers, labels))
    assert found.mean == pytest.approx(plain.mean)
    assert found.interval == pytest.approx(plain.interval, abs=0.01)
    assert found.holds_for == "seeds and images"


def test_an_image_moves_macro_f1_by_what_its_row_says():
    """Weighting one image a little more moves the figure by its influence, as the jackknife has it."""
    answers, labels = drawn(seeds=1, images=60)
    rows, _ = macro_f1_rows(answers, labels)
    for image in range(0, 60, 7):
        weights = np.ones(60)
        weights[image] += 1e-6
        more = metrics.f1_score(labels, answers[0], average="macro", sample_weight=weights)
        assert (more - rows.mean()) / 1e-6 * 60 == pytest.approx(rows[0, image] - rows.mean(), rel=1e-3, abs=1e-3)


def test_one_network_has_no_less_than_price_and_bonetts_interval():
    """Two classes: one right and one wrong image are added to each, as Agresti and Caffo add them."""
    labels = np.repeat([0, 1], [19, 5])
    right = np.ones((1, 24), bool)
    right[0, [0, 1, 20]] = False
    rows, by_class = balanced_accuracy_rows(right, labels)
    found = adjusted_figure(by_class)
    shares = np.array([18 / 21, 5 / 7])
    assert found.shift == pytest.approx(shares.mean() - (17 / 19 + 4 / 5) / 2)
    assert found.variance == pytest.approx((shares * (1 - shares) / np.array([21, 7])).sum() / 4)
    low, high = estimate(sample(rows.mean(axis=1), by_image=rows, kind="share", by_class=by_class)).interval
    half = stats.t.ppf(0.975, found.freedom) * sqrt(found.variance)
    # The larger of two variances counts; that of the plain counts is a little larger where one of five is wrong.
    assert shares.mean() - 1.05 * half <= low <= shares.mean() - half
    assert high == pytest.approx(min(1, shares.mean() + half))


def test_the_difference_of_two_networks_is_bonett_and_prices():
    one = np.array([[1, 1, 1, 0, 1, 1, 0]], bool)
    two = np.array([[1, 0, 0, 1, 1, 1, 0]], bool)
    labels = np.array([0, 0, 0, 0, 1, 1, 1])
    found = adjusted_difference(*(balanced_accuracy_rows(each, labels)[1] for each in (one, two)))
    first, second = np.array([2.5 / 5, 0.5 / 4]), np.array([1.5 / 5, 0.5 / 4])
    parts = (first + second - (first - second) ** 2) / np.array([5, 4])
    assert found.variance == pytest.approx(parts.sum() / 4)
    assert found.shift == pytest.approx((first - second).mean() - (1 / 4) / 2)


def test_a_few_images_all_recognised_are_no_certainty():
    labels = np.repeat([0, 1], [97, 3])
    found = estimate(balanced_sample(np.tile(labels, (3, 1)), labels))
    assert found.mean == 1
    assert found.interval[1] == 1
    assert found.interval[0] < 0.75  # three of three: the recall may well be a half
    apart = compare(balanced_sample(np.tile(labels, (3, 1)), labels), balanced_sample(np.tile(labels, (3, 1)), labels))
    assert apart.verdict == "cannot tell"
    assert apart.interval[0] < -0.1


def test_figures_without_single_images_hold_for_other_seeds_alone():
    found = estimate(sample([0.7, 0.75, 0.72], images=100, kind="share"))
    assert found.holds_for == "seeds"
    assert estimate(sample([0.7], images=100, kind="share")).interval is None
    assert compare(sample([0.9, 0.91, 0.9], kind="share"), sample([0.5, 0.52, 0.5], kind="share")).verdict == "better"


def test_a_share_beyond_its_scale_is_refused():
    with pytest.raises(SpecError):
        sample([1.2], kind="share")


@pytest.mark.parametrize("make", [balanced_sample, f1_sample])
def test_more_is_better_and_the_better_arm_is_told(make):
    labels = np.arange(400) % 20 // 19  # 1 in 20
    draw = np.random.default_rng(0)
    good = np.where(draw.random((4, 400)) < 0.97, labels, 1 - labels)
    blind = np.zeros((4, 400), np.int64)
    found = rank([make(blind, labels), make(good, labels)])
    assert found.order == (1, 0)
    assert found.candidates == (1,)


@pytest.mark.parametrize("make", [balanced_sample, f1_sample])
def test_intervals_hold_as_often_as_they_say_where_a_class_is_rare(make):
    """Two arms tied in truth and 200 images of which 1 in 12 is rare; the truth from 200,000 others."""
    draw, hold, told, times = np.random.default_rng(1), 0, 0, 150

    def answers_on(labels, hard, seeds):
        own = draw.normal(0, 0.3, (seeds, 2))
        chance = 1 / (1 + np.exp(-(np.array([3.0, 0.7])[labels] + 2 * hard + own[:, labels])))
        return np.where(draw.random(chance.shape) < chance, labels, 1 - labels)

    def images(count):
        return (draw.random(count) < 1 / 12).astype(np.int64), draw.normal(size=count)

    labels, hard = images(20_000)
    many = answers_on(labels, hard, 60)
    truth = float(np.mean([make(each[None], labels).by_seed[0] for each in many]))
    for _ in range(times):
        labels, hard = images(200)
        one, two = (make(answers_on(labels, hard, 4), labels) for _ in range(2))
        low, high = estimate(one).interval
        hold += low <= truth <= high
        told += compare(one, two).told_apart
    assert hold >= 0.91 * times
    assert told <= 0.09 * times


@pytest.mark.parametrize("seeds", [2, 5])
def test_of_classes_of_one_size_nothing_is_surer_than_of_plain_accuracies(seeds):
    """Both figures are one there; a difference may not be told by the one and left open by the other."""
    source = np.random.default_rng(0)
    labels = np.repeat(np.arange(3), 60)
    for _ in range(20):
        pairs = []
        for hard in (0.62, 0.65):
            right = source.random((seeds, 180)) < hard
            plain = sample(right.mean(axis=1), by_image=right)
            rows, by_class = balanced_accuracy_rows(right, labels)
            pairs.append((plain, sample(rows.mean(axis=1), by_image=rows, kind="share", by_class=by_class)))
        (plain, balanced), (other_plain, other) = pairs
        one, two = (
            np.ptp(compare(*each, confidence=0.95, margin=0.0).interval)
            for each in ((plain, other_plain), (balanced, other))
        )
        assert two >= 0.95 * one  # the variance itself may differ a little: counts are adjusted

"""Verdicts where it is known which images each run got right."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from judged_words import UNKNOWN, ahead, luck, reached
from scipy.special import expit
from statsmodels.stats.contingency_tables import mcnemar

from classlab.judging.front import judge
from classlab.judging.judgement import judge_results
from classlab.judging.results import ReadingOptions
from classlab.judging.sources import read_results
from classlab.statistics import compare, compare_predictions, rank, sample

IMAGES = 600
WILSON = (
    "'a' reaches an accuracy of 89.00 % with 1 run on 600 images (95 % interval 86.24 to 91.27 %, for other images "
    "and this very network)."
)


def runs(*levels, seeds=4):
    """Which images the runs of each arm get right, `(seeds, images)`: some images are hard for all."""
    generator = np.random.default_rng(0)
    hard = generator.normal(0, 1.5, IMAGES)
    found = []
    for level in levels:
        own = hard + generator.normal(0, 0.5, IMAGES)
        chance = expit(level + own[None] + generator.normal(0, 0.1, seeds)[:, None])
        found.append(generator.random((seeds, IMAGES)) < chance)
    return found


def samples(arrays):
    return [sample(each.mean(axis=1), by_image=each) for each in arrays]


@pytest.mark.parametrize("family", ["best", "all pairs"])
def test_named_seeds_give_the_verdict_of_the_statistics_for_other_seeds_and_images(save, family):
    arrays = runs(3.2, 3.0, 1.5)
    path = save(correct=np.stack(arrays), arms=np.array(["adam", "sgd", "plain"]), seeds=np.arange(4))
    found = judge(path, pairs="all" if family == "all pairs" else "best", margin=0.001)
    assert found.judgement.ranking == rank(samples(arrays), family=family, margin=0.001)
    assert {pair.comparison.holds_for for pair in found.judgement.ranking.pairs} == {"seeds and images"}
    if family == "best":
        assert found.sentences == (
            "The best is one of these 2 of 3 arms: 'adam' and 'sgd'.",
            f"'adam' and 'sgd' cannot be told apart: 'adam' is ahead by 0.29 points ({ahead(found, 'adam', 'sgd')}, "
            "for other seeds and other images, corrected for 2 comparisons).",
            "'plain' is worse than 'adam'.",
            f"'adam' reaches an accuracy of 90.71 % with 4 seeds on 600 images ({reached(found, 'adam')}, for "
            "other seeds and other images).",
            f"About {found.judgement.advice.images:,} images instead of 600 would probably tell 'adam' from 'sgd'. "
            "No affordable number of seeds would.",
            luck(found),
        )


def test_two_arms_are_compared_as_two_samples_are(save):
    one, two = runs(3.2, 2.5)
    found = judge(save(correct=np.stack([one, two]), arms=np.array(["a", "b"]), seeds=np.arange(4)))
    assert found.comparison("a", "b") == compare(*samples([one, two]))


def test_runs_without_seeds_are_judged_over_images_too(save):
    one, two = runs(3.2, 2.0)
    found = judge(save(a=one, b=two[:3]))
    first, second = samples([one, two[:3]])
    assert found.comparison("a", "b") == compare(first, second, paired=False)
    assert found.comparison("a", "b").holds_for == "seeds and images"
    assert found.sentences == (
        f"'a' is better than 'b' by 9.93 points ({ahead(found, 'a', 'b')}, for other runs and other images).",
        UNKNOWN,
        f"'a' reaches an accuracy of 90.71 % with 4 runs on 600 images ({reached(found, 'a')}, for other runs "
        "and other images).",
    )


def test_a_missing_seed_is_left_out_of_both(save):
    one, two = runs(3.2, 2.5)
    np.savez("a.npz", a=one, seeds=np.arange(4))
    np.savez("b.npz", b=two[1:], seeds=np.arange(1, 4))
    found = judge(["a.npz", "b.npz"])
    assert found.comparison("a", "b").interval == compare(*samples([one[1:], two[1:]])).interval
    assert (found.comparison("a", "b").n, found.comparison("a", "b").excluded) == (3, 1)
    assert [each.excluded for each in found.judgement.ranking.estimates] == [0, 0]


@pytest.mark.parametrize("flat", [True, False])
def test_single_networks_are_compared_on_their_images(save, flat):
    one, two = (each[0] for each in runs(3.2, 2.5))
    found = judge(save(a=one if flat else one[None], b=two if flat else two[None]))
    comparison = found.comparison("a", "b")
    assert comparison == compare_predictions(one, two)
    table = [[(one & two).sum(), (one & ~two).sum()], [(~one & two).sum(), (~one & ~two).sum()]]
    reference = mcnemar(table, exact=False, correction=False)
    assert (comparison.interval[0] > 0) == (reference.pvalue < 0.05)
    assert found.sentences == (
        f"'a' and 'b' cannot be told apart: 'a' is ahead by 3.00 points ({ahead(found, 'a', 'b')}, for other "
        "images and these very networks).",
        "With one run per arm this speaks of the trained networks and not of the arms: with another run it may turn "
        "round.",
        WILSON,
        f"About {found.judgement.advice.images:,} images instead of 600 would probably tell the network of 'a' from "
        "that of 'b'; telling the arms takes more runs.",
        luck(found),
    )


def test_one_run_beside_several_says_nothing_of_runs_and_asks_for_no_images(save):
    one, two = runs(3.2, 2.5)
    found = judge(save(a=one[:1], b=two))
    assert found.verdict == "cannot tell"
    assert found.sentences == (
        "'a' and 'b' cannot be told apart: one run alone says nothing about the spread between runs.",
        "Five runs of each arm, or more, would show how far chance moves them.",
        UNKNOWN,
        WILSON,
    )


def test_networks_that_are_always_right_are_not_known_to_be_equal(save):
    found = judge(save(a=np.ones((3, 50)), b=np.ones((3, 50))))
    comparison = found.comparison("a", "b")
    assert (comparison.verdict, comparison.difference) == ("cannot tell", 0)
    assert comparison.interval == pytest.approx((-comparison.interval[1], comparison.interval[1]))
    assert 3 / 50 < comparison.interval[1] < 5 / 50  # the rule of three, for both sides at once


def test_runs_without_a_figure_need_no_images():
    """A run that did not end well has none, and the others' images still count."""
    from classlab.judging.assembly import assemble
    from classlab.judging.results import Reading, RunReading

    one, two = runs(3.2, 2.5)
    read = [
        RunReading(arm=arm, seed=str(seed), figure=float(right.mean()), images=IMAGES, correct=right)
        for arm, rows in (("a", one), ("b", two))
        for seed, right in enumerate(rows)
    ]
    read[2] = RunReading(arm="a", seed="2", figure=None)
    found = judge_results(assemble([Reading(runs=tuple(read), metric="accuracy")], ReadingOptions()))
    kept = [0, 1, 3]
    assert found.comparison("b", "a").interval == compare(*samples([two[kept], one[kept]])).interval
    assert found.first == "b"


def test_predictions_of_several_networks_are_judged_image_by_image(save):
    labels = np.arange(IMAGES) % 10
    arrays = runs(3.2, 2.5)
    files = []
    for arm, rows in zip(("adam", "sgd"), arrays, strict=True):
        for seed, right in enumerate(rows):
            files.append(f"{arm}-seed{seed}.npz")
            np.savez(files[-1], y_true=labels, y_pred=np.where(right, labels, (labels + 1) % 10))
    found = judge_results(read_results([Path(file) for file in files], ReadingOptions()))
    assert found.comparison("adam", "sgd") == compare(*samples(arrays))

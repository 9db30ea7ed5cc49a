from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from classlab.errors import SpecError
from classlab.judging.front import judge
from classlab.judging.image_limits import accuracy_limit, difference_limit
from classlab.judging.judgement import Judgement
from classlab.judging.results import Result, Results
from classlab.judging.verdict import judge_results
from classlab.records import from_json, to_json
from classlab.statistics import rank

# Test accuracies on Fashion-MNIST, ten seeds each: Schneider, Balles, Hennig (2019), DeepOBS: a deep learning optimizer
# benchmark suite, ICLR; its published runs, measured on 9,984 test images.
DEEPOBS = {
    "SGD": [92.18, 92.38, 92.38, 92.64, 92.25, 92.03, 92.23, 92.41, 92.04, 92.21],
    "Momentum": [92.40, 92.24, 92.26, 92.42, 92.17, 92.13, 91.77, 92.08, 92.16, 91.84],
    "Adam": [92.94, 92.29, 92.53, 92.21, 92.53, 92.28, 92.06, 92.49, 91.89, 92.22],
}


def results(figures, *, seeds=True, **facts):
    rows = [
        Result(arm=arm, seed=str(seed), figure=figure)
        for arm, values in figures.items()
        for seed, figure in enumerate(values)
    ]
    return Results(rows=tuple(rows), paired=seeds, **facts)


def test_the_published_optimizers_cannot_be_told_apart_and_it_is_said_what_would():
    found = judge(DEEPOBS, images=9984, pairs="all")
    assert [arm.name for arm in found.arms] == ["Adam", "SGD", "Momentum"]
    assert (found.verdict, found.paired, found.candidates) == ("cannot tell", False, ("Adam", "SGD", "Momentum"))
    for pair in found.pairs:
        one, two = (np.array(DEEPOBS[arm]) / 100 for arm in (pair.first, pair.second))
        reference = stats.ttest_ind(one, two, equal_var=False).confidence_interval(1 - 0.05 / 3)
        assert pair.interval == pytest.approx(tuple(reference))
    assert found.sentences == (
        "Adam has the highest mean accuracy, 92.34 % over 10 runs, but it cannot be told apart from SGD and Momentum.",
        "Adam minus SGD: +0.07 points, 95 % interval \u22120.23 to +0.36 points (10 and 10 runs, unpaired, corrected "
        "for 3 pairs).",
        "Seeds: about 267 runs of each would tell Adam from SGD with 80 % power, if the measured difference and spread "
        "are the truth.",
        "From figures alone only the seeds can be judged: this holds for other seeds on the same images, and says "
        "nothing about other images.",
        "Images: 9,984 images leave the accuracy of one network like those of Adam between 91.81 % and 92.85 %, and "
        "the difference of two networks uncertain by up to \u00b10.77 points (less where both err on the same images). "
        "The difference of 0.07 points lies within that: which images each run got right (an .npz of 0 and 1) would "
        "show whether other images may turn it round.",
    )


def test_pairs_of_known_seeds_are_judged_as_a_study_is():
    figures = {"a": [0.90, 0.92, None, 0.91], "b": [0.88, 0.91, 0.9, 0.88], "c": [0.5, 0.52, 0.55, 0.5]}
    found, reference = judge_results(results(figures), pairs="all"), rank(list(figures.values()))
    places = {name: place for place, name in enumerate(figures)}
    for pair in found.pairs:
        comparison = reference.comparison(places[pair.first], places[pair.second])
        assert (pair.verdict, pair.interval, pair.n) == (comparison.verdict, comparison.interval, (comparison.n,))
        assert pair.paired


def test_an_arm_with_a_failed_run_comes_after_those_without():
    found = judge_results(results({"a": [0.99, 0.98, None], "b": [0.8, 0.81, 0.82], "c": [None, None, None]}))
    assert [arm.name for arm in found.arms] == ["b", "a", "c"]
    assert found.sentences[0] == (
        "b comes first with a mean accuracy of 81.00 % over 3 runs; it is worse than a, ranked after it because some "
        "runs have no figure."
    )
    assert [(pair.first, pair.second) for pair in found.pairs] == [("b", "a")]


def test_what_is_not_known_is_not_claimed():
    figures = {"a": [0.90, 0.92, 0.94], "b": [0.88, 0.90, 0.92]}
    paired, unpaired = judge_results(results(figures)), judge_results(results(figures, seeds=False))
    assert "pairs of runs with equal seeds" not in " ".join(unpaired.sentences)
    assert unpaired.verdict == "cannot tell"
    assert paired.pairs[0].method == "equal differences"
    assert "other images" in " ".join(paired.sentences)


def test_one_run_per_arm_shows_no_spread():
    found = judge({"a": [0.9], "b": [0.8]})
    assert found.sentences[:3] == (
        "a has the highest mean accuracy, 90.00 % over 1 run, but it cannot be told apart from b.",
        "a minus b: +10.00 points, and no interval, because one run per arm shows no spread.",
        "More runs would tell a from b: train each with five seeds at least.",
    )


def test_one_network_per_arm_is_judged_by_its_images_and_said_to_be_about_networks():
    right = {"a": np.array([[True] * 90 + [False] * 10]), "b": np.array([[True] * 70 + [False] * 28 + [True] * 2])}
    found = judge_results(results({"a": [0.9], "b": [0.72]}, correct=right))
    assert (found.verdict, found.pairs[0].about) == ("better", "networks")
    assert found.pairs[0].interval == pytest.approx((0.099, 0.273), abs=5e-4)
    assert found.sentences[-1].startswith(
        "This is about these trained networks and images like these, not about the arms"
    )


def test_lower_losses_win():
    found = judge(
        {"arm": ["a", "a", "a", "b", "b", "b"], "seed": [0, 1, 2] * 2, "loss": [1.5, 1.6, 1.55, 0.5, 0.52, 0.53]},
        figure="loss",
    )
    assert found.verdict == "better"
    assert found.sentences[:2] == (
        "b is better than a: mean loss 0.5167 over 3 runs.",
        "b minus a: \u22121.0333, 95 % interval \u22121.1368 to \u22120.9299 (3 pairs of runs with equal seeds).",
    )


def test_a_margin_makes_small_differences_equal():
    found = judge({"a": [0.900, 0.901, 0.902, 0.9], "b": [0.9, 0.9005, 0.901, 0.9015]}, margin=0.02)
    assert found.verdict == "practically equal"
    assert found.candidates == ("a", "b")


def test_a_judgement_makes_the_trip_to_json_and_back():
    found = judge(DEEPOBS, images=9984)
    assert from_json(Judgement, to_json(found), where="here") == found
    assert str(found) == "\n".join(found.sentences)


def test_settings_that_make_no_sense_are_refused():
    with pytest.raises(SpecError) as refusal:
        judge({"a": [0.9], "b": [0.8]}, margin=-1)
    assert str(refusal.value) == "`margin` must be zero or more, but got margin=-1. 0.002 is two images in a thousand."
    with pytest.raises(SpecError) as refusal:
        judge({f"a{arm}": [0.9, 0.8] for arm in range(61)}, pairs="all")
    assert str(refusal.value) == ("all pairs can be shown of 60 arms at most, but there are 61. Choose pairs='best'.")


@pytest.mark.parametrize(("p", "q", "shared"), [(0.9, 0.88, 0.0), (0.9, 0.88, 0.5), (0.6, 0.3, 0.2)])
def test_no_two_networks_differ_by_more_than_the_limit(p, q, shared):
    """Two networks with these accuracies, however many mistakes they share, on many draws of images."""
    generator, images = np.random.default_rng(0), 1000
    both_wrong = shared * min(1 - p, 1 - q) + max(0.0, 1 - p - q)
    cells = [p + q - 1 + both_wrong, 1 - q - both_wrong, 1 - p - both_wrong, both_wrong]
    draws = generator.multinomial(images, cells, size=4000)
    spread = ((draws[:, 1] - draws[:, 2]) / images).std() * 1.96
    limit = difference_limit(p, q, images)
    assert spread <= limit * 1.03
    if not shared:
        assert spread >= limit * 0.97  # the limit is reached where they never err on the same image


def test_the_limit_of_one_network_is_that_of_its_images():
    assert accuracy_limit(0.97, 1000) == pytest.approx((0.9575, 0.9789), abs=5e-5)

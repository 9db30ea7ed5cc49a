"""Arms in order, and which of them could be the best."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats

from classlab.errors import SpecError
from classlab.statistics import Sample, best_first, compare, estimate, luck, rank, sample
from classlab.statistics.dependence import error_root, joint_level
from classlab.statistics.ranking import _MOST, _stepwise

# Two good arms that trade places by seed, one clearly below them, one far below.
SCORES = [
    [0.50, 0.52, 0.51, 0.53, 0.49],
    [0.920, 0.921, 0.919, 0.922, 0.920],
    [0.921, 0.920, 0.920, 0.921, 0.921],
    [0.880, 0.881, 0.882, 0.879, 0.880],
]


def arms(scores: object, **options: object) -> list[Sample]:
    return [sample(row, **options) for row in scores]


def with_images(*shares: float, seeds: int = 4, images: int = 300, seed: int = 0) -> list[Sample]:
    draw = np.random.default_rng(seed)
    hard = draw.random(images)
    correct = [draw.random((seeds, images)) + 3 * hard < 4 * share for share in shares]
    return [sample(each.mean(axis=1), by_image=each) for each in correct]


def test_order_and_candidates():
    found = rank(arms(SCORES))
    assert found.order == (2, 1, 3, 0)
    assert found.candidates == (2, 1)
    assert (found.unranked, found.family, found.higher_is_better) == ((), "best", True)
    assert found.estimates == tuple(estimate(arm) for arm in arms(SCORES))


@pytest.mark.usefixtures("normal_tails")
def test_the_first_is_compared_with_every_other():
    found = rank(arms(SCORES), margin=0.005)
    assert [(pair.first, pair.second) for pair in found.pairs] == [(2, 1), (2, 3), (2, 0)]
    for pair in found.pairs:
        oracle = stats.ttest_rel(SCORES[pair.first], SCORES[pair.second])
        assert pair.comparison.comparisons == 3
        assert pair.comparison.interval == pytest.approx(tuple(oracle.confidence_interval(1 - 0.05 / 3)))
        assert pair.comparison.p_value == pytest.approx(oracle.pvalue)
    assert [pair.comparison.verdict for pair in found.pairs] == ["practically equal", "better", "better"]
    assert found.candidates == (2, 1)  # practically equal is no reason to leave


@pytest.mark.usefixtures("normal_tails")
def test_all_pairs_are_compared_with_the_whole_family_in_mind():
    found = rank(arms(SCORES), family="all pairs")
    places = {arm: place for place, arm in enumerate(found.order)}
    assert {frozenset((pair.first, pair.second)) for pair in found.pairs} == {
        frozenset(pair) for pair in combinations(range(4), 2)
    }
    for pair in found.pairs:
        assert places[pair.first] < places[pair.second]
        oracle = stats.ttest_rel(SCORES[pair.first], SCORES[pair.second])
        assert pair.comparison.interval == pytest.approx(tuple(oracle.confidence_interval(1 - 0.05 / 6)))
    assert found.candidates == (2, 1)


def test_a_comparison_can_be_asked_for_from_either_side():
    found = rank(arms(SCORES))
    assert found.comparison(2, 0).verdict == "better"
    assert found.comparison(0, 2) == found.comparison(2, 0).reversed()
    assert found.comparison(0, 0) is None
    assert found.comparison(0, 1) is None  # not of the family
    assert rank(arms(SCORES), family="all pairs").comparison(1, 0).verdict == "better"


@pytest.mark.parametrize("family", ["best", "all pairs"])
def test_the_places_of_the_arms_do_not_matter(family):
    given, places = with_images(0.7, 0.8, 0.85, 0.82), [3, 0, 2, 1]
    plain, moved = rank(given, family=family), rank([given[place] for place in places], family=family)
    assert tuple(places[arm] for arm in moved.order) == plain.order
    assert tuple(places[arm] for arm in moved.candidates) == plain.candidates
    for one, two in combinations(range(4), 2):
        again = moved.comparison(places.index(one), places.index(two))
        found = plain.comparison(one, two)
        assert (again is None) == (found is None)
        assert again is None or again.interval == pytest.approx(found.interval)


def test_losses_are_ranked_the_other_way_round():
    losses = [[1 - score for score in row] for row in SCORES]
    plain, turned = rank(arms(SCORES)), rank(arms(losses, kind="loss"))
    assert (turned.order, turned.candidates) == (plain.order, plain.candidates)
    assert [pair.comparison.verdict for pair in turned.pairs] == [pair.comparison.verdict for pair in plain.pairs]
    assert not turned.higher_is_better


# Step by step


def steps(p_values: list[float], *, root: np.ndarray | None = None) -> tuple[int, float]:
    return _stepwise(dict(enumerate(p_values)), root=root, confidence=0.95)


def test_a_hand_worked_example_of_the_steps():
    # Five arms, ten pairs: 0.05 / 10 = 0.005 tells 0.001 and 0.005. Three arms are left, three pairs, but four
    # intervals are shown: 0.05 / 4 = 0.0125 tells 0.0125 too. Two are left, still four intervals: 0.02 stays.
    assert steps([0.02, 0.001, 0.0125, 0.005]) == (4, pytest.approx(0.0125))
    # Nothing is told at ten pairs, so ten it stays.
    assert steps([0.02, 0.006, 0.0125, 0.03]) == (10, pytest.approx(0.005))
    # Told at ten pairs: 0.004. Four arms left, six pairs: 0.05 / 6 = 0.00833 tells none of the others.
    assert steps([0.02, 0.004, 0.0125, 0.03]) == (6, pytest.approx(0.05 / 6))
    assert steps([0.04]) == (1, pytest.approx(0.05))
    assert steps([]) == (1, pytest.approx(0.05))


@given(st.lists(st.floats(0, 1), min_size=1, max_size=9), st.randoms(use_true_random=False))
def test_the_steps_end_between_the_intervals_that_are_shown_and_all_pairs(p_values, source):
    found, level = steps(p_values)
    arms_there = len(p_values) + 1
    assert len(p_values) <= found <= max(len(p_values), arms_there * (arms_there - 1) // 2)
    moved = list(p_values)
    source.shuffle(moved)
    assert steps(moved) == (found, level)
    assert level == pytest.approx(0.05 / found)
    told = [p_value for p_value in p_values if p_value <= level]
    left = len(p_values) - len(told) + 1
    assert found == max(len(p_values), left * (left - 1) // 2)  # nothing more is told at the number where it ends


def test_the_steps_tell_more_than_all_pairs_at_once_and_no_more_than_each_alone():
    given = with_images(0.93, 0.92, 0.88, 0.7, 0.6, 0.5, seeds=5, images=400)
    best, every = rank(given), rank(given, family="all pairs")
    alone = {arm for arm in best.order[1:] if compare(given[best.order[0]], given[arm]).told_apart}
    told = {arm for arm in range(6) if arm not in best.candidates}
    assert {arm for arm in range(6) if arm not in every.candidates} <= told <= alone
    assert len(told) >= 3


@pytest.mark.parametrize("family", ["best", "all pairs"])
def test_verdicts_agree_with_the_steps(family):
    found = rank(with_images(0.93, 0.92, 0.88, 0.7, 0.6), family=family)
    for pair in found.pairs:
        comparison = pair.comparison
        assert comparison.told_apart == (comparison.p_value <= 1 - comparison.alone)
        if family == "all pairs":
            assert 1 - comparison.alone == pytest.approx(0.05 / 10)


def test_what_arms_have_in_common_leaves_more_than_bonferroni_would():
    given = with_images(0.93, 0.92, 0.91, 0.9, 0.89)
    found = rank(given)
    alone = found.pairs[0].comparison.alone
    root = error_root([given[arm] for arm in found.order])
    pairs = {0: [1, 2, 3, 4], 1: [2, 3, 4], 2: [3, 4], 3: [4]}
    assert 1 - alone == pytest.approx(joint_level(root, pairs, confidence=0.95))
    assert 0.05 / 10 < 1 - alone < 0.05
    assert {pair.comparison.comparisons for pair in found.pairs} == {10}


def test_arms_that_have_left_are_shown_with_the_rest_of_the_family():
    found = rank(with_images(0.93, 0.92, 0.91, 0.3, 0.2))
    # The first with four others, and the two that stay with each other.
    assert {pair.comparison.comparisons for pair in found.pairs} == {5}
    assert len(found.candidates) == 3


def test_an_arm_that_cannot_be_compared_leaves_bonferronis_bound():
    whole = with_images(0.93, 0.92, 0.91, seeds=2)
    lacking = [[0.95, None], [None, 0.92], [0.91, None]]  # the first and the second share no seed
    found = rank([sample(figures, by_image=arm.by_image) for figures, arm in zip(lacking, whole, strict=True)])
    assert (found.comparison(0, 1).p_value, found.comparison(0, 1).n) == (None, 0)
    assert (found.comparison(0, 2).comparisons, found.comparison(0, 2).alone) == (1, pytest.approx(0.95))


# What is not there


def test_arms_whose_every_run_has_a_figure_come_first():
    # The second arm's mean is the highest because its worst seed went wrong.
    found = rank(arms([[0.90, 0.91, 0.89], [0.95, 0.94, None], [0.80, 0.811, 0.79]]))
    assert found.order == (0, 2, 1)
    assert found.candidates == (0, 1)
    assert found.comparison(0, 1).n == 2


def test_best_first_by_mean_then_whole_then_any():
    estimates = [
        estimate(each) for each in arms([[None], [0.5, None], [0.7, 0.7], [0.9, 0.9], [0.6, None], [0.7, 0.7]])
    ]
    assert best_first(estimates, higher_is_better=True) == (3, 2, 5, 4, 1, 0)
    assert best_first(estimates, higher_is_better=False) == (2, 5, 3, 1, 4, 0)


def test_ties_in_the_mean_keep_the_order_of_the_arms():
    assert rank(arms([[0.9, 0.8], [0.8, 0.9], [0.9, 0.8]])).order == (0, 1, 2)


def test_arms_without_figures_come_last_and_count_for_nothing():
    found, plain = rank(arms([[None] * 5, *SCORES])), rank(arms(SCORES))
    assert found.order == (*(arm + 1 for arm in plain.order), 0)
    assert found.unranked == (0,)
    assert found.candidates == tuple(arm + 1 for arm in plain.candidates)
    assert [pair.comparison for pair in found.pairs] == [pair.comparison for pair in plain.pairs]
    assert found.estimates[0].excluded == 5


def test_only_pairs_that_can_be_tested_are_in_the_family():
    found = rank(arms([[0.9, 0.91, None], [0.8, 0.8101, 0.82], [None, None, 0.7]]), family="all pairs")
    assert [pair.comparison.comparisons for pair in found.pairs] == [1, 1, 1]
    assert (found.comparison(0, 2).interval, found.comparison(0, 2).n) == (None, 0)
    assert 2 in found.candidates


@pytest.mark.parametrize("family", ["best", "all pairs"])
def test_with_one_seed_on_unknown_images_nothing_is_told_apart(family):
    found = rank(arms([[0.5], [0.9], [0.7]]), family=family)
    assert (found.order, found.candidates) == ((1, 2, 0), (1, 2, 0))
    assert {pair.comparison.verdict for pair in found.pairs} == {"cannot tell"}


def test_one_seed_on_known_images_tells_networks_apart():
    found = rank(with_images(0.9, 0.5, seeds=1))
    assert (found.candidates, found.pairs[0].comparison.holds_for) == ((0,), "images")


def test_one_arm_is_a_ranking_too():
    found = rank(arms([[0.9, 0.8]]))
    assert (found.order, found.candidates, found.pairs) == ((0,), (0,), ())


def test_nothing_but_failures_has_no_candidate():
    found = rank(arms([[None, None], [None, None]]))
    assert (found.order, found.unranked, found.candidates, found.pairs) == ((0, 1), (0, 1), (), ())


@pytest.mark.usefixtures("normal_tails")
def test_without_pairs_seeds_may_differ_in_number():
    found = rank(arms([[0.9, 0.91, 0.92], [0.5, 0.52, 0.51, 0.53]]), paired=False)
    oracle = stats.ttest_ind([0.9, 0.91, 0.92], [0.5, 0.52, 0.51, 0.53], equal_var=False)
    assert found.pairs[0].comparison.p_value == pytest.approx(oracle.pvalue)


def test_no_arms_are_refused():
    with pytest.raises(SpecError) as refusal:
        rank([])
    assert str(refusal.value) == "`samples` must have at least one arm, but got none. Give one per arm."


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"confidence": 0.0}, "`confidence` must lie between 0 and 1, but got confidence=0.0. 0.95 is usual."),
        ({"margin": -1.0}, "`margin` must be zero or more, but got margin=-1.0. 0.002 is two images in a thousand."),
    ],
)
def test_settings_that_make_no_sense_are_refused(wrong, sentence):
    with pytest.raises(SpecError) as refusal:
        rank(arms([[0.9]]), **wrong)
    assert str(refusal.value) == sentence


FAINT = 0.03  # the drawn mean is known to about this share of itself


def near_arms(figures: np.ndarray, **options: object) -> list:
    return [sample(each, **options) for each in figures]


def tied(count: int, *, seeds: int = 400, sd: float = 0.02) -> np.ndarray:
    """Arms of one mean to the last digit, with independent noise: so many seeds that its variance is known."""
    noise = np.random.default_rng(1).normal(0.0, sd, (count, seeds))
    return 0.5 + noise - noise.mean(axis=1, keepdims=True)


def expected_maximum(count: int) -> float:
    """Of so many standard normal numbers."""

    def weighted(place: float) -> float:
        return float(place * count * stats.norm.pdf(place) * stats.norm.cdf(place) ** (count - 1))

    return float(integrate.quad(weighted, -12, 12, limit=200)[0])


@pytest.mark.parametrize("behind", [0.0, 0.005, 0.01, 0.03])
def test_of_two_arms_it_is_the_part_of_a_normal_error_that_would_change_the_order(behind):
    # E[e, where e exceeds the distance] = sd of the difference times the normal density at distance / sd.
    first, second = np.array([0.90, 0.92, 0.91, 0.93]), np.array([0.92, 0.91, 0.93, 0.90]) - behind
    error = (first - second).std(ddof=1) / 2
    expected = error * stats.norm.pdf(behind / error)
    assert luck(near_arms([first, second]), (0, 1)) == pytest.approx(expected, rel=FAINT, abs=1e-5)


@pytest.mark.parametrize(("count", "harter"), [(2, 0.56419), (3, 0.84628), (7, 1.35218), (10, 1.53875)])
def test_of_tied_arms_it_is_the_expected_maximum_of_their_errors(count, harter):
    # Harter (1961), "Expected values of normal order statistics", Biometrika 48, table 1.
    assert expected_maximum(count) == pytest.approx(harter, abs=1e-5)
    found = luck(near_arms(tied(count)), range(count))
    assert found == pytest.approx(harter * 0.02 / np.sqrt(400), rel=0.06)


def test_the_first_of_tied_arms_exceeds_the_truth_by_no_less_on_average():
    # 300 studies of 6 equal arms of 5 seeds. The measured means are taken for the truth, and they lie apart by luck
    # alone: what is said is below what it is, by less than half.
    figures = np.random.default_rng(5).normal(0.5, 0.02, (300, 6, 5))
    excess = (figures.mean(axis=2).max(axis=1) - 0.5).mean()
    order = np.argsort(-figures.mean(axis=2), axis=1)
    said = np.mean([luck(near_arms(study), tuple(places)) for study, places in zip(figures, order, strict=True)])
    assert 0.5 * excess < said < 1.1 * excess


def test_what_candidates_have_in_common_is_no_luck():
    draw = np.random.default_rng(3)
    losses, common = draw.gamma(0.5, 0.5, (3, 5, 40)), draw.gamma(0.5, 5.0, (1, 5, 40))

    def of(tables: np.ndarray) -> float:
        return luck([sample(each.mean(axis=1), by_image=each, kind="loss") for each in tables], (0, 1, 2))

    assert of(losses + common) == pytest.approx(of(losses))


def test_arms_that_say_the_same_add_nothing():
    figures = tied(2, seeds=20)
    assert luck(near_arms(np.vstack([figures, figures[1:]])), (0, 1, 2)) == pytest.approx(
        luck(near_arms(figures), (0, 1)), rel=FAINT
    )


def test_a_candidate_far_behind_adds_nothing():
    figures = tied(3, seeds=20)
    figures[2] -= 0.4
    assert luck(near_arms(figures), (0, 1, 2)) == pytest.approx(luck(near_arms(figures), (0, 1)), rel=FAINT)


def test_losses_and_scores_are_judged_alike():
    figures = tied(3, seeds=20) - np.array([[0.0], [0.001], [0.002]])
    plain = luck(near_arms(figures), (0, 1, 2))
    assert luck(near_arms(1 - figures, kind="loss"), (0, 1, 2)) == pytest.approx(plain, rel=FAINT)
    assert luck(near_arms(10 * figures, kind="score"), (0, 1, 2)) == pytest.approx(10 * plain)


@pytest.mark.parametrize("candidates", [(), (0,)])
def test_a_single_candidate_owes_nothing_to_luck(candidates):
    assert luck([sample([0.9, 0.8])], candidates) == 0.0


def test_without_a_spread_luck_cannot_be_measured():
    assert luck([sample([0.9]), sample([0.8])], (0, 1)) is None


def test_without_pairs_it_goes_by_each_arms_own_spread():
    figures = tied(2, seeds=30)
    both = figures + np.random.default_rng(2).normal(0, 0.1, (1, 30))
    assert luck(near_arms(both), (0, 1), paired=False) > 3 * luck(near_arms(both), (0, 1))


def test_of_very_many_candidates_the_first_are_looked_at():
    figures = tied(_MOST + 5, seeds=6)
    assert luck(near_arms(figures), range(_MOST + 5)) == luck(near_arms(figures), range(_MOST))

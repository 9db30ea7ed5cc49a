"""Arms in order, and the groups of those that cannot be told apart."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests

from classlab.errors import SpecError
from classlab.records import from_json, to_json
from classlab.statistics import Ranking, compare, estimate, rank
from classlab.statistics.ranking import ALL_PAIRS

# Two good arms that trade places by seed, one clearly below them, one far below.
SCORES = [
    [0.50, 0.52, 0.51, 0.53, 0.49],
    [0.920, 0.921, 0.919, 0.922, 0.920],
    [0.921, 0.920, 0.920, 0.921, 0.921],
    [0.880, 0.881, 0.882, 0.879, 0.880],
]


def drawn(*, arms: int, seeds: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0.9, 0.01, (arms, seeds))


def test_order_groups_and_ties():
    found = rank(SCORES)
    assert found.order == (2, 1, 3, 0)
    assert found.groups == ((2, 1), (3,), (0,))
    assert found.tied_with_best == (2, 1)
    assert (found.family, found.unranked) == (6, ())
    assert found.estimates == tuple(estimate(row) for row in SCORES)


def test_every_pair_is_compared_with_the_family_in_mind():
    found = rank(SCORES, margin=0.005)
    places = {arm: place for place, arm in enumerate(found.order)}
    assert {frozenset((pair.first, pair.second)) for pair in found.pairs} == {
        frozenset(pair) for pair in combinations(range(4), 2)
    }
    for pair in found.pairs:
        assert places[pair.first] < places[pair.second]
        alone = stats.ttest_rel(SCORES[pair.first], SCORES[pair.second])
        assert pair.comparison.interval == pytest.approx(tuple(alone.confidence_interval(1 - 0.05 / 6)))
        assert pair.comparison.p_value == pytest.approx(alone.pvalue)
    raw = [pair.comparison.p_value for pair in found.pairs]
    for method, field in (("holm", "p_holm"), ("bonferroni", "p_adjusted")):
        adjusted = [getattr(pair.comparison, field) for pair in found.pairs]
        assert adjusted == pytest.approx(multipletests(raw, method=method)[1])


def test_a_comparison_can_be_asked_for_from_either_side():
    found = rank(SCORES)
    assert found.comparison(2, 0).verdict == "better"
    assert found.comparison(0, 2) == found.comparison(2, 0).reversed()
    assert found.comparison(0, 0) is None


def test_the_names_of_the_arms_do_not_matter():
    places = [3, 0, 2, 1]
    plain, moved = rank(SCORES), rank([SCORES[place] for place in places])
    assert tuple(places[arm] for arm in moved.order) == plain.order
    assert tuple(tuple(places[arm] for arm in group) for group in moved.groups) == plain.groups


def test_losses_are_ranked_the_other_way_round():
    losses = [[1 - score for score in row] for row in SCORES]
    plain, turned = rank(SCORES), rank(losses, higher_is_better=False)
    assert turned.order == plain.order
    assert turned.groups == plain.groups
    assert [pair.comparison.verdict for pair in turned.pairs] == [pair.comparison.verdict for pair in plain.pairs]


def test_a_group_hangs_on_its_first_arm():
    # The second cannot be told from the first, nor the third from the second; but the third differs from the first.
    scores = [[0.92, 0.93, 0.94, 0.95], [0.925, 0.915, 0.945, 0.935], [0.91, 0.92, 0.93, 0.941]]
    found = rank(scores, confidence=0.9)
    assert found.order == (0, 1, 2)
    assert not found.comparison(1, 2).told_apart
    assert found.groups == ((0, 1), (2,))


def test_a_widely_spread_arm_is_tied_with_the_best_from_below_its_group():
    scores = [[0.92, 0.921, 0.922, 0.923], [0.91, 0.911, 0.9121, 0.913], [0.1, 0.95, 0.93, 0.92]]
    found = rank(scores)
    assert found.order == (0, 1, 2)
    assert found.groups == ((0,), (1, 2))
    assert found.tied_with_best == (0, 2)


def test_arms_without_figures_come_last_and_count_for_nothing():
    nan = float("nan")
    with_failure = [[nan] * 5, *SCORES]
    found, plain = rank(with_failure), rank(SCORES)
    assert found.order == (*(arm + 1 for arm in plain.order), 0)
    assert found.unranked == (0,)
    assert found.family == plain.family
    assert found.groups == tuple(tuple(arm + 1 for arm in group) for group in plain.groups)
    assert found.estimates[0].excluded == 5


def test_only_pairs_that_can_be_tested_are_in_the_family():
    found = rank([[0.9, 0.91, None], [0.8, 0.8101, 0.82], [None, None, 0.7]])
    assert found.family == 1
    assert found.comparison(0, 1).comparisons == 1
    assert found.comparison(0, 2).method == "too few pairs"
    assert found.comparison(0, 2).p_holm is None
    assert found.tied_with_best == (0, 2)


def test_with_one_seed_nothing_is_told_apart():
    found = rank([[0.5], [0.9], [0.7]])
    assert found.order == (1, 2, 0)
    assert found.groups == ((1, 2, 0),)
    assert found.family == 0


def test_one_arm_is_a_ranking_too():
    found = rank([[0.9, 0.8]])
    assert (found.order, found.groups, found.tied_with_best, found.pairs) == ((0,), ((0,),), (0,), ())


def test_nothing_but_failures_is_no_group():
    found = rank([[None, None], [None, None]])
    assert (found.order, found.unranked, found.groups, found.tied_with_best) == ((0, 1), (0, 1), (), ())


def test_ties_in_the_mean_keep_the_order_of_the_arms():
    assert rank([[0.9, 0.8], [0.8, 0.9], [0.9, 0.8]]).order == (0, 1, 2)


def test_a_large_grid_keeps_the_comparisons_that_its_groups_need():
    scores = drawn(arms=ALL_PAIRS + 20, seeds=4)
    scores[::2] -= 0.5
    found = rank(scores)
    arms = len(scores)
    assert found.family == arms * (arms - 1) // 2
    assert len(found.pairs) < 3 * arms
    for group in found.groups:
        assert all(not found.comparison(group[0], arm).told_apart for arm in group[1:])
    one = found.pairs[0]
    again = compare(scores[one.first], scores[one.second], comparisons=found.family)
    assert one.comparison.interval == again.interval
    assert one.comparison.p_holm is None  # Holm's needs the whole family


def test_a_ranking_makes_the_trip_to_json_and_back():
    found = rank([[None, None, None], [0.9, None, 0.91], [0.8, 0.85, 0.7]], margin=0.01)
    assert from_json(Ranking, to_json(found), where="ranking.json") == found


def test_no_arms_are_refused():
    with pytest.raises(SpecError) as refusal:
        rank(np.empty((0, 5)))
    assert str(refusal.value) == "`scores` must have at least one arm, but got none. Give one row per arm."


@pytest.mark.parametrize("wrong", [{"confidence": 0.0}, {"margin": -1.0}])
def test_settings_that_make_no_sense_are_refused(wrong):
    with pytest.raises(SpecError, match=f"`{next(iter(wrong))}` must"):
        rank([[0.9]], **wrong)

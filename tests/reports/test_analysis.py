from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from classlab.analysis import Analysis, analyse, numbers_of
from classlab.errors import SpecError
from classlab.records import to_json
from classlab.records.codec import from_json

TIED = {"a": (0.90, 0.91, 0.92, 0.90), "b": (0.905, 0.905, 0.925, 0.89), "far": (0.5, 0.52, 0.51, 0.49)}


def test_estimates_and_gap_are_those_of_scipy(make_study):
    arm = analyse(make_study(TIED)).arms[0]
    low, high = stats.t.interval(0.95, 3, loc=np.mean(TIED["a"]), scale=stats.sem(TIED["a"]))
    assert arm.score.mean == pytest.approx(np.mean(TIED["a"]))
    assert arm.score.interval == pytest.approx((low, high))
    assert arm.gap.gap == pytest.approx(0.04)  # the runs are made to fit 4 points better than they test
    assert (arm.states, arm.epochs, arm.parameters) == ({"finished": 4}, (3, 3), 7850)


def test_arms_come_best_first_and_the_tied_ones_share_a_group(make_study):
    found = analyse(make_study(TIED))
    assert [found.arms[place].name for place in found.order] == ["a", "b", "far"]
    assert found.ranking.groups == ((0, 1), (2,))
    assert found.ranking.tied_with_best == (0, 1)
    assert found.ranking.comparison(0, 2).verdict == "better"


def test_an_arm_with_a_diverged_run_comes_after_those_that_finished_however_good_the_rest_is(make_study):
    found = analyse(make_study({"steady": (0.8, 0.81, 0.82), "wild": (0.95, 0.95, None)}))
    assert [found.arms[place].name for place in found.order] == ["steady", "wild"]
    assert (found.unfinished, found.arms[1].score.n, found.arms[1].score.excluded) == (1, 2, 1)
    assert found.ranking.unranked == (1,)


def test_where_every_arm_lost_a_run_they_are_ranked_all_the_same(make_study):
    found = analyse(make_study({"a": (0.8, 0.81, None), "b": (None, 0.91, 0.92)}))
    assert [found.arms[place].name for place in found.order] == ["b", "a"]


def test_a_study_whose_runs_all_failed_has_no_figures_and_says_so(make_study):
    found = analyse(make_study({"a": (None, None), "b": (None, None)}))
    assert found.first.score.mean is None
    assert (found.unfinished, found.test_images) == (4, None)


def test_a_loss_ranks_from_the_lowest_and_takes_no_margin(make_study):
    found = analyse(make_study(TIED, select="val_loss"))
    assert found.arms[found.order[0]].name == "a"
    assert found.ranking.margin == 0
    assert not found.ranking.higher_is_better


def test_one_seed_is_compared_image_by_image(make_study, make_evidence):
    evidence = make_evidence(make_study({"a": (0.95,), "b": (0.70,), "c": (0.94,)}))
    pairs = {pair.second: pair.comparison for pair in evidence.analysis.one_seed}
    assert (pairs[1].verdict, pairs[1].about) == ("better", "models")
    assert (pairs[2].verdict, pairs[2].comparisons) == ("cannot tell", 2)
    assert pairs[1].difference == pytest.approx(0.25)


def test_several_seeds_need_no_predictions(make_study, make_evidence):
    assert make_evidence(make_study(TIED)).analysis.one_seed == ()


def test_fresh_seeds_are_read_arm_by_arm(make_study):
    fresh = {"b": (0.91, 0.90, 0.92), "a": (0.80, 0.80, 0.81)}
    found = analyse(make_study(TIED, confirm=fresh)).confirmation
    assert (found.arms, found.seeds) == ((1, 0), (100, 101, 102))
    assert [score.mean for score in found.scores] == pytest.approx([0.91, 0.80333], abs=1e-4)
    assert found.comparison.verdict == "better"


def test_a_study_that_lacks_runs_is_refused(make_study):
    from dataclasses import replace

    study = make_study(TIED)
    with pytest.raises(SpecError) as refusal:
        analyse(replace(study, runs=study.runs[:-1]))
    assert str(refusal.value) == (
        "the study 'a study' must have one run per arm and seed, 12 in all, but got 11. Finish its training first."
    )


def test_the_numbers_make_the_trip_to_json_and_back(make_study):
    found = analyse(make_study({"a": (0.8, None), "b": (0.9, 0.91)}, confirm={"b": (0.9, 0.9)}))
    assert from_json(Analysis, to_json(found), where="here") == found
    assert numbers_of(found)["arms"][0]["score"]["excluded"] == 1

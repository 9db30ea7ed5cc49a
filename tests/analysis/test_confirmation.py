from __future__ import annotations

import pytest
from made_studies import made_study

from classlab.analysis import analyse, arm_of

ARMS = {"a": (0.90, 0.91, 0.92), "b": (0.905, 0.905, 0.925), "far": (0.5, 0.52, 0.51)}
FRESH = {"b": (0.91, 0.90, 0.92), "a": (0.80, 0.80, 0.81)}


def confirmation_of(fresh, **options):
    return analyse(made_study(ARMS, confirm=fresh, **options)).confirmation


def test_fresh_seeds_are_read_arm_by_arm():
    found = confirmation_of(FRESH)
    assert (found.arms, found.seeds) == ((1, 0), (100, 101, 102))
    assert [score.mean for score in found.scores] == pytest.approx([0.91, 0.80333], abs=1e-4)
    assert [test.mean for test in found.test] == pytest.approx([0.90, 0.79333], abs=1e-4)
    assert (found.comparison.verdict, found.on_test.verdict) == ("better", "better")
    assert found.on_test.images == 200


def test_figures_that_point_the_other_way_turn_the_comparison_round():
    turned = confirmation_of({"b": FRESH["a"], "a": FRESH["b"]})
    assert (turned.comparison.verdict, turned.on_test.verdict) == ("worse", "worse")


def test_without_fresh_seeds_there_is_no_confirmation():
    assert confirmation_of(None) is None


def test_one_arm_has_figures_and_no_comparison():
    found = confirmation_of({"b": FRESH["b"]})
    assert (found.arms, found.comparison, found.on_test) == ((1,), None, None)
    assert found.scores[0].n == 3


def test_images_that_chose_do_not_confirm():
    found = confirmation_of(FRESH, validation="test")
    assert found.on_test is None
    assert found.comparison is not None


def test_losses_are_compared_without_a_margin_and_test_accuracies_with_it():
    found = confirmation_of(FRESH, select="val_loss", margin=0.5)
    assert (found.comparison.margin, found.comparison.verdict) == (0, "better")
    assert (found.on_test.margin, found.on_test.verdict) == (0.5, "practically equal")


def test_fresh_runs_that_all_failed_leave_nothing_to_compare():
    found = confirmation_of({"b": (None, None), "a": (0.9, 0.9)})
    assert (found.scores[0].n, found.comparison.n, found.on_test) == (0, 0, None)


def test_a_fresh_run_is_its_own_arms():
    study = made_study(ARMS, confirm=FRESH)
    assert [arm_of(study, run) for run in study.confirmation] == [1, 1, 1, 0, 0, 0]

from __future__ import annotations

from dataclasses import replace

import pytest
from made_studies import made_study

from classlab.analysis import judge_study
from classlab.analysis.analysis import other_winners
from classlab.records import Diagnostics, Loss

ARMS = {"a": (0.92, 0.93), "b": (0.90, 0.91), "c": (0.80, 0.81)}


def winners(study):
    return {each.rule: (each.arm, each.figure, each.first_figure) for each in other_winners(study, judge_study(study))}


def changed(study, name, change):
    """The study with the runs of one arm changed."""
    place = [arm.name for arm in study.spec.arms].index(name)
    seeds = len(study.spec.seeds)
    runs = list(study.runs)
    runs[place * seeds : (place + 1) * seeds] = [change(run) for run in study.runs_of(place)]
    return replace(study, runs=tuple(runs))


def test_where_every_rule_agrees_none_is_named():
    assert winners(made_study(ARMS)) == {}


def test_a_lower_loss_or_a_better_epoch_names_another_winner():
    by_loss = winners(made_study(ARMS, losses={"a": (0.5, 0.7), "b": (0.3, 0.5), "c": (0.4, 0.5)}))
    assert by_loss["loss at the end"] == (1, pytest.approx(0.4), pytest.approx(0.6))

    def peaked(run):
        return replace(run, history=run.history | {"val_accuracy": (0.5, 0.99, 0.8)})

    by_epoch = winners(changed(made_study(ARMS), "c", peaked))
    assert by_epoch == {"accuracy of the best epoch": (2, pytest.approx(0.99), pytest.approx(0.925))}


def test_a_study_by_loss_has_accuracy_as_another_rule():
    study = made_study(ARMS, select="val_loss", losses={"b": (0.01, 0.02)})
    assert winners(study)["accuracy at the end"] == (0, pytest.approx(0.925), pytest.approx(0.905))


def test_classes_of_different_size_may_turn_the_order():
    def seen(right):
        return lambda run: replace(
            run, diagnostics=Diagnostics(splits={}, unseen_present=(300, 100, 0), unseen_right=right)
        )

    study = made_study(ARMS)
    for name, right in (("a", (300, 68, 0)), ("b", (275, 87, 0)), ("c", (240, 80, 0))):
        study = changed(study, name, seen(right))
    expected = pytest.approx((275 / 300 + 0.87) / 2), pytest.approx((1 + 0.68) / 2)
    assert winners(study) == {"balanced accuracy": (1, *expected)}
    assert winners(changed(study, "c", lambda run: replace(run, diagnostics=None))) == {}  # a rule needs every run


def test_an_arm_with_a_bad_run_wins_by_no_rule():
    assert winners(made_study({"a": (0.9, 0.9), "b": (0.8, 0.8), "wild": (0.99, None)})) == {}
    assert winners(made_study({"a": (0.9, None), "b": (0.8, None)})) == {}


def test_losses_of_different_kinds_are_not_compared():
    study = made_study(ARMS, losses={"b": (0.001, 0.001)})
    assert "loss at the end" in winners(study)
    arm = study.spec.arms[2]
    other = replace(arm, spec=replace(arm.spec, loss=Loss(name="mean_squared_error")))
    mixed = replace(study, spec=replace(study.spec, arms=(*study.spec.arms[:2], other)))
    assert winners(mixed) == {}

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from made_studies import made_study

from classlab.analysis import analyse


def first_of(accuracies, **options):
    return analyse(made_study({"a": accuracies}, **options)).arms[0]


def test_means_are_over_the_runs_that_ended_well():
    found = first_of((0.9, 0.92, None))
    assert found.validation.mean == pytest.approx(0.91)
    assert found.test.mean == pytest.approx(0.90)  # runs are made to test a hundredth lower
    assert found.fitted.mean == pytest.approx(0.94)
    assert found.gap.gap == pytest.approx(0.04)
    assert found.validation.sd == pytest.approx(np.std([0.9, 0.92], ddof=1))
    assert (found.validation.n, found.validation.excluded, found.test.images) == (2, 1, 200)
    assert (found.states, found.epochs, found.parameters) == ({"finished": 2, "failed": 1}, (0, 3), 7850)
    assert not found.ended_well


def test_losses_are_kept_beside_accuracies():
    found = first_of((0.9, 0.92), losses={"a": (0.4, 0.6)}, select="val_loss")
    assert found.score.mean == pytest.approx(0.5)
    assert found.validation.mean == pytest.approx(0.91)
    assert found.test_loss.mean == pytest.approx(1 - 0.9)
    assert found.selected == (0.4, 0.6)


def test_intervals_hold_for_other_images_where_single_ones_are_known():
    assert first_of((0.9, 0.92)).validation.holds_for == "seeds and images"
    assert first_of((0.9, 0.92), outcomes=False).validation.holds_for == "seeds"
    assert first_of((0.9,)).validation.holds_for == "images"
    assert first_of((0.9, 0.92)).fitted.holds_for == "seeds"  # the training images are the ones that there are


def test_a_run_that_stopped_early_finished():
    study = made_study({"a": (0.9, 0.92)})
    stopped = replace(study, runs=tuple(replace(run, state="stopped_early") for run in study.runs))
    found = analyse(stopped).arms[0]
    assert (found.states, found.ended_well, found.score.n) == ({"stopped_early": 2}, True, 2)


def test_a_given_start_is_told():
    assert not first_of((0.9, 0.92)).given_start
    assert first_of((0.9, 0.92), given=["a"]).given_start

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from classlab.records import Architecture
from classlab.records.layers import Conv2D, Dense, Flatten
from classlab.studies.work.expected_time import expected_seconds
from classlab.studies.work.plan import plan_runs

sys.path.insert(0, str(Path(__file__).parents[2] / "analysis"))

from made_studies import made_study

SEEN = made_study({"a": (0.9, 0.8), "b": (0.7, 0.6)})  # one population of 4 runs, 3 epochs of 3,600 images, 1 s


def images(_spec):
    return 3600


def test_a_study_of_the_same_size_takes_the_same_time():
    plan = plan_runs(SEEN.spec.arms, SEEN.spec.seeds)
    assert expected_seconds(plan, images=images, seen=[SEEN]) == pytest.approx(1.0)


def test_time_grows_with_seeds_epochs_and_images():
    arms = [replace(arm, spec=replace(arm.spec, epochs=6)) for arm in SEEN.spec.arms]
    plan = plan_runs(arms, (0, 1, 2))
    assert expected_seconds(plan, images=lambda _: 7200, seen=[SEEN]) == pytest.approx(1.0 * 2 * 1.5 * 2)


def test_what_no_study_has_trained_has_no_time():
    assert expected_seconds(plan_runs(SEEN.spec.arms, (0,)), images=images, seen=[]) is None
    layers = (Conv2D(filters=1, kernel_size=(2, 2)), Flatten(), Dense(units=3, activation="softmax"))
    network = Architecture(name="cnn", input_shape=(4, 4, 1), layers=layers)
    arms = [replace(SEEN.spec.arms[0], spec=replace(SEEN.spec.arms[0].spec, architecture=network))]
    assert expected_seconds(plan_runs(arms, (0,)), images=images, seen=[SEEN]) is None
    assert expected_seconds([], images=images, seen=[]) == 0.0

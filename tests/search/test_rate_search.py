from __future__ import annotations

from dataclasses import replace
from math import isfinite

import numpy as np
import pytest

from classlab.datasets import load
from classlab.errors import SpecError
from classlab.models.preprocessing import input_layer
from classlab.search.rate_search import RATES, search_rates
from classlab.studies.asked.assignment import assign
from classlab.studies.asked.model_choice import choose_model
from classlab.studies.fit import fit
from classlab.training import train_population


@pytest.fixture(scope="module")
def digits():
    return load("digits")


@pytest.fixture(scope="module")
def searched(digits):
    choice = choose_model("linear", digits, usual="fresh")
    return list(search_rates(digits, choice, ("adam", "sgd"), options={}, steps=20, seeds=2))


def test_thirty_rates_of_every_optimizer_are_tried(searched):
    assert [search.optimizer for search in searched] == ["adam", "sgd"]
    for search in searched:
        assert [trial.learning_rate for trial in search.trials] == list(RATES)
        assert {len(trial.losses) for trial in search.trials} == {2}
        assert (search.steps, search.batch_size, search.images) == (22, 128, 144)  # two epochs of eleven batches
        assert search.suggestion is not None
        assert search.suggestion.low < search.suggestion.rate < search.suggestion.high


def test_a_loss_is_that_of_the_same_training_by_itself(searched, digits):
    choice = choose_model("linear", digits, usual="fresh")
    spec = assign(
        digits, choice, seeds=[1], options={"optimizer": "sgd", "learning_rate": RATES[15], "epochs": 2}
    ).specs[0]
    division = digits.divide()
    outcome = train_population([spec], division, input_layer=input_layer("unit", division.train.images))[0]
    assert searched[1].trials[15].losses[1] == pytest.approx(outcome.history["val_loss"][-1], rel=1e-5)


def test_the_test_images_are_not_looked_at(searched, digits):
    blank = replace(digits, test=replace(digits.test, images=np.zeros_like(digits.test.images)))
    choice = choose_model("linear", blank, usual="fresh")
    again = next(search_rates(blank, choice, ("adam",), options={}, steps=20, seeds=2))
    assert again.trials == searched[0].trials


def test_runs_that_diverge_are_on_record(digits):
    choice = choose_model("mlp", digits, usual="fresh")
    search = next(search_rates(digits, choice, ("sgd",), options={"loss": "mean_squared_error"}, steps=11, seeds=1))
    assert all(isfinite(loss) for trial in search.trials[:10] for loss in trial.losses)


@pytest.mark.parametrize("name", ["steps", "seeds"])
def test_nothing_to_do_is_refused(digits, name):
    choice = choose_model("linear", digits, usual="fresh")
    with pytest.raises(SpecError) as refusal:
        next(search_rates(digits, choice, ("adam",), options={}, **{name: 0}))
    assert str(refusal.value) == f"`{name}` must be a whole number of at least 1, but got {name}=0. Leave it out."


def test_rates_of_a_head_are_searched_on_the_features_of_its_backbone(digits, tmp_path, monkeypatch):
    monkeypatch.setenv("CLASSLAB_CACHE", str(tmp_path))
    fit(digits, "mlp", units=(12,), epochs=1).to_keras(tmp_path / "trained.keras")
    choice = choose_model("linear", digits, usual="fresh", backbone=str(tmp_path / "trained.keras"))
    search = next(search_rates(digits, choice, ("adam",), options={}, steps=11, seeds=1))
    assert search.suggestion is not None

"""What class weights change for the doctor: chance level, the scale of the training loss, and the advice."""

from __future__ import annotations

from dataclasses import replace
from math import log

import numpy as np
import pytest

from classlab.doctor.diagnose import diagnose_case
from classlab.doctor.learning import at_chance
from classlab.doctor.run_case import case_of_training
from classlab.models.builtin import build
from classlab.records import DataSpec, Diagnostics, RunSpec
from classlab.records.diagnostics import SplitFacts

RARE = SplitFacts(images=4000, minimum=0.0, maximum=1.0, mean=0.13, deviation=0.31, class_counts=(3800, 200))
SPEC = RunSpec(data=DataSpec(name="rare"), architecture=build("linear", input_shape=(8, 8, 1), classes=2))


def case_of(weights, *, loss=0.3, unseen=((95, 5), (95, 0))):
    noted = Diagnostics(splits={"train": RARE}, unseen_present=unseen[0], unseen_right=unseen[1])
    return case_of_training(
        replace(SPEC, class_weights=weights),
        classes=2,
        diagnostics=noted,
        history={"loss": (loss,), "accuracy": (0.95,)},
        epochs_done=1,
    )


@pytest.mark.parametrize("weights", ["balanced", (1.0, 19.0), (2.0, 38.0)])
def test_knowing_nothing_costs_ln_k_where_classes_weigh_alike(weights):
    case = case_of(weights)
    assert case.weighted_entropy == pytest.approx(log(2))
    mean = {"balanced": 1.0}.get(weights) or np.average(weights, weights=RARE.class_counts)
    assert case.history["loss"] == pytest.approx((0.3 / mean,))


@pytest.mark.parametrize(("weights", "chance"), [(None, True), ("balanced", False)])
def test_a_loss_at_the_labels_entropy_is_chance_only_without_weights(weights, chance):
    assert at_chance(case_of(weights), 0.3, 0.95) is chance


def test_the_advice_names_the_option_and_knows_when_it_was_taken():
    told = {
        weights: next(each for each in diagnose_case(case_of(weights), subject="a run").findings if each.rule == "A7")
        for weights in (None, "balanced")
    }
    assert told[None].causes[0].remedy == (
        "Weight the classes in the loss (class_weights=balanced; in Keras fit's class_weight) or add images of the "
        "small ones, and look at the recall of every class."
    )
    assert told["balanced"].causes[0].remedy == (
        "The classes are weighted in the loss already: weight them otherwise or add images of the small ones, and look "
        "at the recall of every class."
    )

"""What moves a perceptron's layers: seed by seed, and against Keras."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import classlab
from classlab.lab import movement
from classlab.lab.movement import contrast, measure
from classlab.lab.results import Results, runs_of
from classlab.lab.steps.perceptrons import TOPIC
from classlab.models.keras_build import to_keras
from classlab.studies.store import open_store
from classlab.training.loop.initial_weights import initial_weights

NAN, INFINITE = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("first", "second", "means", "reading"),
    [
        ([1.0, 2.0], [3.0, 4.0], (1.5, 3.5), "smaller"),
        ([3.0, 4.0], [1.0, 2.0], (3.5, 1.5), "larger"),
        ([1.0, 1.0], [1.05, 1.05], (1.0, 1.05), "alike"),
        ([1.05, 1.05], [1.0, 1.0], (1.05, 1.0), "alike"),
        ([0.0, 0.0], [0.0, 0.0], (0.0, 0.0), "alike"),
        ([1.0, 5.0], [3.0, 4.0], (3.0, 3.5), "mixed"),
        ([1.0, None], [3.0, 0.5], (1.0, 3.0), "smaller"),  # a seed that one lacks does not count
        ([1.0, NAN, 2.0], [3.0, 0.5, INFINITE], (1.0, 3.0), "smaller"),
        ([None, NAN], [3.0, 0.5], (None, None), "unknown"),
        ([], [], (None, None), "unknown"),
    ],
)
def test_a_size_is_smaller_only_where_every_seed_says_so(first, second, means, reading):
    found = contrast(first, second)
    assert ((found.first, found.second), found.reading) == (means, reading)


def test_the_factor_is_that_of_the_larger_to_the_smaller():
    assert contrast([1.0], [4.0]).factor == contrast([4.0], [1.0]).factor == 4.0
    assert contrast([0.0], [4.0]).factor == INFINITE


def test_the_first_epoch_is_the_distance_that_a_training_of_one_epoch_goes(tmp_path):
    run = classlab.fit("digits", "mlp", units=(16, 8), activation="sigmoid", optimizer="adam", epochs=1)
    start = initial_weights(run.record.spec.architecture, run.record.spec.seed)
    change = float(((run.weights["1.kernel"] - start["1.kernel"]) ** 2).sum()) ** 0.5
    size = float((start["1.kernel"] ** 2).sum()) ** 0.5
    assert movement._first_epoch(run.record) == pytest.approx(change / size, rel=1e-3)
    assert movement._first_epoch(replace(run.record, diagnostics=None)) is None


def test_a_change_that_an_earlier_version_took_as_a_share_of_the_end_is_one_of_the_start():
    run = classlab.fit("digits", "linear", epochs=1)
    first, later = run.record.diagnostics.probes
    grown = replace(later.layers[0], weight_norm=3 * first.layers[0].weight_norm, epoch_change=0.5)
    for version, expected in ((1, 1.5), (2, 0.5)):
        probes = (replace(first, measure=version), replace(later, layers=(grown,), measure=version))
        record = replace(run.record, diagnostics=replace(run.record.diagnostics, probes=probes))
        assert movement._first_epoch(record) == pytest.approx(expected)


@pytest.fixture(scope="module")
def movements(small_lab, lab_store):
    with open_store(lab_store, write=False) as store:
        results = Results(setting=small_lab.setting, studies=small_lab.studies, source=store)
        return {arm.name: measure(results, TOPIC, arm.name) for arm in small_lab.studies[TOPIC].spec.arms}


def test_every_seed_is_measured_and_arms_of_one_network_begin_alike(movements):
    adam, sgd = movements["sigmoid with Adam"], movements["sigmoid with SGD"]
    assert [len(found.seeds) for found in movements.values()] == [2, 2, 2, 2]
    assert adam.figures(movement.first_gradient) == sgd.figures(movement.first_gradient)
    assert adam.figures(lambda run: run.variety[0]) == sgd.figures(lambda run: run.variety[0])
    assert adam.figures(lambda run: run.moved[0]) != sgd.figures(lambda run: run.moved[0])


def test_the_variety_is_that_of_the_hidden_outputs_in_keras(small_lab, movements):
    study = small_lab.studies[TOPIC]
    record = runs_of(study, "sigmoid with SGD")[1]
    architecture = record.spec.architecture
    model = to_keras(architecture, initial_weights(architecture, 1), input_layer=record.input_layer)
    values = small_lab.setting.images.digits.divide(validation=0.1, limit=None).train.spread(movement.PROBES).images
    for layer in model.layers[:-1]:
        values = layer(values)
    hidden = values.detach().cpu().numpy().astype(np.float64)
    expected = np.sqrt(((hidden - hidden.mean(axis=0)) ** 2).mean() / (hidden**2).mean())
    assert movements["sigmoid with SGD"].seeds[1].variety[0] == pytest.approx(expected, rel=1e-4)


def test_a_run_that_did_not_end_well_is_not_measured(small_lab, lab_store):
    study = small_lab.studies[TOPIC]
    runs = (*study.runs[:6], replace(study.runs[6], state="diverged"), *study.runs[7:])
    with open_store(lab_store, write=False) as store:
        results = Results(setting=small_lab.setting, studies={TOPIC: replace(study, runs=runs)}, source=store)
        found = measure(results, TOPIC, "sigmoid with SGD")
    assert found.seeds[0] is None
    assert found.figures(movement.passed_back)[0] is None
    assert found.figures(movement.passed_back)[1] == pytest.approx(0.24 * 0.23, rel=0.1)

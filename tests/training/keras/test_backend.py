"""The general path: a Keras model with a layer that the engine does not know."""

import json

import numpy as np
import pytest

from classlab.models.keras_import import from_keras
from classlab.models.keras_runtime import keras
from classlab.records.architecture import KerasArchitecture
from classlab.records.optimizers import SGD
from classlab.records.run import EarlyStopping, Loss
from classlab.training import evaluate, measure, measuring, predict
from classlab.training.keras import backend
from tests.training.keras.networks import own_layer, passing_layer


@pytest.fixture(scope="module")
def imported():
    k = keras()
    model = k.Sequential(
        [
            k.Input((6, 6, 1)),
            k.layers.Conv2D(2, 3, activation="relu"),
            passing_layer()(),
            k.layers.Flatten(),
            k.layers.Dropout(0.2),
            k.layers.Dense(10, activation="softmax"),
        ],
        name="odd",
    )
    found = from_keras(model)
    assert isinstance(found.architecture, KerasArchitecture)
    return found


def test_learns_with_figures_under_the_same_names_as_the_engine(bench, imported):
    (engine,) = bench.train(bench.spec(top_k=3))
    (outcome,) = bench.train(bench.spec(architecture=imported.architecture, epochs=8, top_k=3))
    assert outcome.state == "finished"
    assert set(outcome.history) == set(engine.history)
    assert outcome.history["val_accuracy"][-1] > 0.5


def test_starts_from_the_models_own_weights_where_given(bench, imported):
    spec = bench.spec(architecture=imported.architecture, epochs=1)
    first, again = (bench.train(spec, initial_weights=[imported.weights])[0] for _ in range(2))
    (drawn,) = bench.train(spec)
    assert first.history == again.history
    assert first.history != drawn.history


@pytest.mark.parametrize("after", [1, 2, 3])
def test_resumes_to_the_same_bits(bench, imported, interrupted, same, tmp_path, after):
    specs = [bench.spec(architecture=imported.architecture, epochs=2, seed=seed) for seed in (0, 1)]
    straight = bench.train(*specs)
    assert all(map(same, straight, interrupted(specs, tmp_path / "checkpoint.safetensors", after=after)))


def test_predictions_and_figures_agree_with_keras(bench, imported):
    (outcome,) = bench.train(bench.spec(architecture=imported.architecture, epochs=2))
    test = bench.division.test
    model = keras().models.model_from_json(json.dumps(imported.architecture.config))
    model.set_weights([outcome.weights[str(i)] for i in range(len(outcome.weights))])
    expected = model.predict(test.images / 255, verbose=0)
    found = predict(imported.architecture, outcome.weights, test.images, input_layer=bench.unit)
    assert np.abs(found - expected).max() < 1e-5
    figures = evaluate(
        imported.architecture, outcome.weights, test, input_layer=bench.unit, loss=bench.spec().loss, top_k=2
    )
    assert figures.images == len(test)
    assert figures.accuracy == pytest.approx((expected.argmax(1) == test.labels).mean())
    assert figures.loss == pytest.approx(-np.log(expected[np.arange(100), test.labels]).mean(), rel=1e-4)
    assert figures.top_k_accuracy >= figures.accuracy


def test_stops_early(bench, imported):
    rule = EarlyStopping(monitor="val_accuracy", patience=1)
    (stopped,) = bench.train(bench.spec(architecture=imported.architecture, epochs=60, early_stopping=rule))
    assert stopped.state == "stopped_early"


def test_a_run_that_diverges_is_an_outcome_with_finite_weights(bench):
    k = keras()
    head = [own_layer()(), k.layers.Flatten(), k.layers.Dense(10)]
    found = from_keras(k.Sequential([k.Input((6, 6, 1)), *head]))
    wild = bench.spec(
        architecture=found.architecture, loss=Loss(from_logits=True), optimizer=SGD(learning_rate=1e30), epochs=2
    )
    (bad,) = bench.train(wild)
    assert bad.state == "diverged"
    step = bad.diagnostics.first_bad_step
    assert 0 < step < 13
    assert (
        bad.reason == f"the loss was not finite at step {step + 1} of 13 in epoch 1; the weights are those of epoch 0"
    )
    assert all(np.isfinite(array).all() for array in bad.weights.values())


def test_a_model_that_is_measured_on_several_splits_is_made_once(bench, imported, monkeypatch):
    made = []
    ordinary = backend.keras_model
    monkeypatch.setattr(backend, "keras_model", lambda *given, **said: made.append(1) or ordinary(*given, **said))
    network = imported.architecture, [imported.weights]
    on = measuring(*network, input_layer=bench.unit, loss=Loss())
    splits = bench.division.validation, bench.division.test
    found = [on(split)[0].figures for split in splits]
    assert len(made) == 1
    assert found == [measure(*network, split, input_layer=bench.unit, loss=Loss())[0].figures for split in splits]
    assert len(made) == 3

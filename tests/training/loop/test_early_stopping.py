from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score, f1_score

import classlab
from classlab.models.keras_runtime import keras
from classlab.records.run import EarlyStopping
from classlab.training.loop.member import Stopper

SERIES = {
    "falls then rises": [1.0, 0.8, 0.7, 0.75, 0.74, 0.9, 0.6],
    "never improves": [1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6],
    "improves by less than min_delta": [1.0, 0.99, 0.98, 0.97, 0.96, 0.95, 0.94],
}


def in_keras(rule, values):
    """Epoch (from 1) after which Keras's callback stops, and the best one."""
    callback = keras().callbacks.EarlyStopping(
        monitor=rule.monitor,
        patience=rule.patience,
        min_delta=rule.min_delta,
        mode="min" if "loss" in rule.monitor else "max",
    )
    model = SimpleNamespace(stop_training=False, metrics=[], get_metrics_result=dict)
    callback.set_model(model)
    callback.on_train_begin()
    for epoch, value in enumerate(values):
        callback.on_epoch_end(epoch, {rule.monitor: value})
        if model.stop_training:
            return epoch + 1
    return None


def ours(rule, values):
    stopper = Stopper(rule)
    for epoch, value in enumerate(values, start=1):
        stopper.improved({rule.monitor: value}, epoch)
        if stopper.exhausted:
            return epoch
    return None


@pytest.mark.parametrize("values", list(SERIES.values()), ids=list(SERIES))
@pytest.mark.parametrize("patience", [1, 2, 3])
@pytest.mark.parametrize("min_delta", [0.0, 0.05])
def test_stops_where_keras_stops(values, patience, min_delta):
    rule = EarlyStopping(monitor="val_loss", patience=patience, min_delta=min_delta)
    assert ours(rule, values) == in_keras(rule, values)


@pytest.mark.parametrize("monitor", ["val_accuracy", "val_balanced_accuracy", "val_macro_f1"])
def test_shares_count_upwards(monitor):
    rule = EarlyStopping(monitor=monitor, patience=2)
    values = [0.5, 0.6, 0.6, 0.55, 0.7]
    assert ours(rule, values) == in_keras(rule, values) == 4


def test_a_stopped_run_says_since_when_and_has_the_best_epochs_weights(bench):
    rule = EarlyStopping(monitor="val_loss", patience=2)
    (stopped,) = bench.train(bench.spec(epochs=400, early_stopping=rule))
    best = int(np.argmin(stopped.history["val_loss"])) + 1
    assert stopped.state == "stopped_early"
    assert stopped.reason == f"val_loss has not improved since epoch {best}"
    (at_best,) = bench.train(bench.spec(epochs=best))
    assert all((at_best.weights[k] == stopped.weights[k]).all() for k in at_best.weights)


@pytest.mark.parametrize("kind", ["linear", "cnn-small", "keras"])
@pytest.mark.parametrize("monitor", ["val_balanced_accuracy", "val_macro_f1"])
def test_figures_that_count_every_class_alike_are_watched(kind, monitor):
    """In the kernels, on PyTorch and through Keras, on classes of three sizes."""
    images = np.random.default_rng(0).integers(0, 256, (120, 28, 28, 1)).astype(np.uint8)
    labels = np.repeat([0, 1, 2], [80, 30, 10])
    images[:, :4] = 80 * labels[:, None, None, None]
    k = keras()
    model = kind
    if kind == "keras":
        layers = [k.layers.Flatten(), k.layers.GaussianNoise(0.1), k.layers.Dense(3)]
        model = k.Sequential([k.Input((28, 28, 1)), *layers])
    run = classlab.fit(
        (images, labels), model, validation=0.3, epochs=3, early_stopping=5, monitor=monitor, batch_size=16
    )
    history, predictions = run.history, run.predictions
    best = int(np.argmax(history[monitor]))
    probabilities, truth = predictions.on_validation()
    wanted = {
        "val_balanced_accuracy": balanced_accuracy_score(truth, probabilities.argmax(1)),
        "val_macro_f1": f1_score(truth, probabilities.argmax(1), average="macro"),
    }
    for name, figure in wanted.items():
        assert len(history[name]) == len(history["val_loss"])
        assert history[name][best] == pytest.approx(figure)  # the weights are those of the best epoch
    assert run.record.validation.balanced_accuracy == pytest.approx(wanted["val_balanced_accuracy"])


def test_members_that_watch_a_loss_are_spared_the_other_figures():
    study = classlab.Study(
        "watched", data="digits", model="linear", epochs=2, seeds=1, early_stopping=3,
        monitor=["val_loss", "val_macro_f1"],
    )  # fmt: skip
    first, second = (run.history for run in study.run().record.runs)
    assert "val_macro_f1" not in first
    assert len(second["val_macro_f1"]) == 2
    assert second["val_loss"] == first["val_loss"]

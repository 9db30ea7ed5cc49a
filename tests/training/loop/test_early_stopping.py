from types import SimpleNamespace

import numpy as np
import pytest

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
        mode="max" if "accuracy" in rule.monitor else "min",
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


def test_accuracy_counts_upwards():
    rule = EarlyStopping(monitor="val_accuracy", patience=2)
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

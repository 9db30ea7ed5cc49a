"""R10 and R11: the bits of a run, whenever its training stopped, and whatever trained beside it on how many threads."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from classlab.datasets import load
from classlab.models import build
from classlab.models.keras_runtime import keras as load_keras
from classlab.studies.asked.assignment import assign
from classlab.studies.asked.model_choice import choose_model
from classlab.studies.runs.run_folder import read_run
from classlab.studies.store import open_store
from classlab.studies.work.train import train
from tests.faults.server import Server

pytestmark = pytest.mark.needs("keras", "torch")
EPOCHS = 6
ROUNDING = 1e-5  # between two orders of the same float32 sums, where no bits are promised


def small_network(*inner):
    keras = load_keras()
    return keras.Sequential(
        [keras.Input((8, 8, 1)), *inner, keras.layers.Flatten(), keras.layers.Dense(10, activation="softmax")]
    )


def normalized():
    layers = load_keras().layers
    return small_network(
        layers.Conv2D(8, 3), layers.BatchNormalization(), layers.ReLU(), layers.Dropout(0.3), layers.MaxPooling2D()
    )


def residual():
    keras = load_keras()
    given = keras.Input((8, 8, 1))
    first = keras.layers.Conv2D(8, 3, padding="same", activation="relu")(given)
    second = keras.layers.BatchNormalization()(keras.layers.Conv2D(8, 3, padding="same")(first))
    joined = keras.layers.ReLU()(keras.layers.Add()([first, second]))
    pooled = keras.layers.Dropout(0.2)(keras.layers.GlobalAveragePooling2D()(joined))
    return keras.Model(given, keras.layers.Dense(10, activation="softmax")(pooled))


def recurrent():
    layers = load_keras().layers
    return small_network(
        layers.Reshape((8, 8)), layers.GaussianNoise(0.1), layers.LSTM(12, dropout=0.2), layers.BatchNormalization()
    )


def perceptron():
    return build("mlp", input_shape=(8, 8, 1), classes=10, units=(32, 16), dropout=0.3)


def convolutional():
    return build("cnn-small", input_shape=(8, 8, 1), classes=10, dropout=0.3)


def rows():
    layers = load_keras().layers
    return small_network(layers.Reshape((8, 8)), layers.LSTM(12))


# What is trained, by name: the network, its settings, and whether the compiled kernels may be used.
TRAININGS = {
    "linear": (
        "linear",
        {"optimizer": "sgd", "momentum": 0.9, "nesterov": True, "schedule": "cosine", "warmup_epochs": 1},
        True,
    ),
    "perceptron": (perceptron, {"early_stopping": 9, "monitor": "val_accuracy"}, True),
    "convolutional": (convolutional, {"optimizer": "rmsprop", "shift": 0.1, "rotate": 0.05, "brightness": 0.2}, True),
    "normalized": (normalized, {"optimizer": "adamw"}, True),
    "perceptron on PyTorch": (perceptron, {"optimizer": "nadam"}, False),
    "convolutional on PyTorch": (convolutional, {"optimizer": "adagrad", "shift": 0.1}, False),
    "residual": (residual, {}, True),
    "recurrent": (recurrent, {}, True),
}


class Stop:
    """Ends a training after an epoch, once its checkpoint is on the disk."""

    def __init__(self, epoch):
        self.epoch = epoch

    def epoch_finished(self, report):
        if report.epoch == self.epoch:
            raise KeyboardInterrupt


@pytest.mark.faults("R10", full=True)
@pytest.mark.parametrize("name", TRAININGS)
def test_a_training_that_stops_after_any_epoch_ends_in_the_bits_of_one_that_did_not(
    name, tmp_path, trials, monkeypatch
):
    model, options, kernels = TRAININGS[name]
    if not kernels:
        monkeypatch.setenv("CLASSLAB_KERNELS", "off")
    data = load("digits")
    choice = choose_model(model if isinstance(model, str) else model(), data)

    def asked(folder=None):
        given = {"epochs": EPOCHS, "limit": 300, "batch_size": 32, **options}
        return assign(data, choice, seeds=(0, 1), options=given, folder=folder, command="c")

    straight = train(asked()).runs
    for epoch in range(1, EPOCHS):
        folder = tmp_path / str(epoch)
        with pytest.raises(KeyboardInterrupt):
            train(asked(folder), observer=Stop(epoch))
        assert (folder / "checkpoint.safetensors").exists()
        with trials.trial(f"{name}, stopped after epoch {epoch}"):
            for one, other in zip(straight, train(asked(folder), resume=True).runs, strict=True):
                assert replace(one.record, seconds=0.0, created="") == replace(other.record, seconds=0.0, created="")
                assert all(one.weights[key].tobytes() == other.weights[key].tobytes() for key in one.weights)


ARMS = (
    'model = "linear"\nlearning_rate = [0.001, 0.01]',
    'model = "mlp"\nunits = [[32], [64, 32]]\ndropout = [0, 0.3]\noptimizer = ["adam", "sgd"]',
    'model = "cnn-small"\nepochs = 2\nlimit = 200',
    # Before a normalization a bias has no gradient but rounding, of which Adam would make whole steps.
    'model = "normalized.keras"\nepochs = 2\nlimit = 200\noptimizer = "sgd"',
    'model = "rows.keras"\nepochs = 2\nlimit = 200',
)
RUNS = 2 * (2 + 8 + 3)
IN_KERNELS = {"linear", "mlp", "cnn-small"}
THREADS = (1, 2, 4)


@pytest.mark.faults("R11", full=True)
@pytest.mark.parametrize("kernels", ["on", "off"])
def test_runs_are_the_same_for_any_threads_in_any_order_and_alone(kernels, tmp_path, trials):
    """Bits where the compiled kernels train; where PyTorch does, with as many threads, else figures within rounding."""
    for network in (normalized, rows):
        network().save(tmp_path / f"{network.__name__}.keras")
    for place, (arms, seeds) in {"given": (ARMS, [0, 1]), "turned": (ARMS[::-1], [1, 0])}.items():
        tables = "\n".join(f"[[arms]]\n{arm}" for arm in arms)
        head = f'name = "{place}"\ndata = "digits"\nlimit = 400\nepochs = 4\nseeds = {seeds}\n'
        (tmp_path / f"{place}.toml").write_text(head + tables, encoding="utf-8")
    found = {}
    with Server(environment={"CLASSLAB_KERNELS": kernels, "OMP_NUM_THREADS": ""}) as commands:
        for threads in THREADS:
            for place in ("given", "turned"):
                store = tmp_path / f"{place}-{threads}"
                words = ("sweep", tmp_path / f"{place}.toml", "--threads", threads, "--store", store, "--quiet")
                done = commands.run(*words)
                assert done.code == 0, done.err
                with open_store(store, write=False) as opened:
                    found[place, threads] = {
                        each.identity: (each, opened.run(each.identity).weights) for each in opened.runs()
                    }
        for seed in (0, 1):
            words = ("--limit", 400, "--epochs", 4, "--model", "mlp", "--units", "64,32", "--dropout", 0.3)
            place = tmp_path / f"alone-{seed}"
            done = commands.run(
                "train", "--data", "digits", *words, "--seed", seed, "--threads", 1, "-o", place, "--quiet"
            )
            assert done.code == 0, done.err
            alone = read_run(place)
            found["alone", seed] = {alone.record.identity: (alone.record, alone.weights)}
    straight = found.pop(("given", 2))
    assert len(straight) == RUNS
    for way, runs in found.items():
        assert runs.keys() <= straight.keys()
        for identity, (record, weights) in runs.items():
            apart = max(float(np.abs(weights[key] - array).max()) for key, array in straight[identity][1].items())
            network = record.spec.architecture.name
            promised = way == ("turned", 2) or (kernels == "on" and network in IN_KERNELS)
            told = json.dumps([way, network, record.spec.seed, apart])
            trials.add(told, right=apart == 0 if promised else apart <= ROUNDING)

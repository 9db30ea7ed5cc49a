"""One measure of a network: the engine and the Keras callback record the same of the same training, field by field."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from classlab import Doctor
from classlab.datasets.dataset import Division, Split
from classlab.doctor.keras_subject import keras_subject
from classlab.doctor.keras_watch import KerasWatch
from classlab.measures.keras_probe import HandedSplit
from classlab.models.keras_import import from_keras
from classlab.models.keras_runtime import keras
from classlab.models.weights import weight_specs
from classlab.records import layers as specs
from classlab.records.architecture import Architecture, KerasArchitecture
from classlab.records.diagnostics import Diagnostics, Probe
from classlab.records.optimizers import SGD
from classlab.records.run import DataSpec, RunSpec
from classlab.training import train_population
from classlab.training.loop.initial_weights import initial_weights
from classlab.training.loop.randomness import orders_of

SHAPE, CLASSES, EPOCHS, BATCH, SEED = (10, 10, 1), 4, 7, 50, 3
UNIT = specs.Rescaling(scale=1 / 255)
SPARSE = "sparse_categorical_crossentropy"


def pictures(count: int, seed: int) -> Split:
    """Blurred prototypes of unequal classes, so that the choice of probe images matters."""
    rng = np.random.default_rng(seed)
    labels = np.sort(rng.choice(CLASSES, count, p=[0.6, 0.2, 0.15, 0.05]))
    prototypes = np.random.default_rng(7).uniform(0, 255, (CLASSES, *SHAPE))
    images = 0.4 * prototypes[labels] + rng.uniform(0, 150, (count, *SHAPE))
    return Split(images=images.astype(np.uint8), labels=labels.astype(np.int64))


TRAIN, VALIDATION, TEST = pictures(430, 1), pictures(150, 2), pictures(90, 3)
TEST.images[:2] = TRAIN.images[5:7]
DIVISION = Division(train=TRAIN, validation=VALIDATION, test=TEST)


def dense(k: Any) -> tuple[tuple[Any, ...], list[Any]]:
    own = (
        specs.Flatten(),
        specs.Dense(units=24, activation="relu"),
        specs.Dense(units=16, activation="tanh"),
        specs.Dense(units=CLASSES, activation="softmax"),
    )
    theirs = [
        k.layers.Flatten(),
        k.layers.Dense(24, activation="relu"),
        k.layers.Dense(16, activation="tanh"),
        k.layers.Dense(CLASSES, activation="softmax"),
    ]
    return own, theirs


def convolutions(k: Any) -> tuple[tuple[Any, ...], list[Any]]:
    """With all that may stand between a kernel and its function, and a penalty."""
    own = (
        specs.Conv2D(filters=8, kernel_size=(3, 3), activation="relu"),
        specs.MaxPooling2D(),
        specs.Conv2D(filters=6, kernel_size=(3, 3), padding="same"),
        specs.BatchNormalization(momentum=0.9),
        specs.MaxPooling2D(padding="same"),
        specs.ReLU(),
        specs.Flatten(),
        specs.Dense(units=12, activation="sigmoid", kernel_regularizer=specs.Regularizer(l2=0.01)),
        specs.Dense(units=CLASSES),
        specs.Activation(activation="softmax"),
    )
    theirs = [
        k.layers.Conv2D(8, 3, activation="relu"),
        k.layers.MaxPooling2D(),
        k.layers.Conv2D(6, 3, padding="same"),
        k.layers.BatchNormalization(momentum=0.9),
        k.layers.MaxPooling2D(padding="same"),
        k.layers.ReLU(),
        k.layers.Flatten(),
        k.layers.Dense(12, activation="sigmoid", kernel_regularizer=k.regularizers.L2(0.01)),
        k.layers.Dense(CLASSES),
        k.layers.Activation("softmax"),
    ]
    return own, theirs


def by_the_callback(model: Any) -> KerasWatch:
    """What the callback has seen when a training in the engine's order of batches has ended."""

    def batches() -> Iterator[tuple[Any, Any]]:
        for epoch in range(EPOCHS):
            (order,) = orders_of((SEED,), epoch, len(TRAIN))
            for start in range(0, len(TRAIN), BATCH):
                chosen = order[start : start + BATCH]
                yield (TRAIN.images[chosen] / 255).astype(np.float32), TRAIN.labels[chosen]

    kept: list[KerasWatch] = []

    class Kept(Doctor):
        def on_train_end(self, logs: Any = None) -> None:
            kept.append(self._watch)
            super().on_train_end(logs)

    train, validation, test = (
        ((split.images / 255).astype(np.float32), split.labels) for split in (TRAIN, VALIDATION, TEST)
    )
    doctor = Kept(*train, validation_data=validation, test_data=test, quiet=True)
    model.compile(keras().optimizers.SGD(0.1, momentum=0.5), SPARSE, metrics=["accuracy"])
    steps = -(-len(TRAIN) // BATCH)
    model.fit(batches(), steps_per_epoch=steps, epochs=EPOCHS, shuffle=False, verbose=0, callbacks=[doctor])
    assert doctor.gave_up == ""
    return kept[0]


def by_the_engine(architecture: Architecture | KerasArchitecture, **options: Any) -> Diagnostics:
    spec = RunSpec(
        data=DataSpec(name="pictures"),
        architecture=architecture,
        optimizer=SGD(learning_rate=0.1, momentum=0.5),
        batch_size=BATCH,
        epochs=EPOCHS,
        seed=SEED,
    )
    (outcome,) = train_population([spec], DIVISION, input_layer=UNIT, device="cpu", **options)
    assert outcome.diagnostics is not None
    return outcome.diagnostics


def assert_same(one: Any, other: Any, *, where: str = "") -> None:
    """Equal words and counts; numbers equal to the digits that a record keeps, and to what rounding adds up to."""
    if isinstance(one, float) or isinstance(other, float):
        assert one == pytest.approx(other, rel=5e-4, abs=1e-6), where
    elif isinstance(one, tuple):
        assert len(one) == len(other), where
        for place, (mine, yours) in enumerate(zip(one, other, strict=True)):
            assert_same(mine, yours, where=f"{where}[{place}]")
    elif hasattr(one, "__dataclass_fields__"):
        for name in one.__dataclass_fields__:
            assert_same(getattr(one, name), getattr(other, name), where=f"{where}.{name}")
    else:
        assert one == other, where


@pytest.mark.parametrize("network", [dense, convolutions])
def test_engine_and_callback_record_the_same_of_the_same_training(network):
    k = keras()
    layers, theirs = network(k)
    architecture = Architecture(name="same", input_shape=SHAPE, layers=layers)
    start = initial_weights(architecture, SEED)
    model = k.Sequential([k.Input(SHAPE), *theirs])
    model.set_weights([start[spec.key] for spec in weight_specs(architecture)])
    watch, noted = by_the_callback(model), by_the_engine(architecture)
    assert [probe.epoch for probe in noted.probes] == [0, 1, 2, 3, 6, 7]
    assert all(layer.update_ratio and layer.epoch_change for probe in noted.probes[1:] for layer in probe.layers)
    assert_same(noted.probes, tuple(watch.course.probes))
    for name, facts in noted.splits.items():
        assert_same(facts, watch.subject.splits[name], where=name)
    assert noted.overlap == watch.subject.overlap
    assert noted.overlap["train/test"] == 2
    assert noted.baseline_accuracy == watch.subject.baseline_accuracy


def test_a_training_through_keras_records_the_same():
    k = keras()
    model = k.Sequential(
        [
            k.Input(SHAPE),
            k.layers.Conv2D(3, 3, dilation_rate=2, activation="relu"),
            k.layers.Flatten(),
            k.layers.Dense(CLASSES, activation="softmax", kernel_regularizer="l2"),
        ]
    )
    found = from_keras(model)
    assert isinstance(found.architecture, KerasArchitecture)
    noted = by_the_engine(found.architecture, initial_weights=[found.weights])
    watch = by_the_callback(model)
    assert [probe.epoch for probe in noted.probes] == [0, 1, 2, 3, 6, 7]
    assert all(probe.penalty > 0 for probe in noted.probes)
    # The settings list the model's entrance as a layer, which a Sequential model does not.
    counted = (
        replace(probe, layers=tuple(replace(layer, layer=layer.layer + 1) for layer in probe.layers))
        for probe in watch.course.probes
    )
    assert_same(noted.probes, tuple(counted))
    assert noted.overlap == watch.subject.overlap
    assert noted.baseline_accuracy == watch.subject.baseline_accuracy


def test_what_differs_in_training_is_measured_as_in_evaluation_by_both():
    """Dropout draws other masks in the two; before the first step, gradients must agree all the same."""
    k = keras()
    layers = (
        specs.Conv2D(filters=4, kernel_size=(3, 3)),
        specs.BatchNormalization(),
        specs.Activation(activation="tanh"),
        specs.Flatten(),
        specs.Dropout(rate=0.6),
        specs.Dense(units=CLASSES, activation="softmax"),
    )
    theirs = [
        k.layers.Conv2D(4, 3),
        k.layers.BatchNormalization(),
        k.layers.Activation("tanh"),
        k.layers.Flatten(),
        k.layers.Dropout(0.6),
        k.layers.Dense(CLASSES, activation="softmax"),
    ]
    architecture = Architecture(name="moody", input_shape=SHAPE, layers=layers)
    start = initial_weights(architecture, SEED)
    model = k.Sequential([k.Input(SHAPE), *theirs])
    model.set_weights([start[spec.key] for spec in weight_specs(architecture)])
    model.compile("sgd", SPARSE)
    split = HandedSplit(images=(TRAIN.images / 255).astype(np.float32), labels=TRAIN.labels)
    subject = keras_subject(model, {"train": split}, label="", continued=False)
    first: Probe = by_the_engine(architecture).probes[0]
    assert_same(first, subject.probe.at(epoch=0, step={}, since={}))

"""What a training notes for the doctor: right by a reference in NumPy, and without a trace in the training."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from classlab.datasets.dataset import Division, Split
from classlab.measures import splits
from classlab.measures.plan import GRADIENT_IMAGES, due, probe_size
from classlab.measures.splits import nearest_centroid_accuracy
from classlab.models.weights import weight_specs
from classlab.records.architecture import Architecture
from classlab.records.diagnostics import Diagnostics
from classlab.records.layers import (
    Activation,
    BatchNormalization,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    Initializer,
    MaxPooling2D,
    Regularizer,
    Rescaling,
)
from classlab.records.optimizers import SGD, Adam
from classlab.records.run import EarlyStopping, Loss
from classlab.training.loop.split_notes import overlaps, probe_split

SHAPE = (6, 6, 1)
CONVOLUTIONS = Architecture(
    name="convolutions",
    input_shape=SHAPE,
    layers=(
        Conv2D(filters=4, activation="relu"),
        MaxPooling2D(),
        Flatten(),
        Dense(units=10, activation="softmax"),
    ),
)


def split(images, labels=None) -> Split:
    images = np.asarray(images, np.uint8)
    return Split(images=images, labels=np.zeros(len(images), np.int64) if labels is None else np.asarray(labels))


@pytest.mark.parametrize("name", ["mlp", "moody", "convolutions"])
def test_a_training_with_and_without_diagnostics_is_the_same_to_the_bit(bench, same, name):
    network = CONVOLUTIONS if name == "convolutions" else getattr(bench, name)
    specs = [
        bench.spec(architecture=network, optimizer=rule, seed=seed)
        for seed in (0, 1)
        for rule in (Adam(), SGD(learning_rate=0.1, momentum=0.9))
    ]
    noted, plain = bench.train(*specs), bench.train(*specs, diagnostics=False)
    assert all(map(same, noted, plain))
    assert all(outcome.diagnostics is None for outcome in plain)
    assert [probe.epoch for probe in noted[0].diagnostics.probes] == [0, 1, 2, 3]


def test_a_resumed_training_has_the_diagnostics_of_an_uninterrupted_one(bench, interrupted, tmp_path):
    specs = [bench.spec(epochs=4, seed=s) for s in (0, 1)] + [bench.spec(optimizer=SGD(learning_rate=1e30))]
    straight = [outcome.diagnostics for outcome in bench.train(*specs)]
    resumed = [outcome.diagnostics for outcome in interrupted(specs, tmp_path / "c.safetensors", after=2)]
    assert resumed == straight
    assert straight[2].first_bad_step >= 0


def test_a_member_is_probed_alike_in_any_company(bench):
    (alone,) = bench.train(bench.spec(epochs=2))
    among = bench.train(bench.spec(epochs=2), bench.spec(epochs=5, optimizer=SGD(), seed=3))[0]
    assert [probe.epoch for probe in alone.diagnostics.probes] == [probe.epoch for probe in among.diagnostics.probes]
    first, other = (outcome.diagnostics.probes[-1] for outcome in (alone, among))
    assert other.loss == pytest.approx(first.loss, rel=1e-4)
    assert other.layers[0].epoch_change == pytest.approx(first.layers[0].epoch_change, rel=1e-3)


def forward(weights, images):
    """The perceptron of the bench in float64."""
    x = images.reshape(len(images), -1) / 255
    hidden = np.maximum(x @ weights["1.kernel"].astype(float) + weights["1.bias"], 0)
    return x, hidden, hidden @ weights["2.kernel"].astype(float) + weights["2.bias"]


def test_a_probe_says_what_numpy_computes(bench):
    from classlab.training.loop.initial_weights import initial_weights

    spec = bench.spec(epochs=1)
    (outcome,) = bench.train(spec)
    probe = outcome.diagnostics.probes[0]
    chosen = probe_split(bench.division.train, most=probe_size(400), leading=GRADIENT_IMAGES)
    weights = initial_weights(spec.architecture, spec.seed)
    x, hidden, scores = forward(weights, chosen.images.astype(float))
    shares = np.exp(scores) / np.exp(scores).sum(1, keepdims=True)
    rows = np.arange(len(chosen))
    error = shares.copy()
    error[rows, chosen.labels] -= 1
    error[:GRADIENT_IMAGES] /= GRADIENT_IMAGES
    error[GRADIENT_IMAGES:] = 0
    back = (error @ weights["2.kernel"].T.astype(float)) * (hidden > 0)
    assert probe.images == len(chosen) == 128
    assert probe.loss == pytest.approx(-np.log(shares[rows, chosen.labels]).mean(), rel=1e-4)
    assert probe.accuracy == pytest.approx((scores.argmax(1) == chosen.labels).mean(), abs=1e-4)
    assert probe.predicted == tuple(np.bincount(scores.argmax(1), minlength=10))
    assert probe.present == tuple(np.bincount(chosen.labels, minlength=10))
    first, last = probe.layers
    assert first.gradient_norm == pytest.approx(
        np.hypot(np.linalg.norm(x.T @ back), np.linalg.norm(back.sum(0))), rel=1e-4
    )
    assert last.gradient_norm == pytest.approx(
        np.hypot(np.linalg.norm(hidden.T @ error), np.linalg.norm(error.sum(0))), rel=1e-4
    )
    kernel = weights["1.kernel"].astype(float)
    assert first.weight_norm == pytest.approx(np.linalg.norm(kernel), rel=1e-4)
    assert first.unit_spread == pytest.approx(np.sqrt(kernel.var(1).mean() / (kernel**2).mean()), rel=1e-3)
    assert first.dead_share == pytest.approx((hidden == 0).all(0).mean())
    assert first.output_spread == pytest.approx(np.sqrt(hidden.var(0).mean()), rel=1e-4)
    assert last.output_spread == pytest.approx(np.sqrt(scores.var(0).mean()), rel=1e-4)
    assert (first.activation, last.activation, last.dead_share) == ("relu", "softmax", None)


def test_changes_are_those_of_the_last_step_and_of_the_epoch(bench):
    """With one step per epoch both are the same, and known from the weights before and after."""
    one_step = Division(train=bench.images(30, 1), validation=bench.images(20, 2), test=bench.images(20, 3))
    from classlab.training import train_population
    from classlab.training.loop.initial_weights import initial_weights

    spec = bench.spec(epochs=1, optimizer=SGD(learning_rate=0.5))
    (outcome,) = train_population([spec], one_step, input_layer=bench.unit)
    before, after = initial_weights(spec.architecture, spec.seed), outcome.weights
    for layer in outcome.diagnostics.probes[1].layers:
        kernel = f"{layer.layer}.kernel"
        ratio = np.linalg.norm(after[kernel] - before[kernel]) / np.linalg.norm(before[kernel])
        assert layer.update_ratio == layer.epoch_change == pytest.approx(ratio, rel=1e-3)


def test_the_same_units_are_found_equal_and_dead(bench):
    layers = (
        Flatten(),
        Dense(units=8, activation="relu", kernel_initializer=Initializer(name="constant", value=0.1)),
        Dense(units=8, activation="relu", bias_initializer=Initializer(name="constant", value=-1e3)),
        Dense(units=8, activation="tanh", kernel_initializer=Initializer(name="random_normal", stddev=0.0, mean=0.0)),
        Dense(units=10, activation="softmax"),
    )
    (outcome,) = bench.train(bench.spec(architecture=replace(bench.mlp, layers=layers), epochs=1))
    equal, dead, zero, _ = outcome.diagnostics.probes[0].layers
    assert (equal.unit_spread, equal.dead_share) == (pytest.approx(0, abs=1e-4), 0.0)
    assert (dead.dead_share, dead.output_spread) == (1.0, 0.0)
    assert (zero.saturated_share, zero.unit_spread) == (0.0, 0.0)


def test_dead_channels_are_those_of_the_convolution_also_behind_a_pooling(bench):
    bias = Initializer(name="constant", value=-1e3)
    layers = (
        Conv2D(filters=4, bias_initializer=bias),
        MaxPooling2D(),
        Activation(activation="relu"),
        Flatten(),
        Dense(units=10, activation="softmax"),
    )
    (outcome,) = bench.train(bench.spec(architecture=replace(CONVOLUTIONS, layers=layers), epochs=1))
    assert [layer.dead_share for layer in outcome.diagnostics.probes[0].layers] == [1.0, None]
    (healthy,) = bench.train(bench.spec(architecture=CONVOLUTIONS, epochs=1))
    assert healthy.diagnostics.probes[0].layers[0].dead_share < 0.5


def test_a_penalty_is_kept_apart_from_the_loss(bench):
    layers = (Flatten(), Dense(units=10, activation="softmax", kernel_regularizer=Regularizer(l2=0.5)))
    network = replace(bench.mlp, layers=layers)
    (outcome,) = bench.train(bench.spec(architecture=network, epochs=1))
    probe = outcome.diagnostics.probes[1]
    kernel = outcome.weights["1.kernel"].astype(float)
    assert probe.penalty == pytest.approx(0.5 * (kernel**2).sum(), rel=1e-4)
    (plain,) = bench.train(bench.spec(architecture=network, epochs=1, loss=Loss(name="mean_squared_error")))
    assert plain.diagnostics.probes[0].loss < 0.2


def test_batch_normalisation_and_dropout_are_measured_in_evaluation(bench):
    """Before the first step the moving statistics are 0 and 1, and nothing is dropped."""
    layers = (Flatten(), BatchNormalization(), Dropout(rate=0.9), Dense(units=10, activation="softmax"))
    network = replace(bench.mlp, layers=layers)
    (outcome,) = bench.train(bench.spec(architecture=network, epochs=1))
    plain = replace(bench.mlp, layers=(layers[0], layers[3]))
    start = {"3.kernel": "1.kernel", "3.bias": "1.bias"}
    from classlab.training.loop.initial_weights import initial_weights

    weights = initial_weights(network, 0)
    moved = {start[key]: weights[key] for key in start}
    (other,) = bench.train(bench.spec(architecture=plain, epochs=1), initial_weights=[moved])
    first, second = (each.diagnostics.probes[0] for each in (outcome, other))
    assert first.loss == pytest.approx(second.loss, rel=1e-2)  # epsilon of 0.001 in the variance
    assert first.predicted == second.predicted


def test_splits_are_seen_behind_the_networks_own_scaling(bench):
    network = replace(bench.mlp, layers=(Rescaling(scale=1 / 255), *bench.mlp.layers))
    (outcome,) = bench.train(bench.spec(architecture=network, epochs=1))
    facts = outcome.diagnostics.splits["train"]
    values = bench.division.train.images / 255**2
    assert (facts.minimum, facts.maximum) == (pytest.approx(values.min()), pytest.approx(values.max()))
    assert (facts.mean, facts.deviation) == (pytest.approx(values.mean()), pytest.approx(values.std(), rel=1e-4))
    assert facts.class_counts == tuple(np.bincount(bench.division.train.labels, minlength=10))
    assert facts.images == 400


def test_copies_between_splits_are_counted_in_the_later_one():
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (60, 5, 5, 1), dtype=np.uint8)
    train, validation, test = images[:40], images[38:50].copy(), np.concatenate([images[:3], images[:1], images[50:]])
    almost = images[5:6].copy()
    almost[0, 0, 0, 0] += 1
    test = np.concatenate([test, almost])
    division = Division(train=split(train), validation=split(validation), test=split(test))
    assert overlaps(division) == {"train/validation": 2, "train/test": 4, "validation/test": 0}


def test_images_that_share_a_fingerprint_are_told_apart_by_their_pixels(monkeypatch):
    monkeypatch.setattr(splits, "_fingerprints", lambda rows: np.zeros(len(rows), np.uint64))
    images = np.arange(4, dtype=np.uint8).reshape(4, 1, 1, 1)
    division = Division(train=split(images[:2]), validation=split(images[1:2]), test=split(images[2:]))
    assert overlaps(division) == {"train/validation": 1, "train/test": 0, "validation/test": 0}


def test_validating_on_the_test_images_is_seen_as_such():
    images = np.arange(6, dtype=np.uint8).reshape(6, 1, 1, 1)
    test = split(images[3:])
    assert overlaps(Division(train=split(images[:3]), validation=test, test=test))["validation/test"] == 3


def test_the_nearest_mean_image_is_scikit_learns_nearest_centroid(bench):
    from sklearn.neighbors import NearestCentroid

    train, validation = bench.division.train, bench.division.validation
    rule = NearestCentroid().fit(train.images.reshape(400, -1), train.labels)
    expected = rule.score(validation.images.reshape(100, -1), validation.labels)
    found = nearest_centroid_accuracy(train.images, train.labels, validation.images, validation.labels)
    assert found == pytest.approx(expected)


@pytest.mark.parametrize(
    ("counts", "most", "expected"),
    [
        ((600, 600), 100, (50, 50)),
        ((1000, 20), 100, (8 + 82, 8 + 1)),  # eight each, the rest in proportion, rounded down
        ((1000, 3), 100, (8 + 83, 3)),
        ((30, 30), 100, (30, 30)),
    ],
)
def test_probe_images_have_some_of_every_class(counts, most, expected):
    labels = np.repeat(np.arange(len(counts)), counts)
    chosen = probe_split(split(np.zeros((len(labels), 2, 2, 1)), labels), most=most)
    assert tuple(np.bincount(chosen.labels)) == expected


def test_leading_probe_images_are_spread_over_the_chosen_ones():
    pictures = split(np.arange(100)[:, None, None, None], np.arange(100) // 50)
    chosen = probe_split(pictures, most=20, leading=4)
    assert chosen.images.ravel()[:4].tolist() == [0, 25, 50, 75]
    assert sorted(chosen.images.ravel()) == list(range(0, 100, 5))


def test_many_classes_are_no_reason_for_more_probe_images():
    labels = np.repeat(np.arange(400), 3)
    assert len(probe_split(split(np.zeros((1200, 1, 1, 1)), labels), most=512)) <= 512


def test_early_stopping_does_not_add_probes(bench):
    rule = EarlyStopping(monitor="val_loss", patience=0)
    (outcome,) = bench.train(bench.spec(epochs=50, early_stopping=rule, optimizer=SGD(learning_rate=0.5)))
    assert all(due(probe.epoch, epochs=50) for probe in outcome.diagnostics.probes)


def test_a_member_whose_loss_is_not_finite_has_no_probe_of_that_epoch(bench):
    outcome, other = bench.train(bench.spec(optimizer=SGD(learning_rate=1e30)), bench.spec())
    assert isinstance(outcome.diagnostics, Diagnostics)
    assert outcome.state == "diverged"
    assert [probe.epoch for probe in outcome.diagnostics.probes] == [0]
    assert outcome.diagnostics.first_bad_step < 3
    assert [probe.epoch for probe in other.diagnostics.probes] == [0, 1, 2, 3]


def test_an_observer_that_wants_to_is_told_before_the_first_step(bench):
    class Watcher:
        def __init__(self):
            self.seen = []

        def training_began(self, report):
            self.seen.append(report)

        def epoch_finished(self, report):
            self.seen.append(report)

    watcher = Watcher()
    bench.train(bench.spec(epochs=1), bench.spec(epochs=1, seed=1), observer=watcher)
    began, ended = watcher.seen
    assert (began.epoch, ended.epoch) == (0, 1)
    assert [member.index for member in began.members] == [0, 1]
    assert began.members[0].diagnostics.splits["train"].images == 400
    assert len(began.members[0].diagnostics.probes) == 1
    assert len(ended.members[1].diagnostics.probes) == 2
    assert len(ended.members[1].history["loss"]) == 1


def test_every_kernel_belongs_to_a_layer_that_is_probed(bench):
    (outcome,) = bench.train(bench.spec(architecture=bench.moody, epochs=1))
    probed = [layer.layer for layer in outcome.diagnostics.probes[0].layers]
    assert probed == [spec.layer for spec in weight_specs(bench.moody) if spec.name == "kernel"]

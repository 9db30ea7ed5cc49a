"""Training on augmented images, whatever computes it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from classlab.datasets.dataset import Division
from classlab.records.augmentation import Augmentation
from classlab.records.optimizers import SGD
from classlab.records.run import RunSpec
from classlab.training import Outcome, train_population
from classlab.training.kernels import thread_groups, windows
from classlab.training.kernels.augmented import AugmentedEpoch
from classlab.training.loop.randomness import orders_of

ASKED = Augmentation(shift=0.2, rotate=0.05, flip="horizontal", cutout=0.3)
BRIGHT = Augmentation(brightness=0.3)
RULE = SGD(learning_rate=0.1)


def close(first: Outcome, second: Outcome) -> bool:
    return all(np.allclose(first.weights[key], second.weights[key], atol=2e-5) for key in first.weights)


def on_images_made_before(bench, spec: RunSpec) -> Outcome:
    """One epoch on the augmented images as a data set of their own, in the order that the epoch takes."""
    train, plain = bench.division.train, replace(spec, augmentation=None)
    (order,) = orders_of((spec.seed,), 0, len(train))
    made = AugmentedEpoch(train.images, order, spec.augmentation, seed=spec.seed, epoch=0).whole()
    images = np.empty_like(made)
    images[order] = made
    division = Division(
        train=replace(train, images=images), validation=bench.division.validation, test=bench.division.test
    )
    return train_population([plain], division, input_layer=bench.unit)[0]


@pytest.mark.parametrize("asked", [ASKED, BRIGHT])
@pytest.mark.parametrize("changes", [{}, {"precision": "float64"}])
def test_an_epoch_trains_on_the_changed_images(bench, asked, changes):
    spec = bench.spec(epochs=1, optimizer=RULE, augmentation=asked, **changes)
    (found,) = bench.train(spec)
    expected = on_images_made_before(bench, spec)
    assert close(found, expected)
    assert found.history["loss"] == pytest.approx(expected.history["loss"], rel=1e-5)


@pytest.mark.parametrize("network", ["mlp", "moody"])
def test_kernels_and_pytorch_train_on_the_same_images(bench, monkeypatch, network):
    spec = bench.spec(architecture=getattr(bench, network), epochs=2, optimizer=RULE, augmentation=ASKED)
    (fast,) = bench.train(spec)
    monkeypatch.setenv("CLASSLAB_KERNELS", "off")
    (plain,) = bench.train(spec)
    assert close(fast, plain)


@pytest.mark.parametrize("network", ["mlp", "moody"])
def test_a_member_trains_alike_in_any_company(bench, network):
    basis = bench.spec(architecture=getattr(bench, network), epochs=2, optimizer=RULE)
    specs = [replace(basis, seed=seed, augmentation=each) for seed in (1, 0) for each in (ASKED, None, BRIGHT)]
    together = bench.train(*specs)
    for spec, outcome in zip(specs, together, strict=True):
        (alone,) = bench.train(spec)
        assert close(alone, outcome)
    losses = [outcome.history["loss"] for outcome in together]
    assert len(set(losses)) == len(losses)


@pytest.mark.parametrize("network", ["mlp", "moody"])
def test_resuming_gives_the_uninterrupted_bits(bench, interrupted, same, tmp_path, network):
    basis = bench.spec(architecture=getattr(bench, network), epochs=3)
    specs = [replace(basis, seed=seed, augmentation=each) for seed in (0, 1) for each in (ASKED, None)]
    straight = bench.train(*specs)
    assert all(map(same, straight, interrupted(specs, tmp_path / "checkpoint.safetensors", after=1)))


def test_threads_windows_and_the_doctor_change_no_bit(bench, same, threads, monkeypatch):
    spec = bench.spec(epochs=2, augmentation=ASKED)
    (one,) = bench.train(spec)
    threads(2)
    (two,) = bench.train(spec)
    (unwatched,) = bench.train(spec, diagnostics=False)
    monkeypatch.setattr(windows, "_BYTES", 5000)  # four steps
    (in_parts,) = bench.train(spec)
    threads(1)
    (in_turn,) = bench.train(spec)
    assert all(same(one, other) for other in (two, unwatched, in_parts, in_turn))


def test_groups_of_one_seed_share_their_images_and_change_no_bit(bench, same, threads, monkeypatch):
    asked = [(seed, rate, each) for seed in (0, 1) for each in (ASKED, None) for rate in (0.1, 0.2)]
    rules = {rate: SGD(learning_rate=rate) for rate in (0.1, 0.2)}
    specs = [bench.spec(epochs=2, seed=seed, optimizer=rules[rate], augmentation=each) for seed, rate, each in asked]
    monkeypatch.setattr(thread_groups, "_GROUP_BYTES", 1)  # every member a group by itself
    by_themselves = [bench.train(spec)[0] for spec in specs]
    for count, size in ((1, 2**20), (2, 2**20), (2, 5000)):  # the last: several parts of an epoch
        threads(count)
        monkeypatch.setattr(windows, "_SHARED_BYTES", size)
        monkeypatch.setattr(windows, "_BYTES", size // 2)
        assert all(map(same, by_themselves, bench.train(*specs)))


def test_validation_images_stay_as_they_are(bench):
    still = bench.spec(epochs=1, optimizer=SGD(learning_rate=1e-30))
    (plain,) = bench.train(still)
    (augmented,) = bench.train(replace(still, augmentation=ASKED))
    assert plain.history["val_loss"] == augmented.history["val_loss"]
    assert plain.history["loss"] != augmented.history["loss"]

"""Remedies tried for real on small runs."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from classlab.errors import SpecError
from classlab.models.builtin import build
from classlab.models.keras_runtime import keras
from classlab.records import Cause, Finding, from_json, to_json
from classlab.records.layers import Initializer
from classlab.records.optimizers import SGD
from classlab.records.proof import Proof
from classlab.studies.fit import fit
from classlab.studies.remedies.proof import can_be_proven, prove

NOW = datetime(2026, 1, 2, tzinfo=UTC)


def finding(*changes, rule="I1") -> Finding:
    causes = tuple(
        Cause(rule=f"I{place}", text="x", remedy="Do it.", change=change) for place, change in enumerate(changes)
    )
    return Finding(rule=rule, name="planted", severity="FAIL", kind="symptom", text="x", causes=causes)


@pytest.fixture(scope="module")
def too_fast(digits):
    return fit(digits, "mlp", units=(16,), optimizer=SGD(learning_rate=200.0), epochs=2, batch_size=32).record


@pytest.fixture(scope="module")
def too_slow(digits):
    return fit(digits, "linear", optimizer=SGD(learning_rate=1e-6), epochs=1, batch_size=32).record


def test_a_right_remedy_is_confirmed_within_one_population(too_fast, digits):
    proof = prove(too_fast, digits, finding({"learning_rate": 0.1}), steps=200, now=NOW)
    (trial,) = proof.trials
    assert proof.verdict == trial.verdict == "confirmed"
    assert proof.confirmed == trial.cause
    assert trial.together
    assert trial.faulty_at_chance
    assert trial.leaves_chance
    assert [pair.seed for pair in trial.pairs] == [0, 1, 2]
    assert min(pair.remedied for pair in trial.pairs) > 0.7
    assert trial.difference is not None
    assert trial.standard_error is not None
    assert trial.difference > 3 * trial.standard_error
    assert trial.sentence.startswith("Confirmed: with learning_rate: 200 -> 0.1 the validation accuracy is ")
    assert proof.created == "2026-01-02T00:00:00+00:00"
    assert proof.environment is not None


def test_all_causes_are_tried_and_what_helped_most_comes_first(too_slow, digits):
    three = finding({"momentum": 0.5}, {"learning_rate": 1e-4}, {"learning_rate": 0.1})
    proof = prove(too_slow, digits, three, steps=60)
    assert [trial.verdict for trial in proof.trials] == ["confirmed", "not confirmed", "not confirmed"]
    assert [trial.cause for trial in proof.trials] == [three.causes[2], *three.causes[:2]]
    assert proof.confirmed == three.causes[2]
    assert "it would have to be better by more than three of them" in proof.trials[1].sentence


def test_at_most_three_causes_are_tried(too_slow, digits):
    useless = [{"momentum": momentum} for momentum in (0.1, 0.2, 0.3)]
    proof = prove(too_slow, digits, finding(*useless, {"learning_rate": 0.1}), steps=20, seeds=2)
    assert [trial.verdict for trial in proof.trials] == ["not confirmed"] * 3
    assert proof.verdict == "not confirmed"
    assert proof.confirmed is None


def test_a_learning_rate_is_changed_further_where_once_is_not_enough(too_fast, digits):
    proof = prove(too_fast, digits, finding({"learning_rate": 20.0}), steps=200)
    helped, *others = [trial.cause.change["learning_rate"] for trial in proof.trials]
    assert [*others, helped] == [20.0, 2.0, 0.01][: len(proof.trials)]
    assert len(proof.trials) > 1
    assert proof.verdict == "confirmed"
    assert proof.confirmed is not None
    assert proof.confirmed.remedy == f"Set the learning rate to {proof.confirmed.change['learning_rate']:g}."


def test_another_network_is_trained_beside_the_faulty_one_from_the_same_seeds(digits):
    plain = build("mlp", input_shape=digits.image_shape, classes=10, units=(16,))
    zeros = Initializer(name="zeros")
    dead = replace(plain, layers=(plain.layers[0], *(replace(x, kernel_initializer=zeros) for x in plain.layers[1:])))
    record = fit(digits, dead, epochs=1, batch_size=32).record
    (trial,) = prove(record, digits, finding({"initializer": "default"}), steps=200).trials
    assert trial.verdict == "confirmed"
    assert not trial.together


def test_a_run_that_diverges_counts_as_guessing(digits):
    record = fit(digits, "mlp", units=(16,), optimizer=SGD(learning_rate=1e30), epochs=1, batch_size=32).record
    (trial,) = prove(record, digits, finding({"learning_rate": 0.1}), steps=60).trials
    assert {pair.faulty_state for pair in trial.pairs} == {"diverged"}
    assert {pair.faulty for pair in trial.pairs} == {trial.chance}
    assert trial.verdict == "confirmed"


def test_overfitting_is_judged_by_the_loss(digits):
    rng = np.random.default_rng(0)
    wrong = rng.random(len(digits.train)) < 0.3
    labels = np.where(wrong, rng.integers(0, 10, len(wrong)), digits.train.labels)
    noisy = replace(digits, train=replace(digits.train, labels=labels), digest="noisy")
    shape = {"units": (64,), "learning_rate": 0.01, "batch_size": 32}
    record = fit(noisy, "mlp", limit=400, validation=0.5, epochs=2, **shape).record
    proof = prove(record, noisy, finding({"early_stopping": 3}, rule="I12"), steps=200)
    assert proof.trials[0].figure == "val_loss"
    assert proof.trials[0].course.epochs == 29
    assert proof.verdict == "confirmed"


def test_the_same_proof_twice_has_the_same_figures(too_fast, digits):
    first, second = (prove(too_fast, digits, finding({"learning_rate": 0.1}), steps=20, now=NOW) for _ in range(2))
    assert first.trials == second.trials


def test_answers_to_the_same_images_are_counted_and_give_the_error(too_fast, digits):
    (trial,) = prove(too_fast, digits, finding({"learning_rate": 0.1}), steps=200, seeds=2).trials
    images = trial.course.validation_images
    for pair in trial.pairs:
        assert (pair.only_remedied - pair.only_faulty) / images == pytest.approx(pair.remedied - pair.faulty)
    spread = np.std([pair.remedied - pair.faulty for pair in trial.pairs], ddof=1) / np.sqrt(2)
    assert spread < trial.standard_error < np.hypot(spread, 1 / np.sqrt(images))


def test_the_faulty_version_is_trained_once_for_all_causes(too_slow, digits):
    began = []

    class Count:
        def training_began(self, report):
            began.append(len(report.members))

        def epoch_finished(self, report):
            pass

    three = finding({"momentum": 0.5}, {"momentum": 0.6}, {"activation": "relu"})
    proof = prove(too_slow, digits, three, steps=20, seeds=2, observer=Count())
    assert began == [6]
    assert [trial.together for trial in proof.trials] == [True, True, False]
    assert proof.trials[0].pairs[0].faulty == proof.trials[1].pairs[0].faulty


def test_a_proof_makes_the_trip_to_json_and_back(too_fast, digits):
    proof = prove(too_fast, digits, finding({}, {"learning_rate": 0.1}), steps=20, now=NOW)
    assert from_json(Proof, to_json(proof), where="proof.json") == proof


@pytest.mark.parametrize(
    ("rule", "change", "sentence"),
    [
        ("I1", {}, "Not tried: the remedy is not one that can be applied by machine. Do it."),
        ("A8", {"validation": 0.2}, "Not tried: validation = 0.2 changes what is measured, not what is learnt."),
        (
            "C1",
            {"optimizer": "adam"},
            "Not tried: the trouble lies in the comparison, not in the training, so there is nothing to train.",
        ),
        (
            "I1",
            {"magic": 1},
            "Not tried: a remedy must be of known words, but got 'magic'. Apply it by hand.",
        ),
    ],
)
def test_what_cannot_be_tried_says_why(too_slow, digits, rule, change, sentence):
    proof = prove(too_slow, digits, finding(change, rule=rule))
    assert (proof.verdict, proof.trials[0].verdict, proof.trials[0].sentence) == ("not tried", "not tried", sentence)
    assert proof.environment is None


@pytest.mark.parametrize(
    ("rule", "changes", "possible"),
    [
        ("I1", ({}, {"learning_rate": 0.1}), True),
        ("I1", ({},), False),
        ("C7", ({"epochs": 3},), False),
        ("A8", ({"validation": 0.1},), False),
    ],
)
def test_only_findings_with_a_remedy_for_training_can_be_proven(rule, changes, possible):
    assert can_be_proven(finding(*changes, rule=rule)) == possible


def test_other_images_are_refused(too_slow, digits):
    with pytest.raises(SpecError) as refusal:
        prove(too_slow, replace(digits, digest="other"), finding({"learning_rate": 0.1}))
    assert str(refusal.value) == (
        f"a proof must have the images that the run {too_slow.identity} was trained on, but digits has other ones. "
        "Give the run's own dataset."
    )


@pytest.mark.parametrize("start", ["fresh", "given"])
def test_a_network_with_frozen_layers_is_not_tried(digits, start):
    k = keras()
    layers = [k.layers.Flatten(), k.layers.Dense(8, trainable=False), k.layers.Dense(10, "softmax")]
    record = fit(digits, k.Sequential([k.Input((8, 8, 1)), *layers]), start=start, epochs=1).record
    (trial,) = prove(record, digits, finding({"momentum": 0.5})).trials
    assert (trial.verdict, trial.sentence) == (
        "not tried",
        "Not tried: the network has weights that no seed draws (frozen layers, statistics of Normalization layers), "
        "and a proof starts without them.",
    )

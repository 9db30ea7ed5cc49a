"""Remedies that the callback tries on fresh copies, and what it sees of the first batch by itself."""

from __future__ import annotations

import random

import numpy as np
import pytest

import classlab
from classlab.doctor import keras_proof
from classlab.doctor.keras_remedy import apply_remedy
from classlab.errors import OptionError
from classlab.models.keras_runtime import keras
from classlab.records.finding import Cause, Diagnosis, Finding

DRAWN = np.random.default_rng(0)
LABELS = DRAWN.integers(0, 4, 320)
IMAGES = (np.eye(4)[LABELS] + DRAWN.normal(0, 0.2, (320, 4))).astype("float32").reshape(320, 2, 2, 1)


@pytest.fixture(autouse=True)
def torch_backend(monkeypatch):
    keras()  # imported on the PyTorch backend, unless another was chosen
    monkeypatch.setattr(keras_proof, "STEPS", 150)


def network(optimizer, *, head="softmax", loss="sparse_categorical_crossentropy", hidden=()):
    layers, made = keras().layers, keras()
    made.utils.set_random_seed(1)
    inner = [layers.Flatten(), layers.Dense(8, activation="relu"), *hidden, layers.Dense(4, activation=head)]
    model = made.Sequential([made.Input((2, 2, 1)), *inner])
    model.compile(optimizer, loss, metrics=["accuracy"])
    return model


def watched(model, doctor, *, images=IMAGES, labels=LABELS, epochs=12):
    model.fit(images, labels, batch_size=16, epochs=epochs, verbose=0, callbacks=[doctor])
    assert doctor.gave_up == ""
    return {finding.rule: finding for finding in doctor.diagnosis.findings if finding.severity != "INFO"}


def test_the_remedy_that_helps_comes_first_and_nothing_of_the_training_changes(capsys):
    model = network(keras().optimizers.Adam(1e-6))
    doctor = classlab.Doctor(IMAGES, LABELS, prove=True)
    before = random.getstate(), np.random.get_state()[1].copy()  # noqa: NPY002  (the user's)
    found = watched(model, doctor)
    weights = [weight.copy() for weight in model.get_weights()]
    assert random.getstate() == before[0]
    assert found["I3"].causes[0].rule == "I3"
    best = doctor.trials[0]
    assert best.confirmed
    assert best.after > best.before + 3 * best.standard_error
    assert 2 <= len(doctor.trials) <= 5
    assert f"accuracy on images set aside after {best.steps} steps with the first remedy" in [
        each.name for each in found["I3"].evidence
    ]
    out = capsys.readouterr().out
    assert "doctor: trying remedies: the model as it is, up to 150 steps." in out
    assert f"doctor: {best.cause.rule}: {best.sentence}" in out
    assert best.sentence.startswith(
        f"Confirmed: after {best.steps} steps from the same start accuracy on images set aside"
    )
    plain = network(keras().optimizers.Adam(1e-6))
    plain.fit(IMAGES, LABELS, batch_size=16, epochs=12, verbose=0)
    assert all(np.array_equal(one, other) for one, other in zip(weights, plain.get_weights(), strict=True))


def test_a_proof_needs_images():
    with pytest.raises(OptionError) as refusal:
        classlab.Doctor(prove=True)
    assert str(refusal.value) == (
        "`prove` must have images to train on, but got none. Hand them over, as in Doctor(x, y, prove=True)."
    )


@pytest.mark.parametrize(
    ("change", "changed"),
    [
        ({"dropout": 0.1}, lambda copy: copy.layers[2].rate == 0.1),
        ({"activation": "tanh"}, lambda copy: copy.layers[1].activation.__name__ == "tanh"),
        ({"learning_rate": 0.5}, lambda copy: float(copy.optimizer.learning_rate) == pytest.approx(0.5)),
        ({"from_logits": True}, lambda copy: getattr(copy.loss, "from_logits", None) or not isinstance(copy.loss, str)),
        ({"initializer": "zeros"}, lambda copy: not copy.get_weights()[0].any()),
    ],
    ids=["dropout", "activation", "rate", "loss", "initialiser"],
)
def test_a_remedy_changes_one_thing(change, changed):
    model = network(keras().optimizers.SGD(0.1), hidden=[keras().layers.Dropout(0.6)])
    copy, plain = apply_remedy(model, change, LABELS), apply_remedy(model, {}, LABELS)
    assert changed(copy)
    assert not changed(plain)
    assert copy.layers[-1].activation.__name__ == "softmax"


def test_a_remedy_that_no_machine_can_apply_is_left_out():
    model = network("adam")
    assert apply_remedy(model, {"validation": 0.1}, LABELS) is None


def along_the_images(scores):
    return keras().ops.softmax(scores, axis=0)


@pytest.mark.parametrize("arrays", [(), (IMAGES, LABELS)], ids=["first batch", "arrays"])
def test_a_softmax_along_the_images_is_found(arrays):
    found = watched(network("adam", head=along_the_images), classlab.Doctor(*arrays, quiet=True), epochs=2)
    assert found["B9"].severity == "FAIL"


def test_a_loss_summed_along_the_images_is_found():
    def summed(wanted, said):
        return -keras().ops.sum(wanted * keras().ops.log(said + 1e-7), axis=0)

    rows = np.eye(4, dtype="float32")[LABELS]
    found = watched(network("adam", loss=summed), classlab.Doctor(IMAGES, rows, quiet=True), labels=rows, epochs=2)
    assert found["B9"].causes[0].text == "The loss is summed along the images."


def test_a_training_that_goes_uphill_is_found():
    class Uphill(keras().optimizers.SGD):
        def update_step(self, gradient, variable, learning_rate):
            super().update_step(-gradient, variable, learning_rate)

    doctor = classlab.Doctor(IMAGES, LABELS, quiet=True)
    found = watched(network(Uphill(0.05)), doctor)
    assert found["B8"].causes[0].text == "The loss is maximised: its sign or that of the gradients is turned round."


@pytest.mark.skipif("keras().backend.backend() != 'torch'", reason="hooks are PyTorch's")
def test_the_first_batch_shows_pixels_that_nobody_handed_over():
    doctor = classlab.Doctor(quiet=True)
    model = network("adam")
    found = watched(model, doctor, images=IMAGES * 255, epochs=2)
    assert found["A2"].evidence[0].found == pytest.approx(float(np.abs(IMAGES[:16]).max() * 255), rel=1.0)
    assert "A1" in doctor.diagnosis.checked
    assert not any(layer._forward_hooks or layer._forward_pre_hooks for layer in (model, *model.layers))


def test_samples_without_weight_are_named():
    doctor = classlab.Doctor(IMAGES, LABELS, quiet=True)
    model = network("adam")
    model.fit(IMAGES, LABELS, sample_weight=np.zeros(320), batch_size=16, epochs=12, verbose=0, callbacks=[doctor])
    found = {finding.rule: finding for finding in doctor.diagnosis.findings}
    assert found["I3"].causes[0].text == (
        "The loss that fit reports is 0: sample_weight or class_weight leaves nothing of it."
    )


def test_a_class_without_weight_is_named():
    doctor = classlab.Doctor(IMAGES, LABELS, quiet=True)
    model = network(keras().optimizers.Adam(0.01))
    weights = {label: float(label != 2) for label in range(4)}
    model.fit(IMAGES, LABELS, class_weight=weights, batch_size=16, epochs=12, verbose=0, callbacks=[doctor])
    found = {finding.rule: finding for finding in doctor.diagnosis.findings}
    assert (found["A7"].name, found["A7"].severity) == ("class-overlooked", "WARN")
    assert found["A7"].text.startswith("The network never names class 2, of which there are training images")


def test_a_class_that_validation_alone_has_counts_as_a_class():
    seen = LABELS < 3
    doctor = classlab.Doctor(IMAGES[seen], LABELS[seen], validation_data=(IMAGES[~seen], LABELS[~seen]), quiet=True)
    found = watched(network("adam"), doctor, images=IMAGES[seen], labels=LABELS[seen], epochs=2)
    assert "B3" not in found
    assert found["A7"].text.startswith("There is no training image of class 3")


def test_a_model_of_models_shows_no_last_function_and_can_be_copied():
    inner = keras().Sequential([keras().Input((4,)), keras().layers.Dense(3, activation="softmax")])
    model = keras().Sequential([keras().Input((4,)), inner])
    model.compile("adam", "sparse_categorical_crossentropy")
    assert apply_remedy(model, {"learning_rate": 0.1}, np.arange(3)) is not None


def trial(rule, after, *, before=0.1, error=0.02):
    cause = Cause(rule=rule, text="It was.", remedy="Mend it.", change={"learning_rate": 0.1})
    return keras_proof.KerasTrial(cause=cause, before=before, after=after, standard_error=error, steps=150)


def test_what_cannot_be_told_from_the_best_keeps_the_order_in_which_it_was_named():
    tried = [trial("I2", 0.11), trial("I7", 0.88), trial("I3", 0.5), trial("I5", 0.9), trial("I10", 0.6)]
    assert [each.cause.rule for each in keras_proof._ranked(tried)] == ["I7", "I5", "I10", "I3", "I2"]
    assert keras_proof._ranked([trial("I2", 0.11), trial("I7", 0.12)])[0].cause.rule == "I2"


@pytest.mark.parametrize(("kind", "first"), [("fact", "B4"), ("symptom", "I3")])
def test_what_helps_more_than_the_remedy_of_a_fact_does_not_explain_the_fact(kind, first):
    tried = [trial("I3", 0.9), trial("B4", 0.5)]
    causes = (tried[1].cause,)
    found = Finding(rule="B4", name="loss-for-head", severity="WARN", kind=kind, text="It is.", causes=causes)
    told = keras_proof._reordered(
        Diagnosis(subject="a training", findings=(found,), checked=("B4",)), found, tried
    ).findings[0]
    assert told.causes[0].rule == first
    assert told.evidence[-1].found == (0.5 if kind == "fact" else 0.9)

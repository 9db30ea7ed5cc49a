from __future__ import annotations

import copy
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

import classlab
from classlab.errors import DataError
from classlab.models.keras_runtime import keras

IMAGES = np.random.default_rng(0).random((96, 4, 4, 1), dtype=np.float32)
LABELS = np.arange(96) % 3


@pytest.fixture(autouse=True)
def torch_backend():
    keras()  # imported on the PyTorch backend, unless another was chosen


def model(*, head: str = "softmax", name: str | None = None):
    layers = keras().layers
    inner = [layers.Flatten(), layers.Dense(8, activation="relu"), layers.Dense(3, activation=head)]
    made = keras().Sequential([keras().Input((4, 4, 1)), *inner], name=name)
    made.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return made


def fitted(doctor, made=None, *, epochs: int = 2, images=IMAGES, callbacks=()):
    made = made or model()
    made.fit(images, LABELS, epochs=epochs, verbose=0, callbacks=[doctor, *callbacks])
    return made


def test_it_is_a_callback_of_keras_and_a_doctor():
    doctor = classlab.Doctor()
    assert isinstance(doctor, keras().callbacks.Callback)
    assert isinstance(doctor, classlab.Doctor)
    assert type(doctor) is type(classlab.Doctor())
    assert type(doctor).__name__ == "Doctor"


def test_naming_it_does_not_load_keras():
    code = "import sys\nfrom classlab import Doctor\nassert not {'keras', 'numpy', 'pydantic'} & set(sys.modules)"
    place = {**os.environ, "PYTHONPATH": str(Path(classlab.__file__).parents[1])}
    subprocess.run([sys.executable, "-c", code], check=True, env=place)


def test_where_only_pytorch_is_installed_it_is_keras_backend_without_a_word():
    if any(map(find_spec, ("tensorflow", "jax"))):
        pytest.skip("another backend is installed, so Keras finds one by itself")
    code = "from classlab import Doctor\nDoctor()\nimport keras\nassert keras.backend.backend() == 'torch'"
    place = {**os.environ, "PYTHONPATH": str(Path(classlab.__file__).parents[1])}
    place.pop("KERAS_BACKEND", None)
    subprocess.run([sys.executable, "-c", code], check=True, env=place)


def test_a_class_of_ones_own_may_build_on_it():
    class Mine(classlab.Doctor):
        pass

    doctor = Mine(quiet=True)
    fitted(doctor)
    assert isinstance(doctor, Mine)
    assert isinstance(doctor, keras().callbacks.Callback)
    assert doctor.diagnosis is not None


def test_it_can_be_copied_as_tuners_do():
    doctor = copy.deepcopy(classlab.Doctor(IMAGES, LABELS, quiet=True))
    fitted(doctor)
    assert doctor.diagnosis is not None
    assert "A1" in doctor.diagnosis.checked


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (
            {"x": IMAGES},
            "x and y must hold images and labels, but the labels are missing. Hand both to Doctor, or neither.",
        ),
        (
            {"y": LABELS},
            "x and y must hold images and labels, but the images are missing. Hand both to Doctor, or neither.",
        ),
        (
            {"x": IMAGES, "y": LABELS[:5]},
            "x and y must hold one label per image, but got 96 images and 5 labels. "
            "Hand Doctor the arrays that fit gets.",
        ),
        (
            {"x": object(), "y": LABELS},
            "x and y must hold arrays of numbers, but got object. "
            "Hand Doctor arrays, or leave them out: a stream of batches cannot be looked at twice.",
        ),
        (
            {"validation_data": IMAGES},
            "validation_data must be a pair (x, y) of arrays, but got ndarray. "
            "Hand Doctor arrays, or leave it out: a stream of batches cannot be looked at twice.",
        ),
        (
            {"test_data": (IMAGES, None)},
            "test_data must hold images and labels, but the labels are missing. Hand both to Doctor, or neither.",
        ),
    ],
)
def test_what_cannot_be_looked_at_is_refused_when_it_is_handed_over(given, sentence):
    with pytest.raises(DataError) as refusal:
        classlab.Doctor(**given)
    assert str(refusal.value) == sentence


def test_it_changes_nothing_about_the_training():
    def weights(*callbacks):
        keras().utils.set_random_seed(3)
        made = model()
        history = made.fit(
            IMAGES, LABELS, epochs=3, verbose=0, validation_data=(IMAGES, LABELS), callbacks=list(callbacks)
        ).history
        return made.get_weights(), history

    alone, figures = weights()
    watched, same = weights(classlab.Doctor(IMAGES, LABELS, validation_data=(IMAGES, LABELS), quiet=True))
    assert all(np.array_equal(one, other) for one, other in zip(alone, watched, strict=True))
    assert figures == same


def test_it_leaves_nothing_behind_in_the_model():
    made = model()
    before = {name: id(value) for name, value in vars(made).items()}
    layers = list(made.layers)
    doctor = classlab.Doctor(IMAGES, LABELS, quiet=True)
    doctor.set_model(made)
    doctor.set_params({"epochs": 1, "steps": 3})
    doctor.on_train_begin()
    doctor.on_train_end()
    assert {name: id(value) for name, value in vars(made).items()} == before
    assert made.layers == layers
    assert all(weight.value.grad is None for weight in made.trainable_weights)


def test_findings_are_printed_once_and_a_summary_at_the_end(capsys):
    fitted(classlab.Doctor(IMAGES / 255 / 255, LABELS), images=IMAGES / 255 / 255, epochs=3)
    lines = capsys.readouterr().out.splitlines()
    live = [line for line in lines if line.startswith("doctor: FAIL A1 double-normalisation: ")]
    assert len(live) == 1
    assert lines.index(live[0]) == 0
    assert "doctor: 1 finding above INFO in the training of " in "\n".join(lines)
    assert any(line.startswith("  FAIL A1 double-normalisation (fact): ") for line in lines)
    assert any(line.startswith("    cause 1: ") for line in lines)
    assert any(line.startswith("doctor: not checked: I8 ") for line in lines)


def test_a_quiet_one_prints_nothing_and_still_knows(capsys):
    doctor = classlab.Doctor(IMAGES / 255 / 255, LABELS, quiet=True)
    fitted(doctor, images=IMAGES / 255 / 255)
    assert capsys.readouterr().out == ""
    assert [finding.rule for finding in doctor.diagnosis.findings if finding.severity == "FAIL"] == ["A1"]


def test_a_clean_bill_says_what_was_checked_and_what_could_not_be(capsys):
    doctor = classlab.Doctor()
    assert doctor.diagnosis is None
    fitted(doctor, epochs=1)
    out = capsys.readouterr().out
    assert "doctor: no findings above INFO in the training of " in out
    assert "checks made: " in out
    assert "doctor: not checked: A3, A6, A8, C5, I9, I16: no images were handed to " in out


@pytest.mark.parametrize(("stops", "epochs"), [(False, 3), (True, 1)])
def test_a_loss_that_is_not_finite_ends_the_training_only_where_asked(capsys, stops, epochs):
    images = IMAGES.copy()
    images[40:] = np.nan
    doctor = classlab.Doctor(stop_on_nonfinite=stops)
    made = model()
    history = made.fit(images, LABELS, epochs=3, verbose=0, shuffle=False, callbacks=[doctor]).history
    assert len(history["loss"]) == epochs
    assert "doctor: I4 non-finite: the loss is nan at step 2.\n" in capsys.readouterr().out
    first = doctor.diagnosis.findings[0]
    assert (first.rule, first.severity) == ("I4", "FAIL")
    assert first.text.startswith("The loss stopped being finite at step 2")


def test_a_defect_of_its_own_is_said_once_and_training_goes_on(capsys, monkeypatch):
    def fails(*_, **__):
        raise RuntimeError("no such luck")

    monkeypatch.setattr("classlab.doctor.keras_watch.KerasWatch.epoch_ended", fails)
    doctor = classlab.Doctor()
    made = fitted(doctor, epochs=3)
    assert len(made.history.history["loss"]) == 3
    assert doctor.gave_up == "RuntimeError: no such luck"
    assert capsys.readouterr().out == (
        "doctor: stopped looking because of a defect of its own (RuntimeError: no such luck); "
        "the training goes on unwatched.\n"
    )


def test_an_interruption_is_not_swallowed(monkeypatch):
    def interrupts(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("classlab.doctor.keras_watch.KerasWatch.epoch_ended", interrupts)
    with pytest.raises(KeyboardInterrupt):
        fitted(classlab.Doctor(quiet=True))


def test_one_doctor_may_watch_several_trainings():
    doctor = classlab.Doctor(quiet=True)
    made = fitted(doctor)
    assert "C8" not in [finding.rule for finding in doctor.diagnosis.findings]
    fitted(doctor, made)
    again = [finding for finding in doctor.diagnosis.findings if finding.rule == "C8"]
    assert [finding.severity for finding in again] == ["INFO"]  # the same optimizer goes on


def test_a_training_that_is_said_to_go_on_from_another_is_no_fault():
    made = fitted(classlab.Doctor(quiet=True))
    doctor = classlab.Doctor(continued=True, quiet=True)
    fitted(doctor, made)
    assert [finding.severity for finding in doctor.diagnosis.findings if finding.rule == "C8"] == ["INFO"]


@pytest.mark.parametrize(("name", "rules"), [("rmsprop_small", ["C1"]), ("adam_small", []), (None, [])])
def test_a_models_own_name_is_held_against_its_optimizer(name, rules):
    doctor = classlab.Doctor(quiet=True)
    fitted(doctor, model(name=name), epochs=1)
    assert [finding.rule for finding in doctor.diagnosis.findings if finding.severity == "INVALID"] == rules


def test_images_that_the_model_cannot_take_are_left_aside_with_a_reason():
    doctor = classlab.Doctor(np.zeros((5, 9, 9, 1), np.float32), np.zeros(5, np.int64), quiet=True)
    fitted(doctor)
    reasons = {each.rule: each.reason for each in doctor.diagnosis.unchecked}
    assert reasons["A1"] == "the model cannot be asked about the images that were handed over"
    assert doctor.gave_up == ""


def test_it_shows_itself_in_a_notebook_with_nothing_taken_for_markup():
    doctor = classlab.Doctor(label="<b>rmsprop</b>", quiet=True)
    assert doctor._repr_html_() == "<p>No training yet.</p>"
    assert repr(doctor) == "<Doctor: no training yet>"
    fitted(doctor, epochs=1)
    shown = doctor._repr_html_()
    assert "<td>INVALID</td><td>C1</td>" in shown
    assert "<b>rmsprop" not in shown
    assert "&lt;b&gt;rmsprop&lt;/b&gt;" in shown
    assert repr(doctor) == "<Doctor: 1 finding>"

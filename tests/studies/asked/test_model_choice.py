from __future__ import annotations

import numpy as np
import pytest

from classlab.errors import SpecError
from classlab.models import build
from classlab.models.keras_runtime import keras as load_keras
from classlab.studies.asked.model_choice import choose_model


def test_a_name_is_built_for_the_data(digits):
    choice = choose_model("mlp", digits, units=(7,), activation="tanh", dropout=0.5)
    assert choice.architecture == build(
        "mlp", input_shape=(8, 8, 1), classes=10, units=(7,), activation="tanh", dropout=0.5
    )
    assert choice.weights is None


def test_an_architecture_is_taken_as_it_is(digits):
    architecture = build("linear", input_shape=(8, 8, 1), classes=10)
    assert choose_model(architecture, digits).architecture is architecture


def test_a_keras_model_brings_its_weights_and_what_it_was_compiled_with(digits):
    keras = load_keras()
    model = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Flatten(), keras.layers.Dense(10, "softmax")])
    choice = choose_model(model, digits, start="given")
    assert choice.compiled is model
    assert np.array_equal(choice.weights["1.kernel"], model.get_weights()[0])


def test_a_keras_file_brings_its_weights(digits, tmp_path):
    keras = load_keras()
    model = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Flatten(), keras.layers.Dense(10, "softmax")])
    model.save(tmp_path / "m.keras")
    for path in (tmp_path / "m.keras", str(tmp_path / "m.keras")):
        choice = choose_model(path, digits, usual="given")
        assert np.array_equal(choice.weights["1.kernel"], model.get_weights()[0])
        assert choice.compiled is None


@pytest.mark.parametrize(
    ("name", "options", "sentence"),
    [
        (
            "cnn-small",
            {"units": (3,)},
            "`units` has no effect with model='cnn-small', but got units=[3]. It belongs to mlp.",
        ),
        (
            "linear",
            {"activation": "relu"},
            "`activation` has no effect with model='linear', but got activation='relu'. It belongs to mlp, cnn, "
            "cnn-small and lenet5.",
        ),
        (
            "linear",
            {"dropout": 0.25},
            "`dropout` has no effect with model='linear', but got dropout=0.25. It belongs to mlp, cnn, cnn-small and "
            "lenet5.",
        ),
    ],
)
def test_options_without_effect_are_refused(digits, name, options, sentence):
    with pytest.raises(SpecError) as refusal:
        choose_model(name, digits, **options)
    assert str(refusal.value) == sentence


@pytest.mark.parametrize("name", ["net.h5", "net.weights.h5", "net.JSON", "net.onnx"])
def test_a_file_of_another_format_is_told_apart_from_a_wrong_name(digits, name):
    with pytest.raises(SpecError) as refusal:
        choose_model(name, digits)
    assert str(refusal.value) == (
        f"`model` must be a built-in name or a .keras file, but got model={name!r}. Save the whole model in "
        "Keras's own format, as in model.save('model.keras')."
    )


def test_layers_that_are_given_are_not_changed_by_options(digits):
    with pytest.raises(SpecError) as refusal:
        choose_model("some.keras", digits, dropout=0.5)
    assert str(refusal.value) == (
        "`dropout` must be left out for a model that is given with its layers, but got dropout=0.5. "
        "Change the layers themselves."
    )

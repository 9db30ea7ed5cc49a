from __future__ import annotations

import pytest

from classlab.errors import SpecError
from classlab.models.keras_runtime import keras as load_keras
from classlab.records import Loss
from classlab.records.optimizers import SGD, Adagrad, Adam, AdamW, Nadam, RMSprop
from classlab.studies.asked.keras_compiled import compiled_loss, compiled_optimizer

keras = load_keras()


def compiled(optimizer: object = "adam", loss: object = "sparse_categorical_crossentropy") -> keras.Model:
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)], name="net")
    model.compile(optimizer=optimizer, loss=loss)
    return model


@pytest.mark.parametrize(
    ("optimizer", "expected"),
    [
        ("sgd", SGD()),
        ("adam", Adam()),
        ("adamw", AdamW()),
        ("rmsprop", RMSprop()),
        ("adagrad", Adagrad()),
        ("nadam", Nadam()),
        (keras.optimizers.SGD(0.1, momentum=0.9, nesterov=True), SGD(learning_rate=0.1, momentum=0.9, nesterov=True)),
        (keras.optimizers.Adam(3e-4, beta_1=0.8, clipnorm=1.0), Adam(learning_rate=3e-4, beta_1=0.8, clipnorm=1.0)),
        (keras.optimizers.AdamW(weight_decay=0.1), AdamW(weight_decay=0.1)),
        (keras.optimizers.RMSprop(centered=True), RMSprop(centered=True)),
    ],
)
def test_every_optimizer_is_read_with_its_settings(optimizer, expected):
    assert compiled_optimizer(compiled(optimizer)) == expected


@pytest.mark.parametrize(
    ("loss", "expected"),
    [
        ("sparse_categorical_crossentropy", Loss()),
        ("mse", Loss(name="mean_squared_error")),
        (keras.losses.MeanSquaredError(), Loss(name="mean_squared_error")),
        (keras.losses.SparseCategoricalCrossentropy(from_logits=True), Loss(from_logits=True)),
        (keras.losses.CategoricalCrossentropy(), Loss(name="categorical_crossentropy")),
        (keras.losses.sparse_categorical_crossentropy, Loss()),
    ],
)
def test_every_loss_is_read_with_its_settings(loss, expected):
    assert compiled_loss(compiled(loss=loss)) == expected


def test_a_model_that_was_not_compiled_brings_nothing():
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
    assert compiled_optimizer(model) is None
    assert compiled_loss(model) is None


@pytest.mark.parametrize(
    ("optimizer", "what"),
    [
        ("lion", "the optimizer Lion"),
        (keras.optimizers.Adam(amsgrad=True), "Adam's option amsgrad=True"),
        (keras.optimizers.SGD(use_ema=True), "SGD's option use_ema=True"),
        (
            keras.optimizers.SGD(keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.5)),
            "a learning-rate schedule of Keras",
        ),
    ],
)
def test_an_optimizer_beyond_the_engine_is_refused(optimizer, what):
    with pytest.raises(SpecError) as refusal:
        compiled_optimizer(compiled(optimizer))
    assert str(refusal.value) == (
        f"the Keras model 'net' must be compiled with something that classlab trains with, but it has {what}. "
        "Give `optimizer` yourself."
    )


@pytest.mark.parametrize(
    ("loss", "what"),
    [
        ("binary_crossentropy", "the loss binary_crossentropy"),
        (keras.losses.CategoricalCrossentropy(label_smoothing=0.1), "an option of the loss categorical_crossentropy"),
        (
            keras.losses.SparseCategoricalCrossentropy(ignore_class=0),
            "an option of the loss sparse_categorical_crossentropy",
        ),
    ],
)
def test_a_loss_beyond_the_engine_is_refused(loss, what):
    with pytest.raises(SpecError) as refusal:
        compiled_loss(compiled(loss=loss))
    assert str(refusal.value) == (
        f"the Keras model 'net' must be compiled with something that classlab trains with, but it has {what}. "
        "Give `loss` yourself."
    )

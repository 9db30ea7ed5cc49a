"""From words of a remedy to the remedied run."""

from __future__ import annotations

from dataclasses import replace

import pytest

from classlab.errors import SpecError
from classlab.models.builtin import build
from classlab.records import DataSpec, EarlyStopping, KerasArchitecture, Loss, RunSpec
from classlab.records.layers import Activation, Dense, Rescaling
from classlab.records.optimizers import SGD, Adam
from classlab.records.schedules import Cosine
from classlab.studies.remedies.remedy import WORDS, remedied

MLP = build("mlp", input_shape=(8, 8, 1), classes=10, units=(6, 5))
SPEC = RunSpec(data=DataSpec(name="digits"), architecture=MLP, optimizer=SGD(learning_rate=5.0, momentum=0.9))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"learning_rate": 0.5}, {"optimizer": SGD(learning_rate=0.5, momentum=0.9)}),
        ({"learning_rate": 0.003 / 10}, {"optimizer": SGD(learning_rate=0.0003, momentum=0.9)}),
        ({"optimizer": "adam"}, {"optimizer": Adam()}),
        ({"optimizer": "adam", "learning_rate": 0.01}, {"optimizer": Adam(learning_rate=0.01)}),
        ({"clipnorm": 1.0}, {"optimizer": SGD(learning_rate=5.0, momentum=0.9, clipnorm=1.0)}),
        ({"epochs": 20, "batch_size": 32}, {"epochs": 20, "batch_size": 32}),
        ({"early_stopping": 5}, {"early_stopping": EarlyStopping(patience=5)}),
        ({"schedule": "cosine", "warmup_epochs": 1.0}, {"schedule": Cosine(warmup_epochs=1.0)}),
        ({"preprocessing": "standardize"}, {"data": DataSpec(name="digits", preprocessing="standardize")}),
        ({"validation": 0.2}, {"data": DataSpec(name="digits", validation=0.2)}),
        ({"loss": "mean_squared_error"}, {"loss": Loss(name="mean_squared_error")}),
        ({"units": "9,7"}, {"architecture": build("mlp", input_shape=(8, 8, 1), classes=10, units=(9, 7))}),
    ],
)
def test_options_change_what_they_name_and_nothing_else(change, expected):
    assert remedied(SPEC, change) == replace(SPEC, **expected)


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("change", [{"remove_rescaling": True}, {"preprocessing": "unit"}])
def test_images_that_a_network_scales_itself_are_then_scaled_by_the_preprocessing_alone(layers, change):
    scaling = (Rescaling(scale=1 / 255),) * layers
    sick = replace(SPEC, architecture=replace(MLP, layers=(*scaling, *MLP.layers)), data=DataSpec(name="digits"))
    assert remedied(sick, change) == SPEC


def test_whether_the_loss_takes_scores_follows_from_the_head():
    linear = replace(MLP, layers=(*MLP.layers[:-1], Dense(units=10)))
    sick = replace(SPEC, architecture=linear, loss=Loss())
    assert remedied(sick, {"loss": "sparse_categorical_crossentropy"}).loss == Loss(from_logits=True)
    assert remedied(sick, {"from_logits": True}).loss == Loss(from_logits=True)
    mended = remedied(sick, {"head_activation": "softmax"})
    assert mended == SPEC
    twice = replace(SPEC, architecture=replace(MLP, layers=(*MLP.layers, Activation(activation="softmax"))))
    assert remedied(twice, {"remove_softmax": True}) == SPEC


def test_given_weights_are_given_up():
    assert remedied(replace(SPEC, initial_weights="abc"), {"initial_weights": None}) == SPEC


def test_a_keras_network_takes_options_but_no_change_of_layers():
    foreign = KerasArchitecture(name="foreign", input_shape=(8, 8, 1), config={"config": {"layers": []}}, reason="x")
    sick = replace(SPEC, architecture=foreign)
    assert remedied(sick, {"learning_rate": 0.5}).optimizer.learning_rate == 0.5
    assert remedied(sick, {"preprocessing": "symmetric"}).data.preprocessing == "symmetric"
    with pytest.raises(SpecError) as refusal:
        remedied(sick, {"activation": "relu"})
    assert str(refusal.value) == (
        "the remedy activation='relu' must have layers that the engine knows, but 'foreign' trains through Keras. "
        "Change its layers by hand."
    )


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            {},
            "a remedy must name options and their new values, but this one names none. Apply it by hand.",
        ),
        ({"magic": 1}, "a remedy must be of known words, but got 'magic'. Apply it by hand."),
        (
            {"epochs": 10},
            "a remedy must change the run, but epochs=10 is what the run has already. Apply another one.",
        ),
        (
            {"weight_decay": 0.1, "nesterov": True, "optimizer": "adam"},
            "`nesterov` has no effect with optimizer='adam', but got nesterov=True. It belongs to sgd.",
        ),
        (
            {"preprocessing": "loud"},
            "`preprocessing` must be one of unit, symmetric, standardize, none, but got preprocessing='loud'. "
            "Choose one of them.",
        ),
        (
            {"units": "wide"},
            "the remedy's `units` must be widths as in 128,64, but got units='wide'. Change the layers by hand.",
        ),
    ],
)
def test_what_cannot_be_applied_is_refused(change, sentence):
    with pytest.raises(SpecError) as refusal:
        remedied(SPEC, change)
    assert str(refusal.value) == sentence


def test_a_setting_that_the_kept_optimizer_lacks_is_refused():
    with pytest.raises(SpecError) as refusal:
        remedied(replace(SPEC, optimizer=Adam()), {"momentum": 0.9})
    assert str(refusal.value) == (
        "the remedy's `momentum` must belong to the optimizer, but adam has no such setting. Apply it by hand."
    )


def test_widths_of_a_network_that_is_no_perceptron_of_ours_are_refused():
    with pytest.raises(SpecError) as refusal:
        remedied(replace(SPEC, architecture=build("lenet5", input_shape=(28, 28, 1), classes=10)), {"units": "9"})
    assert str(refusal.value) == (
        "the remedy units='9' must have a perceptron of classlab's own, but 'lenet5' is another network. "
        "Change its layers by hand."
    )


def test_every_word_is_named_once():
    assert len(set(WORDS)) == len(WORDS)

from __future__ import annotations

import typing

import pytest

from classlab.errors import SpecError
from classlab.records import Architecture, EarlyStopping, KerasArchitecture, Loss
from classlab.records.architecture import IMAGES
from classlab.records.layers import Activation, Add, Dense, Dropout, Flatten, Multiply, ReLU, Rescaling
from classlab.records.optimizers import SGD, Adam, AdamW, RMSprop
from classlab.records.schedules import Constant, Cosine, Step
from classlab.studies.asked.spec_options import (
    early_stopping_of,
    has_optimizer_settings,
    loss_of,
    optimizer_of,
    run_specs,
    schedule_of,
)

SCORES = Architecture(name="scores", input_shape=(8, 8, 1), layers=(Flatten(), Dense(units=10)))
SHARES = Architecture(name="shares", input_shape=(8, 8, 1), layers=(*SCORES.layers, Activation(activation="softmax")))


def keras_architecture(activation: str) -> KerasArchitecture:
    layers = [{"class_name": "Dense", "config": {"activation": activation}}]
    return KerasArchitecture(name="k", input_shape=(8, 8, 1), config={"config": {"layers": layers}}, reason="r")


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, Adam()),
        ({"optimizer": None, "learning_rate": 0.01}, Adam(learning_rate=0.01)),
        ({"optimizer": "sgd", "momentum": 0.9, "nesterov": True}, SGD(momentum=0.9, nesterov=True)),
        ({"optimizer": "sgd", "momentum": None}, SGD()),
        ({"optimizer": "adamw", "weight_decay": 0.1}, AdamW(weight_decay=0.1)),
        ({"optimizer": "rmsprop", "momentum": 0.5, "clipnorm": 1.0}, RMSprop(momentum=0.5, clipnorm=1.0)),
        ({"optimizer": SGD(momentum=0.5)}, SGD(momentum=0.5)),
    ],
)
def test_optimizers_from_plain_words(options, expected):
    assert optimizer_of(options) == expected


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (
            {"optimizer": "adm"},
            "`optimizer` must be one of sgd, adam, adamw, rmsprop, adagrad, nadam, but got optimizer='adm'. "
            "Did you mean 'adam'?",
        ),
        (
            {"optimizer": "zzz"},
            "`optimizer` must be one of sgd, adam, adamw, rmsprop, adagrad, nadam, but got optimizer='zzz'. "
            "Choose one of them.",
        ),
        (
            {"optimizer": "adam", "momentum": 0.9},
            "`momentum` has no effect with optimizer='adam', but got momentum=0.9. It belongs to sgd and rmsprop.",
        ),
        (
            {"optimizer": "sgd", "nesterov": True},
            "`nesterov` has no effect without `momentum`, but got nesterov=True alone. "
            "Give it as well, for example momentum=0.9.",
        ),
        (
            {"optimizer": object()},
            "`optimizer` must be a name or a ready one of classlab's own (SGD, Adam, AdamW, RMSprop, Adagrad, Nadam), "
            "but got an object. Give its name, and its settings as options.",
        ),
        (
            {"optimizer": SGD(), "learning_rate": 0.1},
            "`learning_rate` must be left out where `optimizer` is a ready one, but both were given. "
            "Set it in the optimizer.",
        ),
    ],
)
def test_contradicting_optimizer_options_are_refused(options, sentence):
    with pytest.raises(SpecError) as refusal:
        optimizer_of(options)
    assert str(refusal.value) == sentence


def test_a_learning_rate_alone_is_a_choice():
    assert has_optimizer_settings({"learning_rate": 0.1})
    assert not has_optimizer_settings({"learning_rate": None, "epochs": 3})


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, Constant()),
        ({"warmup_epochs": 2.0}, Constant(warmup_epochs=2.0)),
        ({"schedule": "cosine", "warmup_epochs": 1.0}, Cosine(warmup_epochs=1.0)),
        ({"schedule": "step"}, Step()),
        ({"schedule": "step", "step_epochs": 3, "step_factor": 0.5}, Step(every_epochs=3, factor=0.5)),
        ({"schedule": Cosine(alpha=0.1)}, Cosine(alpha=0.1)),
    ],
)
def test_schedules_from_plain_words(options, expected):
    assert schedule_of(options) == expected


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (
            {"schedule": "steps"},
            "`schedule` must be one of constant, step, cosine, but got schedule='steps'. Did you mean 'step'?",
        ),
        (
            {"step_factor": 0.5},
            "`step_factor` has no effect with schedule='constant', but got step_factor=0.5. It belongs to step.",
        ),
        (
            {"schedule": Cosine(), "warmup_epochs": 1.0},
            "`warmup_epochs` must be left out where `schedule` is a ready one, but both were given. "
            "Set it in the schedule.",
        ),
        (
            {"schedule": Step(), "step_epochs": 1.0},
            "`step_epochs` must be left out where `schedule` is a ready one, but both were given. "
            "Set it in the schedule.",
        ),
    ],
)
def test_contradicting_schedule_options_are_refused(options, sentence):
    with pytest.raises(SpecError) as refusal:
        schedule_of(options)
    assert str(refusal.value) == sentence


@pytest.mark.parametrize(
    ("name", "architecture", "expected"),
    [
        (None, SHARES, Loss()),
        (None, SCORES, Loss(from_logits=True)),
        ("categorical_crossentropy", SCORES, Loss(name="categorical_crossentropy", from_logits=True)),
        ("mean_squared_error", SCORES, Loss(name="mean_squared_error")),
        (Loss(from_logits=False), SCORES, Loss()),
        (None, keras_architecture("linear"), Loss(from_logits=True)),
        (None, keras_architecture("softmax"), Loss()),
    ],
)
def test_the_loss_reads_off_the_last_layer_whether_it_gets_raw_scores(name, architecture, expected):
    assert loss_of(name, architecture) == expected


def test_a_dropout_at_the_end_does_not_hide_raw_scores():
    dropped = Architecture(name="d", input_shape=(8, 8, 1), layers=(*SCORES.layers, Dropout(rate=0.1)))
    assert loss_of(None, dropped).from_logits


def test_a_dropout_at_the_end_of_a_graph_is_followed_back_to_what_it_reads():
    layers = (Flatten(), Dense(units=10), Activation(activation="softmax"), Multiply(), Dropout(rate=0.1))
    inputs = ((IMAGES,), (0,), (1,), (1, 2), (3,))
    gated = Architecture(name="g", input_shape=(8, 8, 1), layers=layers, inputs=inputs)
    assert not loss_of(None, gated).from_logits
    scored = Architecture(
        name="s",
        input_shape=(8, 8, 1),
        layers=(Flatten(), ReLU(), Add(), Dense(units=10), Dropout(rate=0.1)),
        inputs=((IMAGES,), (0,), (0, 1), (2,), (3,)),
    )
    assert loss_of(None, scored).from_logits


def test_an_unknown_loss_is_refused():
    with pytest.raises(SpecError) as refusal:
        loss_of("mean_square_error", SHARES)
    assert str(refusal.value) == (
        "`loss` must be one of sparse_categorical_crossentropy, categorical_crossentropy, mean_squared_error, "
        "but got loss='mean_square_error'. Did you mean 'mean_squared_error'?"
    )


def test_early_stopping_from_a_patience():
    assert early_stopping_of({}) is None
    assert early_stopping_of({"early_stopping": 3}) == EarlyStopping(patience=3)
    assert early_stopping_of({"early_stopping": 0, "monitor": "accuracy"}) == EarlyStopping(
        patience=0, monitor="accuracy"
    )
    ready = EarlyStopping(patience=7)
    assert early_stopping_of({"early_stopping": ready}) is ready


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (
            {"monitor": "loss"},
            "`monitor` has no effect without `early_stopping`, but got monitor='loss' alone. "
            "Give it as well, for example early_stopping=5.",
        ),
        (
            {"early_stopping": 1, "monitor": "val_los"},
            "`monitor` must be one of val_loss, val_accuracy, val_balanced_accuracy, val_macro_f1, loss, accuracy, but "
            "got monitor='val_los'. "
            "Did you mean 'val_loss'?",
        ),
    ],
)
def test_contradicting_early_stopping_options_are_refused(options, sentence):
    with pytest.raises(SpecError) as refusal:
        early_stopping_of(options)
    assert str(refusal.value) == sentence


def test_runs_of_several_seeds_differ_in_nothing_else(digits):
    first, second = run_specs(digits, SHARES, seeds=[0, 5], options={"epochs": 3, "limit": 100})
    assert (first.seed, second.seed) == (0, 5)
    plain = [{**vars(spec), "seed": None} for spec in (first, second)]
    assert plain[0] == plain[1]
    assert first.data.limit == 100
    assert first.data.digest == digits.digest


@pytest.mark.parametrize(
    ("option", "sentence"),
    [
        (
            {"preprocessing": "units"},
            "`preprocessing` must be one of unit, symmetric, standardize, none, but got preprocessing='units'. "
            "Did you mean 'unit'?",
        ),
        (
            {"precision": "float23"},
            "`precision` must be one of float32, bfloat16, float64, auto, but got precision='float23'. "
            "Did you mean 'float32'?",
        ),
    ],
)
def test_unknown_words_of_other_options_are_refused(digits, option, sentence):
    with pytest.raises(SpecError) as refusal:
        run_specs(digits, SHARES, seeds=[0], options=typing.cast("typing.Any", option))
    assert str(refusal.value) == sentence


def test_a_network_that_scales_its_images_takes_pixels_unless_it_is_told_otherwise(digits):
    network = Architecture(
        name="exported", input_shape=(8, 8, 1), layers=(Rescaling(scale=1 / 255), Flatten(), Dense(units=10))
    )
    (found,) = run_specs(digits, network, seeds=[0], options={})
    assert found.data.preprocessing == "none"
    (found,) = run_specs(digits, network, seeds=[0], options={"preprocessing": "unit"})
    assert found.data.preprocessing == "unit"  # which is refused where model and images are compared
    (found,) = run_specs(digits, SCORES, seeds=[0], options={})
    assert found.data.preprocessing == "unit"


def test_float16_is_told_why_it_is_not_offered(digits):
    with pytest.raises(SpecError) as refusal:
        run_specs(digits, SCORES, seeds=[0], options={"precision": "float16"})
    assert str(refusal.value) == (
        "`precision` must be one of float32, bfloat16, float64, auto, but got precision='float16'. float16 is not "
        "offered, because its gradients need a scale of their own; bfloat16 takes as little memory and needs none."
    )

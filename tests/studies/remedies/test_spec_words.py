"""Runs written down as options, and read back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from classlab.models.builtin import build
from classlab.records import Architecture, DataSpec, EarlyStopping, Loss, RunSpec
from classlab.records.architecture import IMAGES
from classlab.records.layers import Activation, Add, Dense, Flatten, ReLU, Rescaling
from classlab.records.optimizers import SGD, Adam, RMSprop
from classlab.records.schedules import Cosine, Step
from classlab.studies.remedies.spec_words import built_in_options, differences, spec_words

SMALL, LARGE = (8, 8, 1), (28, 28, 1)


@pytest.mark.parametrize(
    ("name", "shape", "options"),
    [
        ("linear", SMALL, {}),
        ("mlp", SMALL, {"units": [7, 5]}),
        ("mlp", SMALL, {"units": [9], "activation": "tanh", "dropout": 0.3}),
        ("cnn", LARGE, {}),
        ("cnn", LARGE, {"dropout": 0.5, "activation": "gelu"}),
        ("cnn-small", LARGE, {"dropout": 0.25}),
        ("lenet5", LARGE, {"activation": "tanh"}),
    ],
)
def test_a_built_in_network_is_recognised_with_its_options(name, shape, options):
    network = build(name, input_shape=shape, classes=10, **options)
    assert built_in_options(replace(network, name="anything")) == {"model": name, **options}


def test_any_other_network_has_no_name():
    plain = build("mlp", input_shape=SMALL, classes=10)
    assert built_in_options(replace(plain, layers=(Rescaling(scale=0.5), *plain.layers))) is None
    assert built_in_options(replace(plain, layers=(*plain.layers, Rescaling(scale=0.5)))) is None


def spec(**fields) -> RunSpec:
    return RunSpec(data=DataSpec(name="digits"), architecture=build("linear", input_shape=SMALL, classes=10), **fields)


@pytest.mark.parametrize(
    ("fields", "options"),
    [
        ({"optimizer": SGD(momentum=0.9, nesterov=True)}, {"momentum": 0.9, "nesterov": True, "learning_rate": 0.01}),
        ({"optimizer": Adam(clipnorm=2.0)}, {"clipnorm": 2.0}),
        ({"schedule": Step(every_epochs=2.0, factor=0.5)}, {"step_epochs": 2.0, "step_factor": 0.5}),
        ({"schedule": Cosine(warmup_epochs=1.0)}, {"schedule": "cosine", "warmup_epochs": 1.0}),
        (
            {"early_stopping": EarlyStopping(patience=2, monitor="accuracy")},
            {"early_stopping": 2, "monitor": "accuracy"},
        ),
        ({"top_k": 3, "precision": "bfloat16"}, {"top_k": 3, "precision": "bfloat16"}),
        ({"loss": Loss(name="mean_squared_error")}, {"loss": "mean_squared_error"}),
    ],
)
def test_options_are_written_under_their_names_and_nothing_is_lost(fields, options):
    words = spec_words(spec(**fields))
    assert options.items() <= words.options.items()
    assert words.left_out == ()


@pytest.mark.parametrize(
    ("fields", "clause"),
    [
        ({"optimizer": RMSprop(rho=0.5)}, "rmsprop's rho=0.5"),
        ({"schedule": Cosine(alpha=0.1)}, "the cosine's alpha=0.1"),
        ({"early_stopping": EarlyStopping(min_delta=0.1)}, "early stopping's min_delta and restore_best_weights"),
        ({"initial_weights": "abc"}, "the weights that the run started from"),
        (
            {"loss": Loss(from_logits=True)},
            "that the loss takes from_logits=True, against what the last layer gives",
        ),
    ],
)
def test_what_cannot_be_said_is_named(fields, clause):
    assert spec_words(spec(**fields)).left_out == (clause,)


def test_data_from_a_path_are_found_from_anywhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pictures").mkdir()
    on_disk = replace(spec(), data=DataSpec(name="pictures"))
    assert spec_words(on_disk).data == str(tmp_path / "pictures")
    assert spec_words(spec()).data == "digits"


SPEC = RunSpec(data=DataSpec(name="digits"), architecture=build("mlp", input_shape=(8, 8, 1), classes=10))
LAYERS = SPEC.architecture.layers


def with_layers(*layers) -> RunSpec:
    return replace(SPEC, architecture=replace(SPEC.architecture, layers=layers))


@pytest.mark.parametrize(
    ("after", "words"),
    [
        (SPEC, ()),
        (replace(SPEC, seed=3), ()),
        (replace(SPEC, epochs=3, batch_size=8), ("epochs: 10 -> 3", "batch_size: 128 -> 8")),
        (replace(SPEC, loss=Loss(from_logits=True)), ("loss.from_logits: False -> True",)),
        (replace(SPEC, data=replace(SPEC.data, preprocessing="none")), ("preprocessing: unit -> none",)),
        (with_layers(Rescaling(scale=0.5), *LAYERS), ("Rescaling layer added",)),
        (with_layers(LAYERS[0], LAYERS[1], LAYERS[3]), ("Dense layer removed",)),
        (
            with_layers(LAYERS[0], *(replace(layer, activation="tanh") for layer in LAYERS[1:3]), LAYERS[3]),
            ("Dense activation: relu -> tanh (2 times)",),
        ),
    ],
)
def test_differences_are_told_by_their_names_in_a_study_file(after, words):
    assert differences(SPEC, after) == words


def test_another_optimizer_brings_its_settings_along():
    found = differences(SPEC, replace(SPEC, optimizer=SGD(learning_rate=0.5)))
    assert {"optimizer: adam -> sgd", "learning_rate: 0.001 -> 0.5"} <= set(found)


def test_layers_that_went_are_told_apart_from_layers_that_came():
    softmax = Activation(activation="softmax")
    assert differences(with_layers(*LAYERS, softmax, softmax), with_layers(Rescaling(scale=2.0), *LAYERS)) == (
        "Activation layer removed (2 times)",
        "Rescaling layer added",
    )


def skip(*, source: int) -> Architecture:
    layers = (Flatten(), Dense(units=64), ReLU(), Add(), Dense(units=10))
    return Architecture(
        name="skip", input_shape=SMALL, layers=layers, inputs=((IMAGES,), (0,), (1,), (source, 2), (3,))
    )


def test_layers_that_are_connected_otherwise_are_a_difference_and_no_built_in_network():
    one, other = (replace(SPEC, architecture=skip(source=source)) for source in (0, 1))
    assert differences(one, other) == ("layers connected otherwise",)
    assert built_in_options(skip(source=0)) is None

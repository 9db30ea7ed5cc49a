"""What tells two runs apart, in words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from classlab.models.builtin import build
from classlab.records import DataSpec, Loss, RunSpec
from classlab.records.layers import Activation, Rescaling
from classlab.records.optimizers import SGD
from classlab.studies.remedies.spec_words import differences

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

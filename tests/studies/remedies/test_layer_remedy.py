"""Remedies within a network, by what they leave and what they change."""

from __future__ import annotations

import pytest

from classlab.errors import SpecError
from classlab.models.builtin import build
from classlab.records import Architecture
from classlab.records.layers import (
    Activation,
    BatchNormalization,
    Dense,
    Dropout,
    Flatten,
    Initializer,
    Normalization,
    Regularizer,
    Rescaling,
)
from classlab.studies.remedies.layer_remedy import with_layers, without_scaling


def network(*layers) -> Architecture:
    return Architecture(name="net", input_shape=(4, 4, 1), layers=(Flatten(), *layers))


def test_every_scaling_before_the_first_weights_goes_and_later_ones_stay():
    half, same = Rescaling(scale=0.5), Normalization(mean=(0.0,), variance=(1.0,))
    scaled = Architecture(
        name="net", input_shape=(4, 4, 1), layers=(half, Flatten(), same, Dense(units=3), half, Dense(units=2))
    )
    assert without_scaling(scaled).layers == (Flatten(), Dense(units=3), half, Dense(units=2))


def test_batch_normalisation_ends_what_counts_as_scaling():
    layers = (BatchNormalization(), Rescaling(scale=0.5), Flatten(), Dense(units=2))
    before = Architecture(name="net", input_shape=(4, 4, 1), layers=layers)
    assert without_scaling(before) is before


def test_hidden_functions_change_and_the_last_one_stays():
    found = with_layers(build("mlp", input_shape=(4, 4, 1), classes=2, units=(5, 4)), "activation", "tanh")
    assert [layer.activation for layer in found.layers if isinstance(layer, Dense)] == ["tanh", "tanh", "softmax"]


def test_a_function_that_stands_alone_is_exchanged_where_it_stands():
    before = network(Dense(units=3), BatchNormalization(), Activation(activation="sigmoid"), Dense(units=2))
    after = with_layers(before, "activation", "relu")
    assert after.layers[1:] == (
        Dense(units=3),
        BatchNormalization(),
        Activation(activation="relu"),
        Dense(units=2),
    )


@pytest.mark.parametrize("value", ["default", "glorot_uniform"])
def test_a_new_start_is_that_of_keras_for_kernels_and_biases(value):
    bad = Initializer(name="constant", value=-5.0)
    before = network(Dense(units=3, kernel_initializer=bad, bias_initializer=bad), Dense(units=2))
    assert with_layers(before, "initializer", value).layers[1:] == (Dense(units=3), Dense(units=2))


def test_dropout_gets_its_rate_and_goes_at_zero():
    before = network(Dense(units=3), Dropout(rate=0.9), Dense(units=2))
    assert with_layers(before, "dropout", 0.2).layers[2] == Dropout(rate=0.2)
    assert with_layers(before, "dropout", 0).layers[1:] == (Dense(units=3), Dense(units=2))


def test_penalties_are_multiplied():
    before = network(Dense(units=2, kernel_regularizer=Regularizer(l1=0.5, l2=2.0)))
    last = with_layers(before, "penalty_factor", 0.1).layers[-1]
    assert isinstance(last, Dense)
    assert last.kernel_regularizer == Regularizer(l1=0.05, l2=0.2)
    assert with_layers(before, "penalty_factor", 0).layers[-1] == Dense(units=2)
    assert with_layers(before, "remove_regularizers", True).layers[-1] == Dense(units=2)


def test_the_last_layer_gets_another_width_and_another_function():
    before = network(Dense(units=3, activation="relu"), Dense(units=7), Activation(activation="tanh"))
    assert with_layers(before, "head_units", 2).layers[2] == Dense(units=2)
    assert with_layers(before, "head_activation", "softmax").layers[2:] == (Dense(units=7, activation="softmax"),)


@pytest.mark.parametrize("inner", ["softmax", "linear"])
def test_one_softmax_is_left(inner):
    softmax = Activation(activation="softmax")
    before = network(Dense(units=2, activation=inner), softmax, softmax)
    after = with_layers(before, "remove_softmax", True)
    kept = (Dense(units=2, activation=inner), *([] if inner == "softmax" else [softmax]))
    assert after.layers[1:] == kept


def test_batch_normalisation_comes_between_kernel_and_function():
    found = with_layers(network(Dense(units=3, activation="relu"), Dense(units=2)), "batch_normalization", True)
    assert [layer.kind for layer in found.layers] == ["Flatten", "Dense", "BatchNormalization", "Activation", "Dense"]


def test_a_network_without_anything_to_change_is_refused():
    with pytest.raises(SpecError) as refusal:
        with_layers(network(Dense(units=2)), "dropout", 0.2)
    assert str(refusal.value) == (
        "the remedy dropout=0.2 must change the network 'net', but it has nothing to change. Change it by hand."
    )


@pytest.mark.parametrize(
    ("word", "value", "sentence"),
    [
        ("dropout", True, "the remedy's `dropout` must be a number, but got dropout=True. Change it by hand."),
        ("head_units", "x", "the remedy's `head_units` must be a number, but got head_units='x'. Change it by hand."),
    ],
)
def test_a_value_that_is_no_number_is_refused(word, value, sentence):
    with pytest.raises(SpecError) as refusal:
        with_layers(network(Dropout(rate=0.5), Dense(units=2)), word, value)
    assert str(refusal.value) == sentence


def test_an_unknown_function_is_refused_with_the_known_ones():
    with pytest.raises(SpecError) as refusal:
        with_layers(network(Dense(units=3), Dense(units=2)), "activation", "step")
    assert str(refusal.value) == (
        "the remedy's `activation` must be one of linear, relu, sigmoid, tanh, softmax, leaky_relu, elu, selu, gelu, "
        "silu, softplus, but got activation='step'. Change it by hand."
    )

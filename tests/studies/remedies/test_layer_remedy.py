"""Remedies within a network, by what they leave and what they change."""

from __future__ import annotations

import pytest

from classlab.errors import SpecError
from classlab.models.builtin import build
from classlab.records import Architecture
from classlab.records.architecture import IMAGES
from classlab.records.layers import (
    Activation,
    Add,
    BatchNormalization,
    Dense,
    DepthwiseConv2D,
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


def graph(*, scaled: bool = False) -> Architecture:
    """A skip around a layer, with dropout and a penalty."""
    return Architecture(
        name="graph",
        input_shape=(4, 4, 1),
        layers=(
            *([Rescaling(scale=0.5)] if scaled else []),
            Flatten(),
            Dense(units=16, kernel_regularizer=Regularizer(l2=0.5)),
            Dropout(rate=0.5),
            Add(),
            Dense(units=2),
        ),
        inputs=((IMAGES,), *(((0,),) if scaled else ()), *(tuple(x + scaled for x in y) for y in GRAPH)),
    )


GRAPH = ((0,), (1,), (0, 2), (3,))


@pytest.mark.parametrize(
    ("word", "value"),
    [("initializer", "he_normal"), ("dropout", 0.25), ("penalty_factor", 0.5), ("head_units", 3)],
)
def test_what_changes_a_layer_in_its_place_is_applied_to_a_graph(word, value):
    after = with_layers(graph(), word, value)
    assert after.inputs == graph().inputs
    assert [layer.kind for layer in after.layers] == [layer.kind for layer in graph().layers]
    assert after.layers != graph().layers


@pytest.mark.parametrize(
    ("word", "value", "sentence"),
    [
        (
            "batch_normalization",
            True,
            "the remedy batch_normalization=True must have layers that follow one another, but those of 'graph' branch "
            "and join. Change its layers by hand.",
        ),
        (
            "dropout",
            0,
            "the remedy dropout=0 takes layers out of 'graph', whose layers branch and join. Take them out by hand.",
        ),
    ],
)
def test_what_changes_the_order_of_layers_is_refused_of_a_graph(word, value, sentence):
    with pytest.raises(SpecError) as refusal:
        with_layers(graph(), word, value)
    assert str(refusal.value) == sentence


def test_a_scaling_stays_in_a_graph():
    assert without_scaling(graph()) == graph()
    with pytest.raises(SpecError) as refusal:
        without_scaling(graph(scaled=True))
    assert str(refusal.value) == (
        "the remedy takes a scaling out of 'graph', whose layers branch and join. Take it out by hand, and give "
        "preprocessing='unit'."
    )


def test_a_depthwise_kernel_gets_its_function_its_start_and_its_penalty():
    before = Architecture(
        name="net",
        input_shape=(4, 4, 1),
        layers=(
            DepthwiseConv2D(kernel_size=(2, 2), depthwise_regularizer=Regularizer(l1=1.0)),
            Flatten(),
            Dense(units=2),
        ),
    )
    hidden = with_layers(with_layers(before, "activation", "tanh"), "initializer", "he_normal").layers[0]
    assert (hidden.activation, hidden.depthwise_initializer.name) == ("tanh", "he_normal")
    assert with_layers(before, "remove_regularizers", True).layers[0].depthwise_regularizer is None

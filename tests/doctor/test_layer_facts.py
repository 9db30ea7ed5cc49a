"""What the doctor says of layers of ours is what it says of the same layers in Keras."""

from __future__ import annotations

from dataclasses import replace

import pytest

from classlab.doctor.layer_facts import facts_of, layer_facts
from classlab.models.keras_build import to_keras
from classlab.models.weights import weight_specs
from classlab.records.architecture import Architecture
from classlab.records.layers import (
    GRU,
    LSTM,
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Initializer,
    Layer,
    Regularizer,
    Rescaling,
    Reshape,
    SeparableConv2D,
    SpatialDropout2D,
)
from classlab.training.loop.initial_weights import initial_weights

WIDE = Initializer(name="random_normal", stddev=0.5)
PENALTY = Regularizer(l2=0.25)


@pytest.mark.parametrize(
    "layer",
    [
        Dense(units=3, activation="tanh", kernel_initializer=WIDE),
        Conv2D(filters=3, bias_initializer=Initializer(name="constant", value=-1.0)),
        DepthwiseConv2D(kernel_size=(2, 2), depthwise_initializer=WIDE, depthwise_regularizer=PENALTY),
        SeparableConv2D(filters=3, kernel_size=(2, 2), activation="relu", pointwise_regularizer=PENALTY),
        SpatialDropout2D(rate=0.5),
        LSTM(units=3, kernel_initializer=WIDE, recurrent_regularizer=PENALTY),
        GRU(units=3, bias_regularizer=PENALTY),
    ],
)
def test_facts_of_a_record_are_those_of_its_keras_layer(layer: Layer) -> None:
    steps = isinstance(layer, LSTM | GRU)
    layers = (Reshape(target_shape=(6, 6)), layer) if steps else (layer,)
    network = Architecture(name="net", input_shape=(6, 6, 1), layers=layers)
    model = to_keras(network, initial_weights(network, 0), input_layer=Rescaling(scale=1.0))
    theirs = layer_facts(layer.kind, model.layers[-1].get_config(), position=len(layers) - 1)
    ours = facts_of(network)[-1]
    assert replace(ours, penalty=0.0) == replace(theirs, penalty=0.0)
    assert ours.penalty == pytest.approx(theirs.penalty)
    assert ours.weighted == bool(weight_specs(network))

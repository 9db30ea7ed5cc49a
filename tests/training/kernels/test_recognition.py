"""Which populations the kernels train; PyTorch trains all others."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from classlab.records.architecture import IMAGES, Architecture
from classlab.records.layers import (
    Activation,
    Add,
    BatchNormalization,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    GlobalAveragePooling2D,
    LayerNormalization,
    LeakyReLU,
    Regularizer,
    ReLU,
    Rescaling,
)
from classlab.records.optimizers import SGD, Adagrad, Adam, Nadam, RMSprop
from classlab.records.run import Loss
from classlab.training.kernels.recognition import dense_chain

SHAPE = (6, 6, 1)
HIDDEN = Dense(units=9, activation="tanh")
LAST = Dense(units=10, activation="softmax")


def net(*layers):
    return Architecture(name="net", input_shape=SHAPE, layers=layers)


def chain_of(network, loss=None):
    """What is recognised, as (inputs, units, number of the activation) per layer; no kernels are needed for it."""
    chain = dense_chain(network, loss or Loss())
    return None if chain is None else [(layer.inputs, layer.units, layer.activation) for layer in chain]


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        ((Flatten(), LAST), [(36, 10, 0)]),
        ((Flatten(), HIDDEN, LAST), [(36, 9, 3), (9, 10, 0)]),
        ((Flatten(), Dense(units=4), LAST), [(36, 4, 0), (4, 10, 0)]),
        ((Flatten(), Dense(units=4), ReLU(), LAST), [(36, 4, 1), (4, 10, 0)]),
        ((Flatten(), Dense(units=4, activation="sigmoid"), LAST), [(36, 4, 2), (4, 10, 0)]),
        ((Flatten(), Dense(units=4), Activation(activation="tanh"), LAST), [(36, 4, 3), (4, 10, 0)]),
        ((Flatten(), Dense(units=10), Activation(activation="softmax")), [(36, 10, 0)]),
    ],
)
def test_chains_of_dense_layers_are_recognised(layers, expected):
    assert chain_of(net(*layers)) == expected


OTHERS = {
    "dropout": net(Flatten(), HIDDEN, Dropout(rate=0.3), LAST),
    "batch normalization": net(Flatten(), HIDDEN, BatchNormalization(), LAST),
    "without flatten": net(GlobalAveragePooling2D(), HIDDEN, LAST),
    "dense on images": net(Dense(units=5, activation="relu"), Flatten(), LAST),
    "convolution": net(Conv2D(filters=8), Flatten(), LAST),
    "scaling inside": net(Rescaling(scale=0.5), Flatten(), HIDDEN, LAST),
    "scaling behind flatten": net(Flatten(), Rescaling(scale=0.5), HIDDEN, LAST),
    "without bias": net(Flatten(), Dense(units=9, use_bias=False, activation="tanh"), LAST),
    "another activation": net(Flatten(), Dense(units=9, activation="elu"), LAST),
    "leaky relu": net(Flatten(), Dense(units=9), LeakyReLU(), LAST),
    "two activations": net(Flatten(), Dense(units=9, activation="relu"), Activation(activation="tanh"), LAST),
    "activation of pixels": net(Flatten(), Activation(activation="tanh"), HIDDEN, LAST),
    "softmax inside": net(Flatten(), Dense(units=9, activation="softmax"), LAST),
    "relu at the end": net(Flatten(), HIDDEN, Dense(units=10, activation="softmax"), ReLU()),
    "sigmoid at the end": net(Flatten(), HIDDEN, Dense(units=10, activation="sigmoid")),
}


@pytest.mark.parametrize("network", OTHERS.values(), ids=list(OTHERS))
def test_other_networks_are_not_recognised(network):
    assert chain_of(network) is None


def test_neither_a_skip_nor_a_layer_normalization_is_recognised():
    layers = (Flatten(), Dense(units=36), Add(), LAST)
    inputs = ((IMAGES,), (0,), (0, 1), (2,))
    assert chain_of(Architecture(name="net", input_shape=SHAPE, layers=layers, inputs=inputs)) is None
    assert chain_of(net(Flatten(), HIDDEN, LayerNormalization(), LAST)) is None


@pytest.mark.parametrize(
    ("head", "loss", "expected"),
    [
        ("softmax", Loss(name="categorical_crossentropy"), True),
        ("linear", Loss(from_logits=True), True),
        ("softmax", Loss(from_logits=True), False),  # it is softmaxed again
        ("tanh", Loss(from_logits=True), False),
        ("softmax", Loss(name="mean_squared_error"), False),
        ("linear", Loss(name="mean_squared_error"), False),
    ],
)
def test_only_cross_entropies_of_raw_scores_are_recognised(head, loss, expected):
    network = net(Flatten(), HIDDEN, Dense(units=10, activation=head))
    assert (chain_of(network, loss) is not None) == expected


def trains_on_pytorch(workbench, specs):
    """Trains where the engine chooses, which must not be the kernels, and compares with the kernels switched off."""
    division = workbench.division()
    found = workbench.train(specs, division)
    assert workbench.epochs == []
    wanted = workbench.on_pytorch(specs, division)
    for one, other in zip(found, wanted, strict=True):
        assert one.state == "finished"
        assert one.history["loss"][-1] < one.history["loss"][0]
        assert all(np.isfinite(array).all() for array in one.weights.values())
        assert one.history["loss"] == pytest.approx(other.history["loss"], rel=1e-4)


@pytest.mark.parametrize("network", OTHERS.values(), ids=list(OTHERS))
def test_other_networks_train_on_pytorch(workbench, network):
    trains_on_pytorch(workbench, [workbench.spec(network, optimizer=Adam(learning_rate=0.01))])


DENSE = net(Flatten(), HIDDEN, LAST)
REGULARIZED = net(Flatten(), replace(HIDDEN, kernel_regularizer=Regularizer(l2=0.01)), LAST)
REGULARIZED_BIAS = net(Flatten(), HIDDEN, replace(LAST, bias_regularizer=Regularizer(l1=0.01)))


@pytest.mark.parametrize(
    ("network", "changes"),
    [
        (REGULARIZED, {}),
        (REGULARIZED_BIAS, {}),
        (DENSE, {"top_k": 3}),
        (DENSE, {"loss": Loss(name="mean_squared_error")}),
        (DENSE, {"precision": "float64"}),
        (DENSE, {"optimizer": SGD(learning_rate=0.1, clipnorm=0.1)}),
        (DENSE, {"optimizer": Adam(clipvalue=0.01)}),
        (DENSE, {"optimizer": RMSprop(global_clipnorm=0.2)}),
        (DENSE, {"optimizer": Adagrad(learning_rate=0.05)}),
        (DENSE, {"optimizer": Nadam()}),
        (DENSE, {"optimizer": RMSprop(momentum=0.5)}),
        (DENSE, {"optimizer": RMSprop(centered=True)}),
        (DENSE, {"optimizer": RMSprop(rho=0.0, learning_rate=0.0005)}),
    ],
    ids=repr,
)
def test_other_settings_train_on_pytorch(workbench, network, changes):
    trains_on_pytorch(workbench, [workbench.spec(network, **changes)])


def test_one_member_with_another_rule_keeps_the_whole_population_on_pytorch(workbench):
    trains_on_pytorch(workbench, [workbench.spec(DENSE, optimizer=rule) for rule in (SGD(), Adam(), Nadam())])


def test_the_last_member_with_another_rule_leaves_and_the_rest_stay_where_they_are(workbench):
    """Where a population trains is settled once: figures of one run come from one place."""
    specs = [workbench.spec(DENSE), workbench.spec(DENSE, optimizer=Nadam(), epochs=1)]
    trained = workbench.train(specs, workbench.division())
    assert [outcome.epochs_done for outcome in trained] == [3, 1]
    assert workbench.epochs == []

"""Which populations the kernels train, fused or as a chain of layers; PyTorch trains all others."""

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
    Normalization,
    Regularizer,
    ReLU,
    Rescaling,
)
from classlab.records.optimizers import SGD, Adagrad, Adam, Nadam, RMSprop
from classlab.records.run import Loss
from classlab.training.kernels.chain_layers import chain_of
from classlab.training.kernels.recognition import fused_layers

SHAPE = (6, 6, 1)
HIDDEN = Dense(units=9, activation="tanh")
LAST = Dense(units=10, activation="softmax")
SCALINGS = (Rescaling(scale=0.5, offset=-0.1), Normalization(mean=(0.1,), variance=(0.04,)))


def net(*layers):
    return Architecture(name="net", input_shape=SHAPE, layers=layers)


def fused(network, loss=None):
    """What is recognised, as (inputs, units, number of the activation) per layer; no kernels are needed for it."""
    layers = chain_of(network, loss or Loss(), lanes=8)
    chain = None if layers is None else fused_layers(layers, loss or Loss())
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
        ((Rescaling(scale=0.5), Flatten(), LAST), [(36, 10, 0)]),
    ],
)
def test_chains_of_dense_layers_are_recognised(layers, expected):
    assert fused(net(*layers)) == expected


CHAINS = {
    "dropout": net(Flatten(), HIDDEN, Dropout(rate=0.3), LAST),
    "dropout of pixels": net(Dropout(rate=0.3), Flatten(), HIDDEN, LAST),
    "without flatten": net(GlobalAveragePooling2D(), HIDDEN, LAST),
    "convolution": net(Conv2D(filters=8), Flatten(), LAST),
    "without bias": net(Flatten(), Dense(units=9, use_bias=False, activation="tanh"), LAST),
    "another activation": net(Flatten(), Dense(units=9, activation="elu"), LAST),
    "leaky relu": net(Flatten(), Dense(units=9), LeakyReLU(), LAST),
    "two activations": net(Flatten(), Dense(units=9, activation="relu"), Activation(activation="tanh"), LAST),
    "activation of pixels": net(Flatten(), Activation(activation="tanh"), HIDDEN, LAST),
    "scalings first": net(*SCALINGS, Conv2D(filters=8), Flatten(), LAST),
    "softmax inside": net(Flatten(), Dense(units=9, activation="softmax"), LAST),
}
OTHERS = {
    "batch normalization": net(Flatten(), HIDDEN, BatchNormalization(), LAST),
    "dense on images": net(Dense(units=5, activation="relu"), Flatten(), LAST),
    "scaling inside": net(Conv2D(filters=8), Rescaling(scale=0.5), Flatten(), LAST),
    "scaling behind flatten": net(Flatten(), Rescaling(scale=0.5), HIDDEN, LAST),
    "relu at the end": net(Flatten(), HIDDEN, Dense(units=10, activation="softmax"), ReLU()),
    "sigmoid at the end": net(Flatten(), HIDDEN, Dense(units=10, activation="sigmoid")),
}


@pytest.mark.parametrize("network", [*CHAINS.values(), *OTHERS.values()], ids=[*CHAINS, *OTHERS])
def test_other_networks_are_not_fused(network):
    assert fused(network) is None


@pytest.mark.parametrize("network", OTHERS.values(), ids=list(OTHERS))
def test_other_networks_are_no_chains(network):
    assert chain_of(network, Loss(), lanes=8) is None


def test_neither_a_skip_nor_a_layer_normalization_is_recognised():
    layers = (Flatten(), Dense(units=36), Add(), LAST)
    inputs = ((IMAGES,), (0,), (0, 1), (2,))
    assert fused(Architecture(name="net", input_shape=SHAPE, layers=layers, inputs=inputs)) is None
    assert fused(net(Flatten(), HIDDEN, LayerNormalization(), LAST)) is None


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
    assert (fused(network, loss) is not None) == expected


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


def trains_as_a_chain(workbench, specs):
    division = workbench.division()
    workbench.assert_alike(workbench.in_kernels(specs, division), workbench.on_pytorch(specs, division))


@pytest.mark.parametrize("network", CHAINS.values(), ids=list(CHAINS))
def test_chains_train_in_the_kernels(workbench, network):
    trains_as_a_chain(workbench, [workbench.spec(network)])


@pytest.mark.parametrize(
    "behind", [(Flatten(), HIDDEN, LAST), (Conv2D(filters=8), Flatten(), LAST)], ids=["dense", "conv"]
)
def test_the_doctor_is_told_of_pixels_behind_the_scalings_that_a_network_begins_with(workbench, behind):
    specs, division = [workbench.spec(net(*SCALINGS, *behind))], workbench.division()
    found = workbench.in_kernels(specs, division, diagnostics=True)
    wanted = workbench.on_pytorch(specs, division, diagnostics=True)
    workbench.assert_alike(found, wanted)
    workbench.assert_probed_alike(found, wanted)
    for name, facts in wanted[0].diagnostics.splits.items():
        own = found[0].diagnostics.splits[name]
        for figure in ("minimum", "maximum", "mean", "deviation"):
            assert getattr(own, figure) == pytest.approx(getattr(facts, figure), rel=1e-5, abs=1e-6)


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
def test_settings_that_fused_members_lack_make_them_chains(workbench, network, changes):
    trains_as_a_chain(workbench, [workbench.spec(network, **changes)])


def test_one_member_with_another_rule_makes_all_of_them_chains(workbench):
    trains_as_a_chain(workbench, [workbench.spec(DENSE, optimizer=rule) for rule in (SGD(), Adam(), Nadam())])


def test_float64_is_pytorchs(workbench):
    trains_on_pytorch(workbench, [workbench.spec(DENSE, precision="float64")])


def test_the_last_member_with_another_rule_leaves_and_the_rest_stay_where_they_are(workbench):
    """How a population trains is settled once."""
    specs = [workbench.spec(DENSE), workbench.spec(DENSE, optimizer=Nadam(), epochs=1)]
    trained = workbench.train(specs, workbench.division())
    assert [outcome.epochs_done for outcome in trained] == [3, 1]
    assert workbench.epochs == [2, 1, 1]

"""Chains of layers: whole steps in the kernels against PyTorch's, in every kind of layer, and their bits."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import numpy as np
import pytest

from classlab.models.builtin import build
from classlab.options.words import ActivationName
from classlab.records.architecture import Architecture
from classlab.records.layers import (
    Activation,
    AveragePooling2D,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    GlobalAveragePooling2D,
    MaxPooling2D,
    Regularizer,
)
from classlab.records.optimizers import SGD, Adagrad, Adam, AdamW, Nadam, RMSprop
from classlab.records.run import Loss
from classlab.training.kernels.chain_layers import Kind, Way, chain_of
from classlab.training.kernels.chain_network import ChainNetwork
from classlab.training.kernels.chain_steps import Rooms
from classlab.training.kernels.library import kernels
from classlab.training.process import threads

SHAPE = (11, 9, 3)
LAST = Dense(units=10, activation="softmax")
RULES = (
    SGD(learning_rate=0.05),
    SGD(learning_rate=0.05, momentum=0.9),
    SGD(learning_rate=0.05, momentum=0.9, nesterov=True),
    Adam(),
    AdamW(),
    RMSprop(),
    RMSprop(centered=True, momentum=0.5),
    Adagrad(learning_rate=0.01),
    Nadam(),
    SGD(learning_rate=0.05, clipnorm=0.05),
    SGD(learning_rate=0.05, clipvalue=0.002),
    SGD(learning_rate=0.05, global_clipnorm=0.1),
)


def net(*layers, shape=SHAPE):
    return Architecture(name="net", input_shape=shape, layers=(*layers, Flatten(), LAST))


def conv(filters, size=3, **options):
    return Conv2D(filters=filters, kernel_size=(size, size), **({"activation": "tanh"} | options))


NETWORKS = {
    "any shape": net(Conv2D(filters=5, kernel_size=(2, 3), activation="tanh")),
    "same": net(conv(6, 5, padding="same"), conv(7, 4, padding="same")),
    "strides": net(conv(8, 3, strides=(2, 2)), conv(9, 2, strides=(1, 2))),
    "strides and same": net(conv(5, 3, padding="same", strides=(2, 3)), conv(8, 3, padding="same", strides=(3, 2))),
    "without bias": net(conv(8, use_bias=False), conv(16, use_bias=False)),
    "minimal filtering": net(conv(16), conv(16), AveragePooling2D(), Dropout(rate=0.2)),
    "minimal filtering and pooling": net(conv(8), conv(16, activation="linear"), MaxPooling2D(), conv(8, 2)),
    "max-pooling of any kind": net(
        conv(6), MaxPooling2D(pool_size=(3, 2), strides=(1, 2)), MaxPooling2D(padding="same")
    ),
    "average pooling of any kind": net(
        conv(6), AveragePooling2D(pool_size=(3, 3), strides=(2, 1), padding="same"), conv(4, 1)
    ),
    "global average": net(conv(6), GlobalAveragePooling2D(), Dense(units=12, activation="sigmoid")),
    "pooled pixels": net(MaxPooling2D(), conv(6)),
    "dropout everywhere": net(Dropout(rate=0.1), conv(8), Dropout(rate=0.5), Flatten(), Dense(units=9)),
    "wide kernel": net(Conv2D(filters=3, kernel_size=(11, 9), activation="tanh")),
    "penalties": net(
        conv(8, kernel_regularizer=Regularizer(l2=0.01), bias_regularizer=Regularizer(l1=0.01)),
        Flatten(),
        Dense(units=7, kernel_regularizer=Regularizer(l1=0.001, l2=0.001)),
    ),
}


@pytest.mark.parametrize("network", NETWORKS.values(), ids=list(NETWORKS))
def test_every_kind_of_layer_trains_and_is_probed_as_on_pytorch(workbench, network):
    division = workbench.division(SHAPE, lit=0.6)
    specs = [workbench.spec(network, optimizer=rule) for rule in RULES[:2]]
    found = workbench.in_kernels(specs, division, diagnostics=True)
    wanted = workbench.on_pytorch(specs, division, diagnostics=True)
    workbench.assert_alike(found, wanted)
    workbench.assert_probed_alike(found, wanted)


@pytest.mark.parametrize("name", ["cnn", "cnn-small", "lenet5"])
def test_built_in_networks_train_as_on_pytorch_by_every_rule(workbench, name):
    """Fifty steps, with a smooth function: where ReLU is met with nearly 0, rounding decides, on either side."""
    shape = (24, 24, 1) if name == "cnn" else (14, 14, 1)
    network = build(name, input_shape=shape, classes=10, activation="tanh")
    if name != "lenet5":  # max-pooling decides too
        network = replace(
            network,
            layers=tuple(AveragePooling2D() if isinstance(each, MaxPooling2D) else each for each in network.layers),
        )
    division = workbench.division(shape, lit=0.6, count=50 * 8)
    specs = [workbench.spec(network, optimizer=rule, epochs=1, batch_size=8) for rule in RULES]
    found, wanted = workbench.in_kernels(specs, division), workbench.on_pytorch(specs, division)
    for one, other, rule in zip(found, wanted, RULES, strict=True):
        apart = max(float(np.abs(one.weights[key] - other.weights[key]).max()) for key in one.weights)
        # A gradient of nearly 0 moves Adam and its kin by its sign alone.
        assert apart <= (1e-5 if isinstance(rule, SGD | Adagrad) else 1e-3), rule
        assert one.history["loss"] == pytest.approx(other.history["loss"], rel=1e-5)


@pytest.mark.parametrize("name", [name for name in get_args(ActivationName) if name not in ("linear", "softmax")])
def test_every_activation_trains_as_on_pytorch(workbench, name):
    network = net(conv(6, activation=name), Activation(activation=name), Flatten(), Dense(units=11, activation=name))
    division = workbench.division(SHAPE, lit=0.6)
    specs = [workbench.spec(network, optimizer=SGD(learning_rate=0.01))]
    workbench.assert_alike(workbench.in_kernels(specs, division), workbench.on_pytorch(specs, division))


def test_a_network_whose_last_weights_are_a_convolutions_trains_as_on_pytorch(workbench):
    layers = (conv(6), Conv2D(filters=2, kernel_size=(5, 7)), Flatten(), Activation(activation="softmax"))
    network = Architecture(name="net", input_shape=SHAPE, layers=layers)  # 5 rows of 1 column, 2 filters: 10 classes
    division = workbench.division(SHAPE, lit=0.6)
    specs = [workbench.spec(network, optimizer=SGD(learning_rate=0.05))]
    workbench.assert_alike(workbench.in_kernels(specs, division), workbench.on_pytorch(specs, division))


@pytest.mark.parametrize(
    "loss", [Loss(name="mean_squared_error"), Loss(from_logits=True), Loss(name="categorical_crossentropy")]
)
def test_every_loss_and_the_top_k_are_pytorchs(workbench, loss):
    division = workbench.division(SHAPE, lit=0.6)
    specs = [workbench.spec(net(conv(6)), loss=loss, top_k=3)]
    workbench.assert_alike(workbench.in_kernels(specs, division), workbench.on_pytorch(specs, division))


def bits(outcomes):
    return [{key: array.tobytes() for key, array in outcome.weights.items()} for outcome in outcomes]


@pytest.mark.parametrize(("clip", "kept"), [({}, 16), ({}, 1), ({"clipnorm": 0.05}, 1)])
def test_bits_do_not_depend_on_threads_or_on_who_else_is_there(workbench, monkeypatch, clip, kept):
    """Members by themselves, side by side, or one whose parts are shared: 70 images a batch are five parts.

    Where fewer are kept at a time, they are added up in turns.
    """
    monkeypatch.setattr("classlab.training.kernels.chain_steps._PARTS", kept)
    network = build("cnn-small", input_shape=(12, 12, 1), classes=10, dropout=0.3)
    division = workbench.division((12, 12, 1), lit=0.6)
    specs = [
        workbench.spec(network, optimizer=replace(rule, **clip), seed=seed, batch_size=70, epochs=2)
        for seed, rule in enumerate((Adam(), SGD(learning_rate=0.1), Adam()))
    ]
    found = {}
    for count in (1, 2, 3, 4, 7):
        monkeypatch.setattr("classlab.training.kernels.chain_steps.thread_count", lambda count=count: count)
        monkeypatch.setattr("classlab.training.kernels.chain_members.thread_count", lambda count=count: count)
        monkeypatch.setattr(threads, "thread_count", lambda count=count: count)
        found[count] = bits(workbench.in_kernels(specs, division))
        alone = bits(workbench.in_kernels(specs[1:2], division))
        assert alone == found[count][1:2], count
    assert all(each == found[1] for each in found.values())


def test_the_ways_of_convolutions():
    """Which of three ways each takes, and what is computed within it; channels and filters in eights."""
    lab = build("cnn", input_shape=(28, 28, 1), classes=10)
    layers = chain_of(lab, Loss(), lanes=8)
    ways = [(layer.way, layer.relu, layer.pool) for layer in layers if layer.kind is Kind.CONVOLUTION]
    filtering = Way.FILTERING
    assert ways == [
        (Way.DIRECT, True, False),
        (filtering, True, True),
        (filtering, True, True),
        (filtering, True, False),
    ]
    assert [layer.kind for layer in layers[4:]] == [Kind.DENSE, Kind.ACTIVATION, Kind.DENSE]
    sixteen = chain_of(build("cnn-small", input_shape=(28, 28, 1), classes=10), Loss(), lanes=32)
    assert {layer.way for layer in sixteen} == {Way.PLAIN}


def test_a_run_that_diverges_in_a_chain_says_at_which_step(workbench):
    division = workbench.division(SHAPE, lit=0.6)
    specs = [workbench.spec(net(conv(6, activation="relu")), optimizer=SGD(learning_rate=1e30))]
    (found,), (wanted,) = workbench.in_kernels(specs, division), workbench.on_pytorch(specs, division)
    assert (found.state, found.epochs_done) == (wanted.state, wanted.epochs_done)
    assert found.state == "diverged"


@pytest.mark.parametrize("function", ["relu", "tanh", "softplus"])
def test_a_member_that_diverges_leaves_its_neighbors_alone(workbench, function):
    network = net(conv(16, activation=function), conv(16, activation=function), MaxPooling2D(), Dropout(rate=0.2))
    division = workbench.division(SHAPE, lit=0.6)
    specs = [
        workbench.spec(network, optimizer=SGD(learning_rate=rate), seed=seed) for seed, rate in enumerate((0.01, 3e38))
    ]
    alone, together = (workbench.in_kernels(some, division, diagnostics=True) for some in (specs[:1], specs))
    assert [outcome.state for outcome in together] == ["finished", "diverged"]
    assert bits(together)[:1] == bits(alone)


def test_a_room_comes_back_from_work_that_fails(workbench):
    network = net(conv(6))
    layers = chain_of(network, Loss(), lanes=kernels().lanes)
    rooms = Rooms(kernels(), ChainNetwork(network, layers, lanes=kernels().lanes, part=4))
    with pytest.raises(ValueError, match="failed"), rooms.taken() as room:
        raise ValueError("failed")
    with rooms.taken() as again, rooms.taken() as other:
        assert again is room
        assert other is not room

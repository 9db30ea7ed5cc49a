"""The lab's three model families on handwritten digits: alone and among eight, fifty steps give Keras's weights.

The convolutional network is compared with float64 convolutions. In float32 one activation of its 60,000 that rounds to
the other side of a ReLU or of a pooling window moves every weight by a visible amount, in Keras as much as here: two
convolution libraries under one Keras disagree in the second digit after fifty steps. Keras's matrix products stay in
float32 throughout, so a few such roundings remain, and a member may agree on any of four slices of images.
"""

from dataclasses import replace

import numpy as np
import pytest

from classlab.datasets import load
from classlab.datasets.dataset import Division, Split
from classlab.models.builtin import build
from classlab.models.keras_runtime import keras
from classlab.records.optimizers import SGD, Adam, RMSprop
from classlab.records.run import Loss

EIGHT = [
    (SGD(learning_rate=0.01), 0),
    (SGD(learning_rate=0.1), 0),
    (Adam(learning_rate=0.001), 0),
    (RMSprop(learning_rate=0.001), 0),
    (Adam(learning_rate=0.01), 5),
    (RMSprop(learning_rate=0.001), 5),
    (SGD(learning_rate=0.01), 5),
    (SGD(learning_rate=0.1), 9),
]


def family(name):
    return build(name, input_shape=(28, 28, 1), classes=10)


def in_logits(name):
    """The family without its softmax: Keras on PyTorch clips probabilities, and their gradients, at 1e-7."""
    whole = family(name)
    return replace(whole, layers=(*whole.layers[:-1], replace(whole.layers[-1], activation="linear")))


def digits(count, *, slices=1):
    """Consecutive slices of the training images, which come shuffled."""
    dataset = load("mnist5k")
    held_out = Split(images=dataset.test.images[:50], labels=dataset.test.labels[:50])
    mixed = np.random.default_rng(0).permutation(len(dataset.train))
    parts = [mixed[start : start + count] for start in range(0, slices * count, count)]
    train = [Split(images=dataset.train.images[part], labels=dataset.train.labels[part]) for part in parts]
    return [Division(train=each, validation=held_out, test=held_out) for each in train]


@pytest.fixture
def float64():
    """Keras in float64, as far as it goes."""
    before = keras().config.dtype_policy()
    keras().config.set_floatx("float64")
    keras().config.set_dtype_policy("float64")
    yield
    keras().config.set_floatx("float32")
    keras().config.set_dtype_policy(before)


ALONE = [EIGHT[1], EIGHT[2], EIGHT[3]]


@pytest.mark.parametrize("member", ALONE, ids=str)
def test_linear_alone_trains_as_keras_does(oracle, member):
    oracle.check_population(family("linear"), [member], slices=digits(50 * 64), batch_size=64)


def test_linear_among_eight_trains_as_keras_does(oracle):
    oracle.check_population(family("linear"), EIGHT, slices=digits(50 * 64), batch_size=64)


@pytest.mark.parametrize("member", ALONE, ids=str)
def test_mlp_alone_trains_as_keras_does(oracle, member):
    oracle.check_population(family("mlp"), [member], slices=digits(50 * 16, slices=4), batch_size=16)


def test_mlp_among_eight_trains_as_keras_does(oracle):
    oracle.check_population(family("mlp"), EIGHT, slices=digits(50 * 16, slices=4), batch_size=16)


def test_cnn_alone_trains_as_keras_does(oracle):
    oracle.check_population(family("cnn"), EIGHT[:1], slices=digits(50 * 4, slices=4), batch_size=4)


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("members", [EIGHT, EIGHT[2:3]], ids=["among eight", "alone"])
def test_cnn_trains_as_keras_does_with_float64_convolutions(oracle, members):
    exact = {"precision": "float64", "loss": Loss(from_logits=True)}
    oracle.check_population(in_logits("cnn"), members, slices=digits(50 * 2, slices=4), batch_size=2, **exact)

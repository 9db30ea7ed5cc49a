"""The lab's three model families on handwritten digits: alone and among eight, fifty steps give Keras's weights.

The convolutional network is compared with float64 convolutions. In float32 one activation of its 60,000 that rounds to
the other side of a ReLU or of a pooling window moves every weight by a visible amount, in Keras as much as here: two
convolution libraries under one Keras disagree in the second digit after fifty steps. Keras's matrix products stay in
float32 throughout, so a few such roundings remain, and a member may agree on any of four slices of images.

Compiled convolutions round about twice as much as plain sums, by a share of a whole tile: over a black background,
where activations are tiny early in training, more of them end on a ReLU's other side, which moves weights by 0.001 to
0.01 in fifty steps although no rule is wrong. What they compute is therefore compared twice: a smooth network trains as
in Keras, and the gradients of the family's own network are those of float64 sums.
"""

from dataclasses import replace

import numpy as np
import pytest
import torch

from classlab.datasets import load
from classlab.datasets.dataset import Division, Split
from classlab.models.builtin import build
from classlab.models.keras_runtime import keras
from classlab.records.architecture import Architecture
from classlab.records.layers import AveragePooling2D, Conv2D, Dense, Flatten
from classlab.records.optimizers import SGD, Adam, RMSprop
from classlab.records.run import Loss
from classlab.training.kernels.library import kernels
from classlab.training.loop.initial_weights import initial_weights
from classlab.training.loop.randomness import SeedGroups
from classlab.training.tensor.layers.compiled_convolution import CompiledConvolution
from classlab.training.tensor.losses import loss_for
from classlab.training.tensor.network import Network
from classlab.training.tensor.passes import Pass, Shared

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


WITHOUT_POOLING = (
    Conv2D(filters=8, activation="tanh"),
    Conv2D(filters=16, activation="tanh"),
    Flatten(),
    Dense(units=10, activation="softmax"),
)
WITH_MEANS = (
    Conv2D(filters=8, activation="tanh"),
    Conv2D(filters=16, activation="tanh"),
    AveragePooling2D(),
    Conv2D(filters=8, activation="sigmoid"),
    Flatten(),
    Dense(units=10, activation="softmax"),
)


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


def test_cnn_alone_trains_as_keras_does(oracle, monkeypatch):
    monkeypatch.setenv("CLASSLAB_KERNELS", "off")
    oracle.check_population(family("cnn"), EIGHT[:1], slices=digits(50 * 4, slices=4), batch_size=4)


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("members", [EIGHT, EIGHT[2:3]], ids=["among eight", "alone"])
def test_cnn_trains_as_keras_does_with_float64_convolutions(oracle, members):
    exact = {"precision": "float64", "loss": Loss(from_logits=True)}
    steps = 50 if len(members) == 1 else 16  # eight of them in float64 on both sides take most of a minute with fifty
    oracle.check_population(in_logits("cnn"), members, slices=digits(steps * 2, slices=4), batch_size=2, **exact)


@pytest.fixture
def compiled(monkeypatch):
    """Convolutions in the kernels, also where a processor has wider vectors and the library's would be taken."""
    if kernels() is None:
        pytest.skip("the compiled kernels are not installed, switched off, or not for this processor")
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: "AVX2")


def network_of(architecture, weights, *, dtype=torch.float32):
    return Network(architecture, [weights], loss=Loss(), device=torch.device("cpu"), dtype=dtype)


def compiled_convolutions(network):
    return sum(isinstance(layer, CompiledConvolution) for layer in network.fast_layers)


@pytest.mark.usefixtures("compiled")
@pytest.mark.parametrize(
    ("layers", "member"),
    [(WITHOUT_POOLING, EIGHT[0]), (WITHOUT_POOLING, EIGHT[3]), (WITH_MEANS, EIGHT[1]), (WITH_MEANS, EIGHT[2])],
    ids=["plain SGD", "plain RMSprop", "means SGD", "means Adam"],
)
def test_smooth_compiled_convolutions_train_as_keras_does(oracle, layers, member):
    smooth = Architecture(name="smooth", input_shape=(28, 28, 1), layers=layers)
    convolutions = sum(isinstance(layer, Conv2D) for layer in layers)
    assert compiled_convolutions(network_of(smooth, initial_weights(smooth, 0))) == convolutions
    oracle.check_population(smooth, [member], slices=digits(50 * 4), batch_size=4)


def gradients(network, dtype, images, labels):
    """Of every weight, after one batch."""
    run = Pass(SeedGroups((0,)), slice(0, 1), training=True)
    loss = loss_for(Loss(), softmax_in_loss=network.softmax_in_loss)
    scores = network.forward(Shared(torch.from_numpy(images)[None].to(dtype) / 256, run.seed_groups), run)
    wanted = torch.nn.functional.one_hot(torch.from_numpy(labels), 10)[None].to(dtype)
    network.backward(loss.gradient(scores, wanted), run)
    return {key: parameter.gradient[0].double().clone() for key, parameter in network.parameters.items()}


@pytest.mark.usefixtures("compiled")
def test_gradients_of_the_compiled_cnn_are_those_of_float64():
    """Image by image, all but at most one: an activation that rounds to a ReLU's other side spoils its image alone."""
    cnn = family("cnn")
    random = np.random.default_rng(0)
    weights = {
        key: random.normal(0, 0.1, array.shape).astype(np.float32) if key.endswith("bias") else array
        for key, array in initial_weights(cnn, 0).items()
    }
    network, exact = network_of(cnn, weights), network_of(cnn, weights, dtype=torch.float64)
    assert (compiled_convolutions(network), compiled_convolutions(exact)) == (4, 0)
    train = load("mnist5k").train
    far = []
    for place in range(8):
        images, labels = train.images[place * 400 :][:1], train.labels[place * 400 :][:1]
        found = gradients(network, torch.float32, images, labels)
        wanted = gradients(exact, torch.float64, images, labels)
        if any((found[key] - wanted[key]).abs().max() > 1e-5 * wanted[key].abs().max() for key in wanted):
            far.append(place)
    assert len(far) <= 1, f"the gradients of images {far} differ"

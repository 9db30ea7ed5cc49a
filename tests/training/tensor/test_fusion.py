"""Which layers become one, and that what they compute is what they compute one by one."""

import numpy as np
import pytest
import torch

from classlab.models.weights import output_shapes
from classlab.records.architecture import IMAGES, Architecture
from classlab.records.layers import (
    Activation,
    Add,
    BatchNormalization,
    Concatenate,
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Dropout,
    Flatten,
    GlobalAveragePooling2D,
    LeakyReLU,
    MaxPooling2D,
    ReLU,
    SeparableConv2D,
)
from classlab.training.kernels.library import VARIABLE, kernels
from classlab.training.tensor.layers.activations import InPlace
from classlab.training.tensor.layers.channelwise import Channelwise

pytestmark = pytest.mark.skipif(
    kernels() is None, reason="the compiled kernels are not installed, switched off, or not for this processor"
)
# Five filters are no multiple of a vector: no processor's kernels take such a convolution, and what follows it, whole.
CONV = Conv2D(filters=5, padding="same")
BN, RELU, POOL, DROP, ADD = BatchNormalization(), ReLU(), MaxPooling2D(), Dropout(rate=0.3), Add()
HEAD = [(Flatten(), None), (Dense(units=10), None)]


def network(*pairs, shape=(8, 6, 3)):
    """From layers, or pairs of a layer and what enters it, which is the layer before for None."""
    pairs = [pair if isinstance(pair, tuple) else (pair, None) for pair in pairs]
    inputs = tuple((place - 1,) if sources is None else sources for place, (_, sources) in enumerate(pairs))
    return Architecture(name="net", input_shape=shape, layers=tuple(layer for layer, _ in pairs), inputs=inputs)


def described(node):
    """A node's type; of one for several layers, what it computes."""
    layer = node.layer
    if not isinstance(layer, Channelwise):
        return layer.name if isinstance(layer, InPlace) else type(layer).__name__
    parts = {
        "normalize": layer._normalization,
        "add": len(node.inputs) == 2,
        "relu": layer._relu,
        "pool": layer._pool,
        "drop": layer._dropout,
    }
    return " ".join(name for name, there in parts.items() if there)


FUSED = {
    "a block": ([CONV, BN, RELU, POOL, DROP], ["Conv2D", "normalize relu pool drop"]),
    "function of the convolution": ([Conv2D(filters=5, activation="relu"), BN], ["Conv2D", "relu", "normalize"]),
    "relu and pooling": ([Conv2D(filters=5, activation="relu"), POOL], ["Conv2D", "relu pool"]),
    "pooling before relu": ([CONV, BN, POOL, RELU], ["Conv2D", "normalize pool", "relu"]),
    "relu before normalization": ([CONV, RELU, BN, DROP], ["Conv2D", "relu", "normalize drop"]),
    "two normalizations": ([CONV, BN, BN, RELU], ["Conv2D", "normalize", "normalize relu"]),
    "dropout alone": ([CONV, DROP, RELU], ["Conv2D", "Dropout", "relu"]),
    "dropout twice": ([CONV, RELU, DROP, DROP], ["Conv2D", "relu drop", "Dropout"]),
    "other functions": (
        [CONV, BN, Activation(activation="tanh"), LeakyReLU()],
        ["Conv2D", "normalize", "tanh", "leaky_relu"],
    ),
    "other windows": (
        [CONV, RELU, MaxPooling2D(pool_size=(3, 3)), BN, MaxPooling2D(strides=(1, 1)), RELU],
        ["Conv2D", "relu", "MaxPooling", "normalize", "MaxPooling", "relu"],
    ),
    "pooling that pads": ([CONV, BN, MaxPooling2D(padding="same")], ["Conv2D", "normalize", "Differentiated"]),
    "before weights": ([POOL, DROP, CONV, BN], ["MaxPooling", "Dropout", "Conv2D", "normalize"]),
    "pixels normalized": ([BN, RELU, CONV, BN], ["BatchNormalization", "relu", "Conv2D", "normalize"]),
    "separable": (
        [CONV, SeparableConv2D(filters=5, kernel_size=(3, 3)), BN, RELU, DepthwiseConv2D(kernel_size=(3, 3)), BN, RELU],
        ["Conv2D", "DepthwiseConv2D", "Conv2D", "normalize relu", "DepthwiseConv2D", "normalize relu"],
    ),
    "residual block": (
        [CONV, RELU, CONV, BN, RELU, CONV, BN, (ADD, (6, 1)), RELU, DROP],
        ["Conv2D", "relu", "Conv2D", "normalize relu", "Conv2D", "normalize add relu drop"],
    ),
    "shortcut first": (
        [CONV, CONV, BN, (ADD, (0, 2)), RELU],
        ["Conv2D", "Conv2D", "normalize add relu"],
    ),
    "shortcut normalized too": (
        [CONV, (CONV, (0,)), (BN, None), (CONV, (0,)), (BN, None), (ADD, (2, 4)), RELU],
        ["Conv2D", "Conv2D", "Conv2D", "normalize", "normalize add relu"],
    ),
    "sum of three": ([CONV, (BN, (0,)), (ADD, (0, 1, 0)), RELU], ["Conv2D", "normalize", "Add", "relu"]),
    "sum with itself": ([CONV, BN, (ADD, (1, 1)), RELU], ["Conv2D", "normalize", "add relu"]),
    "sum before pooling": ([CONV, BN, (ADD, (1, 0)), POOL], ["Conv2D", "normalize add", "pool"]),
    "read by others": (
        [CONV, BN, RELU, (CONV, (1,)), (ADD, (2, 3))],
        ["Conv2D", "normalize", "relu", "Conv2D", "add"],
    ),
    "side by side": (
        [CONV, BN, (RELU, (1,)), (DROP, (1,)), (Concatenate(), (2, 3)), RELU],
        ["Conv2D", "normalize", "relu", "Dropout", "Concatenate", "relu"],
    ),
}


@pytest.mark.parametrize(("layers", "expected"), FUSED.values(), ids=FUSED)
def test_what_becomes_one(graphs, layers, expected):
    architecture = network(*layers, *HEAD)
    built = graphs.network(architecture, [graphs.drawn_weights(architecture, 0)], dtype=torch.float32)
    assert [described(node) for node in built._fast.nodes] == [*expected, "Flatten", "Dense"]
    assert built.fast_layers == [node.layer for node in built._fast.nodes]
    # Probes find every layer's values in its place.
    assert [node.layer.position for node in built._plain.nodes] == [layer.position for layer in built.layers]


@pytest.mark.parametrize(("layers", "expected"), FUSED.values(), ids=FUSED)
def test_where_nothing_can_be_fused_layers_stay_as_they_are(graphs, layers, expected, monkeypatch):
    architecture = network(*layers, *HEAD)
    weights = [graphs.drawn_weights(architecture, 0)]
    exact = graphs.network(architecture, weights, dtype=torch.float64)
    monkeypatch.setenv(VARIABLE, "off")
    without = graphs.network(architecture, weights, dtype=torch.float32)
    for built in (exact, without):
        assert built.fast_layers == built.layers


def test_dense_layers_alone_are_computed_for_all_members_at_once_and_not_fused(graphs):
    architecture = network(Flatten(), Dense(units=5), BN, RELU, DROP, Dense(units=10))
    built = graphs.network(architecture, [graphs.drawn_weights(architecture, 0)] * 2, dtype=torch.float32)
    assert not any(isinstance(layer, Channelwise) for layer in built.fast_layers)


@pytest.mark.parametrize(("layers", "expected"), FUSED.values(), ids=FUSED)
def test_fused_layers_train_as_in_float64(graphs, layers, expected):
    assert_trains_as_in_float64(graphs, network(*layers, *HEAD))


def test_what_follows_a_compiled_convolution_becomes_one(graphs, monkeypatch):
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: "AVX2")
    if kernels("AVX2") is None:
        pytest.skip("convolutions are compiled for AVX2 alone")
    convolution = Conv2D(filters=16, activation="relu")
    architecture = network(convolution, POOL, BN, DROP, convolution, BN, RELU, *HEAD, shape=(12, 13, 3))
    built = graphs.network(architecture, [graphs.drawn_weights(architecture, 0)], dtype=torch.float32)
    assert [described(node) for node in built._fast.nodes[:-2]] == [
        *("CompiledConvolution", "normalize drop", "CompiledConvolution", "normalize relu")
    ]
    assert_trains_as_in_float64(graphs, architecture)


class Drawing:
    """A network drawn layer by layer from what usually stands in one."""

    def __init__(self, seed):
        self._random = np.random.default_rng(seed)
        self._pairs = []
        self._shape = tuple(self._random.integers((5, 5, 1), (11, 11, 4)).tolist())
        self._last = IMAGES

    def network(self):
        """Some blocks, and a head."""
        if self._chance(0.3):
            self._add(self._one(POOL, DROP, BN))
        self._add(self._convolution())
        for _ in range(self._random.integers(1, 5)):
            self._one(self._chain, self._residual, self._beside)()
        self._add(self._one(Flatten(), GlobalAveragePooling2D()))
        self._add(Dense(units=10))
        return network(*self._pairs, shape=self._shape)

    def _add(self, layer, *sources):
        self._pairs.append((layer, sources or (self._last,)))
        self._last = len(self._pairs) - 1
        return self._last

    def _chance(self, share):
        return self._random.uniform() < share

    def _one(self, *choices):
        return choices[self._random.integers(len(choices))]

    def _now(self):
        """Rows, columns and channels of the latest values."""
        return output_shapes(network(*self._pairs, shape=self._shape))[-1]

    def _convolution(self, **options):
        return Conv2D(
            **{
                "filters": int(self._one(1, 3, 8, 16, 20)),
                "kernel_size": self._one((3, 3), (1, 1), (2, 3)),
                "padding": "same",
                "use_bias": self._chance(0.5),
                "activation": self._one("linear", "linear", "relu"),
            }
            | options
        )

    def _behind(self):
        """Some of what stands behind a convolution, mostly in the usual order."""
        layers = [layer for layer in (self._normalization(), RELU, POOL, DROP) if self._chance(0.6)]
        if self._chance(0.2):
            self._random.shuffle(layers)
        for layer in layers:
            if layer is not POOL or min(self._now()[:2]) >= 2:
                self._add(layer)

    def _normalization(self):
        return BatchNormalization(
            center=self._chance(0.8), scale=self._chance(0.8), epsilon=self._one(1e-3, 1e-2), momentum=0.9
        )

    def _chain(self):
        self._add(self._convolution())
        self._behind()

    def _residual(self):
        start, channels = self._last, self._now()[2]
        if self._chance(0.7):
            self._add(self._convolution())
            self._behind_without_pooling()
        inner = self._add(self._convolution(filters=channels, activation="linear"))
        if self._chance(0.8):
            inner = self._add(self._normalization())
        beside = start
        if self._chance(0.4):
            beside = self._add(self._convolution(filters=channels, activation="linear"), start)
            if self._chance(0.5):
                beside = self._add(self._normalization())
        self._add(ADD, *self._one((inner, beside), (beside, inner)))
        self._behind()

    def _behind_without_pooling(self):
        for layer in (self._normalization(), RELU, DROP):
            if self._chance(0.6):
                self._add(layer)

    def _beside(self):
        start = self._last
        parts = [start] if self._chance(0.3) else []
        for _ in range(2):
            self._add(self._convolution(), start)
            self._behind_without_pooling()
            parts.append(self._last)
        self._add(Concatenate(), *parts)
        self._behind()


def assert_trains_as_in_float64(graphs, architecture, *, share=1e-4):
    """Two members of one training step each; nodes fused, and each by itself."""
    weights = [graphs.drawn_weights(architecture, member) for member in range(2)]
    images, gradients = graphs.batch(architecture, groups=1, members=2, count=6)
    found = graphs.in_engine(graphs.network(architecture, weights, dtype=torch.float32), images, gradients, (3, 3))
    for member in range(2):
        wanted = graphs.in_float64(architecture, weights[member], images[0], gradients[member], seed=3)
        graphs.assert_near(found[member], wanted, share=share)


@pytest.mark.parametrize("seed", range(60))
def test_drawn_networks_train_as_in_float64(graphs, seed):
    assert_trains_as_in_float64(graphs, Drawing(seed).network())


def test_drawn_networks_have_of_everything_that_is_fused(graphs):
    seen = set()
    for seed in range(60):
        architecture = Drawing(seed).network()
        built = graphs.network(architecture, [graphs.drawn_weights(architecture, 0)], dtype=torch.float32)
        seen |= {described(node) for node in built._fast.nodes if isinstance(node.layer, Channelwise)}
    assert {"normalize add relu drop", "normalize relu pool drop", "normalize add", "relu pool", "add relu"} <= seen
    assert len(seen) > 12

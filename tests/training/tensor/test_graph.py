"""Networks that branch and join: gradients are those of autograd, for one member and for many."""

import gc
import weakref

import numpy as np
import pytest
import torch

from classlab.records.architecture import IMAGES, Architecture
from classlab.records.layers import (
    Activation,
    Add,
    BatchNormalization,
    Concatenate,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    GlobalAveragePooling2D,
    MaxPooling2D,
    Multiply,
    ReLU,
    Reshape,
)
from classlab.training.loop.randomness import SeedGroups
from classlab.training.tensor.graph import Graph, Node, behind_weights, readers
from classlab.training.tensor.layers.base import WeightlessLayer
from classlab.training.tensor.layers.joins import Add as EngineAdd
from classlab.training.tensor.passes import Pass, Shared

SAME = {"filters": 4, "padding": "same"}
SHAPE = (6, 5, 2)


def network(*pairs, shape=SHAPE):
    """From pairs of a layer and what enters it; None for the layer before."""
    layers = tuple(layer for layer, _ in pairs)
    inputs = tuple((place - 1,) if sources is None else sources for place, (_, sources) in enumerate(pairs))
    return Architecture(name="net", input_shape=shape, layers=layers, inputs=inputs)


RESIDUAL = network(
    (Conv2D(**SAME), None),
    (BatchNormalization(), None),
    (ReLU(), None),
    (Conv2D(**SAME), None),
    (BatchNormalization(), None),
    (Conv2D(filters=4, kernel_size=(1, 1)), (2,)),
    (Add(), (4, 5)),
    (ReLU(), None),
    (Dropout(rate=0.3), None),
    (GlobalAveragePooling2D(), None),
    (Dense(units=10), None),
)
CONCATENATED = network(
    (Conv2D(**SAME, activation="tanh"), None),
    (Conv2D(filters=3, padding="same"), (0,)),
    (MaxPooling2D(), (1,)),
    (Conv2D(filters=5, kernel_size=(2, 2), strides=(2, 2), padding="same", activation="relu"), (0,)),
    (MaxPooling2D(strides=(1, 1), pool_size=(1, 2)), (3,)),
    (Flatten(), (2,)),
    (Flatten(), (4,)),
    (Concatenate(), (6, 5, 6)),
    (Dense(units=10), None),
)
SQUEEZED = network(
    (Conv2D(**SAME), None),
    (BatchNormalization(), None),
    (GlobalAveragePooling2D(), (1,)),
    (Dense(units=3, activation="relu"), None),
    (Dense(units=4, activation="sigmoid"), None),
    (Reshape(target_shape=(1, 1, 4)), None),
    (Multiply(), (1, 5)),
    (Activation(activation="relu"), None),
    (Flatten(), None),
    (Dense(units=10), None),
)
READ_BY_THREE = network(
    (Conv2D(**SAME, activation="relu"), None),
    (Conv2D(**SAME, activation="tanh"), (0,)),
    (BatchNormalization(), (0,)),
    (Add(), (0, 1, 2)),
    (Add(), (3, 3)),
    (Activation(activation="tanh"), (4,)),
    (Multiply(), (5, 3, 0)),
    (Flatten(), None),
    (Dense(units=10), None),
)
IMAGES_READ_TWICE = network(
    (MaxPooling2D(), (IMAGES,)),
    (Dropout(rate=0.4), (0,)),
    (Flatten(), (1,)),
    (Dense(units=6, activation="relu"), (2,)),
    (Flatten(), (IMAGES,)),
    (Dense(units=6), (4,)),
    (Multiply(), (3, 5)),
    (Dense(units=12, use_bias=False), (6,)),
    (Add(), (7, 2)),
    (BatchNormalization(), (8,)),
    (Activation(activation="tanh"), None),
    (Concatenate(), (10, 2, 6)),
    (Dense(units=10), None),
)
BRANCHING = {
    "residual": RESIDUAL,
    "concatenated": CONCATENATED,
    "squeezed": SQUEEZED,
    "read by three": READ_BY_THREE,
    "images read twice": IMAGES_READ_TWICE,
}
by_name = pytest.mark.parametrize("architecture", BRANCHING.values(), ids=BRANCHING)


@by_name
def test_gradients_are_those_of_autograd(graphs, architecture):
    weights = graphs.drawn_weights(architecture, 1)
    images, gradient = graphs.batch(architecture, groups=1, members=1, count=7)
    (found,) = graphs.in_engine(graphs.network(architecture, [weights], dtype=torch.float64), images, gradient, (4,))
    graphs.assert_near(found, graphs.in_float64(architecture, weights, images[0], gradient[0], seed=4), share=1e-9)


@by_name
@pytest.mark.parametrize("seeds", [(4, 4, 4), (4, 4, 5), (3, 4, 5)], ids=str)
def test_members_share_what_stands_before_weights_and_train_as_if_alone(graphs, architecture, seeds):
    weights = [graphs.drawn_weights(architecture, member) for member in range(3)]
    images, gradients = graphs.batch(architecture, groups=len(set(seeds)), members=3, count=7)
    together = graphs.in_engine(graphs.network(architecture, weights, dtype=torch.float64), images, gradients, seeds)
    for member, group in enumerate(SeedGroups(seeds).group_of):
        wanted = graphs.in_float64(architecture, weights[member], images[group], gradients[member], seed=seeds[member])
        graphs.assert_near(together[member], wanted, share=1e-9)


@by_name
def test_members_of_a_population_get_the_gradients_they_get_alone(graphs, architecture):
    weights = [graphs.drawn_weights(architecture, member) for member in range(3)]
    images, gradients = graphs.batch(architecture, groups=2, members=3, count=9)
    seeds = (4, 4, 5)
    together = graphs.in_engine(graphs.network(architecture, weights, dtype=torch.float32), images, gradients, seeds)
    for member, group in enumerate((0, 0, 1)):
        (alone,) = graphs.in_engine(
            graphs.network(architecture, weights[member : member + 1], dtype=torch.float32),
            images[group : group + 1],
            gradients[member : member + 1],
            seeds[member : member + 1],
        )
        graphs.assert_near(together[member], alone, share=1e-5)


class Noted(WeightlessLayer):
    """Adds 1 to its input and notes how many values of earlier nodes are still there."""

    def __init__(self, alive):
        self._alive = alive
        self.left = None

    def forward(self, x, run):
        self.left = sum(each() is not None for each in self._alive)
        y = x + 1
        self._alive.append(weakref.ref(y))
        return y

    def backward(self, gradient, run, *, wanted):
        return gradient


def test_values_are_released_once_every_reader_has_had_them():
    alive = []
    layers = [Noted(alive) for _ in range(6)]
    inputs = [IMAGES, 0, 1, 2, 3]
    nodes = [Node(layer, (source,)) for layer, source in zip(layers[:5], inputs, strict=True)]
    nodes += [Node(EngineAdd(), (1, 4)), Node(layers[5], (5,))]  # node 1 waits for the sum; 2 and 3 need not
    groups = SeedGroups((0,))
    gc.collect()
    Graph(nodes).forward(Shared(torch.zeros(1, 2, 3), groups), Pass(groups, slice(0, 1), training=False))
    # Of each layer: its input, and node 1's value from there on until it is added; the sum's is not counted.
    assert [layer.left for layer in layers] == [0, 1, 1, 2, 2, 0]


def test_readers_and_what_is_behind_weights_are_found(graphs):
    weights = graphs.drawn_weights(IMAGES_READ_TWICE, 0)
    nodes = graphs.network(IMAGES_READ_TWICE, [weights], dtype=torch.float64)._plain.nodes
    kinds = [type(node.layer).__name__ for node in nodes]
    assert kinds[:5] == ["MaxPooling", "Dropout", "Flatten", "Dense", "InPlace"]
    assert readers(nodes)[2] == [3, kinds.index("Add"), kinds.index("Concatenate")]
    weighted = behind_weights(nodes)
    without = [place for place in weighted if not weighted[place]]
    assert without == [IMAGES, 0, 1, 2, kinds.index("Flatten", 3)]


def test_a_layer_sees_values_per_member_where_they_meet_weights():
    """Two groups of three members: what is computed once for each seed is handed to each member of it."""
    groups = SeedGroups((7, 7, 8))
    images = torch.arange(2.0)[:, None, None].expand(2, 4, 3)
    nodes = [Node(Noted([]), (IMAGES,)), Node(EngineAdd(), (0, IMAGES))]
    found = Graph(nodes).forward(Shared(images, groups), Pass(groups, slice(0, 3), training=False))
    np.testing.assert_array_equal(found[:, 0, 0], [1, 1, 3])

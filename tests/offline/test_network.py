"""The page's forward pass agrees with the engine, for every built-in network and over the whole vocabulary of layers."""

from __future__ import annotations

import numpy as np
import pytest
from random_architectures import random_architecture, random_graph, random_weights

from classlab.models.builtin import MODEL_NAMES, build
from classlab.models.blocks import build_blocks
from classlab.offline.facts import Numbers, probe
from classlab.records import to_plain
from classlab.records.layers import Normalization, Rescaling
from classlab.training import predict

TOLERANCE = 1e-4  # of the largest score, where scores exceed 1
SCALED = Rescaling(scale=1 / 255)
BUILT_IN = [build(name, input_shape=(28, 28, 1), classes=10) for name in MODEL_NAMES]
BLOCKS = [build_blocks(input_shape=(16, 15, 3), classes=7, filters=(6, 8), batch_norm=True, activation="gelu")]
CHAINS = [random_architecture(number) for number in range(30)]
GRAPHS = [random_graph(number) for number in range(20)]


def compared(in_node, networks, *, input_layer=SCALED):
    """Scores of each network for two images: the page's, and the engine's."""
    numbers, described, expected = Numbers(), [], []
    for seed, network in enumerate(networks):
        weights = random_weights(network, seed=seed)
        described.append(
            {
                "architecture": to_plain(network),
                "input_layer": to_plain(input_layer),
                "from_logits": False,
                "weights": numbers.add(weights),
            }
        )
        images = np.stack([probe(network.input_shape, number) for number in range(2)])
        expected.append(predict(network, weights, images, input_layer=input_layer))
    found = in_node(
        """given.map((facts) => {
            const network = { ...facts, weights: byLayer(arrays(facts.weights, numbers)) };
            const size = facts.architecture.input_shape.reduce((one, other) => one * other, 1);
            return [0, 1].map((number) => scores(network, forward(network, probe(size, number))));
        })""",
        described,
        numbers.all(),
    )
    return [(np.array(one, np.float64), other) for one, other in zip(found, expected, strict=True)]


@pytest.mark.parametrize("networks", [BUILT_IN, BLOCKS, CHAINS, GRAPHS], ids=["built in", "blocks", "chains", "graphs"])
def test_the_page_computes_what_the_engine_computes(in_node, networks):
    for network, (found, expected) in zip(networks, compared(in_node, networks), strict=True):
        allowed = TOLERANCE * max(1.0, float(np.abs(expected).max()))
        np.testing.assert_allclose(found, expected, rtol=0, atol=allowed, err_msg=network.name)


def test_standardized_pixels_are_the_same(in_node):
    layer = Normalization(mean=(33.3,), variance=(6172.5,))
    ((found, expected),) = compared(in_node, BUILT_IN[1:2], input_layer=layer)
    np.testing.assert_allclose(found, expected, rtol=0, atol=TOLERANCE)

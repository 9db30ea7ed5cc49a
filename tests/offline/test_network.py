"""The page's forward pass agrees with the engine, for built-in networks and every kind of layer."""

from __future__ import annotations

import pytest

from classlab.models.blocks import build_blocks
from classlab.models.builtin import MODEL_NAMES, build
from classlab.records.layers import Normalization
from tests.models.random_architectures import random_architecture, random_graph
from tests.offline.networks import check_agreement

NETWORKS = {
    "built in": [build(name, input_shape=(28, 28, 1), classes=10) for name in MODEL_NAMES],
    "blocks": [build_blocks(input_shape=(16, 15, 3), classes=7, filters=(6, 8), batch_norm=True, activation="gelu")],
    "chains": [random_architecture(number) for number in range(30)],
    "graphs": [random_graph(number) for number in range(20)],
}


@pytest.mark.parametrize("kind", NETWORKS)
def test_the_page_computes_what_the_engine_computes(in_node, kind):
    check_agreement(NETWORKS[kind], in_node)


def test_standardized_pixels_are_the_same(in_node):
    check_agreement(NETWORKS["built in"][1:2], in_node, input_layer=Normalization(mean=(33.3,), variance=(6172.5,)))

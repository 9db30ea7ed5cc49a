"""Networks with weights and two images each, as the page's script is told of them, and what the engine says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from classlab.offline.facts import Numbers, probe
from classlab.records import to_plain
from classlab.records.layers import Normalization, Rescaling
from classlab.training import predict
from tests.models.random_architectures import random_weights

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from classlab.records import Architecture

UNIT = Rescaling(scale=1 / 255)
TOLERANCE = 1e-4  # of the largest score, where scores exceed 1
SCORES = """given.map((facts) => {
    const network = { ...facts, weights: byLayer(arrays(facts.weights, numbers)) };
    const size = facts.architecture.input_shape.reduce((one, other) => one * other, 1);
    return [0, 1].map((number) => scores(network, forward(network, probe(size, number))));
})"""


def check_agreement(
    networks: Sequence[Architecture],
    evaluate: Callable[[str, Any, Any], list[Any]],
    *,
    input_layer: Rescaling | Normalization = UNIT,
) -> None:
    """Compares the script's scores with the engine's.

    Args:
        networks: each gets random weights.
        evaluate: evaluates an expression of the script with `given` and `numbers`.
        input_layer: the preprocessing.
    """
    numbers, given, expected = Numbers(), [], []
    for seed, network in enumerate(networks):
        weights = random_weights(network, seed=seed)
        plain = {"architecture": to_plain(network), "input_layer": to_plain(input_layer), "from_logits": False}
        given.append({**plain, "weights": numbers.add(weights)})
        images = np.stack([probe(network.input_shape, number) for number in range(2)])
        expected.append(predict(network, weights, images, input_layer=input_layer))
    for network, found, wanted in zip(networks, evaluate(SCORES, given, numbers.all()), expected, strict=True):
        allowed = TOLERANCE * max(1.0, float(np.abs(wanted).max()))
        np.testing.assert_allclose(np.array(found, np.float64), wanted, rtol=0, atol=allowed, err_msg=network.name)

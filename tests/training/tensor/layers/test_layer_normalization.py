import numpy as np
import pytest
import torch

from classlab.records.layers import LayerNormalization

BATCH = 5
SHAPES = [(7,), (4, 7), (3, 4, 7)]


def weights(draw, spec, features, *, members):
    names = [name for name, there in (("gamma", spec.scale), ("beta", spec.center)) if there]
    return [{name: draw(features, seed=10 * member + len(name)) for name in names} for member in range(members)]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("center", "scale"), [(True, True), (False, True), (True, False), (False, False)])
def test_values_and_gradients_are_those_of_keras(oracle, shape, center, scale):
    spec = LayerNormalization(center=center, scale=scale, epsilon=0.1)
    own = weights(oracle.drawn, spec, shape[-1], members=2)
    oracle.assert_members_as_keras(spec, 2 + 3 * oracle.drawn(2, BATCH, *shape), own if center or scale else [])


def test_members_do_not_touch_each_other(oracle):
    spec = LayerNormalization()
    own = weights(oracle.drawn, spec, 7, members=2)
    oracle.assert_together_as_alone(spec, oracle.drawn(2, BATCH, 4, 7), own)


def test_values_whose_batch_varies_fastest_in_memory_are_taken(oracle):
    """As a dense layer gives them."""
    spec = LayerNormalization()
    own = weights(oracle.drawn, spec, 7, members=2)
    oracle.assert_members_as_keras(spec, oracle.drawn(2, 7, BATCH).transpose(0, 2, 1), own)


def test_an_evaluation_gives_what_a_training_gives(oracle):
    x, own = oracle.drawn(2, BATCH, 7), weights(oracle.drawn, LayerNormalization(), 7, members=2)
    found = oracle.in_engine(LayerNormalization(), x, own, np.ones_like(x))
    assert oracle.evaluated(LayerNormalization(), x, own).tobytes() == found.y.tobytes()


def test_bfloat16_values_are_normalized_in_float32_and_rounded_once(oracle):
    x, gradient = oracle.drawn(2, BATCH, 7, grain=True), oracle.drawn(2, BATCH, 7, seed=1, grain=True)
    own = weights(oracle.drawn, LayerNormalization(), 7, members=2)
    rounded = oracle.in_engine(LayerNormalization(), x, own, gradient, dtype=torch.bfloat16, enters=torch.bfloat16)
    exact = oracle.in_engine(LayerNormalization(), x, own, gradient)
    for found, expected in ((rounded.y, exact.y), (rounded.to_input, exact.to_input)):
        assert found.tobytes() == torch.tensor(expected).bfloat16().float().numpy().tobytes()
    for name, gradients in exact.to_weights.items():
        assert rounded.to_weights[name].tobytes() == gradients.tobytes()

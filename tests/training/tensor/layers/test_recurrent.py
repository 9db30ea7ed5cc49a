import pytest
import torch

from classlab.records.layers import GRU, LSTM
from classlab.training.tensor.device import gains_from_bfloat16

BATCH, STEPS, FEATURES, UNITS = 5, 7, 3, 4
KINDS = [(LSTM, 4), (GRU, 3)]


def weights(draw, kind, gates, *, members, use_bias=True):
    found = []
    for member in range(members):
        own = {
            "kernel": draw(FEATURES, gates * UNITS, seed=10 + member),
            "recurrent_kernel": draw(UNITS, gates * UNITS, seed=20 + member),
        }
        if use_bias:
            own["bias"] = draw(*((2, gates * UNITS) if kind is GRU else (gates * UNITS,)), seed=30 + member)
        found.append(own)
    return found


@pytest.mark.parametrize(("kind", "gates"), KINDS)
@pytest.mark.parametrize("return_sequences", [False, True])
@pytest.mark.parametrize("go_backwards", [False, True])
@pytest.mark.parametrize("use_bias", [False, True])
def test_values_and_gradients_are_those_of_keras(oracle, kind, gates, return_sequences, go_backwards, use_bias):
    spec = kind(units=UNITS, return_sequences=return_sequences, go_backwards=go_backwards, use_bias=use_bias)
    x = oracle.drawn(2, BATCH, STEPS, FEATURES)
    own = weights(oracle.drawn, kind, gates, members=2, use_bias=use_bias)
    oracle.assert_members_as_keras(spec, x, own)


@pytest.mark.parametrize(("kind", "gates"), KINDS)
@pytest.mark.parametrize("return_sequences", [False, True])
def test_float64_agrees_too(oracle, kind, gates, return_sequences):
    spec = kind(units=UNITS, return_sequences=return_sequences)
    own = weights(oracle.drawn, kind, gates, members=1)
    oracle.assert_members_as_keras(spec, oracle.drawn(1, BATCH, STEPS, FEATURES), own, dtype=torch.float64)


@pytest.mark.parametrize(("kind", "gates"), KINDS)
def test_one_step_and_one_image_are_enough(oracle, kind, gates):
    own = weights(oracle.drawn, kind, gates, members=1)
    oracle.assert_members_as_keras(kind(units=UNITS), oracle.drawn(1, 1, 1, FEATURES), own)


@pytest.mark.parametrize(("kind", "gates"), KINDS)
@pytest.mark.parametrize("go_backwards", [False, True])
def test_members_do_not_touch_each_other(oracle, kind, gates, go_backwards):
    spec = kind(units=UNITS, return_sequences=True, go_backwards=go_backwards)
    own = weights(oracle.drawn, kind, gates, members=3)
    oracle.assert_together_as_alone(spec, oracle.drawn(2, BATCH, STEPS, FEATURES), own[:2])
    oracle.assert_shared_as_own(spec, oracle.drawn(2, BATCH, STEPS, FEATURES), own)


@pytest.mark.parametrize(("kind", "gates"), KINDS)
def test_an_evaluation_gives_what_a_training_gives(oracle, kind, gates):
    x, gradient = oracle.drawn(1, BATCH, STEPS, FEATURES), oracle.drawn(1, BATCH, UNITS)
    own = weights(oracle.drawn, kind, gates, members=1)
    found = oracle.in_engine(kind(units=UNITS), x, own, gradient)
    assert oracle.evaluated(kind(units=UNITS), x, own) == pytest.approx(found.y, abs=1e-6)


@pytest.mark.parametrize(("kind", "gates"), KINDS)
def test_values_from_bfloat16_convolutions_are_taken_and_get_gradients_of_their_kind(oracle, kind, gates):
    x, gradient = oracle.drawn(1, BATCH, STEPS, FEATURES, grain=True), oracle.drawn(1, BATCH, UNITS)
    own = weights(oracle.drawn, kind, gates, members=1)
    rounded = oracle.in_engine(kind(units=UNITS), x, own, gradient, dtype=torch.bfloat16, enters=torch.bfloat16)
    exact = oracle.in_engine(kind(units=UNITS), x, own, gradient)
    if gains_from_bfloat16(torch.device("cpu")):
        # 8 bits of a number are kept, step after step.
        assert rounded.y == pytest.approx(exact.y, abs=0.02)
        assert rounded.to_input == pytest.approx(exact.to_input, abs=0.05 * float(abs(exact.to_input).max()))
        assert rounded.y.tobytes() != exact.y.tobytes()
        return
    assert rounded.y.tobytes() == exact.y.tobytes()
    assert rounded.to_input.tobytes() == torch.tensor(exact.to_input).bfloat16().float().numpy().tobytes()

import numpy as np
import pytest
import torch

from classlab.models.keras_runtime import keras
from classlab.records import layers as specs
from classlab.training.loop.randomness import SeedGroups
from classlab.training.tensor.layers.joins import build_join
from classlab.training.tensor.passes import Pass

CPU = torch.device("cpu")
RUN = Pass(SeedGroups((0, 0)), slice(0, 2), training=True)
SAME = [(2, 5, 3, 4, 6)] * 2
CASES = [
    (specs.Add(), SAME),
    (specs.Add(), SAME * 2),
    (specs.Subtract(), SAME),
    (specs.Multiply(), SAME),
    (specs.Multiply(), [*SAME, *SAME[:1]]),
    (specs.Multiply(), [(2, 5, 3, 4, 6), (2, 5, 1, 1, 6)]),
    (specs.Multiply(), [(2, 5, 1, 4, 1), (2, 5, 3, 1, 6), (2, 5, 3, 4, 6)]),
    (specs.Average(), SAME),
    (specs.Average(), [*SAME, *SAME[:1]]),
    (specs.Maximum(), SAME),
    (specs.Maximum(), SAME * 2),
    (specs.Concatenate(), [(2, 5, 3, 6), (2, 5, 3, 1), (2, 5, 3, 4)]),
    (specs.Concatenate(), [(2, 5, 6), (2, 5, 3)]),
]


def in_engine(spec, values, gradient, *, dtypes=None):
    join = build_join(spec)
    dtypes = dtypes or [torch.float32] * len(values)
    with torch.inference_mode():
        y = join.forward([torch.tensor(v).to(dtype) for v, dtype in zip(values, dtypes, strict=True)], RUN)
        return y, join.backward(torch.tensor(gradient).to(y.dtype), RUN)


def in_keras(spec, values, gradient):
    """All members as one batch of Keras's layer."""
    sources = [torch.tensor(v).flatten(0, 1).requires_grad_() for v in values]
    with torch.enable_grad():
        y = getattr(keras().layers, spec.kind)()(sources)
        found = torch.autograd.grad(y, sources, torch.tensor(gradient).flatten(0, 1))
    return y.detach().unflatten(0, (2, 5)), [each.unflatten(0, (2, 5)) for each in found]


def drawn(oracle, spec, shapes):
    values = [oracle.drawn(*shape, seed=place, grain=True) for place, shape in enumerate(shapes)]
    last = sum(s[-1] for s in shapes) if isinstance(spec, specs.Concatenate) else max(s[-1] for s in shapes)
    shape = [max(lengths) for lengths in zip(*shapes, strict=True)]
    return values, oracle.drawn(*shape[:-1], last, seed=50, grain=True)


@pytest.mark.parametrize(("spec", "shapes"), CASES)
def test_values_and_gradients_are_those_of_keras(oracle, spec, shapes):
    values, gradient = drawn(oracle, spec, shapes)
    found, expected = in_engine(spec, values, gradient), in_keras(spec, values, gradient)
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("count", [2, 3])
def test_equal_values_share_the_gradient_of_a_maximum_as_in_keras(oracle, count):
    values = [np.maximum(oracle.drawn(2, 5, 40, seed=place).round(), 0) for place in range(count)]
    assert any((values[0] == other).any() for other in values[1:])
    gradient = oracle.drawn(2, 5, 40, seed=50)
    found, expected = in_engine(specs.Maximum(), values, gradient), in_keras(specs.Maximum(), values, gradient)
    torch.testing.assert_close(found, expected, rtol=0, atol=0)


@pytest.mark.parametrize(("spec", "shapes"), CASES)
def test_neither_values_nor_gradients_are_written_to(oracle, spec, shapes):
    values, gradient = drawn(oracle, spec, shapes)
    join = build_join(spec)
    with torch.inference_mode():
        entering, back = [torch.tensor(v) for v in values], torch.tensor(gradient)
        y = join.forward(entering, RUN)
        before = y.clone()
        join.backward(back, RUN)
    assert all((now.numpy() == then).all() for now, then in zip(entering, values, strict=True))
    assert (back.numpy() == gradient).all()
    assert (y == before).all()


@pytest.mark.parametrize(("spec", "shapes"), CASES)
def test_bfloat16_values_keep_their_arithmetic_and_get_gradients_of_it(oracle, spec, shapes):
    values, gradient = drawn(oracle, spec, shapes)
    dtypes = [torch.bfloat16] * len(values)
    y, gradients = in_engine(spec, values, gradient, dtypes=dtypes)
    assert {y.dtype, *(each.dtype for each in gradients)} == {torch.bfloat16}
    exact, exact_gradients = in_engine(spec, values, gradient)
    for found, expected in zip([y, *gradients], [exact, *exact_gradients], strict=True):
        # Two or three roundings one after the other, each half of 2 ** -8 of a value at most.
        assert (found.float() - expected).abs().max() <= 2**-7 * expected.abs().max()


def test_where_arithmetics_meet_the_wider_one_counts_and_each_value_gets_its_own_back(oracle):
    values, gradient = drawn(oracle, specs.Add(), SAME)
    y, gradients = in_engine(specs.Add(), values, gradient, dtypes=[torch.bfloat16, torch.float32])
    assert y.dtype == torch.float32
    assert [each.dtype for each in gradients] == [torch.bfloat16, torch.float32]


def test_a_row_of_factors_does_not_widen_the_image(oracle):
    values, gradient = drawn(oracle, specs.Multiply(), [(2, 5, 3, 4, 6), (2, 5, 1, 1, 6)])
    y, gradients = in_engine(specs.Multiply(), values, gradient, dtypes=[torch.bfloat16, torch.float32])
    assert y.dtype == torch.bfloat16
    assert [each.dtype for each in gradients] == [torch.bfloat16, torch.float32]

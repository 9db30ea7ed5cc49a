"""Mean and variance in one pass over single-precision values, on NumPy and on PyTorch, against double precision."""

import numpy as np
import pytest
import torch

from classlab.measures.layers import moments

AXES = {3: (1,), 5: (1, 2, 3)}


def both(values):
    """What NumPy's and PyTorch's arrays give, as NumPy's."""
    axes = AXES[values.ndim]
    for library in (np.asarray, torch.from_numpy):
        mean, variance = moments(library(values.copy()), axes)
        yield np.asarray(mean), np.asarray(variance)


@pytest.mark.parametrize("shape", [(2, 300, 5), (3, 20, 7, 9, 4), (1, 1, 6)], ids=str)
@pytest.mark.parametrize(("middle", "spread"), [(0, 1), (-3, 0.1), (1000, 0.01)])
def test_they_are_those_of_double_precision(shape, middle, spread):
    drawn = np.random.default_rng(0).normal(middle, spread, shape).astype(np.float32)
    axes, exact = AXES[len(shape)], drawn.astype(np.float64)
    for mean, variance in both(drawn):
        assert mean.dtype == variance.dtype == np.float64
        np.testing.assert_allclose(mean, exact.mean(axes), atol=1e-5 * spread)
        np.testing.assert_allclose(variance, exact.var(axes), rtol=1e-4, atol=1e-12)


@pytest.mark.parametrize("value", [0.0, 0.1, -1234.567])
def test_equal_values_have_no_variance(value):
    for mean, variance in both(np.full((2, 50, 3), value, np.float32)):
        assert (mean == np.float32(value)).all()
        assert not variance.any()


def test_the_values_are_left_as_they_were():
    values = np.random.default_rng(0).normal(size=(2, 5, 3)).astype(np.float32)
    before = values.copy()
    moments(values, (1,))
    assert (values == before).all()


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_value_that_is_no_number_shows_in_its_own_unit_alone(bad):
    values = np.ones((1, 6, 3), np.float32)
    values[0, 2, 1] = bad
    mean, variance = moments(torch.from_numpy(values), (1,))
    assert not variance[0, 1].isfinite()
    assert not mean[0, 1].isfinite()
    assert mean[0, [0, 2]].isfinite().all()
    assert not variance[0, [0, 2]].any()

import numpy as np
import pytest

from classlab.models.weights import WeightSpec
from classlab.records.layers import ZEROS
from classlab.training.loop.weight_layout import stacked, to_keras


def numbered(*shape):
    return np.arange(np.prod(shape), dtype=np.float32).reshape(shape)


def spec(name, shape):
    return WeightSpec(layer=0, name=name, shape=shape, initializer=ZEROS)


@pytest.mark.parametrize(
    ("name", "shape", "inside"),
    [
        ("kernel", (3, 4), (4, 3)),
        ("kernel", (2, 3, 4, 5), (5, 2, 3, 4)),
        ("recurrent_kernel", (3, 12), (12, 3)),
        ("pointwise_kernel", (1, 1, 4, 5), (5, 1, 1, 4)),
        ("depthwise_kernel", (2, 3, 4, 1), (4, 2, 3, 1)),
        ("depthwise_kernel", (2, 3, 4, 5), (20, 2, 3, 1)),
        ("bias", (7,), (7,)),
        ("bias", (2, 9), (2, 9)),  # of a GRU
        ("gamma", (7,), (7,)),
        ("moving_variance", (7,), (7,)),
    ],
)
def test_every_weight_comes_back_in_kerass_shape(name, shape, inside):
    arrays = [numbered(*shape), -numbered(*shape)]
    found = stacked(arrays, spec(name, shape))
    assert found.shape == (2, *inside)
    assert found.flags.c_contiguous
    for member, array in enumerate(arrays):
        back = to_keras(found[member], spec(name, shape))
        assert back.flags.c_contiguous
        assert not np.shares_memory(back, found)
        assert np.array_equal(back, array)


def test_units_come_first():
    dense, convolution = numbered(3, 4), numbered(2, 3, 4, 5)
    assert np.array_equal(stacked([dense], spec("kernel", dense.shape))[0], dense.T)
    found = stacked([convolution], spec("kernel", convolution.shape))[0]
    assert np.array_equal(found, convolution.transpose(3, 0, 1, 2))


def test_a_channels_own_filters_lie_side_by_side():
    array = numbered(2, 3, 4, 5)
    found = stacked([array], spec("depthwise_kernel", array.shape))[0]
    for channel in range(4):
        for place in range(5):
            assert np.array_equal(found[channel * 5 + place, :, :, 0], array[:, :, channel, place])


def test_a_dense_layers_weights_need_no_name():
    kernel, bias = numbered(3, 4), numbered(4)
    for array, name in ((kernel, "kernel"), (bias, "bias")):
        inside = stacked([array])
        assert np.array_equal(inside, stacked([array], spec(name, array.shape)))
        assert np.array_equal(to_keras(inside[0]), array)

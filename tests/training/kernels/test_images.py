"""Pixels as the kernels take them, read back with NumPy."""

from __future__ import annotations

import ctypes

import numpy as np
import pytest

from classlab.datasets.dataset import Split
from classlab.records.layers import Normalization, Rescaling
from classlab.training.kernels.images import KernelImages
from classlab.training.kernels.library import kernels

pytestmark = pytest.mark.skipif(
    kernels() is None, reason="the compiled kernels are not installed, switched off, or not for this processor"
)
UNIT = Rescaling(scale=1 / 255)


def pictures(shape, *, lit, count=20, seed=0):
    """Exactly a share `lit` of all pixels is not 0, whatever the images' borders."""
    rng = np.random.default_rng(seed)
    pixels = np.zeros(count * int(np.prod(shape)), np.uint8)
    places = rng.permutation(len(pixels))[: round(lit * len(pixels))]
    pixels[places] = rng.integers(1, 256, len(places))
    return pixels.reshape(count, *shape)


def taken(pixels, *, layer=UNIT, vectors=10, labels=None):
    labels = np.zeros(len(pixels), np.int64) if labels is None else labels
    split = Split(images=pixels, labels=labels)
    return KernelImages(kernels(), split, input_layer=layer, vectors=vectors)


def at(address, kind, count):
    """A copy of what lies there."""
    return np.ctypeslib.as_array((kind * count).from_address(address)).copy()


def read_back(images, shape, count):
    """The pixels that the list stands for, `(images, inputs)`; places within a block must rise."""
    told = images.structure
    inputs = int(np.prod(shape))
    starts = at(told.starts, ctypes.c_uint32, count * (told.blocks + 1)).reshape(count, -1).astype(np.int64)
    pairs = at(told.pairs, ctypes.c_uint8, 2 * int(starts[-1, -1])).reshape(-1, 2)
    found = np.zeros((count, inputs), np.uint8)
    for image in range(count):
        for block in range(told.blocks):
            own = pairs[starts[image, block] : starts[image, block + 1]]
            assert (np.diff(own[:, 0].astype(int)) > 0).all()
            found[image, block * told.block + own[:, 0].astype(int)] = own[:, 1]
    assert (starts[1:, 0] == starts[:-1, -1]).all()
    return found, len(pairs)


@pytest.mark.parametrize("vectors", [1, 2, 7, 10])
@pytest.mark.parametrize("shape", [(1, 1, 1), (3, 5, 1), (16, 16, 1), (7, 37, 1), (28, 28, 1), (11, 13, 3)], ids=str)
def test_the_list_holds_every_pixel_that_is_not_0_once(shape, vectors):
    pixels = pictures(shape, lit=0.3)
    images = taken(pixels, vectors=vectors)
    assert images.structure.pairs
    found, pairs = read_back(images, shape, len(pixels))
    np.testing.assert_array_equal(found, pixels.reshape(len(pixels), -1))
    assert pairs == np.count_nonzero(pixels)


@pytest.mark.parametrize("vectors", [1, 2, 7, 10])
@pytest.mark.parametrize("inputs", [1, 255, 256, 257, 784, 3072])
def test_blocks_hold_all_inputs_and_their_weights_stay_near(inputs, vectors):
    told = taken(np.zeros((2, inputs, 1, 1), np.uint8), vectors=vectors).structure
    assert told.block <= 256
    assert (told.blocks - 1) * told.block < inputs <= told.blocks * told.block
    assert told.block * vectors * kernels().lanes * 4 <= 40 * 2**10


def test_dark_images_have_an_empty_list_and_single_lights_one_pair():
    pixels = np.zeros((3, 4, 4, 1), np.uint8)
    pixels[1, 3, 3, 0] = 255
    found, pairs = read_back(taken(pixels), (4, 4, 1), 3)
    np.testing.assert_array_equal(found, pixels.reshape(3, -1))
    assert pairs == 1


def test_a_pixels_value_is_that_of_the_input_layer():
    images = taken(pictures((6, 6, 1), lit=0.2), layer=Rescaling(scale=1 / 64))
    assert at(images.structure.values, ctypes.c_float, 256).tolist() == [pixel / 64 for pixel in range(256)]


@pytest.mark.parametrize(
    ("lit", "layer", "listed"),
    [
        (0.0, UNIT, True),
        (0.19, UNIT, True),
        (0.34, UNIT, True),
        (0.36, UNIT, False),
        (1.0, UNIT, False),
        (0.1, Rescaling(scale=2 / 255, offset=-1.0), False),
        (0.1, Normalization(mean=(30.0,), variance=(400.0,)), False),
        (0.1, Normalization(mean=(0.0,), variance=(400.0,)), True),
    ],
)
def test_pixels_are_listed_where_most_are_0_and_0_means_0(lit, layer, listed):
    assert bool(taken(pictures((10, 10, 1), lit=lit), layer=layer).structure.pairs) == listed


def test_channels_of_different_scale_are_not_listed():
    pixels = pictures((5, 5, 3), lit=0.1)
    assert taken(pixels, layer=Normalization(mean=(0.0,) * 3, variance=(4.0,) * 3)).structure.pairs
    assert not taken(pixels, layer=Normalization(mean=(0.0,) * 3, variance=(4.0, 4.0, 9.0))).structure.pairs


@pytest.mark.parametrize("shape", [(6, 6, 1), (5, 4, 3)], ids=str)
def test_whole_pixels_scales_and_labels_lie_where_the_kernels_are_told(shape):
    pixels = pictures(shape, lit=0.9)
    labels = np.arange(len(pixels)) % 10
    channels = shape[2]
    layer = Normalization(mean=tuple(range(10, 10 + channels)), variance=tuple(range(4, 4 + channels)))
    images = taken(pixels, layer=layer, labels=labels)
    told = images.structure
    inputs = int(np.prod(shape))
    assert told.inputs == inputs
    whole = at(told.pixels, ctypes.c_uint8, len(pixels) * inputs).reshape(len(pixels), inputs)
    np.testing.assert_array_equal(whole, pixels.reshape(len(pixels), -1))
    scale, offset = at(told.scale, ctypes.c_float, inputs), at(told.offset, ctypes.c_float, inputs)
    wanted = (pixels - np.array(layer.mean)) / np.sqrt(np.array(layer.variance))
    np.testing.assert_allclose(whole * scale + offset, wanted.reshape(len(pixels), -1), rtol=1e-5, atol=1e-4)
    assert at(told.labels, ctypes.c_int32, len(pixels)).tolist() == labels.tolist()


@pytest.mark.parametrize("count", [0, 1, 31, 32, 33, 100])
def test_pixels_that_are_not_0_are_counted_whatever_their_number(count):
    pixels = np.random.default_rng(count).integers(0, 3, count).astype(np.uint8)
    assert kernels().count_nonzero(pixels.ctypes.data, count) == np.count_nonzero(pixels)

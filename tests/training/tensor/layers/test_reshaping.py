import numpy as np
import pytest
import torch

from classlab.records.layers import Cropping2D, GlobalMaxPooling2D, Reshape, UpSampling2D, ZeroPadding2D
from classlab.training.loop.randomness import SeedGroups

SPECS = [
    ZeroPadding2D(),
    ZeroPadding2D(padding=((0, 1), (2, 3))),
    Cropping2D(cropping=((1, 0), (2, 1))),
    Cropping2D(),
    UpSampling2D(),
    UpSampling2D(size=(3, 1)),
    UpSampling2D(size=(1, 7)),
    Reshape(target_shape=(5, 18)),
    Reshape(target_shape=(90,)),
    Reshape(target_shape=(3, 3, 5, 2)),
    GlobalMaxPooling2D(),
]


@pytest.mark.parametrize("spec", SPECS)
def test_values_and_gradients_are_those_of_keras(oracle, spec):
    oracle.assert_members_as_keras(spec, oracle.drawn(2, 4, 5, 6, 3), [])


@pytest.mark.parametrize("spec", SPECS)
def test_values_that_members_share_stay_shared(oracle, spec):
    x = oracle.drawn(2, 4, 5, 6, 3)
    shape = oracle.keras_layer(spec).compute_output_shape(x.shape[1:])
    found = oracle.in_engine(spec, x, [], np.ones((2, *shape), np.float32), groups=SeedGroups((1, 1, 1, 2)))
    assert found.y.shape == (2, *shape)
    assert found.y.tobytes() == oracle.evaluated(spec, x, []).tobytes()


@pytest.mark.parametrize("spec", SPECS)
def test_bfloat16_values_stay_bfloat16(oracle, spec):
    x = oracle.drawn(1, 4, 5, 6, 3, grain=True)
    shape = oracle.keras_layer(spec).compute_output_shape(x.shape[1:])
    gradient = oracle.drawn(1, *shape, seed=1, grain=True)
    rounded = oracle.in_engine(spec, x, [], gradient, enters=torch.bfloat16)
    exact = oracle.in_engine(spec, x, [], gradient)
    assert rounded.y.tobytes() == exact.y.tobytes()
    assert np.abs(rounded.to_input - exact.to_input).max() <= 2**-8 * np.abs(exact.to_input).max()


@pytest.mark.parametrize("spec", SPECS)
def test_gradients_that_are_a_part_of_larger_memory_are_read_from_their_place(oracle, spec):
    x = oracle.drawn(2, 4, 5, 6, 3)
    shape = oracle.keras_layer(spec).compute_output_shape(x.shape[1:])
    whole = oracle.drawn(2, *shape[:-1], 2 * shape[-1], seed=1)
    found = oracle.in_engine(spec, x, [], whole[..., : shape[-1]])
    expected = oracle.in_engine(spec, x, [], whole[..., : shape[-1]].copy())
    assert found.to_input.tobytes() == expected.to_input.tobytes()


def test_places_that_hold_the_largest_value_share_its_gradient(oracle):
    x = np.zeros((1, 2, 2, 3, 1), np.float32)
    x[0, 0, 0, 0] = x[0, 0, 1, 2] = 1.0
    oracle.assert_members_as_keras(GlobalMaxPooling2D(), x, [])
    found = oracle.in_engine(GlobalMaxPooling2D(), x, [], np.full((1, 2, 1), 6.0, np.float32))
    assert found.to_input[0, 0, :, :, 0].tolist() == [[3.0, 0.0, 0.0], [0.0, 0.0, 3.0]]
    assert found.to_input[0, 1, :, :, 0].tolist() == [[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]]

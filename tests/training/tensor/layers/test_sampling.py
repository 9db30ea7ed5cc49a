"""Convolutions of one cell with strides, whose cells are taken out first."""

from __future__ import annotations

import pytest
import torch

from classlab.training.tensor.layers.sampling import Sampling


@pytest.mark.parametrize("strides", [(2, 2), (1, 3), (2, 1), (1, 1)])
@pytest.mark.parametrize("size", [(8, 8), (7, 5), (1, 1)])
def test_values_and_gradients_are_those_of_the_convolution_with_strides(strides, size):
    drawn = torch.Generator().manual_seed(0)
    image, kernel = torch.randn(4, 3, *size, generator=drawn), torch.randn(5, 3, 1, 1, generator=drawn)
    wanted = torch.conv2d(image, kernel, stride=strides)
    sampling = Sampling((1, 1), strides)
    assert sampling.strides == (1, 1)
    torch.testing.assert_close(torch.conv2d(sampling.take(image), kernel), wanted)
    gradient = torch.randn(wanted.shape, generator=drawn)
    expected = torch.nn.grad.conv2d_input(image.shape, kernel, gradient, stride=strides)
    (found,) = torch.autograd.grad(torch.conv2d(seen := sampling.take(image).requires_grad_(), kernel), seen, gradient)
    torch.testing.assert_close(sampling.spread(found), expected)


def test_wider_windows_keep_their_strides():
    sampling, image = Sampling((3, 3), (2, 2)), torch.ones(1, 1, 4, 4)
    assert sampling.strides == (2, 2)
    assert sampling.take(image) is image
    assert sampling.spread(image) is image

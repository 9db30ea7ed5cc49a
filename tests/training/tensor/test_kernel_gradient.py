import pytest
import torch

from classlab.training.tensor.layers.kernel_gradient import kernel_gradient, products_pay


def by_autograd(image, gradient, kernel_size):
    filters, channels = gradient.shape[3], image.shape[3]
    kernel = torch.zeros(filters, channels, *kernel_size, dtype=image.dtype, requires_grad=True)
    torch.conv2d(image.permute(0, 3, 1, 2), kernel).backward(gradient.permute(0, 3, 1, 2))
    return kernel.grad.permute(0, 2, 3, 1)


@pytest.mark.parametrize("batch", [1, 16, 37])  # below, at and above what is unfolded together
@pytest.mark.parametrize("kernel_size", [(3, 3), (5, 2), (1, 1)])
def test_the_products_give_what_autograd_gives(batch, kernel_size):
    source = torch.Generator().manual_seed(0)
    image = torch.randn(batch, 9, 8, 4, generator=source, dtype=torch.float64)
    shape = (batch, 9 - kernel_size[0] + 1, 8 - kernel_size[1] + 1, 5)
    gradient = torch.randn(shape, generator=source, dtype=torch.float64)
    found = kernel_gradient(image, gradient, kernel_size)
    torch.testing.assert_close(found, by_autograd(image, gradient, kernel_size))


def test_values_that_are_a_part_of_larger_memory_are_read_from_their_place():
    whole = torch.randn(3, 9, 8, 4, generator=torch.Generator().manual_seed(1))
    gradient = torch.randn(2, 7, 6, 5, generator=torch.Generator().manual_seed(2))
    torch.testing.assert_close(
        kernel_gradient(whole[1:], gradient, (3, 3)), by_autograd(whole[1:], gradient, (3, 3)), rtol=1e-4, atol=1e-4
    )


def test_small_maps_few_channels_strides_and_other_arithmetic_are_left_to_the_library(monkeypatch):
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: "AVX2")
    image, gradient = torch.empty(8, 12, 12, 64), torch.empty(8, 10, 10, 64)
    assert products_pay(image, gradient, (1, 1))
    assert not products_pay(image[..., :1], gradient, (1, 1))
    assert not products_pay(image[:, :5, :5], gradient[:, :3, :3], (1, 1))
    assert not products_pay(image, gradient[:, :5, :5], (2, 2))
    assert not products_pay(image.double(), gradient.double(), (1, 1))
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: "AVX512")
    assert not products_pay(image, gradient, (1, 1))

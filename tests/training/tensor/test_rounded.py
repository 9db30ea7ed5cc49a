import pytest
import torch

from classlab.training.process import processor
from classlab.training.tensor.layers.rounded import LIBRARY, ROUNDED, convolution_for

SHAPES = [(4, 8, 3, 5, 1), (4, 9, 16, 16, 2), (16, 10, 32, 8, 1)]  # batch, side, channels, filters, stride
WANTED = (True, True, True)


def operands(batch, side, channels, filters, stride):
    source = torch.Generator().manual_seed(side)

    def values(*shape):
        drawn = torch.randn(*shape, generator=source).bfloat16()
        return drawn.contiguous(memory_format=torch.channels_last) if len(shape) == 4 else drawn

    out = (side - 3) // stride + 1
    image, kernel, bias = values(batch, channels, side, side), values(filters, channels, 3, 3), values(filters)
    return image, kernel, bias, (stride, stride), values(batch, filters, out, out)


def backward(operation, image, kernel, strides, gradient, wanted=WANTED):
    return operation(
        gradient, image, kernel, [len(kernel)], strides, (0, 0), (1, 1), False, (0, 0), 1, wanted
    )  # no padding, no dilation, not transposed, one group


def steps_apart(one, other):
    """How many bfloat16 values lie between two, by their order: neighbours are 1 apart."""
    first, second = (values.contiguous().view(torch.int16).int() for values in (one, other))
    return (torch.where(first < 0, -32768 - first, first) - torch.where(second < 0, -32768 - second, second)).abs()


def assert_one_rounding(found, expected):
    """Equal almost everywhere and neighbours elsewhere; near zero, where terms cancel, by the terms' own size."""
    assert found.dtype == expected.dtype == torch.bfloat16
    assert (found != expected).float().mean() < 0.01
    noise = 2**-20 * expected.float().abs().max()
    assert ((steps_apart(found, expected) <= 1) | ((found.float() - expected.float()).abs() <= noise)).all()


@pytest.mark.parametrize("shape", SHAPES)
def test_forward_gives_what_the_librarys_own_bfloat16_gives(shape):
    image, kernel, bias, strides, _ = operands(*shape)
    assert_one_rounding(ROUNDED.forward(image, kernel, bias, strides), LIBRARY.forward(image, kernel, bias, strides))


@pytest.mark.skipif(not torch.ops.mkldnn._is_mkldnn_bf16_supported(), reason="the library would add in bfloat16 here")
@pytest.mark.parametrize("shape", SHAPES)
def test_backward_gives_what_the_librarys_own_bfloat16_gives(shape):
    image, kernel, _, strides, gradient = operands(*shape)
    pairs = [backward(operation, image, kernel, strides, gradient) for operation in (ROUNDED[1], LIBRARY[1])]
    for found, expected in zip(*pairs, strict=True):
        assert_one_rounding(found, expected)


@pytest.mark.parametrize("shape", SHAPES)
def test_all_results_are_exact_ones_rounded_once(shape):
    image, kernel, bias, strides, gradient = operands(*shape)
    exact = torch.conv2d(image.double(), kernel.double(), bias.double(), strides)
    assert_one_rounding(ROUNDED.forward(image, kernel, bias, strides), exact.bfloat16())
    found = backward(ROUNDED.backward, image, kernel, strides, gradient)
    expected = backward(LIBRARY.backward, image.double(), kernel.double(), strides, gradient.double())
    for one, other in zip(found, expected, strict=True):
        assert_one_rounding(one, other.bfloat16())


@pytest.mark.parametrize("shape", SHAPES)
def test_the_library_is_never_nearer_to_the_exact_gradients(shape):
    image, kernel, _, strides, gradient = operands(*shape)
    exact = backward(LIBRARY.backward, image.double(), kernel.double(), strides, gradient.double())
    found, library = (backward(one.backward, image, kernel, strides, gradient) for one in (ROUNDED, LIBRARY))
    for ours, theirs, truth in zip(found, library, exact, strict=True):
        assert (ours - truth).square().sum() <= 1.02 * (theirs - truth).square().sum()


def test_what_is_not_wanted_is_not_computed():
    image, kernel, _, strides, gradient = operands(*SHAPES[0])
    to_input, to_kernel, to_bias = backward(ROUNDED.backward, image, kernel, strides, gradient, (False, True, False))
    assert to_input is None
    assert to_kernel is not None
    assert to_bias is None


def test_only_bfloat16_without_units_for_it_is_rounded(monkeypatch):
    cpu = torch.device("cpu")
    monkeypatch.setattr(processor, "_flags", lambda: {"avx2"})
    assert convolution_for(torch.bfloat16, cpu) is ROUNDED
    assert convolution_for(torch.float32, cpu) is LIBRARY
    assert convolution_for(torch.float64, cpu) is LIBRARY
    monkeypatch.setattr(processor, "_flags", lambda: {"amx_bf16"})
    assert convolution_for(torch.bfloat16, cpu) is LIBRARY

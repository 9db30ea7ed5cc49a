"""Kernels for different instruction sets give the same bits, so that a run does not depend on the processor."""

from __future__ import annotations

import ctypes

import numpy as np
import pytest

from classlab.records.optimizers import SGD, Adam, RMSprop
from classlab.training.kernels import backend, library
from classlab.training.kernels.library import kernels
from classlab.training.kernels.structures import Convolution, address

NAMES = [each.name.decode() for each in library._opened()] if kernels() is not None else []
pytestmark = pytest.mark.skipif(len(NAMES) < 2, reason="this processor has one kind of vectors, or no kernels")


@pytest.mark.parametrize("lit", [0.2, 0.9], ids=["listed", "whole"])
@pytest.mark.parametrize(
    "hidden", [(), ((21, "relu"),), ((40, "sigmoid"), (17, "tanh"))], ids=["linear", "one hidden", "two hidden"]
)
@pytest.mark.parametrize("classes", [3, 10, 21, 35])
def test_every_training_is_the_same_to_the_bit(workbench, monkeypatch, hidden, lit, classes):
    network = workbench.network(*hidden, shape=(9, 7, 1), classes=classes)
    rules = SGD(learning_rate=0.05), SGD(learning_rate=0.02, momentum=0.9, nesterov=True), Adam(), RMSprop()
    specs = [workbench.spec(network, optimizer=rule, seed=seed, epochs=2) for seed in (0, 1) for rule in rules]
    division = workbench.division((9, 7, 1), lit=lit, classes=classes)
    found = []
    for name in NAMES:
        monkeypatch.setattr(backend, "kernels", lambda name=name: kernels(name))
        found.append(workbench.in_kernels(specs, division))
    for others in found[1:]:
        for one, other in zip(found[0], others, strict=True):
            assert one.history == other.history
            for key, values in one.weights.items():
                np.testing.assert_array_equal(other.weights[key], values)


def convolved(variant, shape, seed):
    """Everything that comes out of a convolution, both ways."""
    rng = np.random.default_rng(seed)

    def normal(*axes):
        return rng.normal(size=axes).astype(np.float32)

    images, side, points = 5, shape.side or 3, 36
    x, bias = normal(images, shape.height, shape.width, shape.channels), normal(shape.filters)
    kernel = normal(shape.filters, side, side, shape.channels)
    out = np.zeros((images, shape.out_rows, shape.out_columns, shape.filters), np.float32)
    gradient, argmax = normal(*out.shape), np.zeros(out.shape, np.uint8)
    workspace = np.zeros(variant.convolution_workspace(ctypes.byref(shape)), np.float32)
    if shape.side:
        forward = backward = np.ascontiguousarray(kernel.transpose(1, 2, 3, 0))
    else:
        forward, backward = np.zeros((2, points, shape.filters * shape.channels), np.float32)
        variant.convolution_kernel(
            ctypes.byref(shape), address(kernel), address(forward), address(backward), 0, shape.filters
        )
    where = address(argmax) if shape.pool else None
    variant.convolution_forward(
        ctypes.byref(shape), address(x), address(forward), address(bias), address(out), where, 0, images,
        address(workspace),
    )  # fmt: skip
    sums, to_x, to_bias = np.zeros_like(backward), np.zeros_like(x), np.zeros_like(bias)
    variant.convolution_backward(
        ctypes.byref(shape), address(x), address(backward), address(out), address(gradient), where,
        None if shape.side else address(to_x), address(sums), address(to_bias), 0, images, address(workspace),
    )  # fmt: skip
    to_kernel = np.zeros_like(kernel)
    if not shape.side:
        variant.convolution_kernel_gradient(ctypes.byref(shape), address(sums), 1, address(to_kernel), 0, shape.filters)
    return out, argmax, to_x, sums, to_bias, to_kernel


@pytest.mark.parametrize(("pool", "relu"), [(0, 0), (0, 1), (1, 0), (1, 1)])
@pytest.mark.parametrize(
    ("height", "width", "channels", "filters", "side"),
    [(10, 7, 16, 32, 0), (14, 15, 32, 16, 0), (9, 8, 16, 48, 0), (9, 10, 3, 16, 3), (11, 9, 1, 80, 5)],
)
def test_every_convolution_is_the_same_to_the_bit(height, width, channels, filters, side, pool, relu):
    rows, columns = height - (side or 3) + 1, width - (side or 3) + 1
    shape = Convolution(height=height, width=width, channels=channels, rows=rows, columns=columns, filters=filters)
    shape.out_rows, shape.out_columns = (rows // 2, columns // 2) if pool else (rows, columns)
    shape.pool, shape.relu, shape.side = pool, relu, side
    first, *others = (convolved(kernels(name), shape, seed=1) for name in NAMES)
    for other in others:
        for one, its_like in zip(first, other, strict=True):
            np.testing.assert_array_equal(its_like, one)
